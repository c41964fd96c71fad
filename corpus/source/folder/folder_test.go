package folder

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/sourcetest"
)

// editor implements sourcetest.Editor.
type editor struct{ root string }

func (e editor) Put(t testing.TB, name, text string) string {
	put(t, e.root, name, text)
	return name
}

func (e editor) Remove(t testing.TB, path string) {
	if err := os.Remove(filepath.Join(e.root, path)); err != nil {
		t.Fatal(err)
	}
}

func (e editor) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(e.root); err != nil {
		t.Fatal(err)
	}
}

// put writes a file and the folders above it.
func put(t testing.TB, root, name, text string) {
	t.Helper()
	p := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open opens root without the ignore rules of the machine that runs the test.
func open(t testing.TB, root string, opts Options) *Folder {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	f, err := Open(root, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// list walks and returns the paths, and the files left out by reason.
func list(t testing.TB, f *Folder) ([]string, map[corpus.Reason]int64) {
	t.Helper()
	agrees(t, f)
	paths := []string{}
	report, err := f.Walk(context.Background(), func(it corpus.Item) error {
		paths = append(paths, it.Path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[corpus.Reason]int64{}
	for why, n := range report.LeftOut {
		out[why] = n.Files
	}
	agree(t, f, paths)
	return paths, out
}

// agree checks that Stat takes what Walk listed.
func agree(t testing.TB, f *Folder, paths []string) {
	t.Helper()
	for _, p := range paths {
		if _, err := f.Stat(context.Background(), p); err != nil {
			t.Errorf("walk lists %s, stat says %v", p, err)
		}
	}
}

func read(t testing.TB, f *Folder, path string) (string, error) {
	t.Helper()
	r, _, err := f.Open(context.Background(), path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

func want(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		root := t.TempDir()
		return open(t, root, Options{}), editor{root}
	})
}

func TestOpen(t *testing.T) {
	root := t.TempDir()
	put(t, root, "file", "x")
	if _, err := Open(filepath.Join(root, "missing"), Options{}); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("a missing root: %v", err)
	}
	if _, err := Open(filepath.Join(root, "file"), Options{}); err == nil || errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("a file as root: %v", err)
	}
	named := filepath.Join(root, "named")
	if err := os.Symlink(root, named); err != nil {
		t.Skip(err)
	}
	if _, err := os.Lstat(named); err != nil {
		t.Skip("this system says that it made a symbolic link, and there is none: ", err)
	}
	f := open(t, named, Options{})
	if f.Info().Label != "named" || strings.HasSuffix(f.Info().Root, "named") {
		t.Errorf("a root that is a symbolic link: %+v", f.Info())
	}
	if f := open(t, root, Options{Label: "mine"}); f.Info().Label != "mine" || f.Options().Label != "mine" {
		t.Errorf("label: %+v", f.Info())
	}
	if got := labelOf(string(filepath.Separator)); got != "root" {
		t.Errorf("the label of / is %q", got)
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  Options
		files string // "name" or "name=text", by blanks
		want  string
	}{
		{"hidden", Options{}, ".h .d/x a", "a"},
		{"hidden taken", Options{Hidden: true}, ".h .d/x a .git/config", ".d/x .h a"},
		{"gitignore without a repository", Options{}, "a.o .gitignore=*.o", "a.o"},
		{"gitignore in a repository", Options{}, ".git/HEAD a.o b .gitignore=*.o", "b"},
		{"ignore without a repository", Options{}, "a.o b .ignore=*.o", "b"},
		{"order of files", Options{}, ".git/HEAD x y z .gitignore=x .ignore=!x,y .rgignore=!y,z .sluiceignore=!z", "x y z"},
		{"stronger file from above", Options{}, ".git/HEAD s/x .ignore=x s/.gitignore=!x", ""},
		{"deeper file of one name", Options{}, ".git/HEAD s/x x .gitignore=x s/.gitignore=!x", "s/x"},
		{"ignored folder stays closed", Options{}, ".git/HEAD s/x .gitignore=s/ s/.gitignore=!x", ""},
		{"negation shows hidden", Options{}, ".git/HEAD .github/w .x .gitignore=!.github", ".github/w"},
		{"inner repository", Options{}, ".git/HEAD in/.git/HEAD in/a.o in/b .gitignore=*.o in/.gitignore=b", "in/a.o"},
		{"exclude file", Options{}, ".git/info/exclude=*.o a.o b", "b"},
		{"gitignore outweighs exclude", Options{}, ".git/info/exclude=*.o .gitignore=!a.o a.o b.o", "a.o"},
		{"no ignore", Options{NoIgnore: true}, ".git/HEAD a.o .gitignore=*.o .ignore=*", "a.o"},
		{"exclude", Options{Exclude: []string{"*.o", "/s/", "!k.o"}}, "a.o k.o s/x t/s/x", "k.o t/s/x"},
		{"include a file", Options{Include: []string{"*.o"}}, ".git/HEAD a.o d/b.o d/c .gitignore=*.o,d/", "a.o d/b.o"},
		{"include a folder", Options{Include: []string{"/d/"}}, ".git/HEAD d/.h d/b.o d/.env d/a.p12 e/x .gitignore=d/,e/", "d/.env d/.h d/b.o"},
		{"include but for", Options{Include: []string{"/d/", "!b.o"}}, ".git/HEAD d/b.o d/c .gitignore=d/", "d/c"},
		{"include a key store", Options{Include: []string{"a.p12"}}, "a.p12 d/a.p12 b.p12", "a.p12 d/a.p12"},
		{"include never git", Options{Include: []string{"*"}, Hidden: true}, ".git/HEAD a", "a"},
		{"forgotten", Options{Forgotten: []string{"a", "d", "e/f"}}, "a b d/x e/f/y e/g", "b e/g"},
		{"forgotten, and a wildcard", Options{Forgotten: []string{"a", "d"}, Include: []string{"*"}}, "a b d/a", "b"},
		{"a forgotten folder brought back", Options{Forgotten: []string{"d"}, Include: []string{"d/"}}, "b d/a", "b d/a"},
		{"a file of a forgotten folder", Options{Forgotten: []string{"d"}, Include: []string{"d/a"}}, "b d/a d/b", "b d/a"},
		{"forgotten brought back", Options{Forgotten: []string{"a", "d"}, Include: []string{"/a"}}, "a d/a", "a"},
		{"too large", Options{MaxFileSize: 3}, "a=1234 b=123", "b"},
		{"too large included", Options{MaxFileSize: 3, Include: []string{"a"}}, "a=1234 b=1234", "a"},
		{"secrets", Options{Hidden: true}, ".env .env.example a.p12 s/.netrc .aws/credentials .git-credentials b", ".aws/credentials .env .env.example b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for _, file := range strings.Fields(c.files) {
				name, text, _ := strings.Cut(file, "=")
				put(t, root, name, strings.ReplaceAll(text, ",", "\n"))
			}
			got, _ := list(t, open(t, root, c.opts))
			got = slices.DeleteFunc(got, func(p string) bool { return strings.HasSuffix(p, "ignore") })
			want(t, got, strings.Fields(c.want)...)
			notListed(t, open(t, root, c.opts), strings.Fields(c.files), got)
		})
	}
}

// notListed checks that Stat and Open refuse what Walk does not list.
func notListed(t *testing.T, f *Folder, files, listed []string) {
	for _, file := range files {
		name, _, _ := strings.Cut(file, "=")
		if slices.Contains(listed, name) || strings.HasSuffix(name, "ignore") {
			continue
		}
		if _, err := f.Stat(t.Context(), name); !errors.Is(err, corpus.ErrGone) {
			t.Errorf("%s is not listed, and stat says %v", name, err)
		}
		if _, err := read(t, f, name); !errors.Is(err, corpus.ErrGone) {
			t.Errorf("%s is not listed, and open says %v", name, err)
		}
	}
}

func TestLeftOutCounts(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		".git/HEAD": "x", ".gitignore": "ign/\n*.o\n", "ign/1": "x", "ign/2": "x", "a.o": "xyz", ".hid": "x", ".hidden/1": "x",
		"key.pfx": "x", "big": "0123456789", "take": "x", "ex/1": "x",
	} {
		put(t, root, name, text)
	}
	f := open(t, root, Options{MaxFileSize: 9, Exclude: []string{"ex"}})
	paths, out := list(t, f)
	want(t, paths, "take")
	for why, n := range map[corpus.Reason]int64{
		corpus.Git: 1, corpus.Ignored: 2, corpus.Hidden: 3, corpus.Secret: 1, corpus.TooLarge: 1, corpus.Excluded: 1,
	} {
		if out[why] != n {
			t.Errorf("%s: %d left out, want %d", why, out[why], n)
		}
	}
}

// TestRulesFromAbove opens a folder inside a repository.
func TestRulesFromAbove(t *testing.T) {
	top := t.TempDir()
	put(t, top, ".git/info/exclude", "*.excl\n")
	put(t, top, ".gitignore", "/in/sub/anchored\n*.top\nignored/\n")
	put(t, top, "in/.gitignore", "/sub/mid\n*.mid\n!kept.top\n")
	put(t, top, "in/.ignore", "*.ign\n")
	for _, name := range []string{"a.top", "kept.top", "anchored", "mid", "x.mid", "x.excl", "x.ign", "deep/anchored", "ignored/x", "good"} {
		put(t, top, "in/sub/"+name, "x")
	}
	got, _ := list(t, open(t, filepath.Join(top, "in/sub"), Options{}))
	want(t, got, "deep/anchored", "good", "kept.top")
}

func TestGlobalIgnore(t *testing.T) {
	root, home := t.TempDir(), t.TempDir()
	put(t, root, ".git/HEAD", "x")
	put(t, root, "in/.git/HEAD", "x")
	for _, name := range []string{"a.glob", "b", "in/a.glob", "in/anchored", "anchored", "x.default"} {
		put(t, root, name, "x")
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	put(t, home, ".config/git/ignore", "*.default\n")
	f, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	got, _ := list(t, f)
	want(t, got, "a.glob", "anchored", "b", "in/a.glob", "in/anchored")
	put(t, home, ".gitconfig", "[user]\n\tname = x\n[Core] editor = vi\n\texcludesFile = \"~/my ignores\" ; mine\n")
	put(t, home, "my ignores", "*.glob\n/anchored\n")
	got, _ = list(t, f)
	want(t, got, "b", "x.default")
}

// TestGitHome: Windows has HOME only where somebody set it, and git then looks further.
func TestGitHome(t *testing.T) {
	drive := t.TempDir()
	for _, c := range []struct {
		name    string
		windows bool
		env     map[string]string
		want    string
	}{
		{"HOME", false, map[string]string{"HOME": "/h", "USERPROFILE": "/p"}, "/h"},
		{"nothing but a profile", false, map[string]string{"USERPROFILE": "/p"}, ""},
		{"HOME first", true, map[string]string{"HOME": "/h", "HOMEDRIVE": drive, "USERPROFILE": "/p"}, "/h"},
		{"then the home drive", true, map[string]string{"HOMEDRIVE": drive[:2], "HOMEPATH": drive[2:], "USERPROFILE": "/p"}, drive},
		{"unless that leads nowhere", true, map[string]string{"HOMEDRIVE": drive, "HOMEPATH": "/gone", "USERPROFILE": "/p"}, "/p"},
		{"then the profile", true, map[string]string{"USERPROFILE": "/p"}, "/p"},
		{"none", true, nil, ""},
	} {
		if got := gitHome(c.windows, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestWorktree opens a folder whose .git is a file that leads to the repository's own folder.
func TestWorktree(t *testing.T) {
	main, root := t.TempDir(), t.TempDir()
	put(t, main, ".git/info/exclude", "*.o\n")
	put(t, main, ".git/worktrees/w/commondir", "../..\n")
	put(t, root, ".git", "gitdir: "+filepath.Join(main, ".git/worktrees/w")+"\n")
	put(t, root, "a.o", "x")
	put(t, root, "b", "x")
	got, _ := list(t, open(t, root, Options{}))
	want(t, got, "b")
}

// TestRulesChange asks for one document while the rules around it change.
func TestRulesChange(t *testing.T) {
	root := t.TempDir()
	put(t, root, ".git/HEAD", "x")
	put(t, root, "d/e/x.o", "x")
	f := open(t, root, Options{})
	taken := func(want bool) {
		t.Helper()
		_, err := f.Stat(t.Context(), "d/e/x.o")
		if (err == nil) != want || err != nil && !errors.Is(err, corpus.ErrGone) {
			t.Errorf("stat: %v, want taken: %v", err, want)
		}
	}
	taken(true)
	for _, name := range []string{".gitignore", "d/.gitignore", "d/e/.ignore", ".git/info/exclude"} {
		put(t, root, name, "*.o\n")
		taken(false)
		put(t, root, name, "*.k\n")
		taken(true)
		put(t, root, name, "*.o\n")
		taken(false)
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
		taken(true)
	}
}

// TestRulesChangeUnseen changes an ignore file in place so that neither its size nor its time
// tells.
func TestRulesChangeUnseen(t *testing.T) {
	root := t.TempDir()
	put(t, root, "x.o", "x")
	put(t, root, ".ignore", "*.k\n")
	long, now := time.Now().Add(-time.Hour), time.Now()
	times := func() {
		t.Helper()
		if err := errors.Join(os.Chtimes(filepath.Join(root, ".ignore"), now, now), os.Chtimes(root, long, long)); err != nil {
			t.Fatal(err)
		}
	}
	times()
	f := open(t, root, Options{})
	if _, err := f.Stat(t.Context(), "x.o"); err != nil {
		t.Fatal(err)
	}
	put(t, root, ".ignore", "*.o\n")
	times()
	if _, err := f.Stat(t.Context(), "x.o"); !errors.Is(err, corpus.ErrGone) {
		t.Errorf("stat: %v, want gone", err)
	}
}

// TestMovedRoot replaces the root by another folder of the same name.
func TestMovedRoot(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "root")
	put(t, root, "old/x", "x")
	f := open(t, root, Options{})
	list(t, f)
	if err := os.Rename(root, filepath.Join(top, "away")); err != nil {
		t.Fatal(err)
	}
	put(t, root, "new/x", "x")
	if _, err := f.Stat(t.Context(), "old/x"); !errors.Is(err, corpus.ErrGone) {
		t.Errorf("the old root is still asked: %v", err)
	}
	got, _ := list(t, f)
	want(t, got, "new/x")
}

func TestPreview(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a.Go", "package a\n")
	put(t, root, "b.go", "package b\n")
	put(t, root, "Makefile", "all:\n")
	put(t, root, ".hidden/x", "x")
	put(t, root, "bin", "a\x00b")
	put(t, root, "id_rsa", pemKey)
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		put(t, root, n+".p12", "x")
	}
	put(t, root, "notes.md", strings.Repeat("words\n", 2000)+"My key:\n"+pemKey)
	for _, whole := range []bool{false, true} {
		p, err := open(t, root, Options{}).Preview(t.Context(), whole, func(int64) {})
		if err != nil {
			t.Fatal(err)
		}
		if p.Taken.Files != 4 || len(p.Types) != 3 || p.Types[1].Name != ".go" || p.Types[1].Files != 2 || p.Types[2].Name != source.NoExtension {
			t.Errorf("taken %+v, types %+v", p.Taken, p.Types)
		}
		if seen := p.Secrets == 1 && p.SecretIn == 1; seen != whole {
			t.Errorf("whole %v: %d secrets in %d files", whole, p.Secrets, p.SecretIn)
		}
		for _, l := range p.LeftOut {
			switch {
			case l.Reason == corpus.Secret && l.Files == 6 && len(l.Examples) == 3:
			case l.Reason == corpus.Binary && l.Files == 1 && l.Examples[0] == "bin" && l.Bytes == 3:
			case l.Reason == corpus.Hidden && l.Files == 1 && l.Examples[0] == ".hidden/":
			default:
				t.Errorf("left out: %+v", l)
			}
		}
		if len(p.LeftOut) != 3 {
			t.Errorf("left out: %+v", p.LeftOut)
		}
	}
}

// TestIncludeAndSecrets: what a wildcard brings in is cut, what the owner named is read as it is.
func TestIncludeAndSecrets(t *testing.T) {
	root := t.TempDir()
	put(t, root, ".gitignore", "*.log\n")
	put(t, root, ".git/HEAD", "x")
	put(t, root, "d/a.log", "My key:\n"+pemKey)
	put(t, root, "id_rsa", pemKey)
	for pattern, want := range map[string]string{"*.log": "cut", "a.log": "cut", "d": "cut", "/d/a.log": "whole", "d/a.log": "whole", "/d/*": "cut"} {
		f := open(t, root, Options{Include: []string{pattern}})
		x, err := corpus.Read(t.Context(), f, "d/a.log", nil)
		if err != nil {
			t.Fatal(pattern, err)
		}
		if whole := strings.Contains(string(x.Body), pemKey); whole != (want == "whole") || (len(x.Secrets) == 0) != whole {
			t.Errorf("include %s: %d secrets in %q, want %s", pattern, len(x.Secrets), x.Body, want)
		}
	}
	f := open(t, root, Options{Include: []string{"id_*"}})
	var out *corpus.LeftOutError
	if _, err := corpus.Read(t.Context(), f, "id_rsa", nil); !errors.As(err, &out) || out.Reason != corpus.Secret {
		t.Errorf("a file that is a key: %v", err)
	}
	if x, err := corpus.Read(t.Context(), open(t, root, Options{Include: []string{"/id_rsa"}}), "id_rsa", nil); err != nil || string(x.Body) != pemKey {
		t.Errorf("a key that was named: %v", err)
	}
}

// pemKey has the form of a private key and the content of none.
var pemKey = "-----BEGIN OPENSSH PRIVATE" + " KEY-----\n" + strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=", 4) + "\n-----END OPENSSH PRIVATE" + " KEY-----\n"
