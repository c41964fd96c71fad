package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// A file that turns out damaged while a question is asked is made anew in memory, and the question
// is asked again: a text from its parity, tombstones from their copy, an arm's file from the text.
// The same bytes come out, so the answer is the clean one. Snapshots that are opened from then on
// share the new file. It is written back when whoever owns the store finds time (ingest.WriteBack).

const (
	// reviveBytesDefault bounds the files that are held in memory. Each takes its size twice.
	reviveBytesDefault = 128 << 20
	// reviveTextMax is how much text may be analysed again while a question waits: about two
	// seconds' worth. A larger segment is named in degraded until it is repaired.
	reviveTextMax = 64 << 20
)

// wounds is what a store knows of the damage that questions met.
type wounds struct {
	making sync.Mutex // held while files are made: two questions that meet one damage make one file

	mu      sync.Mutex
	open    map[string]wound           // not dealt with yet, by the file's name
	beyond  map[string]bool            // could not be made anew, and is not tried again
	revived map[string]*blockfile.File // in memory, by name
	back    map[string]Revived         // of these, what was not written back yet
	log     []Revived                  // all that were made, oldest first
	bytes   int64                      // of revived
	holes   map[string]*holes          // of texts that could not be made anew, by name
}

// wound is a damaged file and the segment that it belongs to.
type wound struct {
	entry Entry
	ref   blockfile.Ref
	why   string
}

// Revived is a file that was made anew in memory.
type Revived struct {
	Entry Entry
	Ref   blockfile.Ref
	Why   string // what was wrong with it
}

// String says it in a sentence.
func (r Revived) String() string {
	from := "its text"
	switch r.Ref.Kind {
	case blockfile.KindText:
		from = "its parity"
	case blockfile.KindTombstones:
		from = "its copy"
	}
	return fmt.Sprintf("%s: its %s file is damaged (%s) and was made anew from %s; nothing is left out", r.Entry.Name(), r.Ref.Kind, r.Why, from)
}

func newWounds() *wounds {
	return &wounds{open: map[string]wound{}, beyond: map[string]bool{}, revived: map[string]*blockfile.File{}, back: map[string]Revived{}, holes: map[string]*holes{}}
}

// note remembers that a file of a segment turned out damaged.
func (w *wounds) note(e Entry, ref blockfile.Ref, err error) {
	if !errors.Is(err, ErrCorrupt) && !errors.Is(err, fs.ErrNotExist) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	name := ref.Name()
	if _, known := w.open[name]; known || w.beyond[name] || w.revived[name] != nil {
		return
	}
	w.open[name] = wound{e, ref, why(err)}
}

// file is the file that was made anew, with one user more; nil when there is none.
func (w *wounds) file(ref blockfile.Ref) *blockfile.File {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.revived[ref.Name()]
	if f != nil {
		f.Retain()
	}
	return f
}

// holds tells whether a file was made anew.
func (w *wounds) holds(ref blockfile.Ref) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.revived[ref.Name()] != nil
}

// next takes the texts first: an arm's file is made from one.
func (w *wounds) next() (wound, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, arms := range []bool{false, true} {
		for _, name := range slices.Sorted(maps.Keys(w.open)) {
			if one := w.open[name]; arms || one.ref.Kind == blockfile.KindText {
				delete(w.open, name)
				return one, true
			}
		}
	}
	return wound{}, false
}

// postpone puts back what there was no time for.
func (w *wounds) postpone(of wound) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[of.ref.Name()] = of
}

// keep takes a file that was made, or notes that it could not be.
func (w *wounds) keep(of wound, f *blockfile.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f == nil {
		w.beyond[of.ref.Name()] = true
		return
	}
	made := Revived{of.entry, of.ref, of.why}
	w.revived[of.ref.Name()], w.back[of.ref.Name()] = f, made
	w.log = append(w.log, made)
	w.bytes += of.ref.Size
}

// room tells whether a file may still be held.
func (w *wounds) room(size, most int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes+size <= most
}

// drop lets all go that is held.
func (w *wounds) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.revived {
		_ = f.Close()
	}
	for _, h := range w.holes {
		h.close()
	}
	clear(w.revived)
	clear(w.back)
	clear(w.holes)
	w.bytes = 0
}

// Revived lists the files that were made anew in memory after the first n.
func (s *Store) Revived(n int) []Revived {
	s.wounds.mu.Lock()
	defer s.wounds.mu.Unlock()
	return slices.Clone(s.wounds.log[n:])
}

// Wounded tells whether a file turned out damaged that was neither made anew nor given up.
func (s *Store) Wounded() bool {
	s.wounds.mu.Lock()
	defer s.wounds.mu.Unlock()
	return len(s.wounds.open) > 0
}

