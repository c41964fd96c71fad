package lint

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// badSources are files that a lint must complain about, and what it must say. The good file beside
// each must pass, so that a lint that complains of everything is noticed too.
var badSources = []struct {
	lint      string
	run       func([]*goFile) []string
	path      string
	good, bad string
	want      string
}{
	{"longFunctions", longFunctions, "a/a.go",
		"package a\n\nfunc f() {\n}\n", "package a\n\nfunc f() {\n" + strings.Repeat("\tg()\n", functionLinesMax) + "}\n", "f has 72 lines"},
	{"longFunctions", longFunctions, "a/a.go",
		"package a\n\nfunc f() {\n}\n", "package a\n\nfunc f() {\n" + strings.Repeat("\tg()\n", functionMedianMax) + "}\n", "the median function has 14 lines"},
	{"longFiles", longFiles, "a/a.go",
		"package a\n", "package a\n" + strings.Repeat("\n", fileLinesMax), "a/a.go has 801 lines"},
	{"wrongPackageDocs", wrongPackageDocs, "a/a.go",
		"// Package a is.\npackage a\n", "package a\n", "0 package docs"},
	{"wrongPackageDocs", wrongPackageDocs, "a/a.go",
		"// Package a is.\npackage a\n", "// This is.\npackage a\n", `begin it with "Package a "`},
	{"undocumentedNames", undocumentedNames, "a/a.go",
		"package a\n\n// F is.\nfunc F() {}\n", "package a\n\nfunc F() {}\n", "F has no comment"},
	{"undocumentedNames", undocumentedNames, "a/a.go",
		"package a\n\nvar x int\n", "package a\n\nvar X int\n", "X has no comment"},
	{"exits", exits, "a/a.go",
		"package a\n\nfunc f() { os.Getenv(\"\") }\n", "package a\n\nfunc f() { os.Exit(1) }\n", "return an error"},
	{"numbersWritten", numbersWritten, "a/a.go",
		"package a\n\nconst n = 3000\n", "package a\n\nconst n = 30_000\n", "30_000 belongs to cascade/flow"},
	{"numbersSaid", numbersSaid, "a/a.go",
		"package a\n\nconst s = \"recall@117\"\n", "package a\n\nconst s = \"the best 117\"\n", "a text says the number"},
	{"wideComments", wideComments, "a/a.go",
		"// " + strings.Repeat("ab ", 32) + "\npackage a\n", "// " + strings.Repeat("ab ", 33) + "\npackage a\n", "a/a.go: a comment too wide on line 1"},
	{"wideComments", wideComments, "a/a.go",
		"package a\n\nfunc f() {\n\t// " + strings.Repeat("ab ", 31) + "\n}\n", "package a\n\nfunc f() {\n\t// " + strings.Repeat("ab ", 32) + "\n}\n", "wider than 100 columns"},
	{"realSweeps", realSweeps, "a/a_test.go",
		"package a\n\nfunc TestA(t *testing.T) {\n\tpromise.Sweep(t)\n\tf(vfs.Mem())\n}\n", "package a\n\nfunc TestA(t *testing.T) {\n\tpromise.Sweep(t)\n\tf(vfs.OS(t.TempDir()))\n}\n", "TestA has vfs.OS(...)"},
	{"linknames", linknames, "a/a.go",
		"package a\n\n// Not go:linkname of x.\nvar x int\n", "package a\n\n//go:linkname x runtime.x\nvar x int\n", "past its imports"},
	{"contextFields", justContextFields, "a/a.go",
		"package a\n\nimport \"context\"\n\ntype T struct{ f func(context.Context) }\n", "package a\n\nimport c \"context\"\n\ntype T struct{ x *c.Context }\n", "a.T keeps a context"},
	{"contextFields", justContextFields, "a/a.go",
		"package a\n\nimport \"context\"\n\nfunc f(context.Context) {}\n", "package a\n\nimport \"context\"\n\ntype T struct{ context.Context }\n", "a.T keeps a context"},
	{"contextFields", func(f []*goFile) []string { return contextFields(f, map[string]string{"a.T": "why"}) }, "a/a.go",
		"package a\n\nimport \"context\"\n\ntype T struct{ context.Context }\n", "package a\n", "take it out of contextKept"},
	{"wrongArrows", sampleArrows, "a/a.go",
		`package a; import "sluice/b"; import "sluice/internal/clock"`, `package a; import "sluice/b"; import "sluice/c"`, "a/a.go imports c, which is no arrow"},
	{"wrongArrows", sampleArrows, "a/a.go",
		`package a; import "sluice/b"`, `package a`, "a has an arrow to b, which nothing in it imports"},
	{"wrongArrows", sampleArrows, "a/a.go",
		`package a; import "sluice/b"`, `package a; import "sluice/c"`, `"a": {"c"},`},
	{"wrongArrows", func(f []*goFile) []string { return wrongArrows(f, map[string][]string{"a": {}}) }, "a/a.go",
		`package a`, "", "the picture names package a, which does not exist"},
	{"wrongOutside", sampleGrants, "a/a.go",
		`package a; import "os"; import "strings"`, `package a; import "os"; import "net/rpc"`, "a/a.go imports net/rpc: no package of ours does"},
	{"wrongOutside", sampleGrants, "a/a.go",
		`package a; import "os"; import "io"`, `package a; import "os"; import "io/ioutil"`, "deprecated"},
	{"wrongOutside", sampleGrants, "a/a.go",
		`package a; import "os"`, `package a; import "os"; import "example.org/sockets"`, "no grant names it"},
	{"wrongOutside", sampleGrants, "a/a.go",
		`package a; import "os"`, `package a; import "os"; import "os/user"`, "no grant names it"},
	{"wrongOutside", sampleGrants, "a/a.go",
		`package a; import "os"`, `package a`, "a may import os and does not"},
	{"wrongOutside", func(f []*goFile) []string { return wrongOutside(f, []grant{{"os", nil, "files"}}) }, "a/a.go",
		`package a; import "io"`, `package a; import "os"`, "it is for nobody (files)"},
	{"opened", justOpened, "index/segment.go",
		`package index; import "sluice/index/blockfile"; var _ = blockfile.Guard`, `package index; import "sluice/internal/vfs"; var _ = vfs.Guard`, "uses vfs.Guard: a fault is named"},
	{"opened", justOpened, "ingest/sync.go",
		`package ingest; import "sluice/index/blockfile"; var _ = blockfile.Open`, `package ingest; import b "sluice/index/blockfile"; var _ = b.Guard`, "goes through index.Segment.Read"},
	{"opened", justOpened, "cascade/judge/read.go",
		`package judge; func f(x T) { x.Read() }`, `package judge; func f(x T) { x.sn.Guard(nil) }`, "goes through index.Segment.Read"},
	{"opened", justOpened, "internal/vfs/a.go",
		`package vfs; import "golang.org/x/sys/unix"; var _ = unix.Mmap`, `package vfs; import "golang.org/x/sys/unix"; var _ = unix.Socket`, "no socket is opened"},
	{"opened", justOpened, "serve/mcp/a.go",
		`package mcp; import sdk "github.com/modelcontextprotocol/go-sdk/mcp"; var _ = sdk.NewServer`,
		`package mcp; import sdk "github.com/modelcontextprotocol/go-sdk/mcp"; var _ = sdk.NewStreamableHTTPHandler`, "MCP speaks on stdio"},
}

