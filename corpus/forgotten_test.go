package corpus

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatIsForgottenIsKnownAndNotSpelled(t *testing.T) {
	f := NewForgetting([]string{ForgottenName("letters/to her.md"), ForgottenName("diary/"), "old/plain.md"})
	for path, want := range map[string]bool{
		"letters/to her.md": true, "letters/to him.md": false, "letters": false, "diary": true, "diary/": true, "diary/2020/may.md": true,
		"diary2/may.md": false, "old/plain.md": true, "": false,
	} {
		if f.Holds(path) != want {
			t.Errorf("%q: %t", path, !want)
		}
		if below := strings.Count(path, "/") > 1; !below && f.Has(path) != want {
			t.Errorf("%q itself: %t", path, !want)
		}
	}
	if Forgetting(nil).Holds("a") || Forgetting(nil).Has("a") {
		t.Error("nothing was forgotten")
	}
	names, include := ForgetPaths([]string{"old/plain.md", ForgottenName("a")}, []string{"/a", "b/", "*.md"}, []string{"a", "b"})
	if want := []string{ForgottenName("old/plain.md"), ForgottenName("a"), ForgottenName("b")}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	if !slices.Equal(include, []string{"*.md"}) {
		t.Errorf("%q", include)
	}
	for _, name := range names {
		if ForgottenName(name) != name || strings.Contains(name, "plain") {
			t.Errorf("the name %q", name)
		}
	}
}

// TestAForgottenAddressIsOnePage: addresses that begin alike are pages of their own, whether they
// end in a slash or not.
func TestAForgottenAddressIsOnePage(t *testing.T) {
	for _, c := range []struct{ forgotten, out, in string }{
		{"http://h/", "http://h/", "http://h http://h/a http://h/a/ https://h/"},
		{"http://h/a", "http://h/a", "http://h/a/ http://h/a/b http://h/ab http://h/"},
		{"http://h/a/", "http://h/a/", "http://h/a http://h/a/b"},
		{"http://h/a/*", "http://h/a/ http://h/a/b http://h/a/b/c?d=/", "http://h/a http://h/ab http://h/"},
		{"old/x.warc", "old/x.warc old/x.warc/http://h/ old/x.warc/http://h/a", "http://h/a old/y.warc/http://h/"},
		{"old/", "old/x.warc/http://h/a", "older/x.warc/http://h/a"},
		{"old/x.warc/http://h/", "old/x.warc/http://h/", "old/x.warc/http://h/a old/x.warc http://h/"},
	} {
		f := NewForgetting([]string{c.forgotten})
		for path := range strings.FieldsSeq(c.out) {
			if !f.Holds(path) {
				t.Errorf("%s was forgotten and %s comes back", c.forgotten, path)
			}
		}
		for path := range strings.FieldsSeq(c.in) {
			if f.Holds(path) {
				t.Errorf("%s was forgotten and keeps %s out", c.forgotten, path)
			}
		}
	}
}
