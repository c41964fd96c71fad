package serve

import (
	"runtime"
	"testing"
)

// TestAbsolute: on Windows a path may begin with a slash or a drive and yet not be absolute.
func TestAbsolute(t *testing.T) {
	type row struct{ dir, name, want string }
	rows := []row{{"", "a", "a"}, {"/desk", "a", "/desk/a"}, {"/desk", "../a", "/a"}, {"/desk", "/a/b", "/a/b"}, {"/desk", "C:a", "/desk/C:a"}}
	if runtime.GOOS == "windows" {
		rows = []row{
			{"", `a`, `a`}, {`C:\desk`, `a`, `C:\desk\a`}, {`C:\desk`, `..\a`, `C:\a`}, {`C:\desk`, `D:\a\b`, `D:\a\b`},
			{`C:\desk`, `\a\b`, `C:\a\b`}, {`C:\desk`, `/a/b`, `C:\a\b`}, {`\\host\share\desk`, `\a`, `\\host\share\a`}, {`C:\desk`, `Q:a`, `Q:\a`},
		}
	}
	for _, r := range rows {
		if got := Absolute(r.dir, r.name); got != r.want {
			t.Errorf("%q in %q is %q, want %q", r.name, r.dir, got, r.want)
		}
	}
}
