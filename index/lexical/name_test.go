package lexical

import (
	"strings"
	"testing"

	"sluice/index/arm"
)

// TestNamesMeet: a document is found by its name and its path, as people write them, and by nothing
// less.
func TestNamesMeet(t *testing.T) {
	named := func(question, path string, first bool) bool {
		b := NewBuilder()
		b.Add(arm.Fields{Path: path, First: first})
		held := map[string]bool{}
		if err := b.Terms(func(key []byte, _ int) error { held[string(key)] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, q := range NewAnalyzer().Question([]byte(question)) {
			if q.Name && held[string(q.Key)] {
				return true
			}
		}
		return false
	}
	for _, c := range []struct {
		question, path string
		want           bool
	}{
		{"Dockerfile", "deploy/Dockerfile", true},
		{"dockerfile", "Dockerfile", true},
		{"CHANGES.md", "lib/CHANGES.md", true},
		{"where is backoff.rs?", "src/net/backoff.rs", true},
		{"`backoff.rs`", "src/net/backoff.rs", true},
		{"what does the function in backoff.rs do when all of its tries have failed", "src/net/backoff.rs", true},
		{"src/net/backoff.rs", "src/net/backoff.rs", true},
		{"./src/net/backoff.rs", "src/net/backoff.rs", true},
		{`src\net\backoff.rs`, "src/net/backoff.rs", true},
		{"net/backoff.rs", "src/net/backoff.rs", true},
		{"minutes 2029-11-07", "notes/minutes-2029-11-07.md", true},
		{"2029-11-07 minutes", "notes/minutes-2029-11-07.md", true},
		{"open the Tax Return 2029", "tax_return_2029.pdf", true},
		{"\u1112\u1161\u11ab.md", "한.md", true},
		{"backoff", "src/net/backoff.rs", false}, // a word is no name as long as it has an ending
		{"other/backoff", "src/net/backoff.rs", false},
		{"backoff.go", "src/net/backoff.rs", false},
		{"minutes", "notes/minutes-2029-11-07.md", false},
		{"a sentence that ends. And goes on", "ends.md", false},
	} {
		if got := named(c.question, c.path, true); got != c.want {
			t.Errorf("%q names %q: %v", c.question, c.path, got)
		}
		if named(c.question, c.path, false) {
			t.Errorf("%q names %q by a passage that is not the first", c.question, c.path)
		}
	}
	long := strings.Repeat("folder/", 40) + "leaf.c"
	if !named(long, long, true) {
		t.Error("a long path does not name its document")
	}
}
