package lexical

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func (m *memorySink) openRemoved() (*Removed, error) {
	return openRemoved(memorySection(m.sections[sectionTally]), memorySection(m.sections[sectionTallyIndex]),
		memorySection(m.sections[sectionTallyMeta]))
}

// TestTallyCountsWhatWasRemoved: passages are removed in several commits, each of which adds to
// what the one before had stored; every key counts the removed passages that hold it, every other
// key counts none.
func TestTallyCountsWhatWasRemoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(1, 300).Draw(t, "passages")
		m := modelOf(passages)
		var stored *Removed
		for at := 0; at < len(passages); {
			tally := NewTally()
			for range rapid.IntRange(1, len(passages)-at).Draw(t, "removed") {
				tally.Add(passages[at])
				if at++; rapid.IntRange(0, 20).Draw(t, "fold") == 0 {
					tally.fold()
				}
			}
			out := newMemorySink()
			for range rapid.IntRange(1, 2).Draw(t, "writes") { // it may be written again
				out = newMemorySink()
				if err := tally.writeTo(out, stored); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			if stored, err = out.openRemoved(); err != nil {
				t.Fatal(err)
			}
			checkTally(t, stored, modelOf(passages[:at]), m)
		}
	})
}

func checkTally(t *rapid.T, r *Removed, removed, all model) {
	want := removed.lists()
	if r.Length() != removed.total() {
		t.Fatalf("length %d, want %d", r.Length(), removed.total())
	}
	for key := range all.lists() {
		if got, err := r.DF([]byte(key)); err != nil || int(got) != len(want[key]) {
			t.Fatalf("%q: %d removed passages hold it, want %d (%v)", key, got, len(want[key]), err)
		}
	}
	for _, absent := range []string{"s", "senzzzz", "x", "\xff", ""} {
		if got, err := r.DF([]byte(absent)); err != nil || int(got) != len(want[absent]) {
			t.Fatalf("%q: %d, %v", absent, got, err)
		}
	}
	var keys []string
	err := r.each(func(key []byte, count uint32) error {
		keys = append(keys, string(key))
		return nil
	})
	if err != nil || !slices.Equal(keys, slices.Sorted(maps.Keys(want))) {
		t.Fatalf("keys %q, %v", keys, err)
	}
}

func TestNothingRemoved(t *testing.T) {
	var none *Removed
	if n, err := none.DF([]byte("sentorn")); n != 0 || err != nil || none.Length() != 0 {
		t.Errorf("%d, %v", n, err)
	}
}

// TestHostileTally: no stored byte of a tally leads out of an array, and a table that contradicts
// itself is told as damage.
func TestHostileTally(t *testing.T) {
	tally, good := NewTally(), newMemorySink()
	for _, p := range hostilePassages() {
		tally.Add(p)
	}
	if err := tally.writeTo(good, nil); err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, name := range []string{sectionTally, sectionTallyIndex, sectionTallyMeta} {
		for at := range good.sections[name] {
			bad := newMemorySink()
			maps.Copy(bad.sections, good.sections)
			bad.sections[name] = slices.Clone(good.sections[name])
			bad.sections[name][at] ^= 0xA7
			r, err := bad.openRemoved()
			if err == nil {
				_, err = r.DF([]byte("sentorn"))
			}
			if err == nil {
				err = r.each(func([]byte, uint32) error { return nil })
			}
			if err != nil {
				told++
			}
		}
	}
	if told < 100 {
		t.Errorf("vacuous: %d damages told", told)
	}
	short := newMemorySink()
	maps.Copy(short.sections, good.sections)
	short.sections[sectionTallyMeta] = binary.LittleEndian.AppendUint32(nil, tallyVersion)
	if _, err := short.openRemoved(); !errors.Is(err, ErrFormat) {
		t.Errorf("a table of nothing: %v", err)
	}
}
