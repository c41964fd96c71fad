package text

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/index/segment"
	"sluice/internal/vfs"
)

// sample is one passage with everything that is stored of it.
type sample struct {
	P               Passage
	Context, Symbol string
	Text            string
}

// corpus makes documents with their passages; about one text in ten occurs before, some are empty, some
// are longer than a block.
func corpus(rng *rand.Rand, documents int) (docs []Document, passages []sample) {
	words := []string{"static", "int", "return", "struct", "page", "lock", "{", "}", "torn", "écriture", "漢字", "\n", "\t", "->"}
	for d := range documents {
		doc := Document{
			Path: fmt.Sprintf("fs/dir%d/file%d.c", d/7, d), Title: fmt.Sprintf("Title %d", d%5), Type: "c",
			ModTime: rng.Int64(), Time: -rng.Int64(), Size: rng.Int64(), Hash: sha256.Sum256([]byte{byte(d)}),
			First: uint32(len(passages)), Bytes: rng.Uint32(), Lines: rng.Uint32(),
		}
		for n := range rng.IntN(9) {
			text := ""
			for want := []int{0, 700, 1100, 1200, 20000, 1}[rng.IntN(6)]; len(text) < want; {
				text += words[rng.IntN(len(words))] + " "
			}
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

func write(t testing.TB, files vfs.FS, docs []Document, passages []sample) segment.Ref {
	t.Helper()
	w := NewWriter(segment.NewWriter(files, "", segment.KindText, segment.ID{7}, FileBlockBytes), "src")
	for _, d := range docs {
		if err := w.AddDocument(d); err != nil {
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

func open(t testing.TB, files vfs.FS, ref segment.Ref) *Reader {
	t.Helper()
	f, err := segment.Open(files, "", ref)
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
			docs, passages := corpus(rng, documents)
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
	if n, ok, err := r.Find(want.P.ID); err != nil || !ok || n > i {
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
