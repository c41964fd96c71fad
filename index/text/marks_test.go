package text

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
	"sluice/index/blockfile"
	"sluice/internal/limits"
	"sluice/internal/vfs"
)

// markedDocument is a document that is one passage, with its marks.
type markedDocument struct {
	bytes int
	marks corpus.Marks
}

// writeMarked writes documents of one passage each, which holds all of their text.
func writeMarked(t testing.TB, files vfs.FS, docs []markedDocument) blockfile.Ref {
	t.Helper()
	w := newWriter(files)
	for i, d := range docs {
		doc := Document{Path: fmt.Sprint("doc", i), Bytes: uint32(d.bytes)}
		err := w.AddDocument(doc, d.marks)
		for at := 0; at < d.bytes; at += 1000 {
			text := []byte(strings.Repeat("x", min(1000, d.bytes-at)))
			err = errors.Join(err, w.AddPassage(Passage{Start: uint32(at)}, "", "", text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// randomMarks returns n marks of all kinds, as Clean leaves them.
func randomMarks(rng *rand.Rand, n, bytes int) corpus.Marks {
	var all corpus.Marks
	for range n {
		from := rng.IntN(bytes)
		to := from + 1 + rng.IntN(bytes-from)
		if rng.IntN(10) > 0 {
			to = min(to, from+20)
		}
		all = append(all, []corpus.Mark{
			corpus.Page(1 + rng.IntN(500)), corpus.Offset(time.Duration(rng.Int64N(1<<32))*time.Millisecond, time.Second),
			corpus.Message(fmt.Sprintf("%d.mail@host%d.example", rng.IntN(9), rng.IntN(3))), corpus.Heading(rng.IntN(4), "Part "+fmt.Sprint(rng.IntN(9))),
			corpus.Cell([]string{"Costs", "Plan", ""}[rng.IntN(3)], 1+rng.IntN(math.MaxUint32-1), rng.IntN(9)), corpus.Line(1+rng.IntN(1000), rng.IntN(3)),
		}[rng.IntN(6)].Over(from, to))
	}
	good, _ := all.Clean(bytes)
	return good
}

func TestMarksThatWereWrittenAreRead(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	var docs []markedDocument
	for _, n := range []int{0, 1, 3, 0, 255, 1, 256, 257, 5, 3000, 0, 0, 2, 512, 1} {
		docs = append(docs, markedDocument{4000, randomMarks(rng, n, 4000)})
	}
	files := vfs.Mem()
	r := open(t, files, writeMarked(t, files, docs))
	for _, i := range rng.Perm(len(docs)) {
		got, err := r.Marks(uint32(i))
		if diff := cmp.Diff(docs[i].marks, got); err != nil || diff != "" {
			t.Fatalf("document %d: %v %s", i, err, diff)
		}
		for range 50 {
			start := uint32(rng.IntN(4000))
			end := start + uint32(rng.IntN(300))
			got, err := r.MarksOver(uint32(i), start, end)
			want := slices.Clone(docs[i].marks)
			want = slices.DeleteFunc(want, func(m corpus.Mark) bool { return m.Start >= end || m.End <= start })
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("document %d, %d to %d: %v, %+v, want %+v", i, start, end, err, got, want)
			}
		}
	}
}

// A long document's marks are not all unpacked for one passage of it, even where one mark spans
// everything.
func TestAFewMarksOfManyAreRead(t *testing.T) {
	const rows = 20_000
	marks := corpus.Marks{corpus.Message("m").Over(0, 10*rows)}
	for i := range rows {
		marks = append(marks, corpus.Cell("Costs", i+1, 0).Over(10*i, 10*i+10))
	}
	files := vfs.Mem()
	r := open(t, files, writeMarked(t, files, []markedDocument{{10 * rows, marks}}))
	got, err := r.MarksOver(0, 100_000, 100_010)
	want := corpus.Marks{marks[0], marks[10_001]}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v, %+v", err, got)
	}
	unpacked := 0
	for i := range r.marks.cache.slots {
		if r.marks.cache.slots[i].held {
			unpacked++
		}
	}
	if r.marks.groups < 70 || unpacked != 2 {
		t.Errorf("%d of %d groups were unpacked", unpacked, r.marks.groups)
	}
}

// A store of documents without marks does not grow by them.
func TestWithoutMarksNothingIsStored(t *testing.T) {
	files := vfs.Mem()
	ref := writeMarked(t, files, []markedDocument{{100, nil}, {100, corpus.Marks{corpus.Page(1).Over(50, 50)}}})
	r := open(t, files, ref)
	for _, s := range r.f.Sections() {
		if strings.HasPrefix(s.Name, "marks") {
			t.Errorf("section %s has %d bytes", s.Name, s.Len)
		}
	}
	if marks, err := r.Marks(1); err != nil || marks != nil {
		t.Errorf("%v, %v", marks, err)
	}
	if _, err := r.Marks(2); !errors.Is(err, blockfile.ErrCorrupt) {
		t.Errorf("marks of a document that is not there: %v", err)
	}
}

// What no stored passage shows leaves no marks: it was forgotten, or it cannot be cited.
func TestMarksOfWhatIsNotStoredAreDropped(t *testing.T) {
	files := vfs.Mem()
	w := newWriter(files)
	marks := corpus.Marks{
		corpus.Heading(1, "all").Over(0, 300), corpus.Page(1).Over(0, 100), corpus.Page(2).Over(100, 200),
		corpus.Page(3).Over(199, 201), corpus.Page(4).Over(200, 300),
	}
	err := w.AddDocument(Document{Path: "p", Bytes: 300}, marks)
	for _, start := range []uint32{200, 0} {
		err = errors.Join(err, w.AddPassage(Passage{Start: start}, "", "", make([]byte, 100)))
	}
	err = errors.Join(err, w.AddDocument(Document{Path: "empty", Bytes: 300}, marks))
	ref, err2 := w.Finish()
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	r := open(t, files, ref)
	want := slices.Delete(slices.Clone(marks), 2, 3)
	if got, err := r.Marks(0); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %+v", err, got)
	}
	if got, err := r.Marks(1); err != nil || got != nil {
		t.Errorf("of a document without passages: %v, %+v", err, got)
	}
}

// hostileMarks is a file whose one group of marks is raw.
func hostileMarks(t *testing.T, raw []byte) (marks corpus.Marks, err error) {
	t.Helper()
	files, ref := small(t)
	parts := partsOf(t, files, ref)
	enc, err := newEncoder()
	if err != nil {
		t.Fatal(err)
	}
	w := markWriter{raw: raw, items: 1, group: markGroup{end: math.MaxUint32}}
	w.flush(enc)
	parts[section("marks")] = w.frames
	parts[section("marks.at")] = append(w.table, byte(len(w.frames)), byte(len(w.frames)>>8), byte(len(w.frames)>>16), 0)
	files, ref = rebuilt(t, parts)
	return open(t, files, ref).Marks(0)
}

func TestHostileMarks(t *testing.T) {
	one := func(m corpus.Mark) []byte { c := markCode{}; return c.append(nil, 0, m) }
	page := corpus.Page(1).Over(0, 5)
	if got, err := hostileMarks(t, one(page)); err != nil || !slices.Equal(got, corpus.Marks{page}) {
		t.Fatalf("a sound group: %v, %+v", err, got)
	}
	long := corpus.Message(strings.Repeat("x", limits.MarkNameBytesMax+1)).Over(0, 5)
	tooMany, c := []byte{}, markCode{}
	for range groupMarks + 1 {
		tooMany = c.append(tooMany, 0, page)
	}
	twice := markCode{}
	huge := twice.append(nil, 0, corpus.Page(1).Over(math.MaxUint32-1, math.MaxUint32))
	huge = twice.append(huge, 0, corpus.Page(1).Over(math.MaxUint32-1, math.MaxUint32))
	huge[len(huge)-6] = 9 // the second one starts 9 bytes after the first
	for name, raw := range map[string][]byte{
		"half a mark":       one(page)[:4],
		"a mark of nothing": one(corpus.Mark{Kind: corpus.MarkPage, Number: 1}),
		"no such kind":      {0, corpus.MarkKinds + 1, 0, 5, 0, 0, 0, 0},
		"a kind of 2^32":    {0, 0x81, 0x80, 0x80, 0x80, 0x10, 0, 5, 0, 0, 0, 0},
		"a long name":       one(long),
		"a shared name":     {0, 3, 0, 5, 0, 0, 7, 0},
		"a name that ends":  {0, 3, 0, 5, 0, 0, 0, 7},
		"a negative number": {0, 1, 0, 5, 1, 0, 0, 0},
		"another document":  {99, 1, 0, 5, 2, 0, 0, 0},
		"more than a group": tooMany,
		"beyond four GiB":   huge,
		"an endless number": {0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
	} {
		if got, err := hostileMarks(t, raw); !errors.Is(err, blockfile.ErrCorrupt) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

// Frames of marks that overlap or lie outside the section are damage.
func TestHostileFramesOfMarks(t *testing.T) {
	files, ref := small(t)
	for at, v := range map[int]byte{12: 200, 16: 0, 17: 200} { // where the frame starts, and where it ends
		parts := partsOf(t, files, ref)
		parts[section("marks.at")][at] = v
		files, ref := rebuilt(t, parts)
		if _, err := open(t, files, ref).Marks(0); !errors.Is(err, blockfile.ErrCorrupt) {
			t.Errorf("byte %d set to %d: %v", at, v, err)
		}
	}
}
