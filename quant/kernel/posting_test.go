package kernel

import (
	"testing"

	"pgregory.net/rapid"
)

func drawDocs(t *rapid.T) (base uint32, docs [PostingBlock]uint32) {
	r := random(rapid.Uint64().Draw(t, "seed"))
	width := rapid.UintRange(0, 24).Draw(t, "width")
	base = rapid.SampledFrom([]uint32{NoDocument, 0, 1, 1 << 20}).Draw(t, "base")
	d := base
	for i := range docs {
		d += 1 + uint32(r.next()&(1<<width-1))
		docs[i] = d
	}
	return base, docs
}

func TestPostingBlockRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, docs := drawDocs(t)
		var classes, gotClasses [PostingBlock]byte
		r := random(rapid.Uint64().Draw(t, "classes"))
		r.bytes(classes[:])
		width := DeltaWidth128(base, &docs)
		buf := make([]byte, PostingBytes(width))
		if n, err := PackPostings(buf, base, &docs, &classes, width); err != nil || n != len(buf) {
			t.Fatal(n, err)
		}
		var got [PostingBlock]uint32
		if err := UnpackPostings(&got, &gotClasses, base, buf, width); err != nil {
			t.Fatal(err)
		}
		if got != docs || gotClasses != classes {
			t.Fatal("a posting block does not come back as it was packed")
		}
		if width > 0 && UnpackDeltas128(&got, base, buf[:len(buf)-PostingBlock-1], width) == nil {
			t.Fatal("a short block was taken")
		}
	})
}

func TestPostingRefsAreChecked(t *testing.T) {
	data, dst := make([]byte, 2*PostingBytes(5)), make([]uint32, 2*PostingBlock)
	good := PostingRef{uint64(PostingBytes(5)), 7, 5}
	if err := UnpackBlocks(dst, data, []PostingRef{{0, 0, 5}, good}); err != nil || dst[PostingBlock] != 8 {
		t.Fatal(err, dst[PostingBlock])
	}
	stripe, _ := NewStripe(64)
	for _, bad := range []PostingRef{{uint64(PostingBytes(5)) + 1, 0, 5}, {0, 0, 33}, {0, 0, 1 << 31}, {1 << 63, 0, 0}, {uint64(len(data)), 0, 0}} {
		if UnpackBlocks(dst, data, []PostingRef{good, bad}) == nil {
			t.Errorf("UnpackBlocks took %+v", bad)
		}
		if _, err := stripe.AddBlocks(data, []PostingRef{good, bad}, new(ImpactTable)); err == nil {
			t.Errorf("AddBlocks took %+v", bad)
		}
	}
	if UnpackBlocks(dst[:PostingBlock], data, []PostingRef{good, good}) == nil {
		t.Error("two blocks were unpacked into the room for one")
	}
}

func TestPostingWidthIsChecked(t *testing.T) {
	var docs [PostingBlock]uint32
	if err := UnpackDeltas128(&docs, 0, make([]byte, 1000), 33); err == nil {
		t.Error("33 bits were taken")
	}
}

func TestStripeAddsAndCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, docs := drawDocs(t)
		var classes [PostingBlock]byte
		var table ImpactTable
		r := random(rapid.Uint64().Draw(t, "classes"))
		r.bytes(classes[:])
		for i := range 256 {
			table.Set(byte(i), uint16(r.next())>>4)
		}
		width := DeltaWidth128(base, &docs)
		buf := make([]byte, PostingBytes(width))
		if _, err := PackPostings(buf, base, &docs, &classes, width); err != nil {
			t.Fatal(err)
		}
		w, err := NewStripe(1024)
		if err != nil {
			t.Fatal(err)
		}
		w.Move(docs[rapid.IntRange(0, 127).Draw(t, "start")])
		added, err := w.AddBlock(buf, base, width, &table)
		if err != nil {
			t.Fatal(err)
		}
		top, _ := NewTopK(1000, 1)
		cut, err := w.Cut(top, w.Base(), nil)
		if err != nil || cut != added {
			t.Fatalf("cut %d, added %d, %v", cut, added, err)
		}
		ids, scores := top.Take()
		want := map[uint32]int32{}
		for i, d := range docs {
			if v := table.At(classes[i]); d-w.Base() < 1024 && v > 0 {
				want[d] = int32(v)
			}
		}
		if len(ids) != len(want) {
			t.Fatalf("%d documents, want %d", len(ids), len(want))
		}
		for i, id := range ids {
			if want[id] != scores[i] {
				t.Fatalf("document %d has %d, want %d", id, scores[i], want[id])
			}
		}
	})
}
