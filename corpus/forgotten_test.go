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
