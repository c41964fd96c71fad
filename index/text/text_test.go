package text

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sluice/index/blockfile"
	"sluice/internal/limits"
	"sluice/internal/vfs"
)

// sample is one passage with everything that is stored of it.
type sample struct {
	P               Passage
	Context, Symbol string
	Text            string
}

// sampleCorpus makes documents with their passages; about one text in ten occurs before, some are
// empty, some are longer than a block.
func sampleCorpus(rng *rand.Rand, documents int) (docs []Document, passages []sample) {
	words := []string{"static", "int", "return", "struct", "page", "lock", "{", "}", "torn", "écriture", "漢字", "\n", "\t", "->"}
	for d := range documents {
		doc := Document{
			Path: fmt.Sprintf("fs/dir%d/file%d.c", d/7, d), Title: fmt.Sprintf("Title %d", d%5), Type: "c",
			ModTime: rng.Int64(), Time: -rng.Int64(), Size: rng.Int64N(1 << 48), Secrets: uint16(rng.Uint32()), Hash: sha256.Sum256([]byte{byte(d)}),
			First: uint32(len(passages)), Bytes: rng.Uint32(), Lines: rng.Uint32(),
		}
		for n := range rng.IntN(9) {
			var b strings.Builder
			for want := []int{0, 700, 1100, 1200, 20000, 1}[rng.IntN(6)]; b.Len() < want; {
				b.WriteString(words[rng.IntN(len(words))] + " ")
			}
			text := b.String()
			if len(passages) > 0 && rng.IntN(10) == 0 {
				text = passages[rng.IntN(len(passages))].Text
			}
			passages = append(passages, sample{
				P: Passage{
					ID:  PassageID("src", doc.Path, sha256.Sum256([]byte(text)), n),
					Doc: uint32(d), Start: rng.Uint32(), Bytes: uint32(len(text)), Line: rng.Uint32(),
					Lines: uint16(rng.Uint32()), Flags: uint8(rng.Uint32()), SimHash: SimHash([]byte(text)),
				},
				Context: fmt.Sprintf("part %d > section %d", d, n/3), Symbol: []string{"", "f", "page_lock"}[rng.IntN(3)], Text: text,
			})
			doc.Count++
		}
		docs = append(docs, doc)
	}
	return docs, passages
}

func newWriter(files vfs.FS) *Writer {
	return NewWriter(blockfile.NewWriter(files, "", blockfile.KindText, blockfile.ID{7}, FileBlockBytes), "src")
}

