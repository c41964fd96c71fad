package blockfile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"slices"
	"testing"

	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// golden is a small file, its bytes, and what it reads as.
type golden struct {
	files *vfs.MemFS
	ref   Ref
	name  string
	bytes []byte
	clean map[string][]byte

	payloadEnd int64
}

func newGolden(t testing.TB, kind Kind, seed uint64) *golden {
	t.Helper()
	g := &golden{files: newDir(t)}
	g.ref = build(t, g.files, kind, seed)
	g.name = path.Join("d", g.ref.Name())
	g.bytes = testkit.ReadFile(t, g.files, g.name)
	g.payloadEnd = getFooter(g.bytes[len(g.bytes)-footerBytes:]).payloadEnd
	var err error
	g.clean, err = outcome(g.files, g.ref)
	must(t, err)
	return g
}

// damaged tells whether other bytes in the file's place are noticed.
func (g *golden) damaged(t testing.TB, b []byte, what string) bool {
	t.Helper()
	testkit.Overwrite(t, g.files, g.name, b)
	return found(t, g.files, g.ref, g.clean, what)
}

func TestEveryBitOfEveryKindIsGuarded(t *testing.T) {
	promise.Sweep(t)
	flips := 0
	blocks, tables := promise.For(t, 1, "bit of a block"), promise.For(t, 2, "bit of a header, table or footer")
	for _, kind := range Kinds() {
		g := newGolden(t, kind, 1)
		if len(g.bytes) > 64<<10 {
			t.Fatalf("a golden file of %d bytes is not small", len(g.bytes))
		}
		stride := 1
		if testing.Short() {
			stride = 7
		}
		for bit := 0; bit < 8*len(g.bytes); bit += stride {
			b := slices.Clone(g.bytes)
			b[bit/8] ^= 1 << (bit % 8)
			if !g.damaged(t, b, fmt.Sprintf("%s, bit %d", kind, bit)) {
				blocks.Missed("bit of a block", "%s: bit %d of byte %d of %d is guarded by nothing", kind, bit%8, bit/8, len(b))
			}
			flips++
			blocks.Reached("bit of a block", 1)
			if head, tail := bit/8 < headerBytes, int64(bit/8) >= g.payloadEnd; head || tail {
				tables.Reached("bit of a header, table or footer", 1)
				if _, err := Open(g.files, "d", g.ref); !errors.Is(err, ErrCorrupt) {
					tables.Missed("bit of a header, table or footer", "%s: Open takes a file with bit %d of byte %d flipped: %v", kind, bit%8, bit/8, err)
				}
			}
		}
	}
	if flips < 10_000 {
		t.Fatalf("only %d flips were tried", flips)
	}
	t.Logf("%d flips, all found", flips)
}

func TestEveryTruncationIsFound(t *testing.T) {
	promise.Sweep(t)
	g := newGolden(t, KindLexical, 2)
	c := promise.For(t, 4, "file cut at every length")
	for n := range g.bytes {
		testkit.Overwrite(t, g.files, g.name, g.bytes[:n])
		c.Reached("file cut at every length", 1)
		if _, err := outcome(g.files, g.ref); !errors.Is(err, ErrCorrupt) {
			c.Missed("file cut at every length", "cut to %d of %d bytes: %v", n, len(g.bytes), err)
		}
	}
	for _, more := range []int{1, 64, 512} {
		testkit.Overwrite(t, g.files, g.name, append(slices.Clone(g.bytes), make([]byte, more)...))
		if _, err := outcome(g.files, g.ref); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d bytes more: %v", more, err)
		}
	}
}

func TestEverySwapOfBlocksIsFound(t *testing.T) {
	promise.Sweep(t)
	g := newGolden(t, KindCodes, 3)
	n := len(g.bytes) / 512
	if n < 5 {
		t.Fatalf("%d blocks to swap", n)
	}
	c := promise.For(t, 9, "block written in another's place", "blocks swapped")
	for i := range n {
		for j := range n {
			if i == j {
				continue
			}
			b := slices.Clone(g.bytes)
			copy(b[i*512:(i+1)*512], g.bytes[j*512:(j+1)*512]) // misdirected: j's bytes at i
			c.Reached("block written in another's place", 1)
			if !g.damaged(t, b, fmt.Sprint("block ", j, " at ", i)) {
				c.Missed("block written in another's place", "block %d was written at %d: not found", j, i)
			}
			copy(b[j*512:(j+1)*512], g.bytes[i*512:(i+1)*512])
			c.Reached("blocks swapped", 1)
			if !g.damaged(t, b, fmt.Sprint("swap ", i, " ", j)) {
				c.Missed("blocks swapped", "blocks %d and %d swapped: not found", i, j)
			}
		}
	}
}

