package lexical

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"sluice/index/arm"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// model is postings done the plain way: for each passage the classes of its keys.
type model struct {
	passages []map[string]byte
	lengths  []int
}

func modelOf(passages []arm.Fields) model {
	m := model{}
	a := NewAnalyzer()
	for _, f := range passages {
		tf, marks, length := map[string]uint32{}, map[string]bool{}, 0
		for _, field := range []struct {
			text   string
			weight int
			title  bool
		}{{string(f.Body), 1, false}, {f.Title, TitleWeight, true}, {f.Symbol, symbolWeight, true}} {
			for _, t := range a.Tokens(nil, []byte(field.text)) {
				weight := uint32(field.weight)
				tf[string(StemKey(nil, t.Stem))] += weight
				if !t.Kind.Beside() && !t.Stop && !bytes.Equal(t.Stem, t.Term) {
					tf[string(ExactKey(nil, t.Term))] += weight
				}
				if field.title && !t.Stop {
					marks[string(TitleKey(nil, t.Stem))] = true
				}
				if t.Counts() {
					length += field.weight
				}
			}
		}
		for _, t := range a.Tokens(nil, []byte(f.Path)) {
			if !t.Stop {
				marks[string(PathKey(nil, t.Stem))] = true
			}
		}
		if f.First {
			new(namer).each(f.Path, func(term []byte) { tf[string(StemKey(nil, term))]++ })
		}
		keys := map[string]byte{}
		for key, n := range tf {
			counted := uint32(length)
			if isNoise(&f) {
				counted *= noiseLength
			}
			keys[key] = classOf(n, lengthClassOf(counted))
		}
		for key := range marks {
			keys[key] = 0
		}
		m.passages, m.lengths = append(m.passages, keys), append(m.lengths, length)
	}
	return m
}

func (m model) total() (n uint64) {
	for _, l := range m.lengths {
		n += uint64(l)
	}
	return n
}

// lists turns the model round: key -> passage -> class.
func (m model) lists() map[string]map[uint32]byte {
	lists := map[string]map[uint32]byte{}
	for p, keys := range m.passages {
		for key, class := range keys {
			if lists[key] == nil {
				lists[key] = map[uint32]byte{}
			}
			lists[key][uint32(p)] = class
		}
	}
	return lists
}

// vocabularyOfTests mixes rare and common, stemmed and unstemmed, identifiers, numbers and CJK.
var vocabularyOfTests = strings.Fields("e-mail 6.2.8 1,250,000 2031-04-02 1da177e4c3f41524 file_name filename page pages paging lock locking locked read reader HTTPServer task_struct taskStruct " +
	"init __init__ x86 0xff 3.14 don't the of and to is 東京都 한국 café naïve writes torn noticed kernel mutex_lock spin_lock_irqsave " +
	"a.b PCIe URLs getAString vm_area_struct running run runs ran device devices driver bus interrupt")

// passagesGen draws passages of a Zipf-like distribution, so that lists of all sizes come up.
func passagesGen(least, most int) *rapid.Generator[[]arm.Fields] {
	return rapid.Custom(func(t *rapid.T) []arm.Fields {
		n := rapid.IntRange(least, most).Draw(t, "passages")
		seed := rapid.Uint64().Draw(t, "seed")
		next := func(bound int) int {
			seed = seed*6364136223846793005 + 1442695040888963407
			return int(seed >> 33 % uint64(bound))
		}
		text := func(words int) string {
			var b strings.Builder
			for range words {
				at := next(len(vocabularyOfTests))
				at = next(at + 1)
				if next(40) == 0 {
					fmt.Fprintf(&b, "rare%d ", next(300))
				}
				b.WriteString(vocabularyOfTests[at])
				b.WriteByte(" .\n-"[next(4)])
			}
			return b.String()
		}
		out := make([]arm.Fields, n)
		for i := range out {
			out[i].Body = []byte(text(next(30)))
			if next(3) == 0 {
				out[i].Title, out[i].Symbol = text(next(4)), text(next(2))
			}
			out[i].First = next(4) == 0
			out[i].Path = fmt.Sprintf("drivers/bus%d/%s.c", i/50, text(1))
		}
		return out
	})
}

// TestReaderTellsWhatWasAdded compares every key and posting with the plain way.
func TestReaderTellsWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(0, 700).Draw(t, "passages")
		want := modelOf(passages)
		r, _ := buildRapid(t, passages)
		if r.Passages() != len(passages) || r.TotalLength() != want.total() {
			t.Fatalf("%d passages of %d terms, want %d of %d", r.Passages(), r.TotalLength(), len(passages), want.total())
		}
		lists := want.lists()
		var keys []string
		err := r.Terms(nil, func(key []byte, l List) error {
			keys = append(keys, string(key))
			compareList(t, string(key), l, lists[string(key)])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) != len(lists) || !sort.StringsAreSorted(keys) || r.Keys() != int64(len(keys)) {
			t.Fatalf("%d keys, want %d, in order", len(keys), len(lists))
		}
		for key, list := range lists {
			l, ok, err := r.Lookup([]byte(key))
			if err != nil || !ok {
				t.Fatalf("%q: found %v, %v", key, ok, err)
			}
			compareList(t, key, l, list)
			if _, ok, err := r.Lookup([]byte(key + "\x00")); ok || err != nil {
				t.Fatalf("%q and a byte: found %v, %v", key, ok, err)
			}
		}
	})
}

