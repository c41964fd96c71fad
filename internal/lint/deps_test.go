package lint

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrows is the whole picture of who may import whom inside the module. A name stands for the
// package of that folder and for nothing below it. What is not drawn is forbidden, and what is
// drawn must be used.
var arrows = map[string][]string{
	".":                      {},
	"api":                    {},
	"internal/limits":        {},
	"internal/clock":         {},
	"internal/invariants":    {},
	"internal/defence":       {},
	"internal/promise":       {"internal/defence"},
	"internal/promise/prove": {"internal/defence", "internal/promise"},
	"internal/pages":         {},
	"internal/vfs":           {},
	"internal/faultfs":       {"internal/vfs"},
	"internal/term":          {},
	"internal/netx":          {},
	"internal/tokens":        {},
	"internal/lint":          {},
	"internal/sim":           {},
	"internal/mutate":        {},
	"internal/testkit":       {"corpus", "internal/vfs"},

	"corpus":                         {"corpus/secret"},
	"corpus/secret":                  {},
	"corpus/chunk":                   {},
	"corpus/source/unpack":           {"corpus", "corpus/extract", "corpus/extract/formats", "corpus/source"},
	"corpus/source":                  {"corpus", "corpus/extract", "corpus/source/folder/gitignore", "internal/vfs"},
	"corpus/extract":                 {"corpus"},
	"corpus/extract/formats":         {"corpus", "corpus/extract", "corpus/source"},
	"corpus/extract/sandbox":         {"corpus", "corpus/extract", "corpus/extract/formats"},
	"corpus/source/sourcetest":       {"corpus"},
	"corpus/source/packed":           {"corpus", "corpus/source", "internal/vfs"},
	"corpus/source/mail":             {"corpus", "corpus/source", "corpus/source/packed", "corpus/extract", "corpus/extract/formats"},
	"corpus/source/chats":            {"corpus", "corpus/source", "corpus/source/packed"},
	"corpus/source/calendar":         {"corpus", "corpus/source", "corpus/source/packed"},
	"corpus/source/history":          {"corpus", "corpus/source", "corpus/source/packed"},
	"corpus/source/takeout":          {"corpus", "corpus/source", "corpus/source/calendar", "corpus/source/chats", "corpus/source/history", "corpus/source/mail", "corpus/source/packed", "corpus/extract"},
	"corpus/source/folder":           {"corpus/extract/formats", "corpus", "corpus/secret", "corpus/source", "corpus/source/folder/gitignore"},
	"internal/tool":                  {},
	"corpus/source/git":              {"corpus", "corpus/source", "internal/tool"},
	"corpus/source/warc":             {"corpus", "corpus/extract", "corpus/extract/formats", "corpus/source", "corpus/source/packed"},
	"corpus/source/web":              {"corpus", "corpus/source", "corpus/source/warc", "internal/netx", "internal/vfs", "corpus/extract"},
	"corpus/source/photos":           {"corpus", "corpus/extract", "corpus/source", "corpus/source/folder", "internal/tool"},
	"corpus/source/folder/gitignore": {},

	"quant/kernel": {},
	"quant":        {},
	"model":        {"internal/vfs", "quant", "quant/kernel"},
	"model/shelf":  {"internal/vfs", "model"},
	"model/light":  {"model"},

	"model/light/make": {"internal/vfs", "model", "model/light"},
	"model/hub":        {"internal/netx", "internal/vfs"},
	"model/remote":     {"internal/netx"},

	"index/blockfile": {"internal/vfs"},
	"index/arm":       {"index/blockfile"},
	"index/text":      {"corpus", "index/blockfile"},
	"index/parity":    {"index/blockfile"},
	"index/lexical":   {"index/arm", "index/blockfile", "quant/kernel"},
	"index/vector":    {"index/arm", "index/blockfile", "quant", "quant/kernel"},
	"index":           {"corpus", "index/arm", "index/blockfile", "index/lexical", "index/parity", "index/text", "index/vector", "internal/vfs"},
	"ingest":          {"corpus", "corpus/chunk", "corpus/secret", "index", "index/arm", "index/blockfile", "index/parity", "index/text", "index/vector", "internal/vfs"},

	"cascade/flow":   {"index"},
	"cascade/gather": {"cascade/flow", "index"},
	"cascade/judge":  {"cascade/flow", "index"},
	"cascade/pack":   {"cascade/flow", "index", "internal/tokens"},
	"cascade":        {"cascade/flow", "cascade/gather", "cascade/judge", "cascade/pack", "index"},

	"answer":          {"api", "cascade/flow", "index"},
	"answer/check":    {"answer", "api", "index"},
	"answer/talk":     {"index"},
	"answer/weigh":    {},
	"answer/upstream": {"api", "internal/netx"},
	"serve": {"answer", "answer/check", "answer/talk", "answer/upstream", "answer/weigh", "api", "cascade", "cascade/flow", "corpus", "corpus/secret", "health", "index",
		"ingest", "internal/tokens", "internal/vfs", "learn/feedback"},
	"learn/feedback": {"internal/vfs"},
	"serve/args":     {"internal/term"},
	"serve/mcp":      {"api", "internal/term", "serve", "serve/args"},
	"serve/httpapi":  {"api", "internal/tokens", "serve", "serve/args"},
	"serve/web":      {},

	"health":        {"health/canary", "internal/pages", "internal/vfs"},
	"health/canary": {},

	"eval/citations":  {"answer", "answer/check"},
	"eval/fusion":     {},
	"eval/facts":      {"corpus", "corpus/chunk", "corpus/extract", "corpus/extract/formats", "corpus/source", "corpus/source/photos", "corpus/source/warc", "corpus/source/calendar", "corpus/source/chats", "corpus/source/history", "corpus/source/mail", "corpus/source/packed", "corpus/source/takeout"},
	"eval":            {"cascade", "cascade/flow", "corpus", "eval/fusion", "index", "ingest", "internal/vfs"},
	"eval/agent":      {"internal/tokens"},
	"eval/background": {"index"}, // counts words with the analyser that the table is for
	"eval/plot":       {},
	"eval/roofline":   {"cascade/flow", "eval/plot", "quant/kernel"},
	"eval/forward":    {"eval/roofline", "model"},
	"eval/lowbits":    {"eval/fusion", "eval/plot", "quant", "quant/kernel"},
	"eval/fit":        {"cascade/flow", "cascade/judge", "eval"},

	"cmd/sluice": {"eval/facts", "answer/upstream", "corpus/source/unpack", "api", "corpus", "corpus/extract/sandbox",
		"corpus/source", "corpus/source/folder", "corpus/source/mail", "corpus/source/chats", "corpus/source/calendar", "corpus/source/history", "corpus/source/takeout",
		"eval", "eval/forward", "eval/lowbits", "eval/plot", "eval/roofline", "health", "index",
		"ingest", "internal/netx", "internal/term", "internal/vfs", "model", "model/hub", "model/light", "model/remote", "model/shelf", "serve", "serve/httpapi", "serve/mcp", "serve/web", "corpus/source/git", "learn/feedback", "corpus/source/warc", "corpus/source/web", "corpus/source/photos"},
}

