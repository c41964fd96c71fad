package ingest

import (
	"context"
	"testing"

	"sluice/index"

	"github.com/google/go-cmp/cmp"

	"sluice/index/blockfile"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestDamageIsNamed flips bytes all over every file of a store. Each question is answered as
// without the damage, or without the damaged segment, which is then named; the account always
// balances.
func TestDamageIsNamed(t *testing.T) {
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 1, 16)
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Put("dir0/doc000.txt", "a changed document\n") // so that there are tombstones
	syncSource(t, s, src)
	const question = "torn write checksum"
	clean := ask(t, snapshot(t, s), question, 50)
	sn := snapshot(t, s)
	if len(sn.Segments()) < 2 {
		t.Fatal("vacuous: one segment")
	}
	named, same := 0, 0
	damage := func(r blockfile.Ref) {
		path := "files/" + r.Name()
		good := testkit.ReadFile(t, files, path)
		for at := 0; at < len(good); at += 1 + len(good)/60 {
			bad := append([]byte(nil), good...)
			bad[at] ^= 0x41
			testkit.Overwrite(t, files, path, bad)
			if degradedAnswer(t, files, question, clean) {
				named++
			} else {
				same++
			}
		}
		testkit.Overwrite(t, files, path, good)
	}
	for _, seg := range sn.Segments() {
		seg.Entry().Files(damage)
	}
	if named < 100 {
		t.Fatalf("vacuous: %d damages were named, %d did not matter", named, same)
	}
	t.Logf("%d damages named, %d in blocks that the question does not read", named, same)
}

// degradedAnswer asks a damaged store; it tells whether damage was named, and fails the test when
// the answer differs from the clean one without that.
func degradedAnswer(t *testing.T, files vfs.FS, question string, clean []string) bool {
	t.Helper()
	s, err := open(files, Options{})
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
	q := &index.Question{Text: question, Terms: index.NewAnalyzer().Question([]byte(question))}
	for i := range q.Terms {
		df, bad := sn.DF(q.Terms[i].Key)
		if bad != nil {
			return true
		}
		q.Terms[i].IDF = index.IDF(sn.Passages(), df)
	}
	hits, count, err := sn.Gather(context.Background(), q, &index.Filter{}, index.Cut{Keep: 50, Ordered: 50})
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
