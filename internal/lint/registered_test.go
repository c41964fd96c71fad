package lint

import (
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What extends the program stands in a list that the program reads. A part that is written and not
// listed would be dead without a word, so each of these tests reads the code on both sides.

// TestEveryArmIsListed: a package with an arm.Arm stands in index.Arms.
func TestEveryArmIsListed(t *testing.T) {
	files := goFiles(t)
	listed := selectors(functionOf(t, files, "index", "Arms"))
	n := 0
	for _, f := range files {
		if !f.test && hasMethod(f, "Facts") {
			n++
			if pkg := f.syntax.Name.Name; !listed[pkg+".Arm"] {
				t.Errorf("%s is an arm that no store has: add %s.Arm{} to Arms in index/store.go", f.pkg, pkg)
			}
		}
	}
	if n == 0 {
		t.Fatal("vacuous: no arm was found")
	}
}

// TestEveryConnectorIsListed: a package below corpus/source that names its kind is one that the
// command opens.
func TestEveryConnectorIsListed(t *testing.T) {
	files := goFiles(t)
	used := map[string]bool{}
	for _, f := range files {
		if f.pkg == "cmd/sluice" && !f.test {
			for name := range selectors(f.syntax) {
				used[name] = true
			}
		}
	}
	n := 0
	for _, f := range files {
		if f.test || !strings.HasPrefix(f.pkg, "corpus/source/") || !declares(f, "Kind") {
			continue
		}
		n++
		if base := path.Base(f.pkg); !used[base+".Kind"] && !used[base+".Connector"] {
			t.Errorf("%s is a connector that no source can have: add %s.Connector() to kinds in cmd/sluice/connectors.go", f.pkg, base)
		}
	}
	if n == 0 {
		t.Fatal("vacuous: no connector was found")
	}
}

// TestTheShownConnectorCompiles: what CONTRIBUTING shows of a connector is code that a test runs.
func TestTheShownConnectorCompiles(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(filepath.Join(root, "corpus/source/diary_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Add a connector")
	section, _, _ = strings.Cut(section, "\n## ")
	shown := 0
	for line := range strings.Lines(section) {
		if line, ok := strings.CutPrefix(line, "       "); ok {
			shown++
			if !strings.Contains(string(code), line) {
				t.Errorf("CONTRIBUTING.md shows a line of a connector that corpus/source/diary_test.go does not have: %s", line)
			}
		}
	}
	if shown < 3 {
		t.Fatalf("vacuous: CONTRIBUTING.md shows %d lines", shown)
	}
}

// TestEveryVerbIsListed: a verb of the command is one that can be called.
func TestEveryVerbIsListed(t *testing.T) {
	verbs, added := map[string]string{}, map[string]bool{}
	for _, f := range goFiles(t) {
		if f.pkg != "cmd/sluice" || f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && strings.HasSuffix(n.Name.Name, "Verb") {
					verbs[n.Name.Name] = f.path
				}
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "AddCommand" {
					for name := range selectors(n) {
						added[strings.TrimPrefix(name, "a.")] = true
					}
				}
			}
			return true
		})
	}
	for verb, file := range verbs {
		if !added[verb] {
			t.Errorf("%s has %s, which no AddCommand names: add it in cmd/sluice/app.go", file, verb)
		}
	}
	if len(verbs) < 10 {
		t.Fatalf("vacuous: %d verbs were found", len(verbs))
	}
}

// TestEveryLanguageIsDetected: a row of a scanner's table is a language that Detect names and that
// a golden file shows.
func TestEveryLanguageIsDetected(t *testing.T) {
	rows, detected := map[string]string{}, map[string]bool{}
	for _, f := range goFiles(t) {
		if f.pkg != "corpus/chunk" || f.test {
			continue
		}
		for _, table := range []string{"braceLangs", "indentLangs", "markups"} {
			for _, lang := range keysOf(f, table) {
				rows[lang] = table
			}
		}
		for _, lang := range keysOf(f, "extensions") {
			detected[lang] = true
		}
	}
	for lang, table := range rows {
		if !detected[lang] {
			t.Errorf("%s has a row for %q, which no file name means: add its endings to extensions in corpus/chunk/detect.go", table, lang)
		}
		if !inTree("corpus/chunk/testdata/" + lang) {
			t.Errorf("%s has a row for %q, of which no golden file shows a cut: add one to corpus/chunk/testdata/%s", table, lang, lang)
		}
	}
	if len(rows) < 10 {
		t.Fatalf("vacuous: %d languages were found", len(rows))
	}
}

// selectors lists what a piece of code takes from elsewhere, as pkg.Name.
func selectors(n ast.Node) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				found[x.Name+"."+sel.Sel.Name] = true
			}
		}
		return true
	})
	return found
}

func functionOf(t *testing.T, files []*goFile, pkg, name string) *ast.FuncDecl {
	t.Helper()
	for _, f := range files {
		if f.pkg != pkg || f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return fn
			}
		}
	}
	t.Fatalf("package %s has no function %s", pkg, name)
	return nil
}

// hasMethod tells whether a file has a method that returns arm.Facts.
func hasMethod(f *goFile, name string) bool {
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == name && selectors(fn.Type)["arm.Facts"] {
			return true
		}
	}
	return false
}

// declares tells whether a file has a constant of that name.
func declares(f *goFile, name string) bool {
	for _, d := range f.syntax.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, s := range g.Specs {
				if s.(*ast.ValueSpec).Names[0].Name == name {
					return true
				}
			}
		}
	}
	return false
}

// keysOf lists the keys of a map that a file declares as a variable.
func keysOf(f *goFile, variable string) (keys []string) {
	for _, d := range f.syntax.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			if v := s.(*ast.ValueSpec); v.Names[0].Name == variable {
				keys = append(keys, mapKeys(v.Values[0])...)
			}
		}
	}
	return keys
}

// mapKeys lists the keys of the outermost map literal.
func mapKeys(n ast.Node) (keys []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if b, ok := kv.Key.(*ast.BasicLit); ok {
					if key, err := strconv.Unquote(b.Value); err == nil {
						keys = append(keys, key)
					}
				}
			}
		}
		return false
	})
	return keys
}

func inTree(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}