// everyone may be imported by every package and imports nothing of ours.
var everyone = []string{"internal/limits", "internal/clock", "internal/invariants", "internal/defence"}

// because gives the reason for the arrows that people miss most.
var because = map[string]string{
	"corpus":         "documents know nothing of how they are stored: a connector must be testable without a store",
	"index":          "the store serves ingest and the cascade and knows neither, or a second arm could not join",
	"index/arm":      "the seam knows the envelope of a file and no arm, or an arm would touch more than its own package",
	"index/lexical":  "an arm knows the seam, its file and its kernels, not the store around it",
	"index/text":     "the text file knows its envelope, not the store around it",
	"ingest":         "ingest turns a source into segments; it asks no questions and knows no arm by name",
	"cascade":        "the cascade answers a question; who asks (serve) and what is learnt from it (learn) come after",
	"cascade/flow":   "what passes between stages must not depend on a stage, or stages could not be replaced",
	"cascade/gather": "stages exchange flow types and read the snapshot; they never call each other",
	"cascade/judge":  "stages exchange flow types and read the snapshot; they never call each other",
	"cascade/pack":   "stages exchange flow types and read the snapshot; they never call each other",
	"api":            "anybody's program may import the contract, so it depends on the standard library only",
	"quant/kernel":   "the kernels stand on their own: the standard library and golang.org/x/sys only",
	"quant":          "the codes stand on their own: the standard library, golang.org/x/sys and their kernels",
	"health":         "what watches the machine must not depend on what it watches over: a store that is damaged still has a health",
	"serve":          "serve makes the cascade's value and names what it is made of; it runs no stage by itself",
	"eval":           "eval measures the path that users take: it asks the cascade, never a stage",
	"eval/plot":      "a plot is drawn from numbers: what was measured, and how, stays with those who measured",
}

const pictureFile = "internal/lint/deps_test.go and ARCHITECTURE.md (Who may import whom)"

func TestImportArrows(t *testing.T) { complain(t, wrongArrows(goFiles(t), arrows)) }

