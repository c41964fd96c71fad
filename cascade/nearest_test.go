package cascade

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/internal/testkit"
)

// TestNearestWords: a misspelt word is offered the words that exist, as they are written, the
// nearest and then the most frequent first.
func TestNearestWords(t *testing.T) {
	src := testkit.NewSource("notes")
	for i, text := range []string{
		"The quarterly retrospective is scheduled. Scheduling is hard.", "We scheduled the retrospective of GitHub and PostgreSQL.",
		"static long oom_badness(struct task_struct *p)", "Die Steuererklärung für das Jahr.", "Новая дача у озера.",
		"cat hat bat rat cot", "cat cat", "the rate of a form", "a form from the farm", "formed",
	} {
		src.Put(fmt.Sprintf("%02d.md", i), text)
	}
	store := newStore(t, smallSegments)
	bring(t, store, src)
	sn := closing(t, snapshot(t, store))
	for _, c := range []struct {
		word, want string
		n          int
	}{
		{"retrospectve", "retrospective 1 2", 3},
		{"rertospective", "retrospective 1 2", 3},
		{"schedled", "scheduled 1 2", 3},
		{"schedlued", "scheduled 1 2", 3},
		{"shceduleing", "Scheduling 2 1", 1},
		{"githbu", "GitHub 1 1", 3},
		{"postgrsql", "PostgreSQL 1 1", 3},
		{"oom_badnes", "oom_badness 1 1", 3},
		{"oom_bdanes", "oom_badness 2 1", 3},
		{"Steuererklarumg", "Steuererklärung 1 1", 3},
		{"дачо", "дача 1 1", 3},
		{"cxt", "cat 1 2, cot 1 1", 3},
		{"forn", "form 1 3", 1},
		{"zzzzzzzz", "", 3},
		{"xq", "", 3},
		{"...", "", 3},
		{"retrospectve", "", 0},
	} {
		var got []string
		near, bad := sn.Nearest(context.Background(), c.word, c.n)
		for _, w := range near {
			got = append(got, fmt.Sprintf("%s %d %d", w.Word, w.Edits, w.Passages))
		}
		if all := strings.Join(got, ", "); all != c.want || len(bad) > 0 {
			t.Errorf("%q: %q %v, want %q", c.word, all, bad, c.want)
		}
	}
}
