package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/parity"
	"sluice/index/text"
	"sluice/internal/vfs"
)

// RepairOptions tells how a store is repaired.
type RepairOptions struct {
	DryRun   bool                                       // say what would be done
	Progress func(phase string, done, total int64)      // may be nil
	Source   func(label string) (corpus.Source, error)  // what brings back what parity does not
	Mended   func(label string, rep *Report, err error) // told of each source that was read again; may be nil
}

// How a damaged thing was dealt with.
const (
	ByText   = "rebuilt from its text"
	ByParity = "brought back from its parity"
	BySource = "read again from the source"
	ByCopy   = "written anew from a copy"
	ByModel  = "dropped: the model reads these passages again"
	NotYet   = "lost" // until what Need says is there
)

// Repaired is one thing that was damaged.
type Repaired struct {
	File, Kind, Label string
	What              string // what was wrong
	Done              string // ByText, ByParity, BySource, ByCopy, ByModel or NotYet; with DryRun: what would be done
	Need              string // what would bring back what is lost
	Documents         int64  // that the damage hid
}

// RepairReport is what a repair found and did.
type RepairReport struct {
	Files int
	Bytes int64
	Found []Repaired
	Notes []string // what else there is to say
}

// Lost lists what is still damaged.
func (r *RepairReport) Lost() (lost []Repaired) {
	for _, f := range r.Found {
		if f.Done == NotYet {
			lost = append(lost, f)
		}
	}
	return lost
}

// repair is one run of Repair.
type repair struct {
	*Ingest
	opts   RepairOptions
	bad    map[string]index.BadBlock // what is wrong with a file, by its name: the first of it
	report RepairReport
}

func newRepair(in *Ingest, opts RepairOptions) *repair {
	if opts.Progress == nil {
		opts.Progress = func(string, int64, int64) {}
	}
	return &repair{Ingest: in, opts: opts, bad: map[string]index.BadBlock{}}
}

// Repair verifies everything that the newest generation names, and makes anew what is not as it was
// written: derived files from their text, texts from their parity, and what is left from its
// source. What it cannot bring back stays as it is and is named. Every step is a commit of its own,
// so a repair that is killed is simply started again. Damaged bytes are kept in quarantine/.
func (in *Ingest) Repair(ctx context.Context, opts RepairOptions) (*RepairReport, error) {
	r := newRepair(in, opts)
	if !opts.DryRun {
		mended, err := in.store.RepairManifest(ctx)
		if err != nil {
			return &r.report, err
		}
		for _, m := range mended {
			r.report.Found = append(r.report.Found, Repaired{Kind: "manifest", What: m.What, Done: ByCopy})
			if m.Emptied {
				if err := r.all(ctx); err != nil {
					return &r.report, err
				}
			}
		}
	}
	check, err := in.store.Check(ctx, index.CheckOptions{Progress: func(done, total int64) { r.opts.Progress("checking", done, total) }})
	if err != nil {
		return &r.report, err
	}
	r.report.Files, r.report.Bytes = check.Files, check.Bytes
	for _, b := range check.Bad {
		if _, ok := r.bad[b.File]; !ok && !b.Once {
			r.bad[b.File] = b
		}
	}
	if err := r.manifest(ctx); err != nil {
		return &r.report, err
	}
	if err := r.segments(ctx); err != nil {
		return &r.report, err
	}
	if opts.DryRun {
		return &r.report, nil
	}
	ailing, err := in.store.Ailing()
	if err != nil {
		return &r.report, err
	}
	r.healed(ailing)
	if len(r.report.Found)+len(check.Bad) == 0 {
		return &r.report, nil
	}
	return &r.report, in.store.Settle(ctx) // what only the generation before names, damaged or not, goes
}