func sampleArrows(f []*goFile) []string { return wrongArrows(f, map[string][]string{"a": {"b"}}) }
func sampleGrants(f []*goFile) []string {
	return wrongOutside(f, []grant{{"os", []string{"a"}, "files"}})
}
func justOpened(f []*goFile) []string        { return opened(f, doors) }
func justContextFields(f []*goFile) []string { return contextFields(f, nil) }

// TestLintsCanFail feeds each lint something that it must find.
func TestLintsCanFail(t *testing.T) {
	for _, c := range badSources {
		if got := c.run(sample(t, c.path, c.good)); len(got) > 0 {
			t.Errorf("%s complains of a good file: %v\n%s", c.lint, got, c.good)
		}
		var files []*goFile
		if c.bad != "" {
			files = sample(t, c.path, c.bad)
		}
		if got := strings.Join(c.run(files), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s does not say %q of\n%s\nIt says: %s", c.lint, c.want, c.bad, got)
		}
	}
}

func sample(t *testing.T, path, src string) []*goFile {
	t.Helper()
	f, err := parseSource(path, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return []*goFile{f}
}

// TestEveryLintCanFail: a function from files to complaints that a test applies has a bad source
// here.
func TestEveryLintCanFail(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range badSources {
		tried[c.lint] = true
	}
	called := regexp.MustCompile(`complain\(t, (\w+)\(goFiles\(t\)`)
	names, _ := filepath.Glob("*_test.go")
	found := map[string]bool{}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range called.FindAllStringSubmatch(string(src), -1) {
			found[m[1]] = true
			if !tried[m[1]] {
				t.Errorf("%s: the lint %s has no bad source in badSources: add one that it must complain about", name, m[1])
			}
		}
	}
	if len(found) < 10 {
		t.Errorf("only %d lints found: %v", len(found), slices.Sorted(maps.Keys(found)))
	}
}

const sampleCode = `package gather

// Run is.
func Run() { s := Sample{}; s.size = helper(); os.OpenRoot("") }

func helper() int { return 1 }

// Sample is.
type Sample struct { size int }

func (s *Sample) grow() {}
`

