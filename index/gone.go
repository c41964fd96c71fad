package index

import (
	"bytes"
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/internal/defence"
)

// gone is which documents and passages of a segment are removed, one bit each, as questions use it.
// It is never changed. A bit that flips here would show what was removed or hide what was not, and
// no checksum of a file would see it: so it has a sum of its own, which each question holds it to.
type gone struct {
	documents, passages   arm.Bits // nil: none
	documentsN, passagesN int64
	sum                   uint64
}

func newGone(documents, passages *roaring.Bitmap, documentsN, passagesN int) *gone {
	g := &gone{documentsN: int64(documents.GetCardinality()), passagesN: int64(passages.GetCardinality())}
	if g.documentsN > 0 {
		g.documents = bitsOf(documents, documentsN)
	}
	if g.passagesN > 0 {
		g.passages = bitsOf(passages, passagesN)
	}
	g.sum = g.computed()
	return g
}

// sumPrime is that of FNV-1a. Each step is a bijection of what was before, so no change of a single
// word can go unseen.
const sumPrime = 1099511628211

func (g *gone) computed() uint64 {
	sum := uint64(g.documentsN)*sumPrime ^ uint64(g.passagesN)
	for _, words := range []arm.Bits{g.documents, g.passages} {
		sum = sum*sumPrime ^ uint64(len(words))
		for _, w := range words {
			sum = (bits.RotateLeft64(sum, 29) ^ w) * sumPrime
		}
	}
	return sum
}

// sets are the removed documents and passages as sets of the caller's own.
func (g *gone) sets() (documents, passages *roaring.Bitmap) {
	return setOf(g.documents), setOf(g.passages)
}

func setOf(b arm.Bits) *roaring.Bitmap {
	set := roaring.New()
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			set.Add(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
	return set
}

// bitsOf turns a set into one bit for each of n.
func bitsOf(set *roaring.Bitmap, n int) arm.Bits {
	out := make(arm.Bits, (n+63)/64)
	for it := set.Iterator(); it.HasNext(); {
		p := it.Next()
		out[p/64] |= 1 << (p % 64)
	}
	return out
}

// Distrust begins a question. What was verified for an earlier one may have changed in memory
// since: mapped blocks are verified again at their next use, and so is what was unpacked of them.
// What is gone from each segment is held against its sum here, and read again where it differs.
func (sn *Snapshot) Distrust() {
	if sn.store.opts.TrustMemory {
		return
	}
	sn.store.epoch.Next()
	for _, seg := range sn.segments {
		seg.tombstones.recheck(seg.Documents(), seg.Passages())
	}
}

// recheck holds what is gone against its sum. Where it differs the file is read again; where that
// fails the segment cannot be used, and the door says so.
func (t *tombstones) recheck(documentsN, passagesN int) {
	g := t.gone.Load()
	if g.computed() == g.sum || !defence.Stands(defence.MemoryRecheck) {
		return
	}
	fresh, err := t.readGone(documentsN, passagesN)
	if err != nil {
		t.bad.Store(&err)
		return
	}
	t.gone.Store(fresh)
	if t.file == nil {
		blockfile.NoteRecovered("what is gone of a segment", -1)
		return
	}
	t.file.Recovered(-1)
}

// readGone reads the sets from the file, which verifies what it reads; without a file nothing is
// gone.
func (t *tombstones) readGone(documentsN, passagesN int) (*gone, error) {
	documents, passages := roaring.New(), roaring.New()
	if t.file == nil {
		return newGone(documents, passages, 0, 0), nil
	}
	if err := readBitmap(t.file, "documents", documents, documentsN); err != nil {
		return nil, err
	}
	if err := readBitmap(t.file, "passages", passages, passagesN); err != nil {
		return nil, err
	}
	return newGone(documents, passages, documentsN, passagesN), nil
}

func readBitmap(f *blockfile.File, name string, into *roaring.Bitmap, limit int) error {
	sec, err := f.Section(name)
	if err != nil {
		return err
	}
	b := make([]byte, sec.Len())
	if err := sec.ReadAt(b, 0); err != nil {
		return err
	}
	if _, err := into.ReadFrom(bytes.NewReader(b)); err != nil {
		return corruptTombstones(err.Error())
	}
	if err := into.Validate(); err != nil && !into.IsEmpty() {
		return corruptTombstones(err.Error())
	}
	if !into.IsEmpty() && uint64(into.Maximum()) >= uint64(limit) {
		return corruptTombstones("it names a passage or document that the segment does not have")
	}
	return nil
}
