package blockfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// noise returns n bytes that depend on nothing but the seed.
func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// build writes a file with a few blocks, an empty section and padding.
func build(t testing.TB, files vfs.FS, kind Kind, seed uint64) Ref {
	t.Helper()
	ref, err := tryBuild(files, kind, seed)
	must(t, err)
	return ref
}

func tryBuild(files vfs.FS, kind Kind, seed uint64) (Ref, error) {
	w := NewWriter(files, "d", kind, MakeID(kind, 1, []byte("test"), binary.LittleEndian.AppendUint64(nil, seed)), 512)
	w.Section("first")
	w.Bytes(noise(seed, 1000))
	w.Section("empty")
	w.Section("second")
	w.Uvarint(300)
	w.Align(8)
	w.U64(seed)
	w.U32(4)
	w.U16(2)
	w.Byte(1)
	w.Section("third")
	w.Bytes(noise(seed+1000, 1500))
	return w.Finish()
}

func newDir(t testing.TB) *vfs.MemFS {
	t.Helper()
	files := vfs.Mem()
	must(t, files.MkdirAll("d"))
	return files
}

// outcome is what a reader gets of a file: everything of it as it was written, or an error.
func outcome(files vfs.FS, ref Ref) (map[string][]byte, error) {
	f, err := Open(files, "d", ref)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	got := map[string][]byte{}
	for _, s := range f.Sections() {
		section, err := f.Section(s.Name)
		if err != nil {
			return nil, err
		}
		mapped, err := section.All()
		if err != nil {
			return nil, err
		}
		read := make([]byte, section.Len())
		if err := section.ReadAt(read, 0); err != nil {
			return nil, err
		}
		if !bytes.Equal(mapped, read) {
			return nil, fmt.Errorf("section %s: mapped and read bytes differ", s.Name)
		}
		got[s.Name] = read
	}
	return got, nil
}

// found tells whether damage is noticed by Open or by Verify, and fails the test when a read before
// that returned bytes that were never written.
func found(t testing.TB, files vfs.FS, ref Ref, clean map[string][]byte, what string) bool {
	t.Helper()
	got, err := outcome(files, ref)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%s: %v", what, err)
	}
	for name, b := range got {
		if !bytes.Equal(b, clean[name]) {
			t.Fatalf("%s: section %q was served with other bytes", what, name)
		}
	}
	f, err := Open(files, "d", ref)
	if err != nil {
		return true
	}
	defer f.Close()
	bad, err := f.Verify(context.Background())
	must(t, err)
	return len(bad) > 0
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	files := newDir(t)
	ref := build(t, files, KindText, 7)
	f, err := Open(files, "d", ref)
	must(t, err)
	defer f.Close()
	first, err := f.Section("first")
	must(t, err)
	for _, span := range [][2]int64{{0, 0}, {0, 1}, {0, 1000}, {448, 1}, {447, 2}, {999, 1}, {1000, 0}} {
		got, err := first.Bytes(span[0], span[1])
		must(t, err)
		read := make([]byte, span[1])
		must(t, first.ReadAt(read, span[0]))
		want := noise(7, 1000)[span[0] : span[0]+span[1]]
		if !bytes.Equal(got, want) || !bytes.Equal(read, want) {
			t.Fatalf("bytes %v differ", span)
		}
		if cap(got) != len(got) {
			t.Fatalf("the view reaches %d bytes behind its end", cap(got)-len(got))
		}
	}
	second, err := f.Section("second")
	must(t, err)
	b, err := second.All()
	must(t, err)
	want := append(binary.AppendUvarint(nil, 300), make([]byte, 6)...)
	want = binary.LittleEndian.AppendUint64(want, 7)
	want = append(want, 4, 0, 0, 0, 2, 0, 1)
	if !bytes.Equal(b, want) {
		t.Fatalf("got % x, want % x", b, want)
	}
	bad, err := f.Verify(context.Background())
	if err != nil || len(bad) > 0 {
		t.Fatalf("a clean file: %v %v", bad, err)
	}
}

