package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// names is everything that the code calls by a name, with which the documents are compared.
type names struct {
	declared map[string]map[string]bool // package name -> Name, Type.Method, Type.Field
	byFile   map[string]map[string]bool // file -> the same
	folders  map[string]bool            // folders that are packages
	files    map[string]bool            // names of Go files without their folder
	foreign  map[string]bool            // package.Name of other modules, as the code uses them
	used     map[string]bool            // every identifier of the code
	literals map[string]bool            // strings of the commands, flags among them
	tests    []string                   // tests, benchmarks, fuzz tests, examples
	exists   func(string) bool
}

// namesOf collects the names of the files, those of tests included.
func namesOf(files []*goFile) *names {
	n := &names{
		declared: map[string]map[string]bool{}, byFile: map[string]map[string]bool{}, folders: map[string]bool{},
		files: map[string]bool{}, foreign: map[string]bool{}, used: map[string]bool{}, literals: map[string]bool{},
		exists: existsInRoot,
	}
	for _, f := range files {
		pkg := strings.TrimSuffix(f.syntax.Name.Name, "_test")
		if pkg == "main" {
			pkg = path.Base(f.pkg)
		}
		if n.declared[pkg] == nil {
			n.declared[pkg] = map[string]bool{}
		}
		own := map[string]bool{}
		for _, d := range f.syntax.Decls {
			declare(own, d)
		}
		maps.Copy(n.declared[pkg], own)
		n.byFile[f.path], n.folders[f.pkg], n.files[path.Base(f.path)] = own, true, true
		n.collect(f)
	}
	return n
}

// collect takes in what a file uses.
func (n *names) collect(f *goFile) {
	imports := f.importNames()
	command := f.syntax.Name.Name == "main" || f.pkg == "internal/lint"
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.Ident:
			n.used[x.Name] = true
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok && imports[id.Name] != "" && !strings.HasPrefix(imports[id.Name], "sluice/") {
				n.foreign[id.Name+"."+x.Sel.Name] = true
			}
		case *ast.BasicLit:
			if s, err := strconv.Unquote(x.Value); err == nil && command && x.Kind == token.STRING {
				n.literals[s] = true
			}
		case *ast.FuncDecl:
			if f.test && x.Recv == nil {
				n.tests = append(n.tests, x.Name.Name)
			}
		}
		return true
	})
}

// known tells whether Name or Type.Method is declared in any package, or is a name of others in
// use.
func (n *names) known(name string) bool {
	if !strings.Contains(name, ".") && n.used[name] {
		return true
	}
	for _, declared := range n.declared {
		if declared[name] {
			return true
		}
	}
	return false
}

// whereIs helps to correct a document: it names the packages that do declare the name.
func (n *names) whereIs(name string) string {
	last := name[strings.LastIndexByte(name, '.')+1:]
	var found []string
	for pkg, declared := range n.declared {
		for d := range declared {
			if d == name || d == last || strings.HasSuffix(d, "."+last) {
				found = append(found, pkg+"."+d)
			}
		}
	}
	return listed(found)
}

// elsewhere names the files that have the name of one that is gone.
func (n *names) elsewhere(base string) string {
	var found []string
	for file := range n.byFile {
		if path.Base(file) == base {
			found = append(found, file)
		}
	}
	return listed(found)
}

func listed(found []string) string {
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return fmt.Sprintf(" (there is %s)", strings.Join(found[:min(4, len(found))], ", "))
}

func existsInRoot(name string) bool {
	if name == "" {
		return false
	}
	found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil || len(found) == 0 {
		_, err = os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		return err == nil
	}
	return true
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
				for _, id := range fieldNames(field) {
					names[s.Name.Name+"."+id] = true
				}
			}
			return true
		})
	}
}

// fieldNames are the names of a field; an embedded one has that of its type.
func fieldNames(field *ast.Field) (names []string) {
	for _, id := range field.Names {
		names = append(names, id.Name)
	}
	if len(field.Names) == 0 {
		switch x := field.Type.(type) {
		case *ast.Ident:
			names = append(names, x.Name)
		case *ast.SelectorExpr:
			names = append(names, x.Sel.Name)
		}
	}
	return names
}
