package index

import "testing"

// TestPathsAreComparedAsTheyLook: a name that was typed on one system finds the file of another.
func TestPathsAreComparedAsTheyLook(t *testing.T) {
	const composed, decomposed = "Ü/\ud55c.md", "U\u0308/\u1112\u1161\u11ab.md"
	for _, c := range []struct {
		name, path string
		named      bool
	}{
		{composed, decomposed, true}, {decomposed, composed, true}, {"Ü/", decomposed, true}, {"U/", decomposed, false},
		{"Ü/\ud55d.md", decomposed, false},
	} {
		if got := PathNames(c.name, c.path); got != c.named {
			t.Errorf("%q names %q: %v", c.name, c.path, got)
		}
	}
	for _, c := range []struct {
		glob, path string
		match      bool
	}{{"**/*\ud55c*", decomposed, true}, {"U\u0308/*", composed, true}, {"*\ud55d*", decomposed, false}} {
		if got := globMatch(c.glob, c.path); got != c.match {
			t.Errorf("%q matches %q: %v", c.glob, c.path, got)
		}
	}
}
