package cascade

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// flippable is a file system whose mappings are memory of their own: what is flipped there is not
// flipped on the disk.
type flippable struct {
	vfs.FS
	maps map[string][]byte // by the file's name
}

func (f *flippable) Open(name string) (vfs.File, error) {
	file, err := f.FS.Open(name)
	return &flippableFile{file, f}, err
}

type flippableFile struct {
	vfs.File
	fs *flippable
}

func (f *flippableFile) Map() (*vfs.Mapping, error) {
	m, err := f.File.Map()
	if err != nil {
		return nil, err
	}
	own := slices.Clone(m.Bytes())
	f.fs.maps[f.Name()] = own
	return vfs.MapBytes(f.Name(), own), nil
}

// target is mapped bytes of one section of one file.
type target struct {
	file, section string
	off, n        int64
}

// targets are the sections that questions read where they are mapped. The text is not among them:
// it is read into private memory and verified there each time. What is read once, at opening, is
// not either.
func targets(t *testing.T, files vfs.FS, sn *index.Snapshot) (all []target) {
	t.Helper()
	for _, seg := range sn.Segments() {
		seg.Entry().Files(func(r blockfile.Ref) {
			f, err := blockfile.Open(files, "files", r)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, s := range f.Sections() {
				if slices.Contains(flippedSections, s.Name) && s.Len > 0 {
					all = append(all, target{f.Name(), s.Name, s.Off, s.Len})
				}
			}
		})
	}
	return all
}

var flippedSections = []string{"lexical.lists", "lexical.index", "lexical.tally", "lexical.tindex", "records", "blocks", "documents",
	"names", "names.at", "contexts", "contexts.at"}

// memoryStore is a store on a disk in memory, with tombstones, lists of full blocks and short ones.
func memoryStore(t *testing.T) *vfs.MemFS {
	t.Helper()
	files := vfs.Mem()
	store := storeIn(t, files, 0)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 5, 150)
	bring(t, store, src)
	src.Remove("dir0/doc003.txt")
	src.Put("dir0/doc006.txt", "The changed note says checksum and segment.\n")
	bring(t, store, src)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return files
}

// side is one way to ask the store: its own mappings of the same disk.
type side struct {
	memory *flippable
	store  *index.Store
	sn     *index.Snapshot
}

