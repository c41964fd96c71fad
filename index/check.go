package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/vfs"
)

// CheckOptions tells what a check reads. The zero value reads everything.
type CheckOptions struct {
	// Part of Parts, from 1: a fixed division of the data, so that a run for each of them reads all
	// of it. Heads and tables of all files are read in any case.
	Part, Parts int
	Progress    func(done, total int64) // may be nil
}

// has tells whether a chunk of a file is in the part.
func (o CheckOptions) has(r blockfile.Ref, chunk int64) bool {
	if o.Parts <= 1 {
		return true
	}
	return (binary.LittleEndian.Uint32(r.Hash[:])+uint32(chunk))%uint32(o.Parts) == uint32(o.Part-1)
}

// CheckReport is what a check found.
type CheckReport struct {
	Files       int
	Generations int // copies of the manifest that were read, both slots among them
	Blocks      int64
	Bytes       int64
	Bad         []BadBlock
	Unnamed     []Unnamed // what no generation counts on
}

// BadBlock is a part of a file that is not what was written. Block is -1 where the file as a whole
// is meant: it is missing, too short, or its head or tables are damaged.
type BadBlock struct {
	File           string
	Block          int64
	Kind           string
	What           string
	HidesDocuments int64 // documents of the segment that the file belongs to; 0 where only older generations name it
	Once           bool  // right when it was read again: the disk holds the right bytes
}

// Unnamed is a file that the store does not count on.
type Unnamed struct {
	File  string
	Kind  string // Orphan, OlderGeneration or Pending
	Bytes int64
}

// The kinds of what no generation names.
const (
	Orphan          = "orphan"           // a file that a crash left; the next commit removes it
	OlderGeneration = "older generation" // somebody reads it, or a crash left it
	Pending         = "pending"          // what a sync has written and not committed
)

// Check reads every file of the newest generation and of the others that are there, and verifies
// every checksum, paddings included. Damage is reported, not returned as an error.
func (s *Store) Check(ctx context.Context, o CheckOptions) (*CheckReport, error) {
	sn, err := s.Snapshot(ctx) // it holds the files while they are read
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	c := &checking{store: s, o: o, hides: sn.m.hides()}
	older := c.generations(sn.m)
	refs, newest := filesOf(append([]*Manifest{sn.m}, older...))
	for _, r := range refs {
		c.total += r.Size
	}
	for i, r := range refs {
		if err := ctx.Err(); err != nil {
			return &c.rep, err
		}
		if err := c.file(ctx, r, i < newest); err != nil {
			return &c.rep, err
		}
		if o.Progress != nil {
			o.Progress(c.done, c.total)
		}
	}
	if _, err := s.Scrubbed(); err != nil {
		c.bad(BadBlock{File: scrubFile, Block: -1, Kind: "record", What: what(err)})
	}
	c.rep.Unnamed, err = s.unnamed(sn.m, refs)
	if err != nil {
		return &c.rep, err
	}
	if err := s.checkOnce(ctx, &c.rep); err != nil {
		return &c.rep, err
	}
	err = c.verifyArms(ctx, sn)
	c.metOnce(sn)
	return &c.rep, err
}

// metOnce names damage that was met when the generation was opened and that nothing has now.
func (c *checking) metOnce(sn *Snapshot) {
	if len(c.rep.Bad) > 0 {
		return
	}
	for _, d := range sn.degraded {
		if d.Why == whyChecksum {
			c.bad(BadBlock{File: d.What, Block: -1, Kind: "any", What: d.Why, HidesDocuments: d.Documents, Once: true})
		}
	}
}

// filesOf lists the files of generations, each once. The first newest of them belong to the first
// generation.
func filesOf(generations []*Manifest) (refs []blockfile.Ref, newest int) {
	seen := map[string]bool{}
	for i, m := range generations {
		m.files(func(r blockfile.Ref) {
			if !seen[r.Name()] {
				seen[r.Name()] = true
				refs = append(refs, r)
			}
		})
		if i == 0 {
			newest = len(refs)
		}
	}
	return refs, newest
}

// checking is one run of a check.
type checking struct {
	store       *Store
	o           CheckOptions
	rep         CheckReport
	hides       map[string]int64
	done, total int64
}

func (c *checking) bad(b BadBlock) { c.rep.Bad = append(c.rep.Bad, b) }

// met is bad for what this check found by itself.
func (c *checking) met(b BadBlock) {
	c.store.ledger.bad(b)
	c.bad(b)
}

// generations reads both slots and every copy, and returns the generations that are not m.
func (c *checking) generations(m *Manifest) (older []*Manifest) {
	names := []string{slotName(0), slotName(1)}
	all, err := listGenerations(c.store.fs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.bad(BadBlock{File: generationsDir, Block: -1, Kind: "manifest", What: err.Error()})
	}
	slices.Sort(all)
	for _, g := range all {
		names = append(names, generationName(g))
	}
	for _, name := range c.store.lacking(m) {
		c.bad(BadBlock{File: name, Block: -1, Kind: "manifest", What: whyMissing})
	}
	seen := map[string]bool{}
	for _, name := range names {
		found, hash, err := readSlot(c.store.fs, name)
		what := ""
		switch {
		case errors.Is(err, fs.ErrNotExist): // a copy that was retired meanwhile, or it is named already
		case err != nil && !c.vanished(name):
			what = err.Error()
		case err == nil:
			c.rep.Generations++
			if strings.HasPrefix(name, generationsDir) && name != generationName(found.Generation) {
				what = fmt.Sprintf("it holds generation %d", found.Generation)
			} else if found.Generation != m.Generation && !seen[hash] {
				seen[hash], older = true, append(older, found)
			}
		}
		if what != "" {
			c.met(BadBlock{File: name, Block: -1, Kind: "manifest", What: what})
		}
	}
	return older
}

