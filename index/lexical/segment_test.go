package lexical

import (
	"bytes"
	"errors"
	"sluice/index/arm"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/vfs"
)

// writeSegment writes one file and opens it.
func writeSegment(t *testing.T, files vfs.FS, number byte, write func(*blockfile.Writer) error) *blockfile.File {
	t.Helper()
	if err := files.MkdirAll("store"); err != nil {
		t.Fatal(err)
	}
	w := blockfile.NewWriter(files, "store", blockfile.KindLexical, blockfile.ID{number}, blockfile.BlockBytes)
	if err := write(w); err != nil {
		t.Fatal(err)
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	f, err := blockfile.Open(files, "store", ref)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSegmentFiles goes through real files: built, read, merged, read.
func TestSegmentFiles(t *testing.T) {
	files, passages := vfs.Mem(), hostilePassages()
	var inputs []MergeInput
	total := uint64(0)
	for i, half := range [][]arm.Fields{passages[:150], passages[150:]} {
		b := NewBuilder()
		for _, p := range half {
			b.Add(p)
		}
		total += b.TotalLength()
		f := writeSegment(t, files, byte(i), b.WriteTo)
		defer f.Close()
		r, err := Open(f)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, MergeInput{Reader: r})
	}
	f := writeSegment(t, files, 9, func(w *blockfile.Writer) error { return Merge(w, inputs, total) })
	defer f.Close()
	_, want := build(t, passages)
	for name, b := range want.sections {
		s, err := f.Section(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.All(); err != nil || !bytes.Equal(got, b) {
			t.Errorf("section %s of the merged file differs: %v", name, err)
		}
	}
	r, err := Open(f)
	if err != nil || r.Passages() != len(passages) || r.TotalLength() != total {
		t.Fatalf("%d passages of %d terms: %v", r.Passages(), r.TotalLength(), err)
	}
}

// TestOtherFile: a file without postings is damage.
func TestOtherFile(t *testing.T) {
	f := writeSegment(t, vfs.Mem(), 1, func(w *blockfile.Writer) error { w.Section("other"); return w.Err() })
	defer f.Close()
	if _, err := Open(f); !errors.Is(err, blockfile.ErrCorrupt) {
		t.Errorf("error %v", err)
	}
}
