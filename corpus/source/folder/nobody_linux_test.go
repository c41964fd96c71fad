package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// asNobody takes the superuser's power over files from the present test, which may read everything
// otherwise.
func asNobody(t *testing.T, root string) {
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	if err := filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(p, nobody, nobody)
	}); err != nil {
		t.Skip(err)
	}
	if err := os.Chown(filepath.Dir(root), nobody, nobody); err != nil {
		t.Skip(err)
	}
	runtime.LockOSThread() // the file system's user is a thread's
	if err := unix.Setfsuid(nobody); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		unix.Setfsuid(0)
		runtime.UnlockOSThread()
	})
}
