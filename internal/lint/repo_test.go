package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the repository's top folder, seen from this package.
const root = "../.."

// goFile is one parsed Go file of the repository.
type goFile struct {
	path   string // slash-separated, from the root
	pkg    string // folder, slash-separated, from the root; "." for the root
	lines  int
	test   bool
	src    []byte
	fset   *token.FileSet
	syntax *ast.File
}

// generated tells whether a tool wrote the file.
func (f *goFile) generated() bool { return ast.IsGenerated(f.syntax) }

// goFiles gives every Go file of the main module, parsed once for all tests.
func goFiles(t *testing.T) []*goFile {
	t.Helper()
	files, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files found: the lint tests look in the wrong place", len(files))
	}
	return files
}

var parsed = sync.OnceValues(parseAll)

func parseAll() (files []*goFile, err error) {
	ignored := ignoredFolders()
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, root), string(filepath.Separator)))
		if d.IsDir() && ignored[rel] {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return skipFolder(rel, d.Name())
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parseFile(path, rel)
		if err == nil {
			files = append(files, f)
		}
		return err
	})
	return files, err
}

// ignoredFolders are the folders that git does not look at, from the root; none where there is no
// git.
func ignoredFolders() map[string]bool {
	cmd := exec.Command("git", "ls-files", "--others", "--ignored", "--exclude-standard", "--directory")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	folders := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if dir, ok := strings.CutSuffix(strings.TrimSpace(line), "/"); ok {
			folders[dir] = true
		}
	}
	return folders
}

// skipFolder leaves out what is not code of the main module.
func skipFolder(rel, name string) error {
	if rel != "" && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "recipes") {
		return filepath.SkipDir
	}
	return nil
}

func parseFile(path, rel string) (*goFile, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseSource(rel, src)
}

// positions is where all files have their places, so that a package's can be looked at together.
var positions = token.NewFileSet()

func parseSource(rel string, src []byte) (*goFile, error) {
	fset := positions
	syntax, err := parser.ParseFile(fset, rel, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &goFile{
		path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), lines: strings.Count(string(src), "\n"),
		test: strings.HasSuffix(rel, "_test.go"), src: src, fset: fset, syntax: syntax,
	}, nil
}

// code leaves out the tests.
func code(files []*goFile) (kept []*goFile) {
	for _, f := range files {
		if !f.test {
			kept = append(kept, f)
		}
	}
	return kept
}

// imports lists the paths that a file imports.
func (f *goFile) imports() (paths []string) {
	for _, imp := range f.syntax.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

// line is the number of the line on which something stands.
func (f *goFile) line(n ast.Node) int { return f.fset.Position(n.Pos()).Line }

// complain reports what a lint has found. A lint is a function from files to complaints, so that
// TestLintsCanFail can give it files that it must complain about.
func complain(t *testing.T, complaints []string) {
	t.Helper()
	for _, c := range complaints {
		t.Error(c)
	}
}
