package lint

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// contextKept are the few types that keep a context, as package.Type, with the reason why they
// cannot take it as an argument.
var contextKept = map[string]string{
	"corpus/source/folder.reader": "io.Reader takes no context, and a read of a slow disk must be able to end",
}

func TestContextIsAnArgument(t *testing.T) { complain(t, contextFields(goFiles(t), contextKept)) }

// contextFields lists the structs that keep a context, and the exceptions that no longer do.
func contextFields(files []*goFile, kept map[string]string) (complaints []string) {
	seen := map[string]bool{}
	for _, f := range code(files) {
		names := f.importNames()
		within := ""
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.TypeSpec:
				within = f.pkg + "." + x.Name.Name
			case *ast.FuncDecl:
				within = f.pkg + "." + x.Name.Name
			case *ast.StructType:
				for _, field := range x.Fields.List {
					if !isContext(field.Type, names) {
						continue
					}
					seen[within] = true
					if kept[within] == "" {
						complaints = append(complaints, fmt.Sprintf("%s:%d: %s keeps a context: hand it to each function that needs it, "+
							"as its first argument (a context in a struct outlives the call that it belongs to)", f.path, f.line(field), within))
					}
				}
			}
			return true
		})
	}
	for typ := range kept {
		if !seen[typ] {
			complaints = append(complaints, fmt.Sprintf("%s keeps no context any more: take it out of contextKept in internal/lint/state_test.go", typ))
		}
	}
	return complaints
}

func isContext(typ ast.Expr, names map[string]string) bool {
	switch x := typ.(type) {
	case *ast.StarExpr:
		return isContext(x.X, names)
	case *ast.SelectorExpr:
		id, ok := x.X.(*ast.Ident)
		return ok && names[id.Name] == "context" && x.Sel.Name == "Context"
	}
	return false
}

// TestPackageState only tells which variables of packages change while the program runs:
// go test -v -run TestPackageState ./internal/lint.
func TestPackageState(t *testing.T) {
	changed := changedVariables(goFiles(t))
	for _, c := range changed {
		t.Log(c)
	}
	t.Logf("%d variables of packages change while the program runs", len(changed))
}

// changedVariables lists the variables of packages that something assigns to, takes the address of,
// or that are locks, counters or pools by their type. A value that is changed by a method of a type
// of ours is not seen.
func changedVariables(files []*goFile) (told []string) {
	for _, pkg := range byFolder(code(files)) {
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
		conf := types.Config{Importer: noImporter{}, Error: func(error) {}}
		var syntax []*ast.File
		for _, f := range pkg {
			syntax = append(syntax, f.syntax)
		}
		// Imports are not followed and files for other systems collide: names resolve nevertheless.
		checked, _ := conf.Check(pkg[0].pkg, pkg[0].fset, syntax, info)
		seen := map[types.Object]bool{}
		for _, f := range pkg {
			ast.Inspect(f.syntax, func(n ast.Node) bool {
				for _, target := range targets(n) {
					v, ok := info.Uses[target].(*types.Var)
					if ok && v.Parent() == checked.Scope() && !seen[v] {
						seen[v] = true
						told = append(told, fmt.Sprintf("%s:%d changes %s.%s", f.path, f.line(target), f.pkg, v.Name()))
					}
				}
				return true
			})
			told = append(told, guarded(f)...)
		}
	}
	return told
}

// byFolder groups files by package, in the order of the folders.
func byFolder(files []*goFile) (groups [][]*goFile) {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b *goFile) int { return cmp.Compare(a.pkg, b.pkg) })
	for i := 0; i < len(files); {
		n := i
		for n < len(files) && files[n].pkg == files[i].pkg {
			n++
		}
		groups = append(groups, files[i:n])
		i = n
	}
	return groups
}

type noImporter struct{}

func (noImporter) Import(string) (*types.Package, error) { return nil, errors.New("not followed") }

// targets are the variables that a statement or an expression may change.
func targets(n ast.Node) (ids []*ast.Ident) {
	switch x := n.(type) {
	case *ast.AssignStmt:
		if x.Tok != token.DEFINE {
			for _, l := range x.Lhs {
				ids = append(ids, rootOf(l)...)
			}
		}
	case *ast.IncDecStmt:
		return rootOf(x.X)
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return rootOf(x.X)
		}
	case *ast.CallExpr:
		if id, ok := x.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(x.Args) > 0 {
			return rootOf(x.Args[0])
		}
	}
	return ids
}

// rootOf is the variable that a.b[c] is a part of.
func rootOf(e ast.Expr) []*ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return []*ast.Ident{x}
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// guarded lists the variables of a file that exist in order to change: of sync and sync/atomic.
func guarded(f *goFile) (told []string) {
	for _, d := range f.syntax.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			typ := ""
			switch {
			case v.Type != nil:
				typ = types.ExprString(v.Type)
			case len(v.Values) > 0:
				if lit, ok := v.Values[0].(*ast.CompositeLit); ok && lit.Type != nil {
					typ = types.ExprString(lit.Type)
				}
			}
			if strings.Contains(typ, "sync.") || strings.Contains(typ, "atomic.") {
				told = append(told, fmt.Sprintf("%s:%d: %s.%s is a %s", f.path, f.line(v), f.pkg, v.Names[0].Name, strings.Join(strings.Fields(typ), " ")))
			}
		}
	}
	return told
}
