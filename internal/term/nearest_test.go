package term

import "testing"

func TestNearest(t *testing.T) {
	verbs := []string{"add", "ask", "search", "status", "sync", "max_bytes", "files-with-matches"}
	for typed, want := range map[string]string{
		"serach": "search", "saerch": "search", "stauts": "status", "sycn": "sync", "adds": "add", "Search": "search",
		"maxBytes": "max_bytes", "max-byte": "max_bytes", "files": "files-with-matches",
		"frobnicate": "", "x": "", "": "", "sea": "search",
	} {
		if got := Nearest(typed, verbs); got != want {
			t.Errorf("%q means %q, want %q", typed, got, want)
		}
	}
}
