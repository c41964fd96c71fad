package lexical

import (
	"context"
	"encoding/binary"
	"errors"
	"sluice/index/arm"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/promise"
)

// hostilePassages has lists of every form: one passage, short, long with and without rest, runs.
func hostilePassages() (out []arm.Fields) {
	for i := range 400 {
		f := arm.Fields{Body: []byte("common page_lock readers"), Title: "kernel", Path: "drivers/net/x.c"}
		if i%3 == 0 {
			f.Body = append(f.Body, " third third third third third"...)
		}
		if i%90 == 7 {
			f.Body = append(f.Body, " seldom"...)
		}
		f.Body = append(f.Body, " only"...)
		f.Body = append(f.Body, byte('a'+i%26), byte('a'+i/26))
		out = append(out, f)
	}
	return out
}

// useAll reads everything that a reader offers. Errors are fine; what is delivered must be in
// range.
func useAll(t *testing.T, r *Reader) {
	check := func(err error) {
		if err != nil && !errors.Is(err, blockfile.ErrCorrupt) {
			t.Fatalf("damage is reported as %v", err)
		}
	}
	n := uint32(r.Passages())
	some := []uint32{0, 1, 127, 128, 129, 255, 300, 399, 1 << 20}
	_ = r.Terms(nil, func(_ []byte, l List) error {
		if l.DF() > int(n) {
			t.Fatalf("a list of %d passages of %d", l.DF(), n)
		}
		last := int64(-1)
		check(l.Each(func(p uint32, _ byte) bool {
			if p >= n || int64(p) <= last {
				t.Fatalf("passage %d after %d of %d", p, last, n)
			}
			last = int64(p)
			return true
		}))
		check(l.Mark(some, func(i int, _ byte) {
			if some[i] >= n {
				t.Fatalf("passage %d of %d is marked", some[i], n)
			}
		}))
		return nil
	})
	weights := []Weight{{1, 1, 1}, {2, 1, 1}, {3, 1, 1}}
	cut := NewSearch(10, NewScorer(20, weights), numberIDs)
	var terms []ScanTerm
	for i, key := range []string{"sencommon", "senthird", "senseldom"} {
		l, ok, err := r.Lookup([]byte(key))
		check(err)
		if ok {
			terms = append(terms, ScanTerm{l, i})
		}
	}
	_, err := cut.scan(context.Background(), &arm.Part{Reader: r}, terms)
	check(err)
	_, err = cut.Best(context.Background())
	check(err)
	merged := newMemorySink()
	if err := merge(merged, []MergeInput{{Reader: r, Deleted: make(arm.Bits, (n+63)/64)}}, 0); err != nil {
		check(err)
		return
	}
	sound(t, merged)
}

// sound checks that what a merge wrote without an error can be read without one.
func sound(t *testing.T, sink *memorySink) {
	r, err := sink.open()
	if err != nil {
		t.Fatalf("what was merged from damage: %v", err)
	}
	last := ""
	err = r.Terms(nil, func(key []byte, l List) error {
		if string(key) <= last {
			t.Fatalf("merged key %q after %q", key, last)
		}
		last = string(key)
		return l.Each(func(uint32, byte) bool { return true })
	})
	if err != nil {
		t.Fatalf("what was merged from damage: %v", err)
	}
}

// TestFewerPassagesThanListed: lists that go beyond the segment's passages are damage, not
// passages.
func TestFewerPassagesThanListed(t *testing.T) {
	passages := make([]arm.Fields, 400)
	for i := 0; i < len(passages); i += 3 {
		passages[i].Body = []byte("third")
	}
	_, good := build(t, passages)
	for n := uint32(1); n < 400; n++ {
		binary.LittleEndian.PutUint32(good.sections[sectionMeta][4:], n)
		r, err := good.open()
		if err != nil {
			t.Fatal(err)
		}
		useAll(t, r)
	}
}

