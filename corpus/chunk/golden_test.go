package chunk

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden compares, for a source file of every language, the span of every function and other
// scope, and every passage, with what stands in the golden file beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(file, ".txt")
			lang := filepath.Base(filepath.Dir(file))
			if lang != "text" {
				if got := Detect(name, text); got != lang {
					t.Errorf("Detect says %q", got)
				}
			}
			compare(t, name+".golden", describe(lang, name, text))
		})
	}
}

func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it anew); got:\n%s", golden, got)
	}
}

var kindNames = [...]string{"block", "func", "type", "var", "namespace", "section", "table", "key"}

// describe lists the scopes and passages of text.
func describe(lang, name string, text []byte) []byte {
	var b bytes.Buffer
	passages, scopes, _ := run(lang, text)
	lineOf := func(off int) int { return 1 + bytes.Count(text[:off], newline) }
	fmt.Fprintf(&b, "title %q\n\nscopes: kind, with its comment from line, declared in line, to line, owner.name, label\n", Title(lang, name, text))
	for _, s := range scopes {
		owner := string(text[s.owner.lo:s.owner.hi])
		if owner != "" {
			owner += "."
		}
		fmt.Fprintf(&b, "%-9s %4d %4d %4d  %s%s  %q\n", kindNames[s.kind], lineOf(s.start), lineOf(s.head), lineOf(s.end-1),
			owner, text[s.name.lo:s.name.hi], appendWords(nil, text[s.label.lo:s.label.hi], labelBytesMax))
	}
	b.WriteString("\npassages: bytes, lines, context, symbols, first and last line\n")
	for _, p := range passages {
		lines := strings.Split(string(text[p.Start:p.End]), "\n")
		fmt.Fprintf(&b, "%d-%d (%d) lines %d-%d  %q  %q\n\t%s\n\t%s\n", p.Start, p.End, p.End-p.Start, p.Line, p.Line+p.Lines-1,
			p.Context, p.Symbol, strings.TrimSpace(lines[0]), strings.TrimSpace(lines[len(lines)-1]))
	}
	return b.Bytes()
}