func TestNamesOfDocumentsCanBeStale(t *testing.T) {
	files := sample(t, "cascade/gather/run.go", strings.Replace(sampleCode, "\n", "\nimport \"os\"\n", 1))
	n := namesOf(files)
	n.exists = func(name string) bool {
		return slices.Contains([]string{"cascade", "cascade/gather", "cascade/gather/run.go", "cmd/sluice/ask.go"}, name)
	}
	n.literals = map[string]bool{"budget": true}
	n.tests = []string{"TestRun", "BenchmarkRun"}
	good := []string{"gather.Run", "gather.Run()", "gather.helper", "gather.Sample.size", "gather.Sample.grow", "Sample.grow", "Sample",
		"helper()", "os.OpenRoot", "cascade/gather", "cascade/gather/run.go", "cascade/gather.Run", "run.go", "run.go:Run",
		"cascade/gather/run.go:Sample.grow", "sluice ask", "sluice ask --budget 3", "--budget", "--exact", "go test -run TestRun ./cascade/gather",
		"config.toml", "files/", "path:line", "BM25", "balanced", "a plain phrase"}
	bad := []string{"gather.Walk", "gather.walk", "gather.Sample.shrink", "segment.Open", "Sample.shrink", "Sampler", "walk()", "os.OpenRooms",
		"cascade/judge", "cascade/gather/walk.go", "cascade/gather.Walk", "gather/run.go", "walk.go", "run.go:Walk", "walk.go:Run",
		"sluice dance", "sluice ask --bread 3", "--bread", "go test -run TestWalk ./cascade/gather", "go test ./cascade/judge"}
	for _, said := range good {
		if got, _ := staleNames("doc", "Say `"+said+"` here.", n); len(got) > 0 {
			t.Errorf("complains of what is there: %v", got)
		}
	}
	for _, said := range bad {
		if got, _ := staleNames("doc", "Say `"+said+"` here.", n); len(got) == 0 {
			t.Errorf("does not notice that `%s` is not there", said)
		}
	}
	if got, _ := staleNames("doc", "`segment.Run`", n); len(got) != 1 || !strings.Contains(got[0], "there is no package segment (there is gather.Run)") {
		t.Errorf("a package that is gone is not told, or not where its name is now: %v", got)
	}
	if got, _ := staleNames("doc", "```\n`gather.Walk`\n```\n\n`gather.Walk`", n); len(got) != 1 || !strings.HasPrefix(got[0], "doc:5 ") {
		t.Errorf("a block of code is not passed over, or the line is wrong: %v", got)
	}
}

func TestPackagesOutsideThePicture(t *testing.T) {
	got := wrongArrows(sample(t, "a/b/b.go", `package b; import "sluice/a"`), map[string][]string{})
	if len(got) != 1 || !strings.Contains(got[0], "package a/b is not in the picture") || !strings.Contains(got[0], `"a/b": {"a"},`) {
		t.Errorf("says %v", got)
	}
}

func TestDrawingsCanBeWrong(t *testing.T) {
	picture := map[string][]string{"a": {"cascade/b"}, "cascade/b": {}, "c": {"a"}}
	doc := "\n## Who may import whom\n\n    c ─► a ─► b       b ─► c\n    a ─► the rest of it\n\n## Next\n\n    a ─► c\n"
	wrong, seen := drawnWrong(doc, picture)
	if seen != 3 || len(wrong) != 1 || !strings.Contains(wrong[0], "cascade/b ─► c") {
		t.Errorf("seen %d, wrong %v", seen, wrong)
	}
}

func TestNetworkLinkedCanFail(t *testing.T) {
	packages := []linkedPackage{
		{ImportPath: "net/http", Standard: true, Imports: []string{"net"}},
		{ImportPath: "example.org/quiet", Imports: []string{"io", "network"}},
		{ImportPath: "example.org/known", Imports: []string{"net/url"}},
	}
	known := map[string]string{"example.org/known": "why"}
	if got := networkLinked(packages, known); len(got) > 0 {
		t.Errorf("complains of nothing: %v", got)
	}
	packages[1].Imports = []string{"golang.org/x/net/http2"}
	packages[2].Imports = nil
	got := strings.Join(networkLinked(packages, known), "\n")
	if !strings.Contains(got, "links example.org/quiet, which imports golang.org/x/net/http2") || !strings.Contains(got, "example.org/known is in sockets") {
		t.Errorf("says %s", got)
	}
}

// TestPackageStateIsSeen: what only tells must tell.
func TestPackageStateIsSeen(t *testing.T) {
	src := "package a\n\nimport \"sync\"\n\nvar n, m, k int\nvar mu sync.Mutex\nvar t = map[int]int{}\n\n" +
		"func f() {\n\tm := 0\n\tm++\n\tn++\n\tt[1] = k\n\tg(&m)\n}\n"
	got := strings.Join(changedVariables(sample(t, "a/a.go", src)), "\n")
	for _, want := range []string{"changes a.n", "changes a.t", "a.mu is a sync.Mutex"} {
		if !strings.Contains(got, want) {
			t.Errorf("does not tell %q: %s", want, got)
		}
	}
	if strings.Contains(got, "a.m\n") || strings.Contains(got, "a.k") {
		t.Errorf("tells of what does not change: %s", got)
	}
}
