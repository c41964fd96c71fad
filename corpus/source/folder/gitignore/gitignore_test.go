package gitignore

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		patterns, path string
		dir            bool
		want           Verdict
	}{
		{"a", "a", false, Ignore},
		{"a", "x/y/a", false, Ignore},
		{"/a", "x/a", false, None},
		{"/a", "a", false, Ignore},
		{"a/", "a", false, None},
		{"a/", "x/a", true, Ignore},
		{"*.o\n!keep.o", "x/keep.o", false, Keep},
		{"!keep.o\n*.o", "x/keep.o", false, Ignore},
		{"*.tar.gz", "a.tar.gz", false, Ignore},
		{"*.gz", "a.tar.gz", false, Ignore},
		{"*.gz", ".gz", false, Ignore},
		{"a/*/b", "a/x/b", false, Ignore},
		{"a/*/b", "a/x/y/b", false, None},
		{"a/**/b", "a/b", false, Ignore},
		{"a/**/b", "a/x/y/b", false, Ignore},
		{"**/b", "b", false, Ignore},
		{"a/**", "a/x/y", false, Ignore},
		{"a/**", "a", true, None},
		{"a**b", "axxb", false, Ignore},
		{"[a-c]x", "bx", false, Ignore},
		{"[!a-c]x", "bx", false, None},
		{"[]]x", "]x", false, Ignore},
		{"[[:digit:]]x", "7x", false, Ignore},
		{"[[:nope:]]x", "7x", false, None},
		{"[", "[", false, None},
		{"x?z", "x/z", false, None},
		{`\!a`, "!a", false, Ignore},
		{`\#a`, "#a", false, Ignore},
		{"# a", "# a", false, None},
		{"a  ", "a", false, Ignore},
		{`a\ `, "a ", false, Ignore},
		{"a\r\nb", "a", false, Ignore},
		{"\xef\xbb\xbfa", "a", false, Ignore},
		{"/", "a", true, None},
		{"!", "a", true, None},
		{"", "a", true, None},
		{"foo[/]bar", "foo/bar", false, None},
		{"a/\\", "a/\\", false, None},
	} {
		if got := Parse([]byte(c.patterns)).Match(c.path, c.dir); got != c.want {
			t.Errorf("%q on %q (folder: %v): got %d, want %d", c.patterns, c.path, c.dir, got, c.want)
		}
	}
}

// TestHostilePatternIsCheap holds the bound of the package doc: the pattern below takes a
// backtracking matcher longer than the age of the universe.
func TestHostilePatternIsCheap(t *testing.T) {
	text := strings.Repeat("a/", 2000) + "b"
	for _, p := range []string{
		strings.Repeat("**/a/", 300) + "c",
		"x*/" + strings.Repeat("*a", 300) + "c",
		"/" + strings.Repeat("a*", 500) + "/**/" + strings.Repeat("[a-z]*", 500) + "c",
	} {
		done := make(chan Verdict, 1)
		go func() { done <- Parse([]byte(p)).Match(text, false) }()
		select {
		case v := <-done:
			if v != None {
				t.Errorf("%.20q: got %d", p, v)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%.20q: not done after a minute", p)
		}
	}
}

func TestMayMatchBelow(t *testing.T) {
	for _, c := range []struct {
		pattern, dir string
		want         bool
	}{
		{"vendor/x.go", "vendor", true},
		{"vendor/x.go", "node_modules", false},
		{"/vendor/*.go", "vendor", true},
		{"/vendor/*.go", "vendor/a", true},
		{"/vendor/*.go", "other", false},
		{"x.go", "any", true},
		{"*.go", "any", true},
		{"**/x", "any", true},
	} {
		if got := ParseLines([]string{c.pattern}).MayMatchBelow(c.dir); got != c.want {
			t.Errorf("%q below %q: got %v", c.pattern, c.dir, got)
		}
	}
}

// tree is what the property test asks git about: every file and folder of three levels of short
// names.
var (
	elements = []string{"a", "b", "ab", "a.o", ".o", "b.a.o", "[", "!x", "#", "a b", "a ", "A", "-", "\\", "é", "**"}
	pieces   = []string{"a", "b", "o", ".o", "*", "**", "?", "/", "/", "**/", "/**", "[ab]", "[!a]", "[^b]", "[a-c]", "[]-]",
		"[[:alpha:]]", "[[:x:]]", "[[:", "[", "]", "\\", "\\ ", " ", "!", "#", "A", "é", "-", "."}
)

// TestAgainstGit compares with git's own answers on generated patterns.
func TestAgainstGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed: nothing to compare with")
	}
	root := t.TempDir()
	paths := makeTree(t, root)
	if out, err := exec.Command(git, "init", "-q", root).CombinedOutput(); err != nil {
		t.Skipf("git init: %s", out)
	}
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 7).Draw(t, "pieces"), "")
		})
		text := strings.Join(rapid.SliceOfN(line, 1, 4).Draw(t, "lines"), "\n")
		if err := os.WriteFile(filepath.Join(root, ".gitignore"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := askGit(t, git, root, paths)
		list := Parse([]byte(text))
		for _, p := range paths {
			if got := ignored(list, p); got != want[strings.TrimSuffix(p, "/")] {
				t.Fatalf("patterns %q, path %q: ours %v, git %v", text, p, got, !got)
			}
		}
	})
}

