package ingest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestDamageCostsTheListThatItHits: where an arm's file cannot be made anew while a question waits,
// a flipped bit in it costs the lists that it hit. They are named, and what the question's other
// words find in the segment is found.
func TestDamageCostsTheListThatItHits(t *testing.T) {
	const flip = "flip in a list"
	c := promise.For(t, 1, flip)
	files, src := vfs.Mem(), testkit.NewSource("notes")
	for i := range 300 {
		src.Put(fmt.Sprintf("doc%03d.txt", i), testkit.Text(uint64(i), 12))
	}
	s, err := create(files, Options{SegmentBytes: 16 << 20, Jobs: 1}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addSource(t, s, src)
	syncSource(t, s, src)
	const question = "torn write checksum"
	clean := ids(ask(t, snapshot(t, s), question, 2000))
	_ = s.Close()
	name := filesOf(t, files, ".lexical")[0]
	good := testkit.ReadFile(t, files, name)
	lists, whole := 0, 0
	for at := 100; at < len(good)-1000; at += 1 + len(good)/80 {
		bad := bytes.Clone(good)
		bad[at] ^= 0x10
		testkit.Overwrite(t, files, name, bad)
		store, err := index.Open(files, index.Options{Rebuild: -1})
		if err != nil {
			t.Fatal(err)
		}
		sn, err := store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		q, named := questionNaming(sn, question)
		hits, account, err := sn.Gather(t.Context(), q, &index.Filter{}, index.Cut{Keep: 2000, Ordered: 2000})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, h := range hits {
			rec, err := sn.Passage(h.Place)
			if err != nil {
				t.Fatal(err)
			}
			if id := index.FormatID(rec.ID); slices.Contains(clean, id) {
				found++
			} else {
				c.Missed(flip, "byte %d: it finds %s, which it did not", at, id)
			}
		}
		named = index.AddDegraded(named, append(account.Degraded, sn.Degraded()...)...)
		c.Reached(flip, 1)
		switch {
		case len(named) == 0 && found != len(clean):
			c.Missed(flip, "byte %d: %d of %d passages, and nothing is named", at, found, len(clean))
		case len(named) > 0 && !strings.Contains(named[0].What, "its list of"):
			whole++
		case len(named) > 0:
			lists++
			if len(named) < 3 && found == 0 { // one word is left
				c.Missed(flip, "byte %d: nothing is found: %v", at, named)
			}
		}
		_ = sn.Close()
		_ = store.Close()
	}
	if lists == 0 || whole > lists {
		t.Errorf("vacuous: %d flips cost a list, %d the segment", lists, whole)
	}
	t.Logf("%d flips cost a list, %d the segment", lists, whole)
}

// ids are what ask returns without the scores.
func ids(hits []string) (out []string) {
	for _, h := range hits {
		id, _, _ := strings.Cut(h, " ")
		out = append(out, id)
	}
	return out
}
