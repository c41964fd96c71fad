package feedback

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sluice/internal/vfs"
)

type still struct{}

func (still) Now() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }

// TestEveryWordIsKept: what several say at once is all there, a line that was cut off by a crash
// costs itself alone, and a byte that changed is noticed.
func TestEveryWordIsKept(t *testing.T) {
	dir := t.TempDir()
	log := Open(vfs.OS(dir), still{})
	if all, bad, err := log.All(); len(all) != 0 || bad != 0 || err != nil {
		t.Fatalf("before anything was said: %v, %d, %v", all, bad, err)
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if err := Open(vfs.OS(dir), still{}).Append(t.Context(), Event{Query: "q\nq", Useful: []string{"abc"}}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	all, bad, err := log.All()
	if len(all) != 20 || bad != 0 || err != nil || all[7].Query != "q\nq" || !all[7].Time.Equal(still{}.Now()) {
		t.Fatalf("%d events, %d bad, %v", len(all), bad, err)
	}
	name := filepath.Join(dir, filepath.FromSlash(logName))
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(name, b[:len(b)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := log.Append(t.Context(), Event{Query: "after"}); err != nil {
		t.Fatal(err)
	}
	all, bad, err = log.All()
	if len(all) != 19 || bad != 2 || err != nil || all[18].Query != "after" {
		t.Errorf("with a changed byte and a cut end: %d events, %d bad, %v", len(all), bad, err)
	}
	if err := log.Append(t.Context(), Event{Note: string(make([]byte, lineBytesMax))}); err == nil {
		t.Error("a note without end was kept")
	}
}