// wrongArrows compares the picture with the imports, package by package: what is imported and not
// drawn, what is drawn and not imported, and packages that only one of the two knows.
func wrongArrows(files []*goFile, picture map[string][]string) (complaints []string) {
	used := map[string]map[string]string{} // package -> what it imports of ours -> in which file
	for _, f := range code(files) {
		if used[f.pkg] == nil {
			used[f.pkg] = map[string]string{}
		}
		for _, path := range f.imports() {
			if ours, ok := strings.CutPrefix(path, "sluice/"); ok {
				used[f.pkg][ours] = f.path
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(used)) {
		drawn, ok := picture[pkg]
		if !ok {
			complaints = append(complaints, fmt.Sprintf("package %s is not in the picture: draw it in %s%s", pkg, pictureFile, asUsed(pkg, used[pkg])))
			continue
		}
		if wrong := arrowsOf(pkg, drawn, used[pkg]); len(wrong) > 0 {
			complaints = append(complaints, strings.Join(wrong, "\n\t")+asUsed(pkg, used[pkg]))
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(picture)) {
		if used[pkg] == nil {
			complaints = append(complaints, fmt.Sprintf("the picture names package %s, which does not exist: take it out of %s", pkg, pictureFile))
		}
	}
	return complaints
}

// arrowsOf compares the arrows of one package with its imports.
func arrowsOf(pkg string, drawn []string, used map[string]string) (wrong []string) {
	for _, to := range slices.Sorted(maps.Keys(used)) {
		if !slices.Contains(drawn, to) && !slices.Contains(everyone, to) {
			wrong = append(wrong, fmt.Sprintf("%s imports %s, which is no arrow of the picture. %s", used[to], to, reason(pkg)))
		}
	}
	for _, to := range drawn {
		if _, ok := used[to]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s has an arrow to %s, which nothing in it imports: take it out of %s", pkg, to, pictureFile))
		}
	}
	return wrong
}

// asUsed writes the line that the picture would need for a package as it is now.
func asUsed(pkg string, used map[string]string) string {
	var to []string
	for _, p := range slices.Sorted(maps.Keys(used)) {
		if !slices.Contains(everyone, p) {
			to = append(to, fmt.Sprintf("%q", p))
		}
	}
	return fmt.Sprintf("\n\tIf the imports are right and the picture is wrong, its line is\n\t\t%q: {%s},", pkg, strings.Join(to, ", "))
}

func reason(pkg string) string {
	for p := pkg; ; {
		if r := because[p]; r != "" {
			return "Why not: " + r + "."
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return "Move the code to where the arrow exists, or change the picture as a whole and say why in ARCHITECTURE.md."
		}
		p = p[:i]
	}
}

// TestArchitectureDrawsTheSamePicture: an arrow of the map that people read is one that the code
// has.
func TestArchitectureDrawsTheSamePicture(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	wrong, seen := drawnWrong(string(b), arrows)
	complain(t, wrong)
	if seen < 10 {
		t.Errorf("only %d arrows found under \"Who may import whom\" of ARCHITECTURE.md: the lint no longer reads how they are drawn", seen)
	}
}

var (
	columns   = regexp.MustCompile(` {3,}`)
	arrowhead = regexp.MustCompile(`[─-]+[►>]`)
)

// drawnWrong checks the arrows "a, b ─► c, d" of the indented lines under "Who may import whom". A
// word that names no package, and a line that goes on from the one above it, are prose to it.
func drawnWrong(doc string, picture map[string][]string) (complaints []string, seen int) {
	_, doc, _ = strings.Cut(doc, "\n## Who may import whom")
	doc, _, _ = strings.Cut(doc, "\n## ")
	for line := range strings.Lines(doc) {
		if !strings.HasPrefix(line, "    ") {
			continue
		}
		for _, chain := range columns.Split(strings.TrimSpace(line), -1) {
			steps := arrowhead.Split(chain, -1)
			for i := range len(steps) - 1 {
				for _, from := range packagesIn(steps[i], picture) {
					for _, to := range packagesIn(steps[i+1], picture) {
						seen++
						if !slices.Contains(picture[from], to) && !slices.Contains(everyone, to) {
							complaints = append(complaints, fmt.Sprintf("ARCHITECTURE.md draws %s ─► %s, which internal/lint/deps_test.go does not have: correct the drawing", from, to))
						}
					}
				}
			}
		}
	}
	return complaints, seen
}

// packagesIn finds the packages of a list such as "gather, judge, cascade/pack".
func packagesIn(list string, picture map[string][]string) (packages []string) {
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,(){}│└┘;", r) }) {
		for pkg := range picture {
			if pkg == word || strings.HasPrefix(pkg, "cascade/") && pkg == "cascade/"+word {
				packages = append(packages, pkg)
			}
		}
	}
	return packages
}
