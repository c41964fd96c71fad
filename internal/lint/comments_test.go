package lint

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Ceilings of a line, with a tab as wide as four columns.
const (
	commentColumnsMax = 100
	codeColumnsMax    = 140
	tabColumns        = 4
)

// Run `go test ./internal/lint -run TestCommentsAreNarrow -wrap` to have comments wrapped.
var wrap = flag.Bool("wrap", false, "wrap the paragraphs of comments that are too wide, in place")

func TestCommentsAreNarrow(t *testing.T) {
	files := goFiles(t)
	if *wrap {
		files = wrapAll(t, files)
	}
	complain(t, wideComments(files))
}

// wideComments lists, file by file, the lines that are nothing but a comment and are too wide.
func wideComments(files []*goFile) (complaints []string) {
	total := 0
	for _, f := range files {
		var wide []string
		for _, c := range commentLines(f) {
			if c.whole && columnsOf(c.line) > commentColumnsMax && !cannotBreak(c.line) {
				wide = append(wide, fmt.Sprint(c.number))
			}
		}
		total += len(wide)
		if len(wide) > 0 {
			complaints = append(complaints, fmt.Sprintf("%s: a comment too wide on line %s", f.path, strings.Join(wide, ", ")))
		}
	}
	if total > 0 {
		complaints = append(complaints, fmt.Sprintf("%d lines of comments are wider than %d columns (a tab counts %d): "+
			"run `go test ./internal/lint -run TestCommentsAreNarrow -wrap`, and word anew what it leaves", total, commentColumnsMax, tabColumns))
	}
	return complaints
}

// commentLine is a line with a comment on it.
type commentLine struct {
	number int
	line   string
	whole  bool // there is nothing else on the line
}

// commentLines lists the lines of a file that hold a comment; none of a generated file.
func commentLines(f *goFile) (all []commentLine) {
	if f.generated() {
		return nil
	}
	lines := strings.Split(string(f.src), "\n")
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			first, last := f.fset.PositionFor(c.Pos(), false), f.fset.PositionFor(c.End(), false)
			for n := first.Line; n <= last.Line; n++ {
				line := lines[n-1]
				whole := n > first.Line || strings.TrimSpace(line[:first.Column-1]) == ""
				all = append(all, commentLine{n, line, whole})
			}
		}
	}
	return all
}

func columnsOf(line string) int {
	n := 0
	for _, r := range line {
		if r == '\t' {
			n += tabColumns
		} else {
			n++
		}
	}
	return n
}

// cannotBreak tells whether a comment is a directive, or one word, such as an address.
func cannotBreak(line string) bool {
	text := strings.TrimSpace(line)
	return directive.MatchString(text) || len(strings.Fields(strings.TrimPrefix(text, "//"))) < 2
}

// wrapAll rewrites the files whose comments are too wide, and tells what it left.
func wrapAll(t *testing.T, files []*goFile) (now []*goFile) {
	t.Helper()
	for _, f := range files {
		src := wrapComments(f)
		if !bytes.Equal(src, f.src) {
			if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(f.path)), src, 0o666); err != nil {
				t.Fatal(err)
			}
			fmt.Println("wrapped", f.path)
		}
		g, err := parseSource(f.path, src)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commentLines(g) {
			if !c.whole && columnsOf(c.line) > commentColumnsMax {
				fmt.Printf("left    %s:%d: a comment behind code, %d columns: put it above\n", g.path, c.number, columnsOf(c.line))
			}
		}
		now = append(now, g)
	}
	return now
}

// TestWrappingKeepsEveryWord wraps all comments of the repository in memory: the code and the words
// must stay, what was wrapped must stay as it is when it is wrapped again, and gofmt must agree.
func TestWrappingKeepsEveryWord(t *testing.T) {
	for _, f := range goFiles(t) {
		once := wrapComments(f)
		if bytes.Equal(once, f.src) {
			continue
		}
		if !slices.Equal(wordsOf(f.src), wordsOf(once)) {
			t.Errorf("%s: wrapping changed a word or the code", f.path)
		}
		g, err := parseSource(f.path, once)
		if err != nil {
			t.Fatal(err)
		}
		if twice := wrapComments(g); !bytes.Equal(once, twice) {
			t.Errorf("%s: wrapping twice is not the same as once", f.path)
		}
		if pretty, err := format.Source(once); err != nil || !bytes.Equal(pretty, once) {
			t.Errorf("%s: gofmt would change what wrapping has made (%v)", f.path, err)
		}
	}
}

// wordsOf lists the tokens of a source and the words of its comments.
func wordsOf(src []byte) (words []string) {
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(src)), src, nil, scanner.ScanComments)
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return words
		case token.COMMENT:
			words = append(words, strings.Fields(strings.TrimPrefix(lit, "//"))...)
		case token.SEMICOLON:
			if lit != "\n" {
				words = append(words, ";")
			}
		default:
			words = append(words, tok.String()+" "+lit)
		}
	}
}

// TestLongCodeLines only tells how many there are: go test -v -run TestLongCodeLines
// ./internal/lint.
func TestLongCodeLines(t *testing.T) {
	n := 0
	for _, f := range goFiles(t) {
		for _, number := range longCodeLines(f) {
			t.Logf("%s:%d is longer than %d columns", f.path, number, codeColumnsMax)
			n++
		}
	}
	t.Logf("%d lines of code are longer than %d columns", n, codeColumnsMax)
}

// longCodeLines lists the lines of a file that are too long and hold more than a comment.
func longCodeLines(f *goFile) (numbers []int) {
	if f.generated() {
		return nil
	}
	comments := map[int]bool{}
	for _, c := range commentLines(f) {
		comments[c.number] = c.whole
	}
	for i, line := range strings.Split(string(f.src), "\n") {
		if !comments[i+1] && columnsOf(line) > codeColumnsMax {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}
