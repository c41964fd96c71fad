package folder

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestWalkAgainstGit compares a walk with git's own list on generated trees with ignore files of
// several levels.
func TestWalkAgainstGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed: nothing to compare with")
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	name := rapid.SampledFrom([]string{"a", "b", "a.o", "b.o", "a-", "a.b", ".h", "é"})
	line := rapid.SampledFrom([]string{"a", "/a", "a/", "*.o", "!a.o", "!*", "/*", "!/a", "a/b", "a/**", "**/b", "b/*", "!b/a", "*", "!*/", ".h", "!.h", "[a-b].o", "#x", ""})
	lines := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(line, 0, 4).Draw(t, "lines"), "\n")
	})
	rapid.Check(t, func(r *rapid.T) {
		root, err := os.MkdirTemp(home, "tree")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(root)
		for range rapid.IntRange(1, 20).Draw(r, "files") {
			elements := rapid.SliceOfN(name, 1, 4).Draw(r, "path")
			p := filepath.Join(append([]string{root}, elements...)...)
			if os.MkdirAll(filepath.Dir(p), 0o700) == nil {
				_ = os.WriteFile(p, []byte("x"), 0o600) // a folder may stand there
			}
		}
		for _, dir := range []string{".", "a", "a/b", "b"} {
			if _, err := os.Stat(filepath.Join(root, dir)); err == nil && rapid.Bool().Draw(r, "ignore file in "+dir) {
				_ = os.WriteFile(filepath.Join(root, dir, gitIgnore), []byte(lines.Draw(r, "patterns")), 0o600)
			}
		}
		put(t, root, ".git/HEAD", "ref: refs/heads/main\n") // what git init does, and a hundred times as fast
		put(t, root, ".git/objects/info/packs", "")
		put(t, root, ".git/refs/heads/.keep", "")
		put(t, root, gitExclude, lines.Draw(r, "exclude"))
		put(t, home, ".config/git/ignore", lines.Draw(r, "global"))
		compare(r, t, git, root)
	})
}

func compare(r *rapid.T, t *testing.T, git, root string) {
	c := exec.Command(git, "ls-files", "-z", "--others", "--exclude-standard")
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		r.Fatal(err)
	}
	wanted := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if wanted[0] == "" {
		wanted = wanted[:0]
	}
	slices.Sort(wanted)
	f, err := Open(root, Options{Hidden: true})
	if err != nil {
		r.Fatal(err)
	}
	defer f.Close()
	if got, _ := list(t, f); !slices.Equal(got, wanted) {
		r.Fatalf("ours %q\ngit's %q", got, wanted)
	}
}
