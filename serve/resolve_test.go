package serve

import (
	"runtime"
	"testing"
)

// TestAbsolute: on Windows a path may begin with a slash or a drive and yet not be absolute.
func TestAbsolute(t *testing.T) {
	type row struct{ dir, name, want string }
	rows := []row{{"", "a", "a"}, {"/work", "a", "/work/a"}, {"/work", "../a", "/a"}, {"/work", "/a/b", "/a/b"}, {"/work", "C:a", "/work/C:a"}}
	if runtime.GOOS == "windows" {
		rows = []row{
			{"", `a`, `a`}, {`C:\work`, `a`, `C:\work\a`}, {`C:\work`, `..\a`, `C:\a`}, {`C:\work`, `D:\a\b`, `D:\a\b`},
			{`C:\work`, `\a\b`, `C:\a\b`}, {`C:\work`, `/a/b`, `C:\a\b`}, {`\\host\share\work`, `\a`, `\\host\share\a`}, {`C:\work`, `Q:a`, `Q:\a`},
		}
	}
	for _, r := range rows {
		if got := Absolute(r.dir, r.name); got != r.want {
			t.Errorf("%q in %q is %q, want %q", r.name, r.dir, got, r.want)
		}
	}
}
