package git

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/corpus/source/sourcetest"
	"sluice/internal/tool"
)

// made is a repository that a test makes.
type made struct{ dir string }

func newRepo(t testing.TB) *made {
	t.Helper()
	if !tool.Has("git") {
		t.Skip("the program git is not here")
	}
	m := &made{filepath.Join(t.TempDir(), "repo")}
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m.git(t, "", "init", "-q", "-b", "main")
	return m
}

// git runs git as a user would.
func (m *made) git(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = m.dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ada Löwe", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada Löwe",
		"GIT_COMMITTER_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=2024-05-03T10:20:30+0200", "GIT_COMMITTER_DATE=2024-05-03T10:20:30+0200")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (m *made) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(m.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// commit commits all and returns the commit's id.
func (m *made) commit(t testing.TB, message string) string {
	t.Helper()
	m.git(t, "", "add", "-A")
	m.git(t, message, "commit", "-q", "--allow-empty", "-F", "-")
	return m.git(t, "", "rev-parse", "HEAD")
}

func (m *made) open(t testing.TB, rev string) *Git {
	t.Helper()
	g, err := Open(corpus.Info{Label: "repo", Kind: Kind, Root: filepath.ToSlash(m.dir) + rev})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// emptyTree is an object that every repository has.
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// Put implements sourcetest.Editor: a tag is the one kind of document that can change.
func (m *made) Put(t testing.TB, name, text string) string {
	t.Helper()
	name = strings.ReplaceAll(name, " ", "_")
	m.git(t, text, "tag", "-f", "-a", "-F", "-", "--cleanup=verbatim", name, emptyTree)
	return "tags/" + name
}

func (m *made) Remove(t testing.TB, path string) {
	t.Helper()
	m.git(t, "", "tag", "-d", strings.TrimPrefix(path, "tags/"))
}

func (m *made) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(m.dir); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		m := newRepo(t)
		m.git(t, "", "hash-object", "-t", "tree", "-w", os.DevNull)
		return m.open(t, ""), m
	})
}

// texts reads all documents.
func texts(t testing.TB, g *Git) map[string]string {
	t.Helper()
	all := map[string]string{}
	report, err := g.Walk(t.Context(), func(it corpus.Item) error {
		r, opened, err := g.Open(t.Context(), it.Path)
		if err != nil {
			t.Errorf("%s: %v", it.Path, err)
			return nil
		}
		b, err := io.ReadAll(r)
		if all[it.Path] = string(b); err != nil || opened != it {
			t.Errorf("%s: %v; %+v is not %+v", it.Path, err, opened, it)
		}
		return nil
	})
	if err != nil || report.FailureN != 0 {
		t.Fatalf("%v, %+v", err, report)
	}
	return all
}

// holds checks that the one document whose path holds part says all of the words, and none of the
// others, which come behind "-".
func holds(t *testing.T, all map[string]string, part string, words ...string) {
	t.Helper()
	found := ""
	for path, text := range all {
		if !strings.Contains(path, part) {
			continue
		}
		if found != "" {
			t.Errorf("%q is in the paths %s and %s", part, found, path)
		}
		found = path
		for _, w := range words {
			if not, ok := strings.CutPrefix(w, "-"); ok && strings.Contains(text, not) {
				t.Errorf("%s says %q:\n%s", path, not, text)
			} else if !ok && !strings.Contains(text, w) {
				t.Errorf("%s does not say %q:\n%.2000s", path, w, text)
			}
		}
	}
	if found == "" {
		t.Errorf("no path holds %q", part)
	}
}