// segments repairs the segments: first what the store has all that it takes for, then, source by
// source, the others. A sync may merge segments, so it comes after.
func (r *repair) segments(ctx context.Context) error {
	entries, err := r.store.Entries()
	if err != nil {
		return err
	}
	var labels []string
	beyond := map[string][]index.Entry{} // what parity does not bring back, by source
	var done, total int64
	for _, e := range entries {
		if r.damaged(e) {
			total += e.Size()
		}
	}
	for _, e := range entries {
		if !r.damaged(e) {
			continue
		}
		r.opts.Progress("repairing", done, total)
		done += e.Size()
		found, err := r.fromStore(ctx, e)
		if errors.Is(err, vfs.ErrNoFile) { // only its owner may remove that; the others are repaired
			found, err = []Repaired{{File: e.Text.Name(), Kind: e.Text.Kind.String(), Label: e.Label, What: err.Error(), Done: NotYet, Need: vfs.ErrNoFile.Error()}}, nil
		}
		if err != nil {
			return fmt.Errorf("repair %s: %w", e.Name(), err)
		}
		r.report.Found = append(r.report.Found, found...)
		if slices.ContainsFunc(found, func(f Repaired) bool { return f.Done == BySource }) {
			if beyond[e.Label] == nil {
				labels = append(labels, e.Label)
			}
			beyond[e.Label] = append(beyond[e.Label], e)
		}
	}
	for _, label := range labels {
		if err := r.fromSource(ctx, label, beyond[label]); err != nil {
			return fmt.Errorf("read %s again: %w", label, err)
		}
	}
	return nil
}

// all reads every source of a store that knows no documents any more.
func (r *repair) all(ctx context.Context) error {
	sources, err := r.store.Sources(ctx)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		r.report.Found = append(r.report.Found, Repaired{Kind: "sources", What: "nothing is left that names one", Done: NotYet, Need: "`sluice add` of each folder that it had"})
	}
	for _, s := range sources {
		r.report.Found = append(r.report.Found, Repaired{Kind: blockfile.KindText.String(), Label: s.Label, What: "nothing names its documents", Done: BySource})
		if err := r.fromSource(ctx, s.Label, nil); err != nil {
			return fmt.Errorf("read %s again: %w", s.Label, err)
		}
	}
	return nil
}

// manifest writes the slots and the table of sources anew where one of them is damaged.
func (r *repair) manifest(ctx context.Context) error {
	damaged := false
	for _, b := range r.bad {
		if b.Kind != "manifest" && b.Kind != blockfile.KindSources.String() {
			continue
		}
		damaged = true
		r.report.Found = append(r.report.Found, Repaired{File: b.File, Kind: b.Kind, What: b.What, Done: ByCopy})
	}
	slices.SortFunc(r.report.Found, func(a, b Repaired) int { return cmp.Compare(a.File, b.File) })
	if !damaged || r.opts.DryRun {
		return nil
	}
	return r.store.RewriteManifest(ctx)
}

// damaged tells whether there is anything to repair. A segment that was given up and not read again
// to its end is like one whose files are damaged.
func (r *repair) damaged(e index.Entry) (bad bool) {
	bad = e.Lost != ""
	e.Files(func(ref blockfile.Ref) {
		_, is := r.bad[ref.Name()]
		bad = bad || is
	})
	return bad
}

// fromStore makes anew what the store itself can, under the lock of the segment's source. What only
// the source has is marked BySource.
func (r *repair) fromStore(ctx context.Context, e index.Entry) (found []Repaired, err error) {
	if e.Lost != "" {
		return []Repaired{{File: e.Text.Name(), Kind: e.Text.Kind.String(), Label: e.Label, What: e.Lost, Done: BySource, Documents: e.Documents}}, nil
	}
	if r.opts.DryRun {
		found, _, err = r.files(ctx, "", &e)
		return found, err
	}
	lock, err := r.store.LockSource(vfs.WithPurpose(ctx, "repair"), e.Label)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	e, ok, err := r.served(e.Label, e.Text.Hash) // as it is now: until the lock others changed it
	if err != nil || !ok || !r.damaged(e) {
		return nil, err
	}
	dir, err := r.store.Pending(e.Label)
	if err != nil {
		return nil, err
	}
	defer r.store.DropPending(dir)
	found, mended, err := r.files(ctx, dir, &e)
	if err != nil || len(mended) == 0 {
		return found, err
	}
	r.keep(e, mended)
	return found, r.store.Replace(ctx, dir, func(m *index.Manifest) error {
		if i := m.Find(e.Text); i >= 0 {
			m.Segments[i].Derived = e.Derived
		}
		for _, ref := range mended {
			if r.later(ref.Kind) { // nothing takes its place, and a reader of an older generation may keep it
				r.store.Discard(ref)
			}
		}
		return nil
	})
}

