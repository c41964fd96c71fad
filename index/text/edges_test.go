package text

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/faultfs"
	"sluice/internal/vfs"
)

// TestTextsOfAByte: the shortest texts are no empty ones, wherever they lie.
func TestTextsOfAByte(t *testing.T) {
	files := vfs.Mem()
	texts := []string{"a", "", "b", "a", "ab"}
	w := newWriter(files)
	err := w.AddDocument(Document{Path: "p"}, nil)
	for _, text := range texts {
		err = errors.Join(err, w.AddPassage(Passage{}, "", "", []byte(text)))
	}
	ref, err2 := w.Finish()
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	r := open(t, files, ref)
	for i, want := range texts {
		if got, err := r.Text([]byte("before "), uint32(i)); err != nil || string(got) != "before "+want {
			t.Errorf("text %d is %q, %v; want %q after what was there", i, got, err, want)
		}
	}
	err = r.Texts(context.Background(), []uint32{4, 2, 0, 1, 3}, func(k int, text []byte) error {
		if want := []string{"ab", "b", "a", "", "a"}[k]; string(text) != want {
			t.Errorf("text %d of a list is %q, want %q", k, text, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestWriterTellsOfItsDisk: a disk that refuses what was written is told of by the passage that
// meets it, by those after it, and at the end; and nothing is left behind.
func TestWriterTellsOfItsDisk(t *testing.T) {
	under := vfs.Mem()
	files := faultfs.New(under, 1, faultfs.Rule{Ops: faultfs.Write | faultfs.WriteAt, Err: faultfs.ErrNoSpace})
	w := newWriter(files)
	if err := w.AddDocument(Document{Path: "p"}, nil); err != nil {
		t.Fatal(err)
	}
	text, met := make([]byte, 60_000), 0
	for n := range 2000 {
		for i := range text {
			text[i] = byte(i*i>>7*(n+1) + n*i) // no two are alike
		}
		if err := w.AddPassage(Passage{}, "", "", text); err != nil {
			if !errors.Is(err, faultfs.ErrNoSpace) {
				t.Fatal(err)
			}
			if met++; met == 2 {
				break
			}
		} else if met > 0 {
			t.Fatal("a passage is taken after the disk has failed")
		}
	}
	if met != 2 {
		t.Fatal("no passage tells of the disk")
	}
	if _, err := w.Finish(); !errors.Is(err, faultfs.ErrNoSpace) {
		t.Errorf("the end of the file: %v", err)
	}
	if entries, _ := under.List(""); len(entries) != 0 {
		t.Errorf("%v was left behind", entries)
	}
}

// TestWordBytes holds which bytes make a word: a code may not depend on any other.
func TestWordBytes(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := b
		switch {
		case 'A' <= b && b <= 'Z':
			want = bytes.ToLower([]byte{b})[0]
		case bytes.IndexByte([]byte("abcdefghijklmnopqrstuvwxyz0123456789_"), b) >= 0, b > 127:
		default:
			want = 0
		}
		if wordByte[b] != want {
			t.Errorf("byte %#x counts as %#x, want %#x", b, wordByte[b], want)
		}
	}
}

// TestDamageKeepsItsCause: a group whose frame is damaged is told of as that, not as an item that
// does not fit.
func TestDamageKeepsItsCause(t *testing.T) {
	files, ref := small(t)
	parts := partsOf(t, files, ref)
	parts[section("contexts")] = bytes.Repeat([]byte{1}, len(parts[section("contexts")]))
	files2, ref2 := rebuilt(t, parts)
	f, err := blockfile.Open(files2, "", ref2)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Each(func(uint32, Passage, string, string, []byte) error { return nil })
	if !errors.Is(err, blockfile.ErrCorrupt) || errors.Is(err, errGroup) {
		t.Errorf("a damaged frame: %v", err)
	}
}