// Revive makes the files anew that turned out damaged since the last call, as far as there is time
// and room. Who asks again afterwards sees them.
//
// again tells whether there is something else to see than before.
func (s *Store) Revive(ctx context.Context) (again bool) {
	if s.opts.Rebuild < 0 || !s.Wounded() || !defence.Stands(defence.Revive) {
		return false
	}
	s.wounds.making.Lock()
	defer s.wounds.making.Unlock()
	s.letUnnamedGo()
	for ctx.Err() == nil {
		one, ok := s.wounds.next()
		if !ok {
			return again
		}
		f, err := s.revive(ctx, one)
		holed := false
		if errors.Is(err, ErrCorrupt) && one.ref.Kind == blockfile.KindText && ctx.Err() == nil {
			holed, err = s.surveyed(ctx, one)
		}
		switch {
		case ctx.Err() != nil:
			s.wounds.postpone(one)
			return again
		case errors.Is(err, errWhole): // somebody has mended it: it is only opened anew
			s.Healed(one.ref.Name())
			s.forgetOpen(one.ref)
			again = true
			continue
		case holed:
			s.forgetOpen(one.ref)
			again = true
			continue
		case err != nil:
			f = nil
		}
		s.wounds.keep(one, f)
		if f != nil {
			s.forgetOpen(one.ref)
			again = true
		}
	}
	return again
}

// errWhole says that a file is as it was written.
var errWhole = errors.New("the file is whole")

// letUnnamedGo lets the files go that the newest generation no longer names.
func (s *Store) letUnnamedGo() {
	m, _, err := readManifest(s.fs)
	if err != nil {
		return
	}
	named := map[string]bool{}
	m.files(func(r blockfile.Ref) { named[r.Name()] = true })
	s.wounds.mu.Lock()
	defer s.wounds.mu.Unlock()
	for name, f := range s.wounds.revived {
		if !named[name] {
			s.wounds.bytes -= f.Ref().Size
			delete(s.wounds.revived, name)
			delete(s.wounds.back, name)
			_ = f.Close()
		}
	}
	for name, h := range s.wounds.holes {
		if !named[name] {
			delete(s.wounds.holes, name)
			h.close()
		}
	}
	maps.DeleteFunc(s.wounds.open, func(name string, _ wound) bool { return !named[name] })
}

// forgetOpen makes later snapshots open the segment anew that a file belongs to.
func (s *Store) forgetOpen(ref blockfile.Ref) {
	s.mu.Lock()
	delete(s.gone, ref.Name())
	for key, o := range s.open {
		if strings.Contains(key, ref.Name()) {
			o.key = ""
			delete(s.open, key)
		}
	}
	s.mu.Unlock()
	s.recent.drop()
}

// revive makes one file anew. Other bytes than those that were written are an error.
func (s *Store) revive(ctx context.Context, of wound) (*blockfile.File, error) {
	if !s.wounds.room(of.ref.Size, s.opts.Rebuild) {
		return nil, errors.New("there is no room")
	}
	memory := vfs.Mem()
	if of.ref.Kind == blockfile.KindTombstones {
		err := s.mendTombstones(ctx, of.entry, func(write func(io.Writer) error) error { return blockfile.Restore(memory, "", of.ref, write) })
		if err != nil {
			return nil, err
		}
		return s.openIn(memory, "", of.ref)
	}
	if of.ref.Kind == blockfile.KindText {
		damaged, err := s.mendText(ctx, of.entry, func(write func(io.Writer) error) error { return blockfile.Restore(memory, "", of.ref, write) })
		if err == nil && damaged == 0 {
			return nil, errWhole
		}
		if err != nil {
			return nil, fmt.Errorf("nothing of it can be brought back: %w", err)
		}
		return s.openIn(memory, "", of.ref)
	}
	i := slices.IndexFunc(s.opts.Arms, func(a arm.Arm) bool { return a.Facts().Kind == of.ref.Kind })
	if i < 0 || s.opts.Arms[i].Facts().Later || of.entry.Bytes > reviveTextMax {
		return nil, errors.New("it takes too long")
	}
	a := s.opts.Arms[i]
	err := s.withText(ctx, of.entry, func(t *text.Reader) error {
		b, err := Derive(ctx, a, t)
		if err != nil {
			return err
		}
		w := blockfile.NewWriter(memory, "", of.ref.Kind, derivedID(a.Facts(), of.entry.Text), a.Facts().BlockBytes)
		if err := b.WriteTo(w); err != nil {
			w.Abort()
			return err
		}
		_, err = w.Finish()
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.openIn(memory, "", of.ref) // under the name of other bytes it is not there
}

// withText runs f on the text of a segment. One that turns out damaged is made anew, and f is run
// again.
func (s *Store) withText(ctx context.Context, e Entry, f func(t *text.Reader) error) error {
	err := s.readText(e.Text, f)
	if !errors.Is(err, ErrCorrupt) || s.wounds.holds(e.Text) {
		return err
	}
	of := wound{e, e.Text, why(err)}
	file, merr := s.revive(ctx, of)
	if merr != nil {
		return err
	}
	s.wounds.keep(of, file)
	s.forgetOpen(e.Text)
	return s.readText(e.Text, f)
}

// WriteBack hands the files to put that were made anew and not written back yet, with what writes
// each. What put takes is the store's again.
func (s *Store) WriteBack(put func(r Revived, write func(io.Writer) error) error) (err error) {
	s.wounds.mu.Lock()
	back := maps.Clone(s.wounds.back)
	s.wounds.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(back)) {
		r := back[name]
		f := s.wounds.file(r.Ref)
		if f == nil {
			continue
		}
		perr := put(r, f.Copy)
		_ = f.Close()
		if perr != nil {
			err = errors.Join(err, perr)
			continue
		}
		s.wounds.mu.Lock()
		delete(s.wounds.back, name)
		s.wounds.mu.Unlock()
		s.Healed(name)
	}
	return err
}
