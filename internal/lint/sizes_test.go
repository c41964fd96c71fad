package lint

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var sizesOf = flag.String("sizes", "", "print the size of every package of the module in this `FOLDER`")

// size is what one package takes and offers.
type size struct {
	lines    int // without tests and generated files
	exported int // names: types, functions, methods, constants, variables
	imports  map[string]bool
}

// TestSizes prints a table of packages for docs/measured.md:
//
//	go test ./internal/lint -run TestSizes -v -sizes FOLDER
//
// FOLDER may be another checkout, so that before and after come from one program.
func TestSizes(t *testing.T) {
	if *sizesOf == "" {
		t.Skip("nothing to print: name a folder with -sizes")
	}
	sizes, err := measure(*sizesOf)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("| package | lines | exported | imports of ours |\n|---|---|---|---|")
	var all size
	arrows := 0
	for _, pkg := range sorted(sizes) {
		s := sizes[pkg]
		fmt.Printf("| %s | %d | %d | %d |\n", pkg, s.lines, s.exported, len(s.imports))
		all.lines, all.exported, arrows = all.lines+s.lines, all.exported+s.exported, arrows+len(s.imports)
	}
	fmt.Printf("| %d packages | %d | %d | %d |\n", len(sizes), all.lines, all.exported, arrows)
}

// measure parses the module's Go files, without tests and what tools wrote.
func measure(dir string) (map[string]*size, error) {
	sizes := map[string]*size{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() && rel != "." {
			return skipFolder(filepath.ToSlash(rel), d.Name())
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(rel))
		if sizes[pkg] == nil {
			sizes[pkg] = &size{imports: map[string]bool{}}
		}
		return sizes[pkg].add(path)
	})
	return sizes, err
}

// add counts one file.
func (s *size) add(path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(f) {
		return err
	}
	s.lines += strings.Count(string(src), "\n")
	for _, imp := range f.Imports {
		if path, _ := strconv.Unquote(imp.Path.Value); strings.HasPrefix(path, "sluice/") {
			s.imports[path] = true
		}
	}
	for _, d := range f.Decls {
		s.exported += exportedIn(d)
	}
	return nil
}

// exportedIn counts the exported names of a declaration.
func exportedIn(d ast.Decl) (n int) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) {
			n++
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			n += exportedSpec(spec)
		}
	}
	return n
}

func exportedSpec(s ast.Spec) (n int) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			n++
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() {
				n++
			}
		}
	}
	return n
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
