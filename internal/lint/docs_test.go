package lint

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are the texts whose every name is held to the code.
var documents = []string{"README.md", "ARCHITECTURE.md", "doc.go"}

// document is the text of one of them, read for the names in it.
func document(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// declared holds every name that a package declares, and its methods and fields as Type.Name.
func declared(t *testing.T) map[string]map[string]bool {
	names := map[string]map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		pkg := f.syntax.Name.Name
		if names[pkg] == nil {
			names[pkg] = map[string]bool{}
		}
		for _, d := range f.syntax.Decls {
			declare(names[pkg], d)
		}
	}
	return names
}

func declare(names map[string]bool, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names[d.Name.Name] = true
			return
		}
		ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names[id.Name+"."+d.Name.Name] = true
			}
			return true
		})
	case *ast.GenDecl:
		for _, s := range d.Specs {
			declareSpec(names, s)
		}
	}
}

func declareSpec(names map[string]bool, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names[n.Name] = true
		}
	case *ast.TypeSpec:
		names[s.Name.Name] = true
		ast.Inspect(s.Type, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok {
				for _, id := range field.Names {
					names[s.Name.Name+"."+id.Name] = true
				}
			}
			return true
		})
	}
}

var (
	quoted    = regexp.MustCompile("`([^`\n]+)`")
	goName    = regexp.MustCompile(`^([a-z][a-z0-9]*)\.([A-Z]\w*(?:\.[A-Z]\w*)?)$`)
	verbNamed = regexp.MustCompile("(?m)(?:^    |`)sluice ([a-z]+)")
)

// TestDocsNameWhatExists: a file, package, function or verb that the documents name is there.
func TestDocsNameWhatExists(t *testing.T) {
	names := declared(t)
	for _, doc := range documents {
		text := document(t, doc)
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			if g := goName.FindStringSubmatch(m[1]); g != nil && names[g[1]] != nil && !names[g[1]][g[2]] {
				t.Errorf("%s names %s, which package %s does not declare", doc, m[1], g[1])
			}
			if top, _, ok := strings.Cut(m[1], "/"); ok && !strings.ContainsAny(m[1], " *") && exists(top) && !exists(m[1]) {
				t.Errorf("%s names %s, which is not in the repository", doc, m[1])
			}
		}
		for _, m := range verbNamed.FindAllStringSubmatch(text, -1) {
			if !exists("cmd/sluice/" + m[1] + ".go") {
				t.Errorf("%s shows `sluice %s`, which is no verb: one file of cmd/sluice holds one verb", doc, m[1])
			}
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil && name != ""
}
