package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// manyDocuments is a store of one segment with many documents, some of which are gone, what it
// serves, and its one text file.
func manyDocuments(t *testing.T) (files *vfs.MemFS, src *testkit.Source, want string, name string) {
	t.Helper()
	files, src = vfs.Mem(), testkit.NewSource("notes")
	for i := range 400 {
		src.Put(fmt.Sprintf("dir%d/doc%03d.txt", i/40, i), fmt.Sprintf("Document %d of many. ", i)+testkit.Text(uint64(i), 8))
	}
	s, err := create(files, Options{SegmentBytes: 16 << 20, Jobs: 1}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Remove("dir3/doc130.txt")
	src.Remove("dir7/doc299.txt")
	syncSource(t, s, src)
	want = state(t, s)
	texts := filesOf(t, files, ".text")
	if len(texts) != 1 {
		t.Fatalf("%d texts", len(texts))
	}
	_ = s.Close()
	return files, src, want, texts[0]
}

// met reads all that a store serves, as questions do that look at everything, and has made anew
// what turns out damaged. It returns what is served and how many documents are named as missing.
func met(t *testing.T, s *both) (lines []string, missing int64) {
	t.Helper()
	for range 5 {
		sn, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, seg := range sn.Segments() {
			if err := readEach(seg); err != nil && !errors.Is(err, index.ErrCorrupt) {
				t.Fatal(err)
			}
		}
		_ = sn.Close()
		if !s.Revive(t.Context()) {
			break
		}
	}
	sn, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for _, d := range sn.Degraded() {
		missing += d.Documents
	}
	return contents(t, sn), missing
}

// readEach reads a segment's text up to its first damage, unless its holes are known.
func readEach(seg *index.Segment) error {
	if seg.Hurt() != nil {
		return nil //nolint:nilerr // its holes are known
	}
	return seg.Read(func(r *text.Reader) error {
		for n := range uint32(r.Documents()) {
			if _, err := r.Document(n); err != nil {
				return err
			}
		}
		return r.Each(func(uint32, text.Passage, string, string, []byte) error { return nil })
	})
}

// TestDamageCostsTheDocumentsThatItHits: damage to a text beyond what its parity brings back hides
// the documents whose blocks it hit, and names them. All others are found, with the scores that
// they had. Their source brings back only these; without it a repair loses no other.
func TestDamageCostsTheDocumentsThatItHits(t *testing.T) {
	const runs, strewn, alone, ends = "run beyond parity", "blocks beyond parity", "flip without parity", "tables without parity"
	const tables = "run beyond parity, and all tables"
	c := promise.For(t, 1, runs, strewn, alone, ends, tables)
	w := newHoledStore(t, c)
	total, n := w.total, len(w.good)
	for _, from := range []int{0, 3, 6} { // 10 % of the texts are four blocks of 15, of the records three of four
		w.try(t, runs, fmt.Sprintf("from %d tenths", from), true, total*(2+int64(from))/9, func(b []byte) {
			for i := from * n / 10; i < (from+1)*n/10; i++ {
				b[i] ^= 0x55
			}
		})
	}
	payload := n - tablesBytes(t, w.files, w.name)
	for _, from := range []int{0, 3} { // as above, and all that says where anything lies
		w.try(t, tables, fmt.Sprintf("from %d tenths", from), true, total*(2+int64(from))/9, func(b []byte) {
			for i := from * n / 10; i < (from+1)*n/10; i++ {
				b[i] ^= 0x55
			}
			clear(b[payload:])
		})
	}
	w.try(t, strewn, "all texts", true, total, func(b []byte) {
		for at := 100; at < n/2; at += 4 << 10 {
			b[at] ^= 1
		}
	})
	for k := range 8 {
		most, at := total/6, k*n/8+200
		if k >= 4 { // records and documents; the last block holds all names
			most = total
		}
		w.try(t, alone, fmt.Sprint("byte ", at), false, most, func(b []byte) { b[at] ^= 1 })
	}
	w.try(t, ends, "header", false, 0, func(b []byte) { b[9] ^= 1 })
	w.try(t, ends, "footer", false, 0, func(b []byte) { b[n-30] ^= 1 })
}

// tablesBytes is how much of a file's end its tables and footer take.
func tablesBytes(t *testing.T, files vfs.FS, name string) int {
	t.Helper()
	dir, base := path.Split(name)
	ref, err := blockfile.RefOf(files, path.Clean(dir), base)
	if err != nil {
		t.Fatal(err)
	}
	f, err := blockfile.Open(files, path.Clean(dir), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return 64 + 32*len(f.Sections()) + 4*f.Blocks()
}

// scores are what the store finds for some questions.
func scores(t *testing.T, files *vfs.MemFS) (all [][]string, asked []string) {
	t.Helper()
	s := newStore(t, files)
	defer s.Close()
	asked = questions(4, 3)
	for _, q := range asked {
		all = append(all, ask(t, snapshot(t, s), q, 1000))
	}
	return all, asked
}

// TestForgetCostsNoMoreThanTheDamage: a document is forgotten in a store whose text is damaged
// beyond its parity, the document itself hit or not. All that can be read is served as before, no
// file spells what was forgotten, and a sync reads the rest again without it.
func TestForgetCostsNoMoreThanTheDamage(t *testing.T) {
	const hit, spared = "forgotten document is hit", "forgotten document is not hit"
	c := promise.For(t, 1, hit, spared)
	for kind, path := range map[string]string{hit: "dir0/doc005.txt", spared: "dir5/doc210.txt"} {
		files, src, want, name := manyDocuments(t)
		b := testkit.ReadFile(t, files, name)
		b[700] ^= 1 // in the first documents
		testkit.Overwrite(t, files, name, b)
		for _, p := range filesOf(t, files, ".parity") {
			_ = files.Remove(p)
		}
		s := newStore(t, files)
		c.Reached(kind, 1)
		rep, err := s.Forget(t.Context(), Forget{Paths: map[string][]string{"notes": {path}}})
		if err != nil || !rep.Remains.Gone() {
			t.Fatalf("%s: %+v, %v", kind, rep, err)
		}
		lines, missing := met(t, s)
		served := 0
		for _, l := range lines {
			if strings.HasPrefix(l, "document ") {
				served++
			}
			if strings.Contains(l, path) || !strings.Contains("\n"+want+"\n", "\n"+l+"\n") {
				c.Missed(kind, "%s: it serves %s", kind, l)
			}
		}
		if served < 300 || missing == 0 || served+int(missing) < 397 {
			c.Missed(kind, "%s: %d documents served, %d named as missing", kind, served, missing)
		}
		if _, err := files.Stat(name); err == nil {
			c.Missed(kind, "%s: the damaged text is still there", kind)
		}
		src.Remove(path) // as a source that keeps it out lists it no more
		syncSource(t, s, src)
		fresh := newStore(t, vfs.Mem())
		addSource(t, fresh, src)
		syncSource(t, fresh, src)
		if got, want := state(t, s), state(t, fresh); got != want {
			c.Missed(kind, "%s: after a sync: %s", kind, cmp.Diff(want, got))
		}
		_ = s.Close()
	}
}

// holedStore is a store with many documents, to be damaged.
type holedStore struct {
	c          *promise.Count
	files      *vfs.MemFS
	src        *testkit.Source
	want, name string
	good       []byte // its one text
	total      int64  // documents
	clean      [][]string
	asked      []string
}

func newHoledStore(t *testing.T, c *promise.Count) *holedStore {
	t.Helper()
	w := &holedStore{c: c}
	w.files, w.src, w.want, w.name = manyDocuments(t)
	w.good = testkit.ReadFile(t, w.files, w.name)
	w.total = int64(strings.Count(w.want, "\ndocument "))
	w.clean, w.asked = scores(t, w.files)
	return w
}

// try damages the text, with or without its parity, and fails if more than most documents are
// hidden.
func (w *holedStore) try(t *testing.T, kind, what string, parity bool, most int64, spoil func(b []byte)) {
	t.Helper()
	w.c.Reached(kind, 1)
	disk := w.files.CrashClone(1) // all of it is synced
	bad := bytes.Clone(w.good)
	spoil(bad)
	testkit.Overwrite(t, disk, w.name, bad)
	if !parity {
		for _, p := range filesOf(t, disk, ".parity") {
			_ = disk.Remove(p)
		}
	}
	s := newStore(t, disk)
	lines, missing := met(t, s)
	served := int64(0)
	for _, l := range lines {
		if !strings.Contains("\n"+w.want+"\n", "\n"+l+"\n") {
			w.c.Missed(kind, "%s, %s: it serves what it did not: %s", kind, what, l)
		}
		if strings.HasPrefix(l, "document ") {
			served++
		}
	}
	if served+missing != w.total || missing > most {
		w.c.Missed(kind, "%s, %s: %d documents served, %d named as missing, of %d; %d may be", kind, what, served, missing, w.total, most)
	}
	sn := snapshot(t, s)
	for q, hits := range w.clean {
		for _, h := range ask(t, sn, w.asked[q], 1000) {
			if !slices.Contains(hits, h) {
				w.c.Missed(kind, "%s, %s: %q finds %s, which it did not", kind, what, w.asked[q], h)
			}
		}
	}
	_ = sn.Close()
	s.withoutSource(t)
	if again, still := met(t, s); still > missing || len(again) < len(lines) {
		w.c.Missed(kind, "%s, %s: a repair without the source serves %d of %d lines", kind, what, len(again), len(lines))
	}
	w.repair(t, s, kind, what, missing)
	_ = s.Close()
}

// repair brings the documents that are missing back from the source, and no others: into the text
// as it was, or where that cannot be, because one that is gone was hit too, into another segment.
func (w *holedStore) repair(t *testing.T, s *both, kind, what string, missing int64) {
	t.Helper()
	var read *Report
	_, err := s.Repair(t.Context(), RepairOptions{
		Source: func(string) (corpus.Source, error) { return w.src, nil },
		Mended: func(_ string, rep *Report, _ error) { read = rep },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := state(t, s); got != w.want {
		w.c.Missed(kind, "%s, %s: repaired: %s", kind, what, cmp.Diff(w.want, got))
	}
	if missing > 0 && (read == nil || read.Added != missing && (read.Added != 0 || !bytes.Equal(testkit.ReadFile(t, s.files, w.name), w.good))) {
		w.c.Missed(kind, "%s, %s: of %d documents that were missing, it read %+v", kind, what, missing, read)
	}
	checkClean(t, s, what)
}