func TestSpansOutsideASectionAreErrors(t *testing.T) {
	files := newDir(t)
	f, err := Open(files, "d", build(t, files, KindText, 7))
	must(t, err)
	defer f.Close()
	s, err := f.Section("first")
	must(t, err)
	const most = 1<<63 - 1
	for _, span := range [][2]int64{{-1, 1}, {0, -1}, {0, 1001}, {1000, 1}, {1001, 0}, {1, most}, {most, 1}, {most, most}, {-most, most}} {
		if _, err := s.Bytes(span[0], span[1]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("bytes %v: %v", span, err)
		}
	}
	for _, off := range []int64{-1, 998, most} {
		if err := s.ReadAt(make([]byte, 3), off); !errors.Is(err, ErrCorrupt) {
			t.Errorf("read at %d: %v", off, err)
		}
	}
	if _, err := f.Section("no such"); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

// Any sequence of writes reads back as what a plain buffer would hold, whatever the block size.
func TestWriterAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := vfs.Mem()
		blocks := rapid.SampledFrom([]int{512, 1024, 4096}).Draw(t, "block")
		w := NewWriter(files, "", KindLexical, ID{1}, blocks)
		model := map[string][]byte{}
		for n := range rapid.IntRange(0, 5).Draw(t, "sections") {
			name := fmt.Sprint("s", n)
			w.Section(name)
			var b []byte
			for range rapid.IntRange(0, 20).Draw(t, "writes") {
				b = step(t, w, b)
				if w.Offset() != int64(len(b)) {
					t.Fatalf("offset %d, want %d", w.Offset(), len(b))
				}
			}
			model[name] = b
		}
		ref, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(files, "", ref)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for name, want := range model {
			s, err := f.Section(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.All()
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("section %s: %v, %d bytes for %d", name, err, len(got), len(want))
			}
			if s.off%sectionAlign != 0 {
				t.Fatalf("section %s starts at %d", name, s.off)
			}
		}
	})
}

// step draws one write and returns what the section then holds.
func step(t *rapid.T, w *Writer, b []byte) []byte {
	v := rapid.Uint64().Draw(t, "v")
	switch rapid.IntRange(0, 6).Draw(t, "op") {
	case 0:
		w.Byte(byte(v))
		return append(b, byte(v))
	case 1:
		w.U16(uint16(v))
		return binary.LittleEndian.AppendUint16(b, uint16(v))
	case 2:
		w.U32(uint32(v))
		return binary.LittleEndian.AppendUint32(b, uint32(v))
	case 3:
		w.U64(v)
		return binary.LittleEndian.AppendUint64(b, v)
	case 4:
		w.Uvarint(v)
		return binary.AppendUvarint(b, v)
	case 5:
		n := 1 + int(v%200)
		w.Align(n)
		return append(b, make([]byte, (n-len(b)%n)%n)...)
	}
	p := noise(v, int(v%3000))
	w.Bytes(p)
	return append(b, p...)
}

func TestWrongUseLatches(t *testing.T) {
	for name, use := range map[string]func(w *Writer){
		"write before a section": func(w *Writer) { w.Byte(1) },
		"section twice":          func(w *Writer) { w.Section("a"); w.Section("a") },
		"long name":              func(w *Writer) { w.Section(strings.Repeat("a", 17)) },
		"empty name":             func(w *Writer) { w.Section("") },
		"zero in a name":         func(w *Writer) { w.Section("a\x00") },
		"align to nothing":       func(w *Writer) { w.Section("a"); w.Align(0) },
		"abort":                  func(w *Writer) { w.Section("a"); w.Abort() },
	} {
		files := vfs.Mem()
		w := NewWriter(files, "", KindText, ID{}, 512)
		use(w)
		if w.Err() == nil {
			t.Errorf("%s: no error", name)
		}
		w.Section("later")
		w.U64(1)
		if _, err := w.Finish(); err == nil {
			t.Errorf("%s: Finish succeeded", name)
		}
		if entries, _ := files.List(""); len(entries) != 0 {
			t.Errorf("%s: left %v behind", name, entries)
		}
	}
	if w := NewWriter(vfs.Mem(), "", KindText, ID{}, 1000); w.Err() == nil {
		t.Error("blocks of 1000 bytes")
	}
}

