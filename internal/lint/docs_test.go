package lint

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the texts whose every name is held to the code: what stands between backticks and
// looks like code of ours must be there. CHANGELOG is not among them: it tells of what was.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "doc.go", "docs/*.md", "docs/*/*.md"} {
		names, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(root, name)
			texts[filepath.ToSlash(rel)] = string(b)
		}
	}
	for _, name := range []string{"README.md", "ARCHITECTURE.md", "doc.go"} {
		if texts[name] == "" {
			t.Fatalf("%s is not where the lint looks for it", name)
		}
	}
	return texts
}

// notOurs are words of the documents that look like names of code and are something else.
var notOurs = []string{"MiniLM", "BM25"}

// planned are flags that documents name as not there yet.
var planned = []string{"--exact", "--regex", "--watch"}

// quoted matches what stands between backticks; it may go on over the end of a line.
var quoted = regexp.MustCompile("`([^`\n]+(?:\n[^`\n]+)?)`")

// fence matches a block of code, whose backticks are not pairs of a line.
var fence = regexp.MustCompile("(?ms)^(```|~~~).*?^(```|~~~)[ \t]*$")

// TestDocsNameWhatExists: a file, package, function, field, flag or verb that the documents name is
// there.
func TestDocsNameWhatExists(t *testing.T) {
	names := namesOf(goFiles(t))
	seen := 0
	for doc, text := range documents(t) {
		wrong, n := staleNames(doc, text, names)
		seen += n
		complain(t, wrong)
	}
	if seen < 60 {
		t.Errorf("only %d names of code found in the documents: the lint no longer sees them", seen)
	}
	for _, flag := range planned {
		if names.literals[strings.TrimLeft(flag, "-")] {
			t.Errorf("%s is there now: take it out of planned in internal/lint/docs_test.go, and read again what the documents say of it", flag)
		}
	}
}

// staleNames checks one document, and counts the names that it could check.
func staleNames(doc, text string, names *names) (complaints []string, seen int) {
	text = fence.ReplaceAllStringFunc(text, func(block string) string { return strings.Repeat("\n", strings.Count(block, "\n")) })
	for _, at := range quoted.FindAllStringSubmatchIndex(text, -1) {
		said := strings.Join(strings.Fields(text[at[2]:at[3]]), " ")
		isName, problem := names.check(said)
		if isName {
			seen++
		}
		if problem != "" {
			complaints = append(complaints, fmt.Sprintf("%s:%d names `%s`: %s. Name what is there now; what is no code goes into notOurs of internal/lint/docs_test.go",
				doc, 1+strings.Count(text[:at[0]], "\n"), said, problem))
		}
	}
	for _, at := range verbNamed.FindAllStringSubmatchIndex(text, -1) {
		if verb := text[at[2]:at[3]]; !names.exists("cmd/sluice/" + verb + ".go") {
			complaints = append(complaints, fmt.Sprintf("%s:%d shows `sluice %s`, which is no verb: one file of cmd/sluice holds one verb",
				doc, 1+strings.Count(text[:at[0]], "\n"), verb))
		}
	}
	return complaints, seen
}

var (
	verbNamed = regexp.MustCompile("(?m)(?:^    |`)sluice ([a-z]+)")
	inFile    = regexp.MustCompile(`^([\w./-]+\.go):([A-Za-z_][\w.]*)$`)
	goFileFor = regexp.MustCompile(`^[\w-]+\.go$`)
	pathLike  = regexp.MustCompile(`^\.?[\w.*…-]+(/[\w.*…-]+)*/?$`)
	qualified = regexp.MustCompile(`^(?:[\w-]+/)*([a-z][a-z0-9]*)\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)$`)
	method    = regexp.MustCompile(`^[A-Za-z]\w*\.[A-Za-z_]\w*$`)
	goIdent   = regexp.MustCompile(`^([A-Z]\w*[a-z]\w*|[a-z][a-z0-9]*[A-Z]\w*)$`)
	bareName  = regexp.MustCompile(`^[A-Za-z_]\w*$`)
	flagLike  = regexp.MustCompile(`^--[a-z][a-z-]+`)
	dataFile  = regexp.MustCompile(`\.(md|json|jsonl|toml|tsv|csv|npy|svg|txt|dll|exe|zip|yml|mod|sum|py|sh|s|c|h)$`)
)

