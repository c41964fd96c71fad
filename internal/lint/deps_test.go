package lint

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is the whole picture of who may import whom inside the module. A name stands for the package of
// that folder and for nothing below it, unless it ends in "/...". What is not drawn is forbidden.
var arrows = map[string][]string{
	".":                   {},
	"api":                 {},
	"internal/limits":     {},
	"internal/clock":      {},
	"internal/invariants": {},
	"internal/vfs":        {},
	"internal/faultfs":    {"internal/vfs"},
	"internal/term":       {},
	"internal/tokens":     {},
	"internal/lint":       {},
	"internal/mutate":     {},
	"internal/testkit":    {"index", "corpus", "internal/vfs"},

	"corpus":                         {},
	"corpus/chunk":                   {"corpus"},
	"corpus/source":                  {"corpus"},
	"corpus/source/...":              {"corpus", "corpus/source"},
	"corpus/source/folder":           {"corpus", "corpus/source", "corpus/source/folder/gitignore"},
	"corpus/source/folder/gitignore": {},

	"quant/kernel": {},
	"quant":        {"quant/kernel"},

	"index/segment": {"internal/vfs"},
	"index/text":    {"index/segment", "internal/vfs"},
	"index/lexical": {"index/segment", "internal/vfs", "quant/kernel"},
	"index":         {"corpus", "corpus/chunk", "index/segment", "index/text", "index/lexical", "internal/vfs"},

	"cascade/flow":   {},
	"cascade/gather": {"cascade/flow", "index"},
	"cascade/judge":  {"cascade/flow", "index"},
	"cascade/pack":   {"cascade/flow", "index", "internal/tokens"},
	"cascade":        {"cascade/flow", "cascade/gather", "cascade/judge", "cascade/pack", "index"},

	"answer":    {"cascade", "cascade/flow", "api", "index"},
	"serve":     {"answer", "cascade", "cascade/flow", "api", "index", "corpus", "internal/vfs", "internal/tokens"},
	"serve/mcp": {"serve", "api"},

	"eval":          {"cascade", "cascade/flow", "cascade/gather", "index", "api", "corpus", "internal/vfs"},
	"eval/plot":     {},
	"eval/roofline": {"quant/kernel", "cascade/flow", "eval/plot"},
	"eval/lowbits":  {"quant", "quant/kernel", "cascade/flow", "eval", "eval/plot"},
	"eval/fit":      {"eval", "cascade", "cascade/flow", "cascade/judge"},

	"cmd/sluice": {"serve", "serve/mcp", "eval", "eval/roofline", "eval/lowbits", "api", "corpus", "corpus/source/folder",
		"index", "internal/vfs", "internal/term"},
}

// everyone may be imported by every package and imports nothing of ours.
var everyone = []string{"internal/limits", "internal/clock", "internal/invariants"}

// because gives the reason for the arrows that people miss most.
var because = map[string]string{
	"corpus":         "documents know nothing of how they are stored: a connector must be testable without a store",
	"index":          "the store serves the cascade and must not know it, or a second arm could not join",
	"cascade":        "the cascade answers a question; who asks (serve) and what is learnt from it (learn) come after",
	"cascade/flow":   "what passes between stages must not depend on a stage, or stages could not be replaced",
	"cascade/gather": "stages exchange flow types and read the snapshot; they never call each other",
	"cascade/judge":  "stages exchange flow types and read the snapshot; they never call each other",
	"cascade/pack":   "stages exchange flow types and read the snapshot; they never call each other",
	"api":            "anybody's program may import the contract, so it depends on the standard library only",
	"quant/kernel":   "the kernels stand on their own: the standard library and golang.org/x/sys only",
	"quant":          "the codes stand on their own: the standard library, golang.org/x/sys and their kernels",
	"eval/plot":      "a plot is drawn from numbers: what was measured, and how, stays with those who measured",
	"index/lexical":  "an arm knows its file and its kernels, not the store around it",
	"eval":           "eval measures the path that users take: it asks the cascade, and one arm alone where the arm is the subject",
}