func TestSameInputsSameFile(t *testing.T) {
	files := newDir(t)
	a, b := build(t, files, KindText, 7), build(t, files, KindText, 7)
	if a != b {
		t.Fatalf("%+v and %+v", a, b)
	}
	entries, err := files.List("d")
	must(t, err)
	if len(entries) != 1 || entries[0].Name != a.Name() {
		t.Fatalf("the folder holds %+v", entries)
	}
}

func TestADamagedFileOfTheSameNameIsReplaced(t *testing.T) {
	files := newDir(t)
	ref := build(t, files, KindText, 7)
	b := testkit.ReadFile(t, files, path.Join("d", ref.Name()))
	b[100] ^= 1
	testkit.Overwrite(t, files, path.Join("d", ref.Name()), b)
	build(t, files, KindText, 7)
	if _, err := outcome(files, ref); err != nil {
		t.Fatal(err)
	}
}

func TestIDDependsOnEverything(t *testing.T) {
	seen := map[ID]string{}
	for name, id := range map[string]ID{
		"base":      MakeID(KindText, 1, []byte("c"), []byte("ab"), []byte("c")),
		"kind":      MakeID(KindLexical, 1, []byte("c"), []byte("ab"), []byte("c")),
		"builder":   MakeID(KindText, 2, []byte("c"), []byte("ab"), []byte("c")),
		"config":    MakeID(KindText, 1, []byte("d"), []byte("ab"), []byte("c")),
		"moved cut": MakeID(KindText, 1, []byte("c"), []byte("a"), []byte("bc")),
		"fewer":     MakeID(KindText, 1, []byte("c"), []byte("ab")),
		"no config": MakeID(KindText, 1, nil, []byte("c"), []byte("ab"), []byte("c")),
	} {
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have one id", name, other)
		}
		seen[id] = name
	}
}

func TestRefIsJSON(t *testing.T) {
	want := Ref{Kind: KindLexical, ID: ID{1, 0xab}, Hash: Hash{2, 0xcd}, Size: 12345}
	b, err := json.Marshal(want)
	must(t, err)
	var got Ref
	must(t, json.Unmarshal(b, &got))
	if got != want || !strings.Contains(string(b), `"lexical"`) || !strings.Contains(string(b), `"01ab00`) {
		t.Fatalf("%s gives %+v", b, got)
	}
	if want.Name() != want.Hash.String()+".lexical" {
		t.Fatal(want.Name())
	}
	for _, bad := range []string{`{"kind":"what"}`, `{"id":"01"}`, `{"hash":"xx"}`, `{"id":"` + strings.Repeat("zz", 16) + `"}`} {
		if json.Unmarshal([]byte(bad), &got) == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestKindsHaveNamesOfTheirOwn(t *testing.T) {
	if len(Kinds()) != len(kindNames) {
		t.Fatalf("%d kinds, %d names", len(Kinds()), len(kindNames))
	}
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.String()] {
			t.Errorf("two kinds are called %s", k)
		}
		seen[k.String()] = true
	}
}

func TestManyReadersAtOnce(t *testing.T) {
	files := newDir(t)
	ref := build(t, files, KindText, 7)
	f, err := Open(files, "d", ref)
	must(t, err)
	s, err := f.Section("first")
	must(t, err)
	want := noise(7, 1000)
	var wg sync.WaitGroup
	for n := range 8 {
		f.Retain()
		wg.Go(func() {
			defer f.Close()
			rng := rand.New(rand.NewPCG(uint64(n), 0))
			for range 300 {
				off := rng.IntN(1000)
				n := rng.IntN(1000 - off)
				got, err := s.Bytes(int64(off), int64(n))
				read := make([]byte, n)
				if err := errors.Join(err, s.ReadAt(read, int64(off))); err != nil || !bytes.Equal(got, want[off:off+n]) || !bytes.Equal(read, got) {
					t.Errorf("bytes %d+%d: %v", off, n, err)
				}
			}
		})
	}
	must(t, f.Close()) // the others keep it open
	wg.Wait()
}
