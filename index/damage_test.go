package index

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/index/blockfile"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

func readAll(t *testing.T, files vfs.FS, name string) []byte {
	t.Helper()
	f, err := files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func overwrite(t *testing.T, files vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := files.OpenRW(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(len(b))); err != nil {
		t.Fatal(err)
	}
}

// TestEveryBitOfTheManifest: whatever bit of the newer slot flips, the store opens at the generation
// before, or, when the other slot is gone too, refuses with ErrCorrupt; never anything else.
func TestEveryBitOfTheManifest(t *testing.T) {
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 3)
	addSource(t, s, src)
	syncSource(t, s, src)
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	name := slotName(m.Generation)
	good := readAll(t, files, name)
	for bit := range len(good) * 8 {
		bad := append([]byte(nil), good...)
		bad[bit/8] ^= 1 << (bit % 8)
		overwrite(t, files, name, bad)
		got, _, err := readManifest(files)
		if err != nil || got.Generation != m.Generation-1 {
			t.Fatalf("bit %d: %+v %v", bit, got, err)
		}
	}
	for cut := range len(good) {
		overwrite(t, files, name, good[:cut])
		if got, _, err := readManifest(files); err != nil || got.Generation != m.Generation-1 {
			t.Fatalf("cut at %d: %+v %v", cut, got, err)
		}
	}
	if err := files.Remove(slotName(m.Generation + 1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readManifest(files); !errors.Is(err, blockfile.ErrCorrupt) {
		t.Fatalf("no valid slot: %v", err)
	}
}

// TestTwoStatesOfOneGeneration: equal numbers with different content are refused, and both are named.
func TestTwoStatesOfOneGeneration(t *testing.T) {
	files := vfs.Mem()
	newStore(t, files)
	for slot, parent := range []string{"aa", "bb"} {
		b, err := (&manifest{Generation: 8, Parent: parent}).encode()
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, files, slotName(uint64(slot)), b)
	}
	if _, _, err := readManifest(files); !errors.Is(err, blockfile.ErrCorrupt) || !strings.Contains(err.Error(), "generation 8") {
		t.Fatal(err)
	}
}

// TestDamageIsNamed flips bytes all over every file of a store. Each question is answered as without the
// damage, or without the damaged segment, which is then named; the account always balances.
func TestDamageIsNamed(t *testing.T) {
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 16)
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Put("dir0/doc000.txt", "a changed document\n") // so that there is a dead file
	syncSource(t, s, src)
	const question = "torn write checksum"
	clean := ask(t, snapshot(t, s), question, 50)
	sn := snapshot(t, s)
	if len(sn.segments) < 2 {
		t.Fatal("vacuous: one segment")
	}
	named, same := 0, 0
	sn.m.files(func(r blockfile.Ref) {
		if r.Kind == blockfile.KindSources {
			return
		}
		path := filesDir + "/" + r.Name()
		good := readAll(t, files, path)
		for at := 0; at < len(good); at += 1 + len(good)/60 {
			bad := append([]byte(nil), good...)
			bad[at] ^= 0x41
			overwrite(t, files, path, bad)
			if degradedAnswer(t, files, question, clean) {
				named++
			} else {
				same++
			}
		}
		overwrite(t, files, path, good)
	})
	if named < 100 {
		t.Fatalf("vacuous: %d damages were named, %d did not matter", named, same)
	}
	t.Logf("%d damages named, %d in blocks that the question does not read", named, same)
}

// degradedAnswer asks a damaged store; it tells whether damage was named, and fails the test when the
// answer differs from the clean one without that.
func degradedAnswer(t *testing.T, files vfs.FS, question string, clean []string) bool {
	t.Helper()
	s, err := Open(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if len(sn.Degraded()) > 0 {
		return true
	}
	var terms []Term
	for _, q := range NewAnalyzer().Question([]byte(question)) {
		df, err := sn.DF(q.Key)
		if err != nil {
			t.Fatal(err)
		}
		terms = append(terms, Term{Key: q.Key, IDF: IDF(sn.Passages(), df), Repeats: q.Repeats})
	}
	hits, count, err := sn.Gather(context.Background(), terms, &Filter{}, Cut{50, 50})
	if err != nil {
		t.Fatal(err)
	}
	if sum := int64(len(hits)) + count.BelowCut + count.NoMatch + count.Filtered + count.Failed; sum != sn.Passages() {
		t.Fatalf("%d passages went in, %d are accounted for: %+v", sn.Passages(), sum, count)
	}
	if len(count.Degraded) > 0 {
		return true
	}
	if diff := cmp.Diff(clean, ask(t, sn, question, 50)); diff != "" {
		t.Fatalf("a wrong answer without a word:\n%s", diff)
	}
	return false
}
