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
		{"a/", "a/b", true}, {"a/", "a/", true}, {"a/", "a", false}, {"a/*", "a/b", false},
		{"http://h/", "http://h/", true}, {"http://h/", "http://h/b", false}, {"http://h/b", "http://h/b/", false},
		{"http://h/b/", "http://h/b/c", false}, {"http://h/b/*", "http://h/b/c", true}, {"http://h/b/*", "http://h/b/", true},
		{"http://h/b/*", "http://h/b", false}, {"http://h/b/*", "http://h/bc", false}, {"x.warc/", "x.warc/http://h/", true},
	} {
		if got := PathNames(c.name, c.path); got != c.named {
			t.Errorf("%q names %q: %v", c.name, c.path, got)
		}
	}
	for path, want := range map[string]string{
		"a": "a/", "a/": "a/", "http://h/b": "http://h/b/*", "http://h/": "http://h/*", "http://h/*": "http://h/*",
	} {
		if got := FolderOf(path); got != want || !NamesFolder(got) {
			t.Errorf("all below %q is %q", path, got)
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