// TestHistory: a commit says who did what, when and why, and so does a tag.
func TestHistory(t *testing.T) {
	m := newRepo(t)
	m.write(t, "src/lake.go", "package lake\n\nfunc Depth() int { return 7 }\n")
	m.write(t, "picture.bin", "\x00\x01\x02")
	first := m.commit(t, "Add the lake\n\nIts depth was measured in May.")
	m.write(t, "src/lake.go", "package lake\n\nfunc Depth() int { return 9 }\n")
	m.commit(t, "Measure again: größer")
	m.git(t, "", "mv", "src/lake.go", "src/pond.go")
	m.commit(t, "Rename")
	m.git(t, "", "checkout", "-q", "-b", "side", first)
	m.write(t, "notes.txt", strings.Repeat("a long line of the notes\n", 4000))
	m.commit(t, "Notes")
	m.git(t, "", "checkout", "-q", "main")
	m.git(t, "", "merge", "-q", "--no-ff", "-m", "Merge the side", "side")
	m.git(t, "The depth is settled.", "tag", "-a", "-F", "-", "v1.0", first)
	m.git(t, "", "tag", "light", first)
	m.write(t, "nul.txt", strings.Repeat("x\n", 5000)+"\x00"+first+"\x1f and more\n")
	m.git(t, "", "config", "i18n.commitEncoding", "ISO-8859-1")
	m.write(t, "latin", "1")
	m.git(t, "", "add", "-A")
	m.git(t, "Gr\xfc\xdfe", "commit", "-q", "-F", "-")

	g := m.open(t, "")
	all := texts(t, g)
	if len(all) != 8 {
		t.Errorf("%d documents", len(all))
	}
	holds(t, all, "-add-the-lake", "Add the lake\n", "Its depth was measured in May.", "Ada Löwe <ada@example.com>", "Friday, 3 May 2024, 10:20 +0200", first[:12],
		"src/lake.go +3 -0", "picture.bin (binary)", "+func Depth() int { return 7 }")
	holds(t, all, "-measure-again-größer", "-func Depth() int { return 7 }"[0:0], "+func Depth() int { return 9 }", "src/lake.go +1 -1")
	holds(t, all, "-rename", "src/{lake.go => pond.go} +0 -0")
	holds(t, all, "-notes", "notes.txt +4000 -0", "is not kept")
	holds(t, all, "-merge-the-side", "Merge of ", "-long line")
	holds(t, all, "-grüße", "Grüße", "latin +1 -0")
	holds(t, all, "tags/v1.0", "Tag v1.0 of commit "+first[:12]+" (Add the lake), by Ada Löwe on Friday, 3 May 2024", "The depth is settled.")
	holds(t, all, "tags/light", "Tag light of commit "+first[:12])
	for path, text := range all {
		if len(text) > changeBytesMax+2000 || strings.Contains(text, "\x00") {
			t.Errorf("%s: %d bytes", path, len(text))
		}
	}
}

// TestMarks: what is changed in a file is marked with its name.
func TestMarks(t *testing.T) {
	m := newRepo(t)
	m.write(t, "a/one.txt", "uno\n")
	m.write(t, "a/two.txt", "due\n")
	id := m.commit(t, "Two files")
	g := m.open(t, "")
	r, _, err := g.Open(t.Context(), "commits/2024-05-03-"+id[:12]+"-two-files")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(r)
	marks := r.(corpus.Marked).Marks()
	if len(marks) != 2 {
		t.Fatalf("%+v", marks)
	}
	for i, want := range []string{"a/one.txt uno", "a/two.txt due"} {
		name, word, _ := strings.Cut(want, " ")
		if text := string(b[marks[i].Start:marks[i].End]); marks[i].Name != name || !strings.Contains(text, "+"+word) {
			t.Errorf("%+v: %q", marks[i], text)
		}
	}
}