// A block of equal bytes in two places of a file has two checksums: this is what the number inside
// the checksum is for. Likewise the id for two files.
func TestChecksumsHoldPlaceAndFile(t *testing.T) {
	b := make([]byte, 512)
	one, other := seedOf(ID{1}), seedOf(ID{2})
	if blockSum(one, 0, b) == blockSum(one, 1, b) {
		t.Error("the block's number is not in its checksum")
	}
	if blockSum(one, 0, b) == blockSum(other, 0, b) {
		t.Error("the file's id is not in the checksum")
	}
	if tablesSum(ID{1}, b) == tablesSum(ID{2}, b) {
		t.Error("the file's id is not in the tables' checksum")
	}
}

func TestEverySwapOfFilesIsFound(t *testing.T) {
	promise.Sweep(t)
	all := []*golden{}
	c := promise.For(t, 9, "file in another's place")
	for _, kind := range []Kind{KindText, KindLexical} {
		for seed := range uint64(3) {
			all = append(all, newGolden(t, kind, seed))
		}
	}
	for i, g := range all {
		for j, other := range all {
			if i == j {
				continue
			}
			testkit.Overwrite(t, g.files, g.name, other.bytes)
			c.Reached("file in another's place", 1)
			if _, err := Open(g.files, "d", g.ref); !errors.Is(err, ErrCorrupt) {
				c.Missed("file in another's place", "file %d in place of %d: %v", j, i, err)
			}
		}
		// the other file's payload and tables under this file's header: only the ids tell
		other := all[(i+1)%3+i/3*3]
		mixed := append(slices.Clone(g.bytes[:headerBytes]), other.bytes[headerBytes:]...)
		testkit.Overwrite(t, g.files, g.name, mixed)
		if _, err := Open(g.files, "d", g.ref); !errors.Is(err, ErrCorrupt) {
			t.Errorf("the payload of another file in %d: %v", i, err)
		}
	}
}

// Only the hash in the name tells two files of one id apart; that is what Verify reads everything
// for.
func TestAnotherFileOfTheSameIDIsFound(t *testing.T) {
	g := newGolden(t, KindText, 4)
	w := NewWriter(g.files, "d", KindText, g.ref.ID, 512)
	w.Section("first")
	w.Bytes(noise(99, 1000))
	w.Section("empty")
	w.Section("second")
	w.Bytes(g.clean["second"])
	w.Section("third")
	w.Bytes(g.clean["third"])
	other, err := w.Finish()
	must(t, err)
	if other.Size != g.ref.Size {
		t.Fatalf("sizes %d and %d tell the files apart", other.Size, g.ref.Size)
	}
	testkit.Overwrite(t, g.files, g.name, testkit.ReadFile(t, g.files, path.Join("d", other.Name())))
	f, err := Open(g.files, "d", g.ref)
	must(t, err)
	defer f.Close()
	bad, err := f.Verify(context.Background())
	if err != nil || len(bad) != 1 || bad[0].Block != -1 {
		t.Fatalf("got %+v, %v", bad, err)
	}
}

// A shorter or longer file of the same id is whole in itself, but not the one that was meant.
func TestAnotherSizeOfTheSameID(t *testing.T) {
	g := newGolden(t, KindText, 4)
	w := NewWriter(g.files, "d", KindText, g.ref.ID, 512)
	w.Section("first")
	other, err := w.Finish()
	must(t, err)
	testkit.Overwrite(t, g.files, g.name, testkit.ReadFile(t, g.files, path.Join("d", other.Name())))
	if _, err := Open(g.files, "d", g.ref); !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
}

// A footer that is sound in itself but tells of another file than the header does.
func TestHeaderAndFooterMustAgree(t *testing.T) {
	g := newGolden(t, KindText, 4)
	for _, at := range []int{8, 10, 13, 16, 31} {
		b := slices.Clone(g.bytes)
		foot := b[len(b)-footerBytes:]
		foot[at] ^= 1
		binary.LittleEndian.PutUint32(foot[60:], crc32.Checksum(foot[:60], castagnoli))
		testkit.Overwrite(t, g.files, g.name, b)
		if _, err := Open(g.files, "d", g.ref); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d of the footer: %v", at, err)
		}
	}
}

