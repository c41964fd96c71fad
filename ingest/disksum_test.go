package ingest

import (
	"crypto/sha256"
	"fmt"
	"path"
	"strings"
	"testing"

	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// diskSum tells disks apart by what they hold. Who held a lock before the crash counts for nothing.
func diskSum(t testing.TB, disk vfs.FS) (sum [sha256.Size]byte) {
	t.Helper()
	h := sha256.New()
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := disk.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name)
			fmt.Fprintf(h, "%q %t\n", name, e.Dir)
			switch {
			case e.Dir:
				walk(name)
			case !strings.HasPrefix(name, "locks/"):
				b := testkit.ReadFile(t, disk, name)
				fmt.Fprintf(h, "%d\n", len(b))
				h.Write(b)
			}
		}
	}
	walk("")
	return [sha256.Size]byte(h.Sum(nil))
}