// TestIncremental: what was there is as it was when a commit is added, and the state tells that one
// was.
func TestIncremental(t *testing.T) {
	m := newRepo(t)
	m.commit(t, "One")
	g := m.open(t, "")
	list := func() (all []corpus.Item) {
		_, err := g.Walk(t.Context(), func(it corpus.Item) error { all = append(all, it); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := list()
	one, ok, err := g.State(t.Context())
	if again, _, _ := g.State(t.Context()); err != nil || !ok || again != one {
		t.Errorf("%d, then %d; %v, %v", one, again, ok, err)
	}
	m.commit(t, "Two")
	two, _, _ := g.State(t.Context())
	after := list()
	if len(before) != 1 || len(after) != 2 || after[0] != before[0] && after[1] != before[0] || one == two {
		t.Errorf("%+v, then %+v", before, after)
	}
	m.git(t, "", "pack-refs", "--all")
	m.git(t, "", "gc", "-q")
	if len(list()) != 2 {
		t.Error("packed refs are not read")
	}
}

// TestRevision: of a revision the history to it is read, and its files.
func TestRevision(t *testing.T) {
	m := newRepo(t)
	m.write(t, "a.txt", "as it was\n")
	m.write(t, "b/ü.txt", "also\n")
	m.commit(t, "Old")
	m.git(t, "", "tag", "v1")
	m.write(t, "a.txt", "as it is\n")
	m.commit(t, "New")
	all := texts(t, m.open(t, "@v1"))
	if len(all) != 3 || all["files/a.txt"] != "as it was\n" || all["files/b/ü.txt"] != "also\n" {
		t.Errorf("%q", all)
	}
	holds(t, all, "commits/", "Old")
	if all := texts(t, m.open(t, "@v1..main")); len(all) != 1 {
		t.Errorf("%q", all)
	}
	for _, bad := range []string{"@nowhere", "@--output=x", "@-x"} {
		if _, err := Open(corpus.Info{Root: m.dir + bad}); err == nil {
			t.Errorf("%s is a revision", bad)
		}
	}
	if _, err := Open(corpus.Info{Root: t.TempDir()}); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("a folder without a repository: %v", err)
	}
}

// TestOtherPlaces: a bare repository and a second working folder are read as well.
func TestOtherPlaces(t *testing.T) {
	m := newRepo(t)
	m.commit(t, "One")
	for name, args := range map[string][]string{"bare": {"clone", "-q", "--bare"}, "tree": {"worktree", "add", "-q"}} {
		other := filepath.Join(t.TempDir(), name)
		if name == "bare" {
			args = append(args, m.dir)
		}
		m.git(t, "", append(args, other)...)
		holds(t, texts(t, (&made{other}).open(t, "")), "-one", "One")
	}
}

// TestHostileConfiguration: no program that a repository names is run, and nobody is asked over the
// network.
func TestHostileConfiguration(t *testing.T) {
	m := newRepo(t)
	m.write(t, "a.txt", "one\n")
	m.write(t, ".gitattributes", "* diff=evil filter=evil\n")
	m.commit(t, "One")
	trap := filepath.Join(t.TempDir(), "ran")
	run := "touch '" + trap + "' #"
	for key, value := range map[string]string{"core.fsmonitor": run, "core.pager": run, "pager.log": run, "pager.show": run, "diff.external": run, "diff.evil.command": run,
		"diff.evil.textconv": run, "filter.evil.clean": run, "filter.evil.smudge": run, "filter.evil.process": run, "gpg.program": run, "log.showSignature": "true",
		"core.sshCommand": run, "core.editor": run, "core.askPass": run, "core.alternateRefsCommand": run, "credential.helper": "!" + run, "alias.log": "!" + run, "alias.show": "!" + run,
		"extensions.partialClone": "origin", "remote.origin.promisor": "true", "remote.origin.url": "ext::sh -c touch% '" + trap + "'", "remote.origin.uploadpack": run,
		"core.hooksPath": t.TempDir(), "protocol.ext.allow": "always", "log.diffMerges": "on", "diff.renames": "copies"} {
		m.git(t, "", "config", key, value)
	}
	g := m.open(t, "")
	holds(t, texts(t, g), "-one", "+one", "a.txt +1 -0")
	texts(t, m.open(t, "@main"))
	if lines, err := Blame(t.Context(), filepath.Join(m.dir, "a.txt"), "", 1, 1); err != nil || len(lines) != 1 {
		t.Errorf("%+v, %v", lines, err)
	}
	// A blob that is missing would be fetched from where the repository says.
	id := m.git(t, "", "rev-parse", "main:a.txt")
	if err := os.Remove(filepath.Join(m.dir, ".git", "objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	again := m.open(t, "")
	_, _ = again.Walk(t.Context(), func(it corpus.Item) error { _, _, _ = again.Open(t.Context(), it.Path); return nil })
	if _, err := os.Stat(trap); err == nil {
		t.Error("a program was run that the repository names")
	}
}

// TestBlame: every line has who wrote it.
func TestBlame(t *testing.T) {
	m := newRepo(t)
	m.write(t, "a.txt", "one\ntwo\nthree\n")
	first := m.commit(t, "All three")
	m.write(t, "a.txt", "one\nzwei\nthree\n")
	second := m.commit(t, "German")
	m.write(t, "a.txt", "not\ncommitted\n")
	lines, err := Blame(context.Background(), filepath.Join(m.dir, "a.txt"), "", 1, 3)
	if err != nil || len(lines) != 3 {
		t.Fatalf("%+v, %v", lines, err)
	}
	for i, want := range []string{first, second, first} {
		l := lines[i]
		if l.Commit != want || l.Number != i+1 || l.Author != "Ada Löwe" || l.Mail != "ada@example.com" || l.Time.Year() != 2024 || l.Text != []string{"one", "zwei", "three"}[i] {
			t.Errorf("%+v", l)
		}
	}
	if lines[1].Subject != "German" || lines[2].Subject != "All three" {
		t.Errorf("%+v", lines)
	}
	if _, err := Blame(context.Background(), filepath.Join(m.dir, "a.txt"), "--output=x", 1, 1); err == nil {
		t.Error("an option was taken for a revision")
	}
}
