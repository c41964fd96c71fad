package eval

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// linesOf is a source of files with lines of words.
func linesOf(files int) setSource {
	set := &Set{Name: "lines"}
	for i := range files {
		var b strings.Builder
		for line := range 30 {
			fmt.Fprintf(&b, "line%d of file%d tells about walruses and sealing%d wax\n", line, i, i*line)
		}
		set.Docs = append(set.Docs, Entry{ID: fmt.Sprintf("d%d/f%02d.txt", i/15, i), Text: b.String()})
	}
	return setSource{set}
}

// aged copies a source, edits it for some rounds and returns what lies there then.
func aged(t *testing.T, files, rounds int, share float64, seed uint64) map[string]string {
	t.Helper()
	texts, err := copyTexts(context.Background(), linesOf(files), t.TempDir(), seed)
	if err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		if err := texts.age(round+1, share); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{}
	for _, name := range texts.paths {
		if all[name], err = texts.read(name); err != nil {
			t.Fatal(err)
		}
	}
	if lying := filesBelow(t, texts.dir); lying != len(all) {
		t.Errorf("%d files lie there, %d are known", lying, len(all))
	}
	return all
}

func filesBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARoundEditsItsShare(t *testing.T) {
	before, after := aged(t, 40, 0, .25, 1), aged(t, 40, 1, .25, 1)
	var edited, gone, added int
	for name, text := range before {
		switch now, ok := after[name]; {
		case !ok:
			gone++
		case now != text:
			edited++
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			added++
		}
	}
	if edited+gone != 10 || gone != added {
		t.Errorf("%d edited, %d removed and %d added; want 10 of 40 in all", edited, gone, added)
	}
}

func TestFilesComeAndGo(t *testing.T) {
	after := aged(t, 40, 20, .25, 1)
	added := 0
	for name := range after {
		if strings.Contains(name, "/aged") {
			added++
		}
	}
	if added == 0 || added == len(after) || len(after) != 40 {
		t.Errorf("%d of %d files were added in 20 rounds; want some, not all, and 40 files", added, len(after))
	}
}

func TestTheSeedDecidesTheEdits(t *testing.T) {
	if !maps.Equal(aged(t, 20, 3, .5, 7), aged(t, 20, 3, .5, 7)) {
		t.Error("the same seed made other edits")
	}
	if maps.Equal(aged(t, 20, 3, .5, 7), aged(t, 20, 3, .5, 8)) {
		t.Error("two seeds made the same edits")
	}
}

func TestEveryEditIsOne(t *testing.T) {
	texts := &texts{seed: 1}
	for i := range 1000 {
		rng := texts.random(i)
		for _, text := range []string{"", "\n", "one line", "one\ntwo\nthree\n"} {
			if got := editText(rng, text, "mark"); got == text || !strings.Contains(got, "mark") {
				t.Fatalf("%q became %q", text, got)
			}
		}
	}
}

func TestLifeRows(t *testing.T) {
	var rows []int
	for round := range 1001 {
		if LifeRow(round) {
			rows = append(rows, round)
		}
	}
	if got := fmt.Sprint(rows); got != "[0 1 2 5 10 20 50 100 200 500 1000]" {
		t.Error(got)
	}
}