func TestVerifyNoticesAnotherSize(t *testing.T) {
	g := newGolden(t, KindText, 4)
	f, err := Open(g.files, "d", g.ref)
	must(t, err)
	defer f.Close()
	for _, b := range [][]byte{append(slices.Clone(g.bytes), 0), g.bytes[:len(g.bytes)-1]} {
		testkit.Overwrite(t, g.files, g.name, b)
		if bad, err := f.Verify(context.Background()); err != nil || len(bad) == 0 {
			t.Errorf("%d bytes instead of %d: %v, %v", len(b), len(g.bytes), bad, err)
		}
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	g := newGolden(t, KindText, 5)
	reformat := func(version uint16) []byte {
		b := slices.Clone(g.bytes)
		binary.LittleEndian.PutUint16(b[8:], version)
		binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
		return b
	}
	flipped := slices.Clone(g.bytes)
	flipped[8] ^= 2 // format 3, but the checksum says that it never was
	for name, c := range map[string]struct {
		bytes         []byte
		is            error
		newer, corupt bool
	}{
		"newer":   {reformat(Format + 1), ErrNewer, true, false},
		"older":   {reformat(FormatMin - 1), ErrOlder, false, false},
		"flipped": {flipped, ErrCorrupt, false, true},
		"foreign": {slices.Repeat([]byte("#!/bin/sh\n"), 30), ErrForeign, false, false},
		"empty":   {nil, ErrCorrupt, false, true},
	} {
		testkit.Overwrite(t, g.files, g.name, c.bytes)
		_, err := Open(g.files, "d", g.ref)
		if !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
		if e := new(NewerError); errors.As(err, &e) != c.newer {
			t.Errorf("%s is taken for newer: %v", name, err)
		}
		if e := new(CorruptError); errors.As(err, &e) != c.corupt {
			t.Errorf("%s is taken for damaged: %v", name, err)
		}
	}
	must(t, g.files.Remove(g.name))
	if _, err := Open(g.files, "d", g.ref); !errors.Is(err, ErrCorrupt) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// A file that was sound at open time and is damaged afterwards: blocks that were used may be served
// from the mapping, Verify finds the damage, and from then on it is refused.
func TestVerifyWithdrawsTrust(t *testing.T) {
	g := newGolden(t, KindText, 6)
	f, err := Open(g.files, "d", g.ref)
	must(t, err)
	defer f.Close()
	s, err := f.Section("first")
	must(t, err)
	_, err = s.All()
	must(t, err)
	b := slices.Clone(g.bytes)
	b[600] ^= 1
	testkit.Overwrite(t, g.files, g.name, b)
	bad, err := f.Verify(context.Background())
	if err != nil || len(bad) != 1 || bad[0].Block != 1 || bad[0].Kind != KindText {
		t.Fatalf("got %+v, %v", bad, err)
	}
	if _, err := s.Bytes(448, 10); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("a block that Verify found bad is still served: %v", err)
	}
	_, err = s.Bytes(0, 10)
	must(t, err) // the others are
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestVerifyNamesUnreadableBlocks(t *testing.T) {
	g := newGolden(t, KindText, 6)
	files := faultfs.New(g.files, 1, faultfs.Rule{Ops: faultfs.ReadAt, Mode: faultfs.Fail})
	f, err := Open(files, "d", g.ref)
	must(t, err)
	defer f.Close()
	bad, err := f.Verify(context.Background())
	must(t, err)
	if len(bad) != f.Blocks() || bad[0].What != faultfs.ErrIO.Error() {
		t.Fatalf("%d blocks: %+v", f.Blocks(), bad)
	}
	s, err := f.Section("first")
	must(t, err)
	if err := s.ReadAt(make([]byte, 1), 0); !errors.Is(err, faultfs.ErrIO) || !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
}

// Whatever a faulty disk does to a read, ReadAt gives the right bytes or none.
func TestReadAtOnAFaultyDisk(t *testing.T) {
	g := newGolden(t, KindText, 8)
	refused := map[faultfs.Mode]int{}
	for _, mode := range []faultfs.Mode{faultfs.Flip, faultfs.Misdirect} {
		for seed := range uint64(300) {
			files := faultfs.New(g.files, seed, faultfs.Rule{Ops: faultfs.ReadAt, Mode: mode})
			f, err := Open(files, "d", g.ref)
			must(t, err)
			s, err := f.Section("first")
			must(t, err)
			off := int64(seed) * 3
			buf := make([]byte, 50)
			err = s.ReadAt(buf, off)
			if err == nil && string(buf) != string(g.clean["first"][off:off+50]) {
				t.Fatalf("%s, seed %d: wrong bytes", mode, seed)
			}
			if errors.Is(err, ErrCorrupt) {
				refused[mode]++
			}
			must(t, f.Close())
		}
	}
	if refused[faultfs.Flip] != 300 || refused[faultfs.Misdirect] != 300 {
		t.Fatalf("refused: %v of 300 each", refused)
	}
}
