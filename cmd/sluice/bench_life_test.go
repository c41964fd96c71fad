//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/eval"
)

// contents is every file below dir: its time, mode and text.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := ""
		if !d.IsDir() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(b)
		}
		all[path] = fmt.Sprint(info.ModTime(), info.Mode(), text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wordyCorpus writes files whose lines are different words, so that a question tells passages
// apart.
func wordyCorpus(t *testing.T, files int) string {
	t.Helper()
	const syllables = "bacedifoguhajekilomunapesitova"
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for i := range files {
		var b strings.Builder
		for range 40 {
			for range 6 {
				for range 3 {
					at := 2 * rng.IntN(len(syllables)/2)
					b.WriteString(syllables[at : at+2])
				}
				b.WriteByte(' ')
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%02d.txt", i)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// benchLife runs the verb in this process; the processes that it starts are the command.
func benchLife(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	bin := built(t)
	a, stdout, stderr := terminal()
	a.execPath = func() (string, error) { return bin, nil }
	code = a.run(context.Background(), append([]string{"bench", "life", "--quiet"}, args...))
	return code, stdout.String(), stderr.String()
}

func TestBenchLife(t *testing.T) {
	dir, scratch := wordyCorpus(t, 24), t.TempDir()
	t.Setenv("TMPDIR", scratch)
	before := contents(t, dir)
	code, out, errs := benchLife(t, dir, "--rounds", "3", "--change", "0.5", "--repeats", "4", "--seed", "2", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("the folder was changed")
	}
	if left, _ := os.ReadDir(scratch); len(left) > 0 {
		t.Errorf("%s is left in the temporary folder", left[0].Name())
	}
	var r eval.LifeReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	checkRounds(t, &r)
	if r.Found == 0 || r.Agree != 4 {
		t.Errorf("%d of 4 questions find in the old store what they find in the fresh one, %d passages in all", r.Agree, r.Found)
	}
	if x := r.Ratios; x.Open.Wall <= 0 || x.Search.Wall <= 0 || x.Unchanged.Wall <= 0 || x.Store <= 0 {
		t.Errorf("a ratio is missing: %+v", x)
	}
}

// checkRounds holds each round's sync to the edits that were made before it.
func checkRounds(t *testing.T, r *eval.LifeReport) {
	t.Helper()
	if len(r.Rounds) != 4 || r.Files != 24 || r.Rounds[0].Documents.Added != 24 || r.Fresh.Documents.Added != 24 {
		t.Fatalf("%+v", r)
	}
	replaced := int64(0)
	for i, one := range r.Rounds {
		d := one.Documents
		if i > 0 && (d.Changed+d.Removed != 12 || d.Added != d.Removed) {
			t.Errorf("round %d edits half of 24 files; the sync saw %+v", i, d)
		}
		if one.Costs == nil || one.Store < one.Named || one.Named == 0 || one.Segments == 0 || one.Generations == 0 {
			t.Errorf("round %d: %+v", i, one)
		}
		if i > 0 {
			replaced += d.Added
		}
	}
	if replaced == 0 {
		t.Error("no file was removed and another added: choose another seed")
	}
}

func TestBenchLifePrintsItsRows(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := benchLife(t, corpusOf(t, 5, 500), "--rounds", "6", "--repeats", "1")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, row := range []string{"0", "1", "2", "5", "6", "fresh", "life / fresh:"} {
		if !regexp.MustCompile(`(?m)^ *` + row + ` `).MatchString(out) {
			t.Errorf("there is no row %q in\n%s", row, out)
		}
	}
	if regexp.MustCompile(`(?m)^ *[34] `).MatchString(out) {
		t.Errorf("a round is shown that nothing was measured in:\n%s", out)
	}
}

func TestBenchLifeWritesNothingIntoTheFolder(t *testing.T) {
	dir := corpusOf(t, 3, 500)
	t.Setenv("TMPDIR", dir)
	before := contents(t, dir)
	if code, _, errs := benchLife(t, dir); code != 2 || !regexp.MustCompile("set TMPDIR to a place outside").MatchString(errs) {
		t.Errorf("exit %d: %s", code, errs)
	}
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("the folder was changed")
	}
}
