package ingest

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"sluice/index"
	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// bitsApart is how many bits apart the flips of a store are.
func bitsApart() int {
	switch {
	case os.Getenv("SLUICE_EVERY_BYTE") == "1":
		return 1
	case testing.Short():
		return 997
	}
	return 199
}

// TestEveryBitOfAStore flips bits of all files of a store of a mebibyte: whoever reads the block of
// one is told, and a file whose header, tables or footer have one is not opened.
// SLUICE_EVERY_BYTE=1 flips each bit.
//
//	SLUICE_EVERY_BYTE=1 go test ./ingest -run TestEveryBitOfAStore -v -timeout 2h
func TestEveryBitOfAStore(t *testing.T) {
	promise.Sweep(t)
	f := flips{t: t, files: vfs.Mem(), blocks: promise.For(t, 1, "bit of a store"), tables: promise.For(t, 2, "bit of a store's tables")}
	src := testkit.NewSource("notes")
	testkit.Fill(src, 21, 1262)
	paged(src, "report.pdf", 96, 7)
	s, err := create(f.files, Options{SegmentBytes: 256 << 10, Jobs: 1, Clock: still}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Remove("dir0/doc000.txt") // there are tombstones too
	syncSource(t, s, src)
	if _, err := s.Fill(t.Context(), FillOptions{Encoder: &meant{id: 1}}); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	var size int64
	for _, name := range filesOf(t, f.files, "") {
		size += f.file(strings.TrimPrefix(name, "files/"))
	}
	if size < 1<<20 || size > 3<<19 {
		t.Errorf("a store of %d bytes is not one of a mebibyte", size)
	}
	t.Logf("a store of %d bytes, every %d. bit", size, bitsApart())
}

// flips flips bits of the files of a store.
type flips struct {
	t              *testing.T
	files          *vfs.MemFS
	blocks, tables *promise.Count
}

// file flips bits of one file and returns its size.
func (f flips) file(name string) int64 {
	f.t.Helper()
	ref, err := blockfile.RefOf(f.files, "files", name)
	if err != nil {
		f.t.Fatal(err)
	}
	file, err := blockfile.Open(f.files, "files", ref)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	good := testkit.ReadFile(f.t, f.files, "files/"+name)
	raw, err := f.files.OpenRW("files/" + name)
	if err != nil {
		f.t.Fatal(err)
	}
	defer raw.Close()
	for bit := 0; bit < 8*len(good); bit += bitsApart() {
		at := int64(bit / 8)
		if _, err := raw.WriteAt([]byte{good[at] ^ 1<<(bit%8)}, at); err != nil {
			f.t.Fatal(err)
		}
		f.one(file, ref, bit)
		if _, err := raw.WriteAt(good[at:at+1], at); err != nil {
			f.t.Fatal(err)
		}
	}
	return int64(len(good))
}

// one judges the flip that was made.
func (f flips) one(file *blockfile.File, ref blockfile.Ref, bit int) {
	at := int64(bit / 8)
	for _, s := range file.Sections() {
		if at < s.Off || at >= s.Off+s.Len {
			continue
		}
		section, err := file.Section(s.Name)
		if err == nil {
			err = section.ReadAt(make([]byte, 1), at-s.Off)
		}
		f.blocks.Reached("bit of a store", 1)
		if !errors.Is(err, index.ErrCorrupt) {
			f.blocks.Missed("bit of a store", "%s, bit %d: %v", ref.Name(), bit, err)
		}
		return
	}
	again, err := blockfile.Open(f.files, "files", ref)
	if err == nil { // zeros between two sections: nobody reads them, and a check does
		var bad []blockfile.BadBlock
		if bad, err = again.Verify(context.Background()); len(bad) > 0 {
			err = index.ErrCorrupt
		}
		_ = again.Close()
	}
	f.tables.Reached("bit of a store's tables", 1)
	if !errors.Is(err, index.ErrCorrupt) {
		f.tables.Missed("bit of a store's tables", "%s, bit %d: %v", ref.Name(), bit, err)
	}
}