func TestImportArrows(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		allowed, ok := allowedFor(f.pkg)
		if !ok {
			t.Errorf("%s: package %s is not in the picture: draw its arrows in internal/lint/deps_test.go and in ARCHITECTURE.md", f.path, f.pkg)
			continue
		}
		for _, imp := range f.syntax.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			ours, isOurs := strings.CutPrefix(path, "sluice/")
			if !isOurs || slices.Contains(everyone, ours) || slices.Contains(allowed, ours) {
				continue
			}
			t.Errorf("%s imports %s, which is no arrow of the picture.\n\t%s", f.path, ours, reason(f.pkg))
		}
	}
}

func allowedFor(pkg string) ([]string, bool) {
	if a, ok := arrows[pkg]; ok {
		return a, true
	}
	for dir := pkg; strings.Contains(dir, "/"); {
		dir = dir[:strings.LastIndexByte(dir, '/')]
		if a, ok := arrows[dir+"/..."]; ok {
			return a, true
		}
	}
	return nil, false
}

func reason(pkg string) string {
	for p := pkg; p != "" && p != "."; {
		if r := because[p]; r != "" {
			return "Why not: " + r + "."
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			break
		}
		p = p[:i]
	}
	return "Move the code to where the arrow exists, or change the picture as a whole and say why in ARCHITECTURE.md."
}

// fence is an import from outside that only some packages may have.
type fence struct {
	path    string // import path; "/..." at the end: and everything below
	holders []string
	why     string
}

var fences = []fence{
	{"os", []string{"internal/vfs", "internal/term", "corpus/source/...", "cmd/sluice", "eval/roofline", "eval/lowbits", "eval", "eval/fit", "quant/kernel", "internal/mutate"},
		"files are opened by internal/vfs and the connectors only, so that faults can be injected and nothing outside a source is read"},
	{"net", nil, "sockets are opened by internal/netx only: nothing leaves the machine unasked"},
	{"net/http", nil, "sockets are opened by internal/netx only: nothing leaves the machine unasked"},
	{"os/exec", []string{"corpus/extract", "internal/mutate"}, "no other program is started: one static binary"},
	{"github.com/spf13/cobra", []string{"cmd/sluice"}, "flags belong to the command; packages take options"},
	{"flag", []string{"eval/fit", "internal/mutate"}, "flags belong to the command; packages take options"},
	{"C", nil, "CGO_ENABLED=0 everywhere"},
	{"plugin", nil, "one static binary"},
	{"github.com/tiktoken-go/tokenizer", nil, "its tables cost ten seconds of every first build; it is the yardstick of internal/tokens' tests only"},
}

func TestFences(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, imp := range f.syntax.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			for _, fe := range fences {
				if path == fe.path && !held(fe.holders, f.pkg) {
					t.Errorf("%s imports %s: %s", f.path, path, fe.why)
				}
			}
		}
	}
}

// TestEveryArrowIsUsed keeps the picture from promising packages that are gone.
func TestEveryArrowIsUsed(t *testing.T) {
	packages := map[string]bool{}
	for _, f := range goFiles(t) {
		packages[f.pkg] = true
	}
	for pkg, to := range arrows {
		for _, p := range append(to[:len(to):len(to)], strings.TrimSuffix(pkg, "/...")) {
			if !packages[p] {
				t.Errorf("the picture names package %s, which does not exist: take it out of internal/lint/deps_test.go and ARCHITECTURE.md", p)
			}
		}
	}
}

func held(holders []string, pkg string) bool {
	for _, h := range holders {
		if dir, deep := strings.CutSuffix(h, "/..."); h == pkg || deep && (pkg == dir || strings.HasPrefix(pkg, dir+"/")) {
			return true
		}
	}
	return false
}

// TestStandAlone keeps the codes and kernels free of everything but the standard library and x/sys.
func TestStandAlone(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.pkg != "quant" && f.pkg != "quant/kernel" && f.pkg != "internal/limits" && f.pkg != "internal/clock" {
			continue
		}
		for _, imp := range f.syntax.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") && !strings.HasPrefix(path, "golang.org/x/sys") {
				t.Errorf("%s imports %s: quant, limits and clock use the standard library and golang.org/x/sys only", f.path, path)
			}
		}
	}
}
