package cascade

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixed is the store of testdata/corpus, the files of a small project, among made-up notes that
// have some of their words.
func fixed(t *testing.T) *index.Snapshot {
	t.Helper()
	src := testkit.NewSource("corpus")
	testkit.Fill(src, 1, 40)
	err := filepath.WalkDir("testdata/corpus", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		rel, _ := filepath.Rel("testdata/corpus", path)
		src.Put(filepath.ToSlash(rel), string(body))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	store := newStore(t, smallSegments)
	bring(t, store, src)
	return closing(t, snapshot(t, store))
}

// TestTranscripts shows whole searches as a person would read them: how many passages each stage
// let through and why it dropped the others, judge's order, and the window. Look at what changed
// before you write them anew with -update.
func TestTranscripts(t *testing.T) {
	sn := fixed(t)
	for _, c := range []struct {
		name, question string
		opts           flow.Options
	}{
		{"defaults", "What happens when the power fails?", flow.Options{}},
		{"narrow", "How is a torn write noticed?", flow.Options{Gather: 50, Judge: 20, Pack: 6}},
		{"budget", "commit a generation", flow.Options{Budget: 1000}},
		{"operators", `"manifest slot" -retry path:*.md`, flow.Options{}},
		{"code", "func commitManifest", flow.Options{Pack: 4}},
		{"nothing", "zebra quagga", flow.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask(t, sn, flow.ParseQuery(c.question, index.Filter{}), c.opts)
			compare(t, filepath.Join("testdata", c.name+".txt"), transcript(t, sn, r, c.opts))
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

// transcript writes a search down. Times and bytes read are left out: they are not the same
// everywhere.
func transcript(t *testing.T, sn *index.Snapshot, r *Result, opts flow.Options) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "question: %s\nlimits:   %s\n\nterms\n", r.Query.Raw, limits(opts.WithDefaults()))
	for _, term := range r.Gathered.Terms {
		fmt.Fprintf(&b, "  %-12s in %d passages, idf %.2f, said %d x\n", term.Stem, term.DF, term.IDF, term.Repeats)
	}
	b.WriteString("\nstages\n")
	for _, s := range r.Funnel {
		fmt.Fprintf(&b, "  %-7s %3d -> %3d  %s\n", s.Stage, s.In, s.Out, drops(s))
		for _, n := range s.Notes {
			fmt.Fprintf(&b, "          %s\n", n)
		}
	}
	b.WriteString("\njudge's order\n")
	for i, j := range r.Judged[:min(len(r.Judged), 10)] {
		p, err := sn.Passage(j.Place)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  %2d  %s  bm25 %5.2f  %s:%d  %s\n", i+1, index.FormatID(j.ID), j.BM25, p.Path, p.Line, strings.Join(append([]string{p.Context}, j.Flags...), " "))
	}
	count := "about %d tokens"
	if r.Window.Counted {
		count = "%d tokens of " + r.Window.Vocab
	}
	fmt.Fprintf(&b, "\nwindow, "+count+"\n\n%s", r.Window.Tokens, r.Window.Text)
	return trailing.ReplaceAll(b.Bytes(), nil)
}

// trailing is white space at the ends of the transcript's own lines.
var trailing = regexp.MustCompile(`(?m) +$`)

func limits(l flow.Options) string {
	s := fmt.Sprintf("gather %d, judge %d, pack %d", l.Gather, l.Judge, l.Pack)
	if l.Budget > 0 {
		s += fmt.Sprintf(", %d tokens", l.Budget)
	}
	return s
}

// drops lists reasons with their numbers, by name.
func drops(s flow.Stats) string {
	var out []string
	for reason, n := range s.Dropped {
		out = append(out, fmt.Sprintf("%s %d", reason, n))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