// makeTree makes folders d of two levels that hold every element, and returns all paths; folders
// end in a slash.
func makeTree(t *testing.T, root string) (paths []string) {
	for _, dir := range []string{"", "a/", "b/", "a/b/", "ab/", "ab/a/"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if dir != "" {
			paths = append(paths, dir)
		}
	}
	for _, dir := range []string{"", "a/", "b/", "a/b/", "ab/a/"} {
		for _, e := range elements {
			p := filepath.Join(root, dir, e)
			if _, err := os.Lstat(p); err == nil {
				continue
			}
			if err := os.WriteFile(p, nil, 0o600); err == nil {
				paths = append(paths, dir+e)
			}
		}
	}
	return paths
}

// askGit returns the paths that git would leave out.
func askGit(t *rapid.T, git, root string, paths []string) map[string]bool {
	c := exec.Command(git, "-c", "core.excludesFile=", "-c", "core.ignoreCase=false", "check-ignore", "--no-index", "-z", "--stdin")
	c.Dir = root
	c.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1")
	// Folders are asked without their slash: git looks at the disk to tell that they are folders.
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.TrimSuffix(p, "/")
	}
	c.Stdin = strings.NewReader(strings.Join(names, "\x00") + "\x00")
	out, err := c.Output()
	if e := (*exec.ExitError)(nil); err != nil && !(asExit(err, &e) && e.ExitCode() == 1) {
		t.Fatalf("git check-ignore: %v: %s", err, e.Stderr)
	}
	got := map[string]bool{}
	for _, p := range strings.Split(string(out), "\x00") {
		got[p] = true
	}
	return got
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*to = e
	return ok
}

// ignored walks down to path as a walk of the tree would.
func ignored(l *List, path string) bool {
	trimmed, isDir := strings.CutSuffix(path, "/")
	for i := 0; i < len(trimmed); i++ {
		if trimmed[i] == '/' && l.Match(trimmed[:i], true) == Ignore {
			return true
		}
	}
	return l.Match(trimmed, isDir) == Ignore
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("*.o\n!a/**/b\n[a-"), "a/b/c.o")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		l := Parse(text)
		if l.Match(path, true) == None && l.Match(path, false) != None && l != nil {
			t.Fatalf("%q: %q matches as a file and not as a folder", text, path)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	l := Parse([]byte("*.o\n*.ko\n*.mod.c\n*.dtb.S\n/tags\n/TAGS\nvmlinux\n!.gitignore\n*.orig\n*~\n\\#*#\n/arch/*/include/generated/\nall.config\n*.asn1.[ch]\n"))
	b.ReportAllocs()
	for b.Loop() {
		l.Match("drivers/gpu/drm/amd/display/dc/core/dc_link.c", false)
	}
}
