package vfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

func TestPatienceEnds(t *testing.T) {
	for _, busy := range []int{0, 1, patientTries - 1, patientTries, 2 * patientTries} {
		tries := 0
		err := patiently(func() error {
			if tries++; tries <= busy {
				return windows.ERROR_SHARING_VIOLATION
			}
			return windows.ERROR_FILE_NOT_FOUND
		}, windows.ERROR_SHARING_VIOLATION)
		want, wanted := windows.ERROR_FILE_NOT_FOUND, busy+1
		if busy >= patientTries {
			want, wanted = windows.ERROR_SHARING_VIOLATION, patientTries
		}
		if err != want || tries != wanted {
			t.Errorf("busy %d times: %v after %d tries", busy, err, tries)
		}
	}
}

// What was removed while it was open, when the power failed, is not seen again and goes.
func TestWhatAPowerFailureLeftRemoved(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, removedPrefix+Nonce())
	must(t, os.WriteFile(left, []byte("x"), fileMode))
	put(t, OS(dir), "a", "x")
	entries, err := OS(dir).List("")
	if err != nil || len(entries) != 1 || entries[0].Name != "a" {
		t.Errorf("listed: %v, %v", entries, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
