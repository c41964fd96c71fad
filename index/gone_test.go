package index

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/vfs"
)

// goneOf writes a tombstone file and opens it.
func goneOf(t *testing.T, documents, passages []uint32, n int) *tombstones {
	t.Helper()
	files := vfs.Mem()
	if err := files.MkdirAll("files"); err != nil {
		t.Fatal(err)
	}
	w := blockfile.NewWriter(files, "files", blockfile.KindTombstones, blockfile.ID{1}, blockfile.BlockBytesRandom)
	for name, set := range map[string][]uint32{"documents": documents, "passages": passages} {
		b, err := portable(roaring.BitmapOf(set...))
		if err != nil {
			t.Fatal(err)
		}
		w.Section(name)
		w.Bytes(b)
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	f, err := blockfile.Open(files, "files", ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	dead := &tombstones{name: ref.Name(), file: f}
	sets, err := dead.readGone(n, n)
	if err != nil {
		t.Fatal(err)
	}
	dead.gone.Store(sets)
	return dead
}

// TestFlipsInWhatIsGone flips every bit of the bitmaps that say what is removed, in memory. The
// next question must see them as they are on the disk.
func TestFlipsInWhatIsGone(t *testing.T) {
	promise.Sweep(t)
	const n = 700
	c := promise.For(t, 10, "what is gone")
	dead := goneOf(t, []uint32{3, 400}, []uint32{0, 5, 64, 65, 699}, n)
	want := dead.gone.Load().sum
	for _, of := range []func(*gone) []uint64{func(g *gone) []uint64 { return g.documents }, func(g *gone) []uint64 { return g.passages }} {
		for at := range (n + 63) / 64 * 64 {
			words := of(dead.gone.Load())
			words[at/64] ^= 1 << (at % 64)
			c.Reached("what is gone", 1)
			dead.recheck(n, n)
			if g := dead.gone.Load(); g.computed() != want || dead.bad.Load() != nil {
				c.Missed("what is gone", "bit %d is not found", at)
				words[at/64] ^= 1 << (at % 64)
			}
		}
	}
	if d, p := dead.gone.Load().sets(); d.GetCardinality() != 2 || p.GetCardinality() != 5 || !p.Contains(699) || !d.Contains(400) {
		t.Errorf("what is gone became %v, %v", d, p)
	}
}
