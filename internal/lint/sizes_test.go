package lint

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var sizesOf = flag.String("sizes", "", "print the size of every package in these `FOLDERS`, with commas")

// size is what one package takes and offers.
type size struct {
	lines    int // without tests and generated files
	exported int // names: types, functions, methods, constants, variables
	imports  map[string]bool
}

// TestSizes prints a table of packages for docs/measured.md, a column for each checkout:
//
//	go test ./internal/lint -run TestSizes -v -sizes BEFORE,AFTER
func TestSizes(t *testing.T) {
	if *sizesOf == "" {
		t.Skip("nothing to print: name folders with -sizes")
	}
	var trees []map[string]*size
	names := map[string]bool{}
	for _, dir := range strings.Split(*sizesOf, ",") {
		sizes, err := measure(dir)
		if err != nil {
			t.Fatal(err)
		}
		for pkg := range sizes {
			names[pkg] = true
		}
		trees = append(trees, sizes)
	}
	columns := strings.Repeat(" lines | exported | imports |", len(trees))
	fmt.Println("| package |" + columns + "\n|---|" + strings.Repeat("---|", 3*len(trees)))
	for _, pkg := range slices.Sorted(maps.Keys(names)) {
		fmt.Print("| ", pkg, " |")
		for _, sizes := range trees {
			fmt.Print(sizes[pkg])
		}
		fmt.Println()
	}
	fmt.Print("| all |")
	for _, sizes := range trees {
		fmt.Print(sum(sizes))
	}
	fmt.Println()
	if len(trees) == 2 {
		changes(trees[0], trees[1])
	}
}

// changes prints the arrows that one tree has and the other has not.
func changes(before, after map[string]*size) {
	old, now := sum(before).imports, sum(after).imports
	for _, arrow := range slices.Sorted(maps.Keys(old)) {
		if !now[arrow] {
			fmt.Println("-", strings.Replace(arrow, " sluice/", " ─► ", 1))
		}
	}
	for _, arrow := range slices.Sorted(maps.Keys(now)) {
		if !old[arrow] {
			fmt.Println("+", strings.Replace(arrow, " sluice/", " ─► ", 1))
		}
	}
}

// String is the package's cells of the table.
func (s *size) String() string {
	if s == nil {
		return " | | |"
	}
	return fmt.Sprintf(" %d | %d | %d |", s.lines, s.exported, len(s.imports))
}

// sum adds the packages up. An arrow is one package that imports another.
func sum(sizes map[string]*size) *size {
	all := &size{imports: map[string]bool{}}
	for pkg, s := range sizes {
		all.lines, all.exported = all.lines+s.lines, all.exported+s.exported
		for to := range s.imports {
			all.imports[pkg+" "+to] = true
		}
	}
	return all
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