func write(t testing.TB, files vfs.FS, docs []Document, passages []sample) blockfile.Ref {
	t.Helper()
	w := newWriter(files)
	for _, d := range docs {
		if err := w.AddDocument(d, nil); err != nil {
			t.Fatal(err)
		}
		for _, s := range passages[d.First : d.First+d.Count] {
			if err := w.AddPassage(s.P, s.Context, s.Symbol, []byte(s.Text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func open(t testing.TB, files vfs.FS, ref blockfile.Ref) *Reader {
	t.Helper()
	f, err := blockfile.Open(files, "", ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	r, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	for _, documents := range []int{0, 1, 2, 63, 64, 65, 300} {
		t.Run(fmt.Sprint(documents), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(documents), 1))
			docs, passages := sampleCorpus(rng, documents)
			files := vfs.Mem()
			r := open(t, files, write(t, files, docs, passages))
			if r.Label() != "src" || r.Documents() != len(docs) || r.Passages() != len(passages) {
				t.Fatalf("label %q, %d documents, %d passages", r.Label(), r.Documents(), r.Passages())
			}
			for _, i := range rng.Perm(len(docs)) {
				got, err := r.Document(uint32(i))
				if diff := cmp.Diff(docs[i], got); err != nil || diff != "" {
					t.Fatalf("document %d: %v %s", i, err, diff)
				}
			}
			for _, i := range rng.Perm(len(passages)) {
				checkPassage(t, r, uint32(i), passages[i])
			}
			checkEach(t, r, passages)
			checkTexts(t, r, rng, passages)
		})
	}
}

func checkPassage(t *testing.T, r *Reader, i uint32, want sample) {
	t.Helper()
	var got sample
	var err error
	if got.P, err = r.Passage(i); err != nil {
		t.Fatal(err)
	}
	if got.Context, got.Symbol, err = r.Context(i); err != nil {
		t.Fatal(err)
	}
	text, err := r.Text([]byte("before"), i)
	if err != nil {
		t.Fatal(err)
	}
	got.Text = string(text[len("before"):])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("passage %d: %s", i, diff)
	}
	if n, ok, err := r.Find(want.P.ID, nil); err != nil || !ok || n > i {
		t.Fatalf("Find says %d, %v, %v for passage %d", n, ok, err, i)
	}
}

func checkEach(t *testing.T, r *Reader, want []sample) {
	t.Helper()
	n := 0
	err := r.Each(func(i uint32, p Passage, context, symbol string, text []byte) error {
		if diff := cmp.Diff(want[i], sample{p, context, symbol, string(text)}); diff != "" || int(i) != n {
			t.Fatalf("passage %d at step %d: %s", i, n, diff)
		}
		n++
		return nil
	})
	if err != nil || n != len(want) {
		t.Fatalf("%d of %d passages: %v", n, len(want), err)
	}
}

func checkTexts(t *testing.T, r *Reader, rng *rand.Rand, want []sample) {
	t.Helper()
	if len(want) == 0 {
		return
	}
	ids := make([]uint32, 500)
	for k := range ids {
		ids[k] = uint32(rng.IntN(len(want)))
	}
	seen := make([]int, len(ids))
	err := r.Texts(context.Background(), ids, func(k int, text []byte) error {
		seen[k]++
		if string(text) != want[ids[k]].Text {
			t.Fatalf("text %d of passage %d differs", k, ids[k])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range seen {
		if n != 1 {
			t.Fatalf("text %d was delivered %d times", k, n)
		}
	}
}

func TestEqualTextsAreStoredOnce(t *testing.T) {
	files := vfs.Mem()
	w := newWriter(files)
	long := strings.Repeat("the same text ", 80)
	for d := range 50 {
		if err := w.AddDocument(Document{Path: fmt.Sprint(d)}, nil); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{long, fmt.Sprint("own text of ", d)} {
			if err := w.AddPassage(Passage{}, "", "", []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := w.RawBytes(); got > int64(len(long)+50*20) {
		t.Fatalf("%d bytes are stored", got)
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, files, ref)
	for i := range uint32(100) {
		if text, err := r.Text(nil, i); err != nil || i%2 == 0 && string(text) != long {
			t.Fatalf("passage %d: %q, %v", i, text, err)
		}
	}
}

func TestSameInputsSameFile(t *testing.T) {
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(1, 1)), 40)
	a, b := write(t, vfs.Mem(), docs, passages), write(t, vfs.Mem(), docs, passages)
	if a != b {
		t.Fatalf("%+v and %+v", a, b)
	}
}

func TestSizesAddUp(t *testing.T) {
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(1, 1)), 40)
	files := vfs.Mem()
	ref := write(t, files, docs, passages)
	var sum int64
	for part, n := range open(t, files, ref).Sizes() {
		if part == "" || n <= 0 {
			t.Errorf("part %q has %d bytes", part, n)
		}
		sum += n
	}
	if sum != ref.Size {
		t.Fatalf("the parts have %d bytes, the file %d", sum, ref.Size)
	}
}

func TestWhatTheWriterRefuses(t *testing.T) {
	doc := func(w *Writer) error { return w.AddDocument(Document{Path: "p"}, nil) }
	for name, use := range map[string]func(w *Writer) error{
		"a passage before its document": func(w *Writer) error { return w.AddPassage(Passage{}, "", "", []byte("x")) },
		"a long passage": func(w *Writer) error {
			return errors.Join(doc(w), w.AddPassage(Passage{}, "", "", make([]byte, limits.PassageBytesMax+1)))
		},
		"a long path": func(w *Writer) error {
			return w.AddDocument(Document{Path: strings.Repeat("p", limits.PathBytesMax+1)}, nil)
		},
	} {
		files := vfs.Mem()
		w := newWriter(files)
		if use(w) == nil {
			t.Errorf("%s was taken", name)
		}
		if _, err := w.Finish(); err == nil {
			t.Errorf("%s: the file was finished", name)
		}
		if entries, _ := files.List(""); len(entries) != 0 {
			t.Errorf("%s: %v was left behind", name, entries)
		}
	}
}

func TestTheLongestPassage(t *testing.T) {
	files := vfs.Mem()
	w := newWriter(files)
	text := make([]byte, limits.PassageBytesMax)
	for i := range text {
		text[i] = byte(rand.Uint32()) // does not compress
	}
	err := errors.Join(w.AddDocument(Document{Path: "p"}, nil), w.AddPassage(Passage{}, "", "", text))
	if err != nil {
		t.Fatal(err)
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	got, err := open(t, files, ref).Text(nil, 0)
	if err != nil || string(got) != string(text) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
}

func TestAFullFileCanBeFinished(t *testing.T) {
	files := vfs.Mem()
	w := newWriter(files)
	w.rawStart = rawBytesMax - 10 // as if so much had been written
	err := errors.Join(w.AddDocument(Document{Path: "p"}, nil), w.AddPassage(Passage{}, "", "", []byte("0123456789")))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPassage(Passage{}, "", "", []byte("x")); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	if err := w.AddPassage(Passage{}, "", "", []byte("0123456789")); err != nil && !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
}

func TestLongNamesAreCutAtACharacter(t *testing.T) {
	for _, c := range []struct{ in, want int }{{stringBytesMax, stringBytesMax}, {stringBytesMax + 1, stringBytesMax}} {
		if got := cut(strings.Repeat("a", c.in)); len(got) != c.want {
			t.Errorf("%d bytes are cut to %d", c.in, len(got))
		}
	}
	got := cut("a" + strings.Repeat("é", stringBytesMax)) // the limit lies within a character
	if len(got) != stringBytesMax-1 || !utf8.ValidString(got) {
		t.Errorf("cut to %d bytes", len(got))
	}
	if got := cut(strings.Repeat("\x80", 5000)); len(got) > stringBytesMax {
		t.Errorf("cut to %d bytes", len(got))
	}
}

func TestVisitorsErrorsEndIt(t *testing.T) {
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(1, 1)), 40)
	files := vfs.Mem()
	r := open(t, files, write(t, files, docs, passages))
	stop := errors.New("stop")
	calls := 0
	err := r.Each(func(uint32, Passage, string, string, []byte) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Fatalf("Each: %v after %d calls", err, calls)
	}
	err = r.Texts(context.Background(), []uint32{3, 2, 1}, func(int, []byte) error { calls++; return stop })
	if err != stop || calls != 2 {
		t.Fatalf("Texts: %v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Texts(ctx, []uint32{1}, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// An empty text lies in no block; asked for beside one that does, it must not hide it.
func TestEmptyBesideTheFirstText(t *testing.T) {
	files, ref := small(t)
	r := open(t, files, ref)
	for _, ids := range [][]uint32{{0, 1}, {1, 0}, {1}, {1, 1, 0, 0}} {
		err := r.Texts(context.Background(), ids, func(k int, text []byte) error {
			if want := []string{"a torn write", ""}[ids[k]]; string(text) != want {
				t.Errorf("ids %v: text %d is %q", ids, k, text)
			}
			return nil
		})
		if err != nil {
			t.Errorf("ids %v: %v", ids, err)
		}
	}
}

func TestNumbersOutsideTheFile(t *testing.T) {
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(1, 1)), 4)
	files := vfs.Mem()
	r := open(t, files, write(t, files, docs, passages))
	for _, i := range []uint32{uint32(len(passages)), 1 << 31, 1<<32 - 1} {
		_, err1 := r.Passage(i)
		_, _, err2 := r.Context(i)
		_, err3 := r.Text(nil, i)
		_, err4 := r.Document(i)
		_, err5 := r.Record(i)
		err6 := r.Texts(context.Background(), []uint32{0, i}, func(int, []byte) error { return nil })
		for n, err := range []error{err1, err2, err3, err4, err5, err6} {
			if !errors.Is(err, blockfile.ErrCorrupt) {
				t.Errorf("call %d with %d: %v", n+1, i, err)
			}
		}
	}
}

func TestRecordsAreReadWithoutAllocation(t *testing.T) {
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(1, 1)), 40)
	files := vfs.Mem()
	r := open(t, files, write(t, files, docs, passages))
	var sum uint64
	allocs := testing.AllocsPerRun(10, func() {
		for i := range uint32(len(passages)) {
			rec, err := r.Record(i)
			if err != nil {
				t.Fatal(err)
			}
			sum += rec.SimHash() + uint64(rec.Doc()) + uint64(rec.ID()[0])
		}
	})
	if allocs != 0 || sum == 0 {
		t.Fatalf("%v allocations", allocs)
	}
}