func newSide(t *testing.T, files vfs.FS, trust bool) *side {
	t.Helper()
	s := &side{memory: &flippable{FS: files, maps: map[string][]byte{}}}
	var err error
	if s.store, err = index.Open(s.memory, index.Options{TrustMemory: trust}); err == nil {
		s.sn, err = s.store.Snapshot(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// window asks and returns the window and what the answer could not see. Whatever the memory holds,
// nothing may panic.
func (s *side) window(q flow.Query) (text string, unseen []index.Degraded, err error) {
	before := blockfile.Recovered()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	r, err := New(Parts{Index: s.sn}).Context(context.Background(), q, flow.Options{Judge: 60, Read: 40, Pack: 20})
	if err != nil {
		return "", nil, err
	}
	told := slices.ContainsFunc(r.Funnel, func(f flow.Stats) bool {
		return slices.ContainsFunc(f.Notes, func(n string) bool { return strings.HasPrefix(n, "memory was wrong") })
	})
	if told != (blockfile.Recovered() > before) {
		return "", nil, fmt.Errorf("memory was read again %d times, and that this is noted is %t", blockfile.Recovered()-before, told)
	}
	return r.Window.Text, r.Degraded, nil
}

// flipsDefault is how many flips are made unless SLUICE_FLIPS says otherwise.
const flipsDefault = 4000

func flips() int {
	if n, err := strconv.Atoi(os.Getenv("SLUICE_FLIPS")); err == nil {
		return n
	}
	return flipsDefault
}

// flip is one bit.
type flip struct {
	target
	at  int64 // in the file
	bit byte
}

func (f flip) String() string {
	return fmt.Sprintf("%s at %d of %s, bit %d", f.section, f.at-f.off, f.file, f.bit)
}

// turn flips the bit in both memories; a second turn flips it back.
func (f flip) turn(sides ...*side) {
	for _, s := range sides {
		s.memory.maps[f.file][f.at] ^= f.bit
	}
}

// met is how often blocks were found wrong in memory, by file and block.
func met() map[string]int64 {
	m := map[string]int64{}
	for _, e := range blockfile.Events() {
		m[fmt.Sprint(e.File, e.Block)] = e.Count
	}
	return m
}

// TestFlipsInMemory flips single bits of mapped files while the store is warm, so that every block
// has passed its check before, and asks: one bit of each section at a time. The window must be the
// clean one, and nothing may be missing from it: the disk still has the right bytes. What was
// noticed is then shown to a store that trusts its memory, bit by bit for some of them, which tells
// how many windows would have changed.
func TestFlipsInMemory(t *testing.T) {
	c := promise.For(t, 10, "lexical.lists", "lexical.index", "lexical.tally", "records", "blocks", "documents", "window would change")
	files := memoryStore(t)
	checked, trusting := newSide(t, files, false), newSide(t, files, true)
	bySection := map[string][]target{}
	for _, x := range targets(t, files, checked.sn) {
		bySection[x.section] = append(bySection[x.section], x)
	}
	queries, clean := cleanWindows(t, checked, trusting)
	r := rand.New(rand.NewPCG(3, 10))
	made, reached, would := 0, 0, 0
	for round := 0; made < flips(); round++ {
		i := round % len(queries)
		var batch []flip
		for _, section := range flippedSections {
			if in := bySection[section]; len(in) > 0 {
				x := in[r.IntN(len(in))]
				batch = append(batch, flip{x, x.off + r.Int64N(x.n), 1 << r.IntN(8)})
			}
		}
		made += len(batch)
		before := met()
		for _, f := range batch {
			f.turn(checked)
		}
		window, unseen, err := checked.window(queries[i])
		for _, f := range batch {
			f.turn(checked)
		}
		if err != nil || len(unseen) > 0 || window != clean[i] {
			c.Missed(batch[0].section, "%v under %q: %v %v, the window is the same: %t", batch, queries[i].Text, err, unseen, window == clean[i])
		}
		after := met()
		for _, f := range batch {
			if block := fmt.Sprint(f.file, f.at/blockfile.BlockBytesRandom); after[block] > before[block] {
				c.Reached(f.section, 1)
				if reached++; reached%10 == 0 && trusting.changed(t, f, queries[i], clean[i]) {
					would++
				}
			}
		}
	}
	c.Reached("window would change", would)
	t.Logf("%d flips, %d of them in blocks that the question read; of %d that a store without the checks was shown, %d changed the window",
		made, reached, reached/10, would)
}

// cleanWindows makes questions and asks them of all sides, which warms them.
func cleanWindows(t *testing.T, sides ...*side) (queries []flow.Query, clean []string) {
	t.Helper()
	for n := range 12 {
		q := text(question(n))
		for k, s := range sides {
			window, unseen, err := s.window(q)
			if err != nil || len(unseen) > 0 || k > 0 && window != clean[n] {
				t.Fatal(q.Text, unseen, err)
			}
			if k == 0 {
				queries, clean = append(queries, q), append(clean, window)
			}
		}
	}
	return queries, clean
}

// changed tells whether one flip changes the window of a store that trusts its memory, in silence.
// It may not panic even there: what stored bytes hold is never trusted that far.
func (s *side) changed(t *testing.T, f flip, q flow.Query, clean string) bool {
	t.Helper()
	f.turn(s)
	defer f.turn(s)
	window, named, err := s.window(q)
	if err != nil && !errors.Is(err, index.ErrCorrupt) {
		t.Errorf("%v, without the checks: %v", f, err)
	}
	return err == nil && len(named) == 0 && window != clean
}