// files makes the damaged files of a segment anew in dir, as far as the store itself can, and
// enters their names in e. What only the source has is marked BySource.
func (r *repair) files(ctx context.Context, dir string, e *index.Entry) (found []Repaired, mended []blockfile.Ref, err error) {
	note := func(ref blockfile.Ref, done string) {
		b := r.bad[ref.Name()]
		found = append(found, Repaired{File: ref.Name(), Kind: ref.Kind.String(), Label: e.Label, What: b.What, Done: done, Documents: b.HidesDocuments})
		mended = append(mended, ref)
	}
	whole := true // the text is, or can be made so
	if _, bad := r.bad[e.Text.Name()]; bad {
		lost := new(parity.LostError)
		switch err := r.mendText(ctx, dir, *e); {
		case err == nil:
			note(e.Text, ByParity)
		case errors.As(err, &lost):
			note(e.Text, BySource)
			found[0].What += ": " + lost.Error()
			if n, err := r.store.Missing(ctx, *e); err == nil {
				found[0].Documents = n
			}
			whole = false
		default:
			return nil, nil, err
		}
	}
	if ref := e.Tombstones; ref != nil {
		if _, bad := r.bad[ref.Name()]; bad {
			switch err := r.mendTombstones(ctx, dir, *e); {
			case err == nil:
				note(*ref, ByCopy)
			case errors.Is(err, index.ErrCorrupt): // without it nobody knows what of the segment was removed
				note(*ref, BySource)
				whole = false
			default:
				return nil, nil, err
			}
		}
	}
	if !whole { // what hangs on the segment goes with it
		return found, nil, nil
	}
	for _, kind := range kindsOf(*e) {
		ref := e.Derived[kind]
		if _, bad := r.bad[ref.Name()]; !bad {
			continue
		}
		if r.later(kind) {
			note(ref, ByModel)
			delete(e.Derived, kind)
			continue
		}
		note(ref, ByText)
		if r.opts.DryRun {
			continue
		}
		if e.Derived[kind], err = r.rebuild(ctx, dir, *e, kind); err != nil {
			return nil, nil, err
		}
	}
	if err := r.spare(dir, e, note); err != nil {
		return nil, nil, err
	}
	return found, mended, nil
}

// later tells whether a kind of file is made beside the questions and not from the text.
func (r *repair) later(kind blockfile.Kind) bool {
	return slices.ContainsFunc(r.store.Arms(), func(a arm.Arm) bool { return a.Facts().Kind == kind && a.Facts().Later })
}

// spare writes the copy of the tombstones anew where that is what is damaged.
func (r *repair) spare(dir string, e *index.Entry, note func(blockfile.Ref, string)) error {
	if e.Spare == nil {
		return nil
	}
	if _, bad := r.bad[e.Spare.Name()]; !bad {
		return nil
	}
	note(*e.Spare, ByCopy)
	if r.opts.DryRun {
		return nil
	}
	_, err := r.store.WriteSpare(dir, *e.Tombstones) // the same bytes, so the same name
	return err
}

