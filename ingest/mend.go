package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/blockfile"
)

// Mend makes anew what somebody has met damaged: this process, or one before it that left a note.
// It is Repair without looking for damage. What it cannot bring back stays known.
func (in *Ingest) Mend(ctx context.Context, opts RepairOptions) (*RepairReport, error) {
	r := newRepair(in, opts)
	ailing, err := in.store.Ailing()
	if err != nil || len(ailing) == 0 {
		return &r.report, err
	}
	if ailing, err = r.manifestOf(ctx, ailing); err != nil {
		return &r.report, err
	}
	if err := r.look(ctx, ailing); err != nil {
		return &r.report, err
	}
	if len(r.bad) == 0 {
		return &r.report, nil
	}
	if err := r.segments(ctx); err != nil {
		return &r.report, err
	}
	r.healed(ailing)
	return &r.report, in.store.Settle(ctx)
}

// manifestOf puts the manifest right if it is among what ails, and returns the rest.
func (r *repair) manifestOf(ctx context.Context, ailing []index.Damage) (rest []index.Damage, err error) {
	rest = slices.DeleteFunc(slices.Clone(ailing), index.Damage.OfManifest)
	if len(rest) == len(ailing) {
		return rest, nil
	}
	mended, err := r.store.RepairManifest(ctx)
	if err != nil {
		return rest, err
	}
	for _, m := range mended {
		r.report.Found = append(r.report.Found, Repaired{Kind: "manifest", What: m.What, Done: ByCopy})
	}
	for _, d := range ailing {
		if d.OfManifest() {
			r.store.Healed(d.File)
		}
	}
	return rest, nil
}

// look verifies the segments of which a file ails: another one of them may be damaged too. What is
// whole, or named no more, ails no more.
func (r *repair) look(ctx context.Context, ailing []index.Damage) error {
	entries, err := r.store.Entries()
	if err != nil {
		return err
	}
	ails := map[string]string{}
	for _, d := range ailing {
		ails[d.File] = d.What
	}
	for _, e := range entries {
		var files []blockfile.Ref
		e.Files(func(ref blockfile.Ref) { files = append(files, ref) })
		if !slices.ContainsFunc(files, func(ref blockfile.Ref) bool { _, is := ails[ref.Name()]; return is }) {
			continue
		}
		for _, ref := range files {
			damaged, err := r.store.Damaged(ctx, ref)
			if err != nil {
				return err
			}
			if damaged {
				what := ails[ref.Name()]
				if what == "" {
					what = "checksum"
				}
				r.bad[ref.Name()] = index.BadBlock{File: ref.Name(), Block: -1, Kind: ref.Kind.String(), What: what, HidesDocuments: e.Documents}
			}
		}
	}
	for file := range ails {
		if _, bad := r.bad[file]; !bad {
			r.store.Healed(file)
		}
	}
	return nil
}

// healed takes out of what ails what was mended.
func (r *repair) healed(ailing []index.Damage) {
	lost := r.report.Lost()
	for _, d := range ailing {
		if !slices.ContainsFunc(lost, func(f Repaired) bool { return f.File == d.File }) {
			r.store.Healed(d.File)
		}
	}
}

// takeUp mends what is known to be damaged before a source is synced, which is at hand now. What
// another process is at is left to it.
func (in *Ingest) takeUp(ctx context.Context, src corpus.Source) (mended []string, err error) {
	label := src.Info().Label
	rep, err := in.Mend(ctx, RepairOptions{
		Source: func(asked string) (corpus.Source, error) {
			if asked != label {
				return nil, errors.New("another source is synced")
			}
			return src, nil
		},
	})
	for _, f := range rep.Found {
		if f.Done != NotYet {
			mended = append(mended, fmt.Sprintf("%s file %s", f.Kind, f.File))
		}
	}
	if errors.Is(err, index.ErrLocked) {
		err = nil
	}
	return mended, err
}
