package text

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/index/blockfile"
	"sluice/internal/limits"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// readAll reads everything that a file holds, in every way there is, and returns it as text. It
// checks that no number or length leaves its bounds.
func readAll(t testing.TB, r *Reader) (string, error) {
	t.Helper()
	var all bytes.Buffer
	fmt.Fprintln(&all, r.Label(), r.Documents(), r.Passages())
	for i := range min(r.Documents(), 1000) {
		d, err := r.Document(uint32(i))
		if err != nil {
			return "", err
		}
		if uint64(d.First)+uint64(d.Count) > uint64(r.Passages()) {
			t.Fatalf("document %d claims passages that are not there", i)
		}
		marks, err := r.Marks(uint32(i))
		if err != nil {
			return "", err
		}
		if bad := slices.ContainsFunc(marks, func(m corpus.Mark) bool { return m.Start >= m.End || !m.Kind.Valid() }); bad {
			t.Fatalf("document %d has marks that no text has: %+v", i, marks)
		}
		fmt.Fprintf(&all, "%+v %+v\n", d, marks)
	}
	ids := make([]uint32, min(r.Passages(), 1000))
	for i := range ids {
		ids[i] = uint32(i)
		if _, err := r.Text(nil, uint32(i)); err != nil {
			return "", err
		}
	}
	if _, _, err := r.Find([10]byte{}, nil); err != nil {
		return "", err
	}
	if err := r.Texts(context.Background(), ids, func(int, []byte) error { return nil }); err != nil {
		return "", err
	}
	err := r.Each(func(i uint32, p Passage, context, symbol string, text []byte) error {
		if int(p.Doc) >= r.Documents() || len(text) != int(p.Bytes) || len(text) > limits.PassageBytesMax {
			t.Fatalf("passage %d of document %d with %d bytes of text", i, p.Doc, len(text))
		}
		fmt.Fprintf(&all, "%+v %q %q %q\n", p, context, symbol, text)
		return nil
	})
	return all.String(), err
}

// outcome opens a file and reads everything; whatever is wrong with it must be a typed error.
func outcome(t testing.TB, files vfs.FS, ref blockfile.Ref) (string, error) {
	t.Helper()
	f, err := blockfile.Open(files, "", ref)
	if err == nil {
		defer f.Close()
		var r *Reader
		if r, err = Open(f); err == nil {
			var all string
			if all, err = readAll(t, r); err == nil {
				return all, nil
			}
		}
	}
	if !blockfile.IsTyped(err) {
		t.Fatalf("an error that says nothing about the file: %v", err)
	}
	return "", err
}

// everyKind are marks of all kinds in a text of that many bytes.
func everyKind(n int) corpus.Marks {
	return corpus.Marks{
		corpus.Message("a.letter@example").Over(0, n), corpus.Heading(1, "Aims").Over(0, n), corpus.Page(3).Over(0, n/2),
		corpus.Offset(time.Minute, time.Second).Over(0, 3), corpus.Cell("Costs", 8, 0).Over(1, 5),
		corpus.Page(4).Over(n/2, n), corpus.Line(10, 2).Over(n/2, n),
	}
}

// small returns a text file of a few passages, repeated and empty ones among them.
func small(t testing.TB) (*vfs.MemFS, blockfile.Ref) {
	t.Helper()
	files := vfs.Mem()
	w := newWriter(files)
	var err error
	for d, texts := range [][]string{{"a torn write", "", "noticed by its checksum"}, {}, {"a torn write", "and again"}} {
		doc := Document{Path: fmt.Sprint("dir/file", d), Title: "T", Type: "md", Bytes: uint32(len(strings.Join(texts, "")))}
		err = errors.Join(err, w.AddDocument(doc, everyKind(int(doc.Bytes))))
		at := uint32(0)
		for _, text := range texts {
			err = errors.Join(err, w.AddPassage(Passage{Line: 1, Lines: 1, Start: at}, "Top > Part", "f", []byte(text)))
			at += uint32(len(text))
		}
	}
	ref, err2 := w.Finish()
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return files, ref
}

