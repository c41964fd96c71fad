package main

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"sluice/serve"
)

// TestErrorsSpeakWords: no call of the system is named.
func TestErrorsSpeakWords(t *testing.T) {
	denied := &fs.PathError{Op: "openat", Path: "a.md", Err: fs.ErrPermission}
	for want, err := range map[string]error{
		"cannot open a.md: permission denied":               denied,
		"source \"n\": cannot open a.md: permission denied": serve.Partlyf("source %q: %w", "n", denied),
		"cannot look at b: permission denied\nother":        errors.Join(fmt.Errorf("%w", &fs.PathError{Op: "statat", Path: "b", Err: fs.ErrPermission}), errors.New("other")),
		"write a.md: permission denied":                     &fs.PathError{Op: "write", Path: "a.md", Err: fs.ErrPermission},
	} {
		if got := inWords(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestProgramsThatPassAreNotInstalled: what `go run` made is gone before an agent starts it.
func TestProgramsThatPassAreNotInstalled(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/go-build123/b001/exe/sluice": true, `/home/x/.cache/go-build/ab/cd/sluice`: true, "/src/go-builder/sluice": false, "/usr/local/bin/sluice": false, "sluice": false,
		"/home/x/go/bin/sluice": false, "/src/mygo-build/sluice": false,
	} {
		if got := passing(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
