package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// mutants returns every mutant of the package in folder pkg, in the order of the text.
func mutants(root, pkg string) ([]mutant, error) {
	dir := filepath.Join(root, filepath.FromSlash(pkg))
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", pkg, err)
	}
	var all []mutant
	for _, name := range p.GoFiles {
		if strings.HasPrefix(name, "dispatch") {
			continue // which kernel runs differs from machine to machine
		}
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		found, err := inFile(path.Join(pkg, name), src)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// inFile returns the mutants of one file.
func inFile(name string, src []byte) ([]mutant, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(syntax) {
		return nil, nil
	}
	f := &finder{fset: fset, name: name, src: string(src)}
	ast.Inspect(syntax, f.visit)
	number(f.found)
	return f.found, nil
}

// finder collects the mutants of a file while its syntax is walked.
type finder struct {
	fset  *token.FileSet
	name  string
	src   string
	found []mutant
}

// visit adds the mutants of n, and tells whether to look below it.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec, *ast.Field: // paths; types and their tags
		return false
	case *ast.CallExpr:
		return f.call(n)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.BasicLit:
		f.literal(n)
	case *ast.IfStmt:
		return f.check(n)
	case *ast.ForStmt:
		return f.loop(n)
	case *ast.AssignStmt:
		f.swap(n.TokPos, n.Tok)
	case *ast.IncDecStmt:
		f.swap(n.TokPos, n.Tok)
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	}
	return true
}

// swapped are the operators that stand for one another.
var swapped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS,
	token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.ADD: token.SUB, token.SUB: token.ADD,
	token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.INC: token.DEC, token.DEC: token.INC,
}

func (f *finder) binary(n *ast.BinaryExpr) {
	if n.Op == token.ADD && (isString(n.X) || isString(n.Y)) {
		return
	}
	f.swap(n.OpPos, n.Op)
}

// isString tells whether e is a text, as far as can be seen without types.
func isString(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isString(e.X) || isString(e.Y))
	}
	return false
}

func (f *finder) swap(pos token.Pos, op token.Token) {
	if other, ok := swapped[op]; ok {
		f.add(op.String()+" for "+other.String(), pos, pos+token.Pos(len(op.String())), other.String())
	}
}

// literal adds a whole number's neighbours.
func (f *finder) literal(n *ast.BasicLit) {
	v, ok := new(big.Int).SetString(n.Value, 0)
	if n.Kind != token.INT || !ok {
		return
	}
	one := big.NewInt(1)
	f.add("one more", n.Pos(), n.End(), new(big.Int).Add(v, one).String())
	if v.Sign() > 0 {
		f.add("one less", n.Pos(), n.End(), new(big.Int).Sub(v, one).String())
	}
}

// check adds the opposite of a condition and, where the body only leaves, a check that is never
// made.
func (f *finder) check(n *ast.IfStmt) bool {
	cond := f.textOf(n.Cond)
	if strings.HasPrefix(cond, "invariants.") {
		return false
	}
	f.add("condition negated", n.Cond.Pos(), n.Cond.End(), "!("+cond+")")
	if leaves(n.Body) {
		f.add("check dropped", n.Cond.Pos(), n.Cond.End(), "false && ("+cond+")")
	}
	return true
}

// leaves tells whether a body only leaves the block around it.
func leaves(b *ast.BlockStmt) bool {
	if len(b.List) != 1 {
		return false
	}
	switch b.List[0].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// loop leaves out what a loop does after each turn: changed, it never ends.
func (f *finder) loop(n *ast.ForStmt) bool {
	for _, part := range []ast.Node{n.Init, n.Cond, n.Body} {
		if part != nil {
			ast.Inspect(part, f.visit)
		}
	}
	return false
}

// call tells whether to look below a call: what an error says is no behaviour, and neither is the
// room that is set aside.
func (f *finder) call(n *ast.CallExpr) bool {
	name := f.textOf(n.Fun)
	switch {
	case name == "fmt.Errorf" || name == "errors.New" || name == "panic" || strings.HasPrefix(name, "invariants."):
		return false
	case name == "make" && len(n.Args) == 3:
		ast.Inspect(n.Args[1], f.visit)
		return false
	}
	return true
}

// statements adds the calls that are left out.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		e, ok := s.(*ast.ExprStmt)
		if !ok {
			continue
		}
		text := f.textOf(e)
		if strings.HasPrefix(text, "panic(") || strings.HasPrefix(text, "invariants.") {
			continue
		}
		f.add("statement dropped", e.Pos(), e.End(), "if false { "+text+" }")
	}
}

func (f *finder) textOf(n ast.Node) string {
	return f.src[f.offset(n.Pos()):f.offset(n.End())]
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

func (f *finder) add(kind string, from, to token.Pos, text string) {
	m := mutant{
		pkg: path.Dir(f.name), file: f.name, line: f.fset.Position(from).Line, kind: kind,
		src: f.src, lo: f.offset(from), hi: f.offset(to), text: text,
	}
	m.describe()
	f.found = append(f.found, m)
}
