package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestWideFolders(t *testing.T) {
	home := filepath.Join(t.TempDir(), "users", "ann")
	top := filepath.VolumeName(home) + string(filepath.Separator)
	for path, want := range map[string]string{
		top: "root", home: "is a whole", filepath.Dir(home): "holds", home + string(filepath.Separator): "is a whole",
		filepath.Join(home, "notes"): "", filepath.Join(filepath.Dir(home), "bob"): "", home + "x": "",
	} {
		if got := wide(path, []string{home}); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
