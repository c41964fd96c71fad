package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Ceilings of the house. Generated files and tables are exempt.
const (
	functionLinesMax  = 70
	functionMedianMax = 12
	fileLinesMax      = 800
)

func TestFunctionsAreShort(t *testing.T) { complain(t, longFunctions(goFiles(t))) }

func longFunctions(files []*goFile) (complaints []string) {
	var all []int
	for _, f := range files {
		if f.generated() {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if n > functionLinesMax {
				complaints = append(complaints, fmt.Sprintf("%s: %s has %d lines; the ceiling is %d: split it where its comment would say \"and then\"", f.path, fn.Name.Name, n, functionLinesMax))
			}
			if !f.test {
				all = append(all, n)
			}
		}
	}
	slices.Sort(all)
	if m := all[len(all)/2]; m > functionMedianMax {
		complaints = append(complaints, fmt.Sprintf("the median function has %d lines; the house has at most %d: split the longest of what you added", m, functionMedianMax))
	}
	return complaints
}

func TestFilesAreShort(t *testing.T) { complain(t, longFiles(goFiles(t))) }

func longFiles(files []*goFile) (complaints []string) {
	for _, f := range files {
		if f.lines > fileLinesMax && !f.generated() {
			complaints = append(complaints, fmt.Sprintf("%s has %d lines; the ceiling is %d: one idea a file", f.path, f.lines, fileLinesMax))
		}
	}
	return complaints
}

func TestOnePackageDocEach(t *testing.T) { complain(t, wrongPackageDocs(goFiles(t))) }

func wrongPackageDocs(files []*goFile) (complaints []string) {
	docs := map[string][]string{}
	packages := map[string]string{}
	for _, f := range code(files) {
		packages[f.pkg] = f.syntax.Name.Name
		if f.syntax.Doc != nil {
			docs[f.pkg] = append(docs[f.pkg], f.path)
			want := "Package " + f.syntax.Name.Name + " "
			if f.syntax.Name.Name == "main" {
				want = "Command "
			}
			if f.pkg != "." && !strings.HasPrefix(f.syntax.Doc.Text(), want) && !strings.HasPrefix(f.syntax.Doc.Text(), "Sluice ") {
				complaints = append(complaints, fmt.Sprintf("%s: the package doc starts with %q; begin it with %q", f.path, firstLine(f.syntax.Doc.Text()), want))
			}
		}
	}
	for pkg := range packages {
		if n := len(docs[pkg]); n != 1 {
			complaints = append(complaints, fmt.Sprintf("package %s has %d package docs %v; it needs exactly one", pkg, n, docs[pkg]))
		}
	}
	return complaints
}

func firstLine(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }

// TestExportedNamesAreDocumented holds the public face of every package to a comment each.
func TestExportedNamesAreDocumented(t *testing.T) { complain(t, undocumentedNames(goFiles(t))) }

func undocumentedNames(files []*goFile) (complaints []string) {
	for _, f := range code(files) {
		if f.generated() || f.syntax.Name.Name == "main" {
			continue
		}
		for _, d := range f.syntax.Decls {
			for _, name := range undocumented(d) {
				complaints = append(complaints, fmt.Sprintf("%s: %s has no comment: say what a caller must know", f.path, name))
			}
		}
	}
	return complaints
}

// undocumented lists the exported names of a declaration that no comment stands at.
func undocumented(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			names = append(names, undocumentedSpec(d, s)...)
		}
	}
	return names
}

// undocumentedSpec does so for a type, or for constants and variables, which may share their
// group's comment.
func undocumentedSpec(d *ast.GenDecl, s ast.Spec) (names []string) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
			names = append(names, s.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	typ := fn.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// TestNobodyExits: only the command ends the process.
func TestNobodyExits(t *testing.T) { complain(t, exits(goFiles(t))) }

func exits(files []*goFile) (complaints []string) {
	for _, f := range code(files) {
		if f.syntax.Name.Name == "main" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "os" && sel.Sel.Name == "Exit" || x.Name == "log" && strings.HasPrefix(sel.Sel.Name, "Fatal")) {
				complaints = append(complaints, fmt.Sprintf("%s:%d: %s.%s outside a command: return an error", f.path, f.line(sel), x.Name, sel.Sel.Name))
			}
			return true
		})
	}
	return complaints
}

var numbers = regexp.MustCompile(`\b(30[_,. ]?000|117)\b`)

// TestTheTwoNumbers: 30,000 and 117 are written in cascade/flow and nowhere else in code.
func TestTheTwoNumbers(t *testing.T) { complain(t, numbersWritten(goFiles(t))) }

func numbersWritten(files []*goFile) (complaints []string) {
	for _, f := range code(files) {
		if f.generated() || f.pkg == "cascade/flow" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && numbers.MatchString(lit.Value) && !strings.ContainsAny(lit.Value, `"`+"`") {
				complaints = append(complaints, fmt.Sprintf("%s:%d: the number %s belongs to cascade/flow (GatherDefault, PackDefault): name it", f.path, f.line(lit), lit.Value))
			}
			return true
		})
	}
	return complaints
}

// measures are names of figures, such as recall@k: part of the contract whatever the settings are.
var measures = regexp.MustCompile(`@\d+`)

// TestHelpSaysNoNumberOfItsOwn: help texts and messages take the two numbers from cascade/flow.
func TestHelpSaysNoNumberOfItsOwn(t *testing.T) { complain(t, numbersSaid(goFiles(t))) }

func numbersSaid(files []*goFile) (complaints []string) {
	for _, f := range code(files) {
		if f.generated() || f.pkg == "cascade/flow" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				return false
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && numbers.MatchString(measures.ReplaceAllString(lit.Value, "")) {
				complaints = append(complaints, fmt.Sprintf("%s:%d: a text says the number itself: print flow.GatherDefault or flow.PackDefault", f.path, f.line(lit)))
			}
			return true
		})
	}
	return complaints
}

// TestDocsSayTheTwoNumbers: README and the map speak of the same numbers as the code.
func TestDocsSayTheTwoNumbers(t *testing.T) {
	flow, err := os.ReadFile(filepath.Join(root, "cascade/flow/flow.go"))
	if err != nil {
		t.Fatal(err)
	}
	gather := constant(t, string(flow), "GatherDefault")
	pack := constant(t, string(flow), "PackDefault")
	for _, name := range []string{"README.md", "doc.go", "ARCHITECTURE.md"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(",", "", "_", "").Replace(string(b))
		if !strings.Contains(text, gather) || !strings.Contains(text, pack) {
			t.Errorf("%s does not name the two numbers %s and %s as cascade/flow has them", name, gather, pack)
		}
	}
}

func constant(t *testing.T, src, name string) string {
	m := regexp.MustCompile(name + `\s*=\s*([0-9_]+)`).FindStringSubmatch(src)
	if m == nil {
		t.Fatalf("cascade/flow has no constant %s", name)
	}
	return strings.ReplaceAll(m[1], "_", "")
}