// No flipped bit changes what is read: it is an error or, in padding, found by Verify.
func TestEveryBitIsGuarded(t *testing.T) {
	promise.Sweep(t)
	files, ref := small(t)
	clean, err := outcome(t, files, ref)
	if err != nil {
		t.Fatal(err)
	}
	b := testkit.ReadFile(t, files, ref.Name())
	refused := 0
	for bit := range 8 * len(b) {
		damaged := slices.Clone(b)
		damaged[bit/8] ^= 1 << (bit % 8)
		testkit.Overwrite(t, files, ref.Name(), damaged)
		got, err := outcome(t, files, ref)
		switch {
		case errors.Is(err, blockfile.ErrCorrupt):
			refused++
		case err != nil:
			t.Fatalf("bit %d: %v", bit, err)
		case got != clean:
			t.Fatalf("bit %d: other documents were served", bit)
		}
	}
	if refused < 8*len(b)*9/10 {
		t.Fatalf("%d of %d flips were refused", refused, 8*len(b))
	}
}

// Random flips in a file of many blocks: what is read is right, or an error.
func TestFlipsInALargerFile(t *testing.T) {
	promise.Sweep(t)
	rng := rand.New(rand.NewPCG(3, 3))
	docs, passages := sampleCorpus(rng, 60)
	files := vfs.Mem()
	ref := write(t, files, docs, passages)
	b := testkit.ReadFile(t, files, ref.Name())
	missed := 0
	for range 500 {
		damaged := slices.Clone(b)
		at := rng.IntN(8 * len(b))
		damaged[at/8] ^= 1 << (at % 8)
		testkit.Overwrite(t, files, ref.Name(), damaged)
		f, err := blockfile.Open(files, "", ref)
		if err != nil {
			continue
		}
		r, err := Open(f)
		if err != nil {
			continue
		}
		wrong := 0
		for k := range 20 {
			i := rng.IntN(len(passages))
			text, err := r.Text(nil, uint32(i))
			if err == nil && string(text) != passages[i].Text {
				t.Fatalf("bit %d: passage %d was served with other bytes (try %d)", at, i, k)
			}
			if err != nil {
				wrong++
			}
		}
		if wrong == 0 {
			missed++ // the damage lies elsewhere
		}
		f.Close()
	}
	if missed == 500 {
		t.Fatal("no flip was ever met")
	}
}

// sections are a text file's parts in their order.
var sections = []string{"text", "blocks", "records", "documents", "contexts", "contexts.at", "names", "names.at", "marks", "marks.at", "meta"}