// vanished tells whether a copy was retired while it was read.
func (c *checking) vanished(name string) bool {
	_, err := c.store.fs.Stat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// file verifies one file. What only older generations name hides nothing from a question, and may
// go while it is read.
func (c *checking) file(ctx context.Context, r blockfile.Ref, newest bool) error {
	c.rep.Files++
	c.done += r.Size
	hides := c.hides[r.Name()]
	f, err := blockfile.Open(c.store.fs, filesDir, r)
	if err != nil {
		if newest || !errors.Is(err, fs.ErrNotExist) || c.store.stillNamed(r) {
			c.met(BadBlock{File: r.Name(), Block: -1, Kind: r.Kind.String(), What: what(err), HidesDocuments: hides})
		}
		return nil
	}
	defer f.Close()
	found, err := f.VerifyChunks(ctx, func(chunk blockfile.Chunk) bool {
		if !c.o.has(r, chunk.Number) {
			return false
		}
		c.rep.Bytes += chunk.Bytes
		c.rep.Blocks += chunk.Blocks
		return true
	})
	if err != nil {
		return fmt.Errorf("check %s: %w", r.Name(), err)
	}
	for _, b := range found {
		c.met(BadBlock{File: r.Name(), Block: b.Block, Kind: r.Kind.String(), What: b.What, HidesDocuments: hides, Once: b.Once})
	}
	return nil
}

// what words an error in full where it is not plain damage: a disk's own error says more.
func what(err error) string {
	if errors.Is(err, ErrCorrupt) && !errors.Is(err, fs.ErrNotExist) {
		return err.Error()
	}
	return why(err)
}

// stillNamed tells whether the newest generation or its fallback names a file. What only an older
// one names may have been removed to mend a newer one.
func (s *Store) stillNamed(r blockfile.Ref) (named bool) {
	for i := range uint64(2) {
		if m, _, err := readSlot(s.fs, slotName(i)); err == nil {
			m.files(func(other blockfile.Ref) { named = named || other == r })
		}
	}
	return named
}

// verifyArms holds the arms' files against their formats, where the blocks are what was written:
// what was wrong before its checksum was made is found nowhere else.
func (c *checking) verifyArms(ctx context.Context, sn *Snapshot) error {
	bad := map[string]bool{}
	for _, b := range c.rep.Bad {
		bad[b.File] = true
	}
	for _, seg := range sn.segments {
		for i, a := range c.store.opts.Arms {
			ref := seg.entry.Derived[a.Facts().Kind]
			if seg.Lacks(i) || bad[ref.Name()] || !c.o.has(ref, 0) {
				continue
			}
			err := seg.Read(func(*text.Reader) error { return seg.arms[i].Verify(ctx) })
			if err := ctx.Err(); err != nil {
				return err
			}
			if err != nil {
				c.met(BadBlock{File: ref.Name(), Block: -1, Kind: ref.Kind.String(), What: err.Error(), HidesDocuments: seg.entry.Documents})
			}
		}
	}
	return nil
}

// hides tells how many documents cannot be seen without a file.
func (m *Manifest) hides() map[string]int64 {
	n := map[string]int64{}
	for _, e := range m.Segments {
		e.Files(func(r blockfile.Ref) {
			switch r.Kind {
			case blockfile.KindParity, blockfile.KindSpare: // nothing is read from it while what it stands for is well
			case blockfile.KindVectors: // words find them
			default:
				n[r.Name()] = e.Documents
			}
		})
	}
	return n
}

// unnamed lists what lies in the store's folder and is none of refs: files that no generation
// names, copies of generations that are neither of the slots', and what a sync has not committed.
func (s *Store) unnamed(m *Manifest, refs []blockfile.Ref) (all []Unnamed, err error) {
	named := map[string]bool{}
	for _, r := range refs {
		named[filesDir+"/"+r.Name()] = true
	}
	for i := range uint64(2) {
		if slot, _, err := readSlot(s.fs, slotName(i)); err == nil {
			named[generationName(slot.Generation)] = true
		}
	}
	named[generationName(m.Generation)] = true
	dirs := map[string]string{filesDir: Orphan, generationsDir: OlderGeneration}
	pending, err := s.list(pendingDir)
	if err != nil {
		return nil, err
	}
	for _, e := range pending {
		dirs[pendingDir+"/"+e.Name] = Pending
	}
	for dir, kind := range dirs {
		entries, err := s.list(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if name := dir + "/" + e.Name; !e.Dir && !named[name] {
				all = append(all, Unnamed{name, kind, e.Size})
			}
		}
	}
	slices.SortFunc(all, func(a, b Unnamed) int { return strings.Compare(a.File, b.File) })
	return all, nil
}

// list is the content of a folder of the store; one that is not there is empty.
func (s *Store) list(dir string) ([]vfs.Entry, error) {
	entries, err := s.fs.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// Orphans lists the files in the store's folder that no generation names. A commit removes them, so
// there are some only after a crash, or while a reader holds an older generation.
func (s *Store) Orphans() ([]string, error) {
	named := map[string]bool{}
	for _, slot := range []string{slotName(0), slotName(1)} {
		if m, _, err := readSlot(s.fs, slot); err == nil {
			m.files(func(r blockfile.Ref) { named[r.Name()] = true })
		}
	}
	entries, err := s.fs.List(filesDir)
	if err != nil {
		return nil, err
	}
	var orphans []string
	for _, e := range entries {
		if !named[e.Name] {
			orphans = append(orphans, e.Name)
		}
	}
	return orphans, nil
}