func kindsOf(e index.Entry) (kinds []blockfile.Kind) {
	for kind := range e.Derived {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

func (r *repair) mendTombstones(ctx context.Context, dir string, e index.Entry) error {
	if r.opts.DryRun {
		return r.store.CanMendTombstones(ctx, e)
	}
	return r.store.MendTombstones(ctx, dir, e)
}

func (r *repair) mendText(ctx context.Context, dir string, e index.Entry) error {
	if r.opts.DryRun {
		return r.store.CanMendText(ctx, e)
	}
	_, err := r.store.MendText(ctx, dir, e)
	return err
}

// rebuild makes a file that hangs on a text from it. The text is in dir when it was just mended.
func (r *repair) rebuild(ctx context.Context, dir string, e index.Entry, kind blockfile.Kind) (ref blockfile.Ref, err error) {
	if kind == blockfile.KindParity {
		return r.store.WriteParity(dir, e.Text)
	}
	for _, a := range r.store.Arms() {
		if a.Facts().Kind != kind {
			continue
		}
		err := r.store.ReadText(dir, e.Text, func(t *text.Reader) error {
			ref, err = r.derive(ctx, dir, a, t, e.Text)
			return err
		})
		return ref, err
	}
	return e.Derived[kind], nil // of an arm that the store no longer has: the next sync takes it out
}

// keep puts damaged files where a human finds them. On a full disk what is right comes first.
func (r *repair) keep(e index.Entry, damaged []blockfile.Ref) {
	for _, ref := range damaged {
		q := index.Quarantined{What: r.bad[ref.Name()].What, When: r.Ingest.opts.Clock.Now().UTC(), Label: e.Label}
		if err := r.store.Quarantine(ref, q); err != nil {
			r.report.Notes = append(r.report.Notes, "the damaged bytes were not kept: "+err.Error())
		}
	}
}

// fromSource reads the documents of segments again. Before they are given up the source must
// answer: a damaged segment still holds more than none.
func (r *repair) fromSource(ctx context.Context, label string, lost []index.Entry) error {
	src, err := r.answering(ctx, label)
	if err != nil {
		for i := range r.report.Found {
			if f := &r.report.Found[i]; f.Done == BySource && f.Label == label {
				f.Done, f.Need = NotYet, needsSource(label, err)
			}
		}
		return ctx.Err()
	}
	if r.opts.DryRun {
		return nil
	}
	for _, e := range lost {
		var damaged []blockfile.Ref
		e.Files(func(ref blockfile.Ref) {
			if _, bad := r.bad[ref.Name()]; bad {
				damaged = append(damaged, ref)
			}
		})
		r.keep(e, damaged)
		if e.Lost != "" {
			continue
		}
		whole, err := r.lacking(ctx, src, e)
		if err == nil && whole { // its other files may be damaged too
			delete(r.bad, e.Text.Name())
			var found []Repaired
			found, err = r.fromStore(ctx, e)
			r.report.Found = append(r.report.Found, found...)
		}
		if err != nil {
			return err
		}
	}
	return r.read(ctx, src)
}

// lacking writes what a segment lacks again if the source still has it as it was. Else it keeps
// what can be read of it, or gives up all of it.
func (r *repair) lacking(ctx context.Context, src corpus.Source, e index.Entry) (whole bool, err error) {
	label := e.Label
	lock, err := r.store.LockSource(vfs.WithPurpose(ctx, "repair"), label)
	if err != nil {
		return false, err
	}
	defer lock.Close()
	if name, err := r.fromOriginal(ctx, src, label, e.Text.Hash); err != nil || name != "" {
		return err == nil, err
	}
	bad := &arm.SegmentError{Text: e.Text.Hash, Err: fmt.Errorf("%s: %w", e.Name(), index.ErrCorrupt)}
	name, err := r.carve(ctx, label, e.Text.Hash, index.Why(bad.Err))
	if err == nil && name == "" {
		_, err = r.giveUp(ctx, label, bad)
	}
	return false, err
}

// read brings a source up to date.
func (r *repair) read(ctx context.Context, src corpus.Source) error {
	rep, err := r.sync(ctx, src, SyncOptions{})
	if r.opts.Mended != nil {
		r.opts.Mended(src.Info().Label, rep, err)
	}
	return err
}

func needsSource(label string, err error) string {
	return fmt.Sprintf("the source %q: %v; `sluice repair` reads it when it is there again", label, err)
}

// answering opens a source and looks whether it can be walked.
func (r *repair) answering(ctx context.Context, label string) (corpus.Source, error) {
	if r.opts.Source == nil {
		return nil, errors.New("nobody opened it")
	}
	src, err := r.opts.Source(label)
	if err != nil {
		return nil, err
	}
	_, err = src.Walk(ctx, func(corpus.Item) error { return nil })
	return src, err
}