// TestHostileDictionary: each way in which a block of the dictionary can contradict itself is told.
func TestHostileDictionary(t *testing.T) {
	for _, c := range []struct {
		what  string
		block []byte
		keys  uint64
	}{
		{"nothing", nil, 1},
		{"no entry", []byte{0}, 1},
		{"a start beyond the section", []byte{0xFF, 0x7F, 1, 'x', 0, 0}, 1},
		{"an empty key", []byte{0, 0x00, 0, 0}, 1},
		{"a key that is not there", []byte{0, 0x05, 'x', 'a'}, 1},
		{"an endless key", append([]byte{0, 0x0F, 60}, make([]byte, 100)...), 1},
		{"a shared start of no key", []byte{0, 0x21, 'x', 0, 0, 0}, 1},
		{"a length without end", []byte{0, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, 1},
		{"more passages than there are", []byte{0, 0x01, 'x', 9, 1, 0, 0}, 1},
		{"a list that is not there", []byte{0, 0x01, 'x', 0}, 1},
		{"a list larger than the section", []byte{0, 0x01, 'x', 1, 0x7F, 0, 0}, 1},
		{"a list of a negative size", []byte{0, 0x01, 'x', 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0}, 1},
		{"classes that are not there", []byte{0, 0x01, 'x', 1, 3, 0, 0, 0}, 1},
		{"no keys", []byte{0, 0x01, 'x', 0, 0, 0}, 0},
		{"too many keys", []byte{0, 0x01, 'x', 0, 0, 0}, dictTerms + 1},
	} {
		s := newMemorySink()
		s.sections[sectionLists] = c.block
		s.sections[sectionIndex] = append(make([]byte, 8), 1, 0, 0, 0, 'x')
		meta := binary.LittleEndian.AppendUint32(nil, formatVersion)
		meta = binary.LittleEndian.AppendUint32(meta, 5)
		meta = binary.LittleEndian.AppendUint64(meta, 100)
		meta = binary.LittleEndian.AppendUint64(meta, c.keys)
		s.sections[sectionMeta] = binary.LittleEndian.AppendUint64(meta, 1)
		r, err := s.open()
		if err == nil {
			err = r.Terms(nil, func(_ []byte, l List) error { return l.Each(func(uint32, byte) bool { return true }) })
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// damaged is the file of hostilePassages with edits: 4 bytes each, which section, where, what.
func damaged(good *memorySink, edits []byte) *memorySink {
	bad := newMemorySink()
	for name, b := range good.sections {
		bad.sections[name] = append([]byte(nil), b...)
	}
	for ; len(edits) >= 4; edits = edits[4:] {
		name := []string{sectionLists, sectionIndex, sectionMeta}[edits[0]%3]
		b := bad.sections[name]
		if edits[0] >= 250 { // cut it short
			bad.sections[name] = b[:len(b)*int(edits[3])/256]
		} else if len(b) > 0 {
			b[int(binary.LittleEndian.Uint16(edits[1:]))%len(b)] = edits[3]
		}
	}
	return bad
}

// FuzzStoredBytes: no stored byte, with whatever checksum, leads out of an array or into an endless
// loop.
func FuzzStoredBytes(f *testing.F) {
	_, good := build(f, hostilePassages())
	f.Add([]byte{})
	f.Add([]byte{2, 4, 0, 255, 2, 5, 0, 255, 2, 6, 0, 255})
	f.Add([]byte{250, 0, 0, 128})
	f.Fuzz(func(t *testing.T, edits []byte) {
		r, err := damaged(good, edits).open()
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("damage is reported as %v", err)
			}
			return
		}
		useAll(t, r)
	})
}

// TestEveryDamagedByte changes each byte of a file in turn, in several ways.
func TestEveryDamagedByte(t *testing.T) {
	promise.Sweep(t)
	_, good := build(t, hostilePassages()[:140])
	for name, b := range good.sections {
		for i, was := range b {
			values := []byte{was ^ 1, was ^ 0x80, 0xFF, 0}
			for _, v := range values[i%3 : i%3+2] {
				b[i] = v
				if r, err := good.open(); err == nil {
					useAll(t, r)
				} else if !errors.Is(err, ErrFormat) {
					t.Fatalf("%s byte %d: %v", name, i, err)
				}
			}
			b[i] = was
		}
	}
}