// check tells whether something that a document says is a name of ours, and what is wrong with it.
func (n *names) check(said string) (isName bool, problem string) {
	words := strings.Fields(said)
	if slices.Contains(notOurs, said) || len(words) == 0 {
		return false, ""
	}
	if words[0] == "go" {
		return true, n.command(words)
	}
	if words[0] == "sluice" || strings.HasPrefix(said, "--") {
		return true, n.flags(words)
	}
	word := words[0]
	call, _, isCall := strings.Cut(word, "(")
	word = strings.TrimSuffix(call, ":")
	switch {
	case inFile.MatchString(word):
		m := inFile.FindStringSubmatch(word)
		return true, n.inFile(m[1], m[2])
	case strings.Contains(word, "/") && pathLike.MatchString(word) && n.ours(word):
		return true, n.path(word)
	case goFileFor.MatchString(word):
		return true, unless(n.files[word], "no file of the repository has this name")
	case dataFile.MatchString(word):
		return false, ""
	case qualified.MatchString(word):
		m := qualified.FindStringSubmatch(word)
		return true, n.declaredIn(m[1], m[2])
	case method.MatchString(word) || goIdent.MatchString(word) || isCall && bareName.MatchString(word):
		return true, unless(n.known(word), "nothing of this name is declared or used in the code")
	}
	return false, ""
}

func unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}

// ours tells whether a path begins with a folder or a package of the repository.
func (n *names) ours(word string) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(word, "./"), "/")
	return n.exists(top) || n.declared[top] != nil
}

// path checks a file, a folder, a pattern of them, or a name with the whole path of its package.
func (n *names) path(word string) string {
	word = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(word, "./"), "/..."), "/")
	if n.exists(word) {
		return ""
	}
	if m := qualified.FindStringSubmatch(word); m != nil && n.folders[strings.TrimSuffix(word, "."+m[2])] {
		return n.declaredIn(m[1], m[2])
	}
	return "it is not in the repository" + n.elsewhere(path.Base(word))
}

func (n *names) inFile(file, name string) string {
	found := false
	for path, declared := range n.byFile {
		if path == file || strings.HasSuffix(path, "/"+file) {
			found = true
			if declared[name] {
				return ""
			}
		}
	}
	if !found {
		return file + " is not in the repository" + n.elsewhere(path.Base(file))
	}
	return fmt.Sprintf("%s does not declare %s%s", file, name, n.whereIs(name))
}

// declaredIn checks package.Name and package.Type.Method, also where they are not exported.
func (n *names) declaredIn(pkg, name string) string {
	if n.declared[pkg][name] || n.foreign[pkg+"."+name] {
		return ""
	}
	if typ, rest, ok := strings.Cut(name, "."); ok && n.foreign[pkg+"."+typ] && rest != "" {
		return ""
	}
	if n.declared[pkg] == nil {
		return fmt.Sprintf("there is no package %s%s", pkg, n.whereIs(name))
	}
	return fmt.Sprintf("package %s does not declare %s%s", pkg, name, n.whereIs(name))
}

// command checks a go command: its packages and the tests that it names.
func (n *names) command(words []string) string {
	for i, w := range words {
		switch {
		case strings.HasPrefix(w, "./") && w != "./...":
			if p := n.path(w); p != "" {
				return w + ": " + p
			}
		case (w == "-run" || w == "-bench" || w == "-fuzz") && i+1 < len(words):
			re, err := regexp.Compile(strings.Trim(words[i+1], `'"`))
			if err != nil || !slices.ContainsFunc(n.tests, re.MatchString) {
				return fmt.Sprintf("no test or benchmark matches %s", words[i+1])
			}
		}
	}
	return ""
}

// flags checks the long flags of a command line of ours.
func (n *names) flags(words []string) string {
	for _, w := range words {
		flag := flagLike.FindString(w)
		name := strings.TrimLeft(flag, "-")
		if flag != "" && name != "help" && name != "version" && !slices.Contains(planned, flag) && !n.literals[name] {
			return "no command defines the flag " + flag
		}
	}
	return ""
}

func TestFencesOfDocumentsAreClosed(t *testing.T) {
	for doc, text := range documents(t) {
		if strings.Count("\n"+text, "\n```")%2 != 0 || strings.Count("\n"+text, "\n~~~")%2 != 0 {
			t.Errorf("%s: a block that ``` or ~~~ opens is not closed: what follows it is read as code", doc)
		}
	}
}
