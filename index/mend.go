package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"sluice/index/blockfile"
	"sluice/index/text"
)

// Mended is something of the manifest that was put right.
type Mended struct {
	What, How string
	Emptied   bool // nothing told which documents there were: all of them are to be read again
}

// RepairManifest puts the manifest right: slots and copies are written again from what is whole,
// and so is the table of sources. Where no generation can be read at all, what was opted in and
// forgotten is found in the tables and texts that are left, and the next sync reads the documents
// again. It returns what it did; nothing to do is no error.
//
// Two different states of one generation (*TwoStatesError) are left alone: only their owner knows
// which one is right.
func (s *Store) RepairManifest(ctx context.Context) (done []Mended, err error) {
	lock, err := s.lockCommits(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	err = s.again(ctx, func() error {
		done, err = s.repairManifest(ctx)
		return err
	})
	return done, err
}

func (s *Store) repairManifest(ctx context.Context) (done []Mended, err error) {
	n, err := readNewest(s.fs)
	m, hash := n.m, n.hash
	switch {
	case errors.Is(err, ErrCorrupt) && !errors.As(err, new(*TwoStatesError)):
		return s.refound(ctx)
	case err != nil:
		return nil, err
	}
	from := fmt.Sprintf("written again from generation %d", m.Generation)
	for _, d := range append(n.named, s.worn(m, hash)...) {
		done = append(done, Mended{What: d.What + ": " + d.Why, How: from})
	}
	edit := func(*Manifest) error { return nil }
	if _, err := s.readSources(m); errors.Is(err, ErrCorrupt) {
		done = append(done, Mended{What: "table of sources: " + why(err), How: "written again from its copy, an older table and the segments"})
		edit = func(m *Manifest) error {
			return s.ChangeSources(m, func(all []SourceState) ([]SourceState, error) { return all, nil })
		}
	}
	if len(done) > 0 {
		if err := s.advance(ctx, "", m, hash, edit); err != nil {
			return done, err
		}
	}
	copies, err := s.mendCopies()
	return append(done, copies...), err
}

// mendCopies writes the copy of a generation again that is damaged while a slot still holds it: a
// reader of the generation keeps its copy there until it ends.
func (s *Store) mendCopies() (done []Mended, err error) {
	for _, slot := range []string{slotName(0), slotName(1)} {
		m, hash, err := readSlot(s.fs, slot)
		if err != nil {
			continue // it was named
		}
		name := generationName(m.Generation)
		if _, got, err := readSlot(s.fs, name); got == hash || !errors.Is(err, ErrCorrupt) {
			continue
		}
		b, err := m.encode()
		if err == nil {
			err = s.writeOver(generationsDir, name, b)
		}
		if err != nil {
			return done, err
		}
		done = append(done, Mended{What: name, How: "written again from " + slot})
	}
	return done, nil
}

// lacking lists what should be there of the newest generation and is not: its slot, its copy, and
// the slot of the generation before, if there was one. A question does without them.
func (s *Store) lacking(m *Manifest) (names []string) {
	want := []string{slotName(m.Generation), generationName(m.Generation)}
	if m.Parent != "" {
		want = append(want, slotName(m.Generation+1))
	}
	for _, name := range want {
		if _, err := s.fs.Stat(name); errors.Is(err, fs.ErrNotExist) {
			names = append(names, name)
		}
	}
	if len(names) > 0 && !s.isCurrent(m) {
		return nil // it is past
	}
	return names
}

// worn names what a question does not look at: the copy of the newest generation, and a slot that
// is behind or missing.
func (s *Store) worn(m *Manifest, hash string) (all []Degraded) {
	for _, name := range s.lacking(m) {
		all = append(all, Degraded{What: name, Why: whyMissing})
	}
	name := generationName(m.Generation)
	if _, got, err := readSlot(s.fs, name); !errors.Is(err, fs.ErrNotExist) && (err != nil || got != hash) {
		all = append(all, Degraded{What: name, Why: why(cmp.Or(err, ErrCorrupt))})
	}
	name = slotName(m.Generation)
	if now, got, err := readSlot(s.fs, name); err == nil && got != hash && now.Generation < m.Generation {
		all = append(all, Degraded{What: name, Why: fmt.Sprintf("it holds generation %d", now.Generation)})
	}
	return all
}

// refound makes a generation of the sources alone, after all that may have been there, and another
// one, so that both slots stand.
func (s *Store) refound(ctx context.Context) ([]Mended, error) {
	sources, from := s.sourcesLeft()
	last := &Manifest{}
	if all, err := s.generations(); err == nil && len(all) > 0 { // or the folder is gone
		last.Generation = slices.Max(all)
	}
	err := s.advance(ctx, "", last, "", func(m *Manifest) error {
		return s.ChangeSources(m, func([]SourceState) ([]SourceState, error) { return sources, nil })
	})
	if err != nil {
		return nil, err
	}
	m, hash, err := readManifest(s.fs)
	if err == nil {
		err = s.advance(ctx, "", m, hash, func(*Manifest) error { return nil })
	}
	how := fmt.Sprintf("made anew with %d sources, found in %d files; `sluice sync` reads their documents again", len(sources), from)
	return []Mended{{What: "all that says what is in the store: " + whyChecksum, How: how, Emptied: true}}, err
}

// sourcesLeft finds what was opted in when nothing names it any more: of each source what the table
// says that saw its last sync, and all that any table says is to stay out; and of those without a
// table the label that stands in their texts.
func (s *Store) sourcesLeft() (all []SourceState, from int) {
	at := map[string]int{}
	add := func(st SourceState) {
		i, ok := at[st.Label]
		if !ok {
			at[st.Label] = len(all)
			all = append(all, st)
			return
		}
		out := union(all[i].ForgottenIDs, st.ForgottenIDs)
		// Options only grow by what was forgotten: of two that saw the same sync the longer is
		// later.
		if c := st.Started.Compare(all[i].Started); c > 0 || c == 0 && len(st.Options) > len(all[i].Options) {
			all[i] = st
		}
		all[i].ForgottenIDs = out
	}
	var labels []string
	for _, name := range storedFiles(s.fs) {
		ref, err := blockfile.RefOf(s.fs, filesDir, name)
		switch {
		case ref.Kind == blockfile.KindSources && err == nil: // damaged it says nothing
			table, err := s.readSources(&Manifest{Sources: &ref})
			if err != nil {
				continue
			}
			from++
			for _, st := range table {
				add(st)
			}
		case ref.Kind == blockfile.KindText:
			if label, err := s.labelOf(ref); err == nil {
				labels = append(labels, label)
				from++
			}
		}
	}
	for _, l := range labels {
		add(SourceState{SourceConfig: SourceConfig{Label: l}})
	}
	for i := range all { // all that they hold is read again
		all[i].Synced, all[i].Started = time.Time{}, time.Time{}
	}
	return all, from
}

// labelOf reads the label in a text file, which may be damaged elsewhere.
func (s *Store) labelOf(ref blockfile.Ref) (label string, err error) {
	f, err := s.openIn(s.fs, filesDir, ref)
	if err != nil {
		return "", err
	}
	err = readText(f, text.OpenMeta, func(t *text.Reader) error {
		label = t.Label()
		return nil
	})
	return label, err
}

func union(a, b []string) []string {
	both := append(slices.Clone(a), b...)
	slices.Sort(both)
	return slices.Compact(both)
}