func buildRapid(t *rapid.T, passages []arm.Fields) (*Reader, *memorySink) {
	b := NewBuilder()
	for _, p := range passages {
		b.Add(p)
	}
	sink := newMemorySink()
	if err := b.writeTo(sink); err != nil {
		t.Fatal(err)
	}
	r, err := sink.open()
	if err != nil {
		t.Fatal(err)
	}
	return r, sink
}

func compareList(t *rapid.T, key string, l List, want map[uint32]byte) {
	if l.DF() != len(want) {
		t.Fatalf("%q: df %d, want %d", key, l.DF(), len(want))
	}
	last, n := -1, 0
	err := l.Each(func(p uint32, class byte) bool {
		if w, ok := want[p]; !ok || w != class || int(p) <= last {
			t.Fatalf("%q: passage %d after %d of class %02x, want %02x (%v)", key, p, last, class, w, ok)
		}
		last, n = int(p), n+1
		return true
	})
	if err != nil || n != len(want) {
		t.Fatalf("%q: %d passages, want %d: %v", key, n, len(want), err)
	}
}

// TestMarkFindsWhatEachVisits compares the skipping walk with the full one.
func TestMarkFindsWhatEachVisits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(1, 900).Draw(t, "passages")
		r, _ := buildRapid(t, passages)
		asked := rapid.SliceOfNDistinct(rapid.Uint32Range(0, uint32(len(passages)-1)), 0, 60, rapid.ID).Draw(t, "asked")
		slices.Sort(asked)
		err := r.Terms(nil, func(key []byte, l List) error {
			all := map[uint32]byte{}
			if err := l.Each(func(p uint32, class byte) bool { all[p] = class; return true }); err != nil {
				return err
			}
			marked := map[uint32]byte{}
			if err := l.Mark(asked, func(i int, class byte) { marked[asked[i]] = class }); err != nil {
				return err
			}
			for _, p := range asked {
				class, ok := all[p]
				if got, hit := marked[p]; hit != ok || got != class {
					t.Fatalf("%q: passage %d: marked %v %02x, listed %v %02x", key, p, hit, got, ok, class)
				}
				if has, err := l.Has(p); has != ok || err != nil {
					t.Fatalf("%q: has passage %d: %v, %v", key, p, has, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestSameBytes: a builder used again, and one that saw other words before, write the same bytes.
func TestSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(0, 300).Draw(t, "passages")
		_, want := buildRapid(t, passages)
		b := NewBuilder()
		for _, p := range passagesGen(0, 40).Draw(t, "before") {
			b.Add(p)
		}
		b.Reset()
		for _, p := range passages {
			b.Add(p)
		}
		got := newMemorySink()
		if err := b.writeTo(got); err != nil {
			t.Fatal(err)
		}
		sameSections(t, got, want)
	})
}

func sameSections(t *rapid.T, got, want *memorySink) {
	if !slices.Equal(got.names, want.names) {
		t.Fatalf("sections %q, want %q", got.names, want.names)
	}
	for name, b := range want.sections {
		if !bytes.Equal(got.sections[name], b) {
			t.Fatalf("section %s differs: %d bytes, want %d", name, len(got.sections[name]), len(b))
		}
	}
}

// TestMergeEqualsBuilding: merging segments with deletions writes what building from the survivors
// writes.
func TestMergeEqualsBuilding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(0, 700).Draw(t, "passages")
		var inputs []MergeInput
		var survivors []arm.Fields
		for from := 0; from < len(passages); {
			to := from + rapid.IntRange(1, len(passages)-from).Draw(t, "cut")
			r, _ := buildRapid(t, passages[from:to])
			in := MergeInput{Reader: r}
			if rapid.Bool().Draw(t, "delete") {
				in.Deleted = make(arm.Bits, (to-from+63)/64)
				for i := range in.Deleted {
					in.Deleted[i] = rapid.Uint64().Draw(t, "deleted")
				}
			}
			for i, p := range passages[from:to] {
				if in.Deleted == nil || in.Deleted[i/64]>>(i%64)&1 == 0 {
					survivors = append(survivors, p)
				}
			}
			inputs, from = append(inputs, in), to
		}
		_, want := buildRapid(t, survivors)
		got := newMemorySink()
		if err := merge(got, inputs, modelOf(survivors).total()); err != nil {
			t.Fatal(err)
		}
		sameSections(t, got, want)
	})
}

// TestTermsOfBuilder: the deltas of a deletion are the dfs of what was deleted.
func TestTermsOfBuilder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := passagesGen(0, 100).Draw(t, "passages")
		b := NewBuilder()
		for _, p := range passages {
			b.Add(p)
		}
		lists, last := modelOf(passages).lists(), ""
		err := b.Terms(func(key []byte, df int) error {
			if df != len(lists[string(key)]) || string(key) <= last {
				t.Fatalf("%q after %q: df %d, want %d", key, last, df, len(lists[string(key)]))
			}
			last = string(key)
			delete(lists, last)
			return nil
		})
		if err != nil || len(lists) != 0 {
			t.Fatalf("%d keys are missing: %v", len(lists), err)
		}
	})
}

// scrambledID gives passage n of a whole collection an id that does not follow its number; several
// share their first eight bytes.
func scrambledID(n uint32) (id arm.PassageID) {
	binary.BigEndian.PutUint64(id[:], uint64(n/3)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint16(id[8:], uint16(3-n%3))
	return id
}

func byScoreAndID(a, b arm.Scored) int {
	x, y := scrambledID(a.Passage), scrambledID(b.Passage)
	return cmp.Or(cmp.Compare(b.Score, a.Score), bytes.Compare(x[:], y[:]))
}

func sinkOf(t testing.TB, passages []arm.Fields) *Reader {
	r, _ := build(t, passages)
	return r
}
