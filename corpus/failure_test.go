package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// TestFailuresSpeakWords: a path is told once, and no call of the system is named.
func TestFailuresSpeakWords(t *testing.T) {
	denied := &fs.PathError{Op: "openat", Path: "a.md", Err: fs.ErrPermission}
	for want, err := range map[string]error{
		"permission denied":          denied,
		"read it: permission denied": fmt.Errorf("read it: %w", denied),
		"the disk is on fire":        errors.New("the disk is on fire"),
	} {
		if got := FailureOf("a.md", err); got.Err != want || got.Path != "a.md" {
			t.Errorf("%v became %+v", err, got)
		}
	}
}