func partsOf(t testing.TB, files vfs.FS, ref blockfile.Ref) [][]byte {
	t.Helper()
	f, err := blockfile.Open(files, "", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var parts [][]byte
	for _, name := range sections {
		s, err := f.Section(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.All()
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, slices.Clone(b))
	}
	if len(f.Sections()) != len(sections) {
		t.Fatal("there are sections that this test does not know")
	}
	return parts
}

// rebuilt is a file of the given parts, whose checksums hold: hostile, not damaged.
func rebuilt(t testing.TB, parts [][]byte) (*vfs.MemFS, blockfile.Ref) {
	t.Helper()
	files := vfs.Mem()
	w := blockfile.NewWriter(files, "", blockfile.KindText, blockfile.ID{7}, FileBlockBytes)
	for i, name := range sections {
		w.Section(name)
		w.Bytes(parts[i])
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return files, ref
}

func TestHostileNumbers(t *testing.T) {
	files, ref := small(t)
	parts := partsOf(t, files, ref)
	refused := 0
	for n, part := range parts {
		for at := range part {
			for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff, part[at] + 1, part[at] - 1} {
				mutant := slices.Clone(parts)
				mutant[n] = slices.Clone(part)
				mutant[n][at] = v
				files, ref := rebuilt(t, mutant)
				if _, err := outcome(t, files, ref); err != nil {
					refused++
				}
			}
		}
		for _, length := range []int{0, 1, len(part) / 2, len(part) - 1, len(part) + 1} {
			mutant := slices.Clone(parts)
			mutant[n] = append(slices.Clone(part), 0)[:max(length, 0)]
			files, ref := rebuilt(t, mutant)
			if _, err := outcome(t, files, ref); err != nil {
				refused++
			}
		}
	}
	if refused < 100 {
		t.Fatalf("only %d mutants were refused", refused)
	}
	t.Logf("%d mutants refused", refused)
}

// section returns the index of a section's bytes.
func section(name string) int { return slices.Index(sections, name) }

// Tables whose length does not fit the numbers of items are refused at once.
func TestTablesOfAnotherLength(t *testing.T) {
	files, ref := small(t)
	for _, name := range []string{"blocks", "records", "documents", "contexts.at", "names.at", "marks.at"} {
		for _, by := range []int{-40, -12, -4, -1, 1, 4, 12, 40, 72} {
			parts := partsOf(t, files, ref)
			n := len(parts[section(name)]) + by
			if n < 0 {
				continue
			}
			parts[section(name)] = append(parts[section(name)], make([]byte, 100)...)[:n]
			files, ref := rebuilt(t, parts)
			f, err := blockfile.Open(files, "", ref)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(f); !errors.Is(err, blockfile.ErrCorrupt) {
				t.Errorf("%s with %d bytes more: %v", name, by, err)
			}
			f.Close()
		}
	}
}

// A frame that unpacks to another length than the tables say is refused: what lies behind the end
// of a reused buffer is another block's text.
func TestAFrameOfAnotherLength(t *testing.T) {
	for _, by := range []int32{-1, 1, 50} {
		files, ref := small(t)
		parts := partsOf(t, files, ref)
		end := parts[section("blocks")][blockEntryBytes:]
		binary.LittleEndian.PutUint32(end, uint32(int32(binary.LittleEndian.Uint32(end))+by))
		files2, ref2 := rebuilt(t, parts)
		f, err := blockfile.Open(files2, "", ref2)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := Open(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Text(nil, 0); !errors.Is(err, blockfile.ErrCorrupt) {
			t.Errorf("%d bytes more than there are: %v", by, err)
		}
	}
}

// A frame that claims to unpack to very much is refused before room for it is made.
func TestAFrameThatClaimsTooMuch(t *testing.T) {
	for _, claim := range []uint64{decodedBytesMax + 1, 1 << 50, 1<<63 + 1, 1<<64 - 1} {
		files, ref := small(t)
		parts := partsOf(t, files, ref)
		frame := append(binary.AppendUvarint(nil, claim), parts[section("contexts")][1:]...)
		parts[section("contexts")] = frame
		binary.LittleEndian.PutUint32(parts[section("contexts.at")][4:], uint32(len(frame)))
		files2, ref2 := rebuilt(t, parts)
		f, err := blockfile.Open(files2, "", ref2)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := Open(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.Context(0); !errors.Is(err, blockfile.ErrCorrupt) || strings.Contains(err.Error(), "belong") {
			t.Errorf("a claim of %d bytes: %v", claim, err)
		}
	}
}

func TestAnotherFormatIsNamed(t *testing.T) {
	files, ref := small(t)
	for by, want := range map[int]error{1: blockfile.ErrNewer, -1: blockfile.ErrOlder} {
		parts := partsOf(t, files, ref)
		parts[section("meta")][0] = byte(format + by)
		files, ref := rebuilt(t, parts)
		if _, err := outcome(t, files, ref); !errors.Is(err, want) {
			t.Error(err)
		}
	}
}

// Whatever a file with sound checksums holds, reading it ends, without a panic or a large
// allocation.
func FuzzOpen(f *testing.F) {
	files, ref := small(f)
	p := partsOf(f, files, ref)
	f.Add(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10])
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i, j, k, l []byte) {
		files, ref := rebuilt(t, [][]byte{a, b, c, d, e, g, h, i, j, k, l})
		_, _ = outcome(t, files, ref)
	})
}

// TestAPassageOfAnotherDocument: a passage and a document that do not agree are damage, and no
// number that wrapped.
func TestAPassageOfAnotherDocument(t *testing.T) {
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(5, 1)), 20)
	files := vfs.Mem()
	r := open(t, files, write(t, files, docs, passages))
	for n, d := range docs {
		for i := range uint32(len(passages)) {
			nth, err := r.InDocument(i, d)
			switch within := i >= d.First && i < d.First+d.Count; {
			case within && (err != nil || nth != i-d.First):
				t.Errorf("passage %d of document %d: %d, %v", i, n, nth, err)
			case !within && !errors.Is(err, blockfile.ErrCorrupt):
				t.Errorf("passage %d is none of document %d's: %d, %v", i, n, nth, err)
			}
		}
	}
}
