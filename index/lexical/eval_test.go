package lexical

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sluice/index/arm"
	"strconv"
	"strings"
	"testing"
)

// strong is the yardstick of the labelled sets: nDCG@10 and recall@117 of strong BM25.
var strong = []struct {
	set          string
	ndcg, recall float64
}{
	{"cranfield", .372, .761}, {"cisi", .388, .473}, {"cacm", .487, .682}, {"npl", .437, .630},
	{"time", .676, .880}, {"musique-100", .557, .859}, {"cosqa-a", .386, .852}, {"locomo-a", .464, .800},
}

// evalData finds the labelled sets or skips the test.
func evalData(t testing.TB) string {
	dir := os.Getenv("SLUICE_EVAL_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "eval")
	}
	if _, err := os.Stat(filepath.Join(dir, "cranfield", "corpus.jsonl")); err != nil {
		t.Skip("the labelled sets are not here; SLUICE_EVAL_DATA names their folder")
	}
	return dir
}

type labelled struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type labelledSet struct {
	docs, queries []labelled
	grades        map[string]map[string]float64
}

func readJSONL(t testing.TB, path string) (out []labelled) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); d.More(); {
		var l labelled
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

func readSet(t testing.TB, dir string) labelledSet {
	s := labelledSet{docs: readJSONL(t, filepath.Join(dir, "corpus.jsonl")),
		queries: readJSONL(t, filepath.Join(dir, "queries.jsonl")), grades: map[string]map[string]float64{}}
	raw, err := os.ReadFile(filepath.Join(dir, "qrels", "test.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(raw), "\n")[1:] {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			continue
		}
		grade, err := strconv.ParseFloat(f[2], 64)
		if err != nil || grade <= 0 {
			continue
		}
		if s.grades[f[0]] == nil {
			s.grades[f[0]] = map[string]float64{}
		}
		s.grades[f[0]][f[1]] = grade
	}
	return s
}

// measure is nDCG@10 with linear gain and recall@117 of one ranking.
func measure(ranked []string, grades map[string]float64) (ndcg, recall float64) {
	for i, id := range ranked {
		if g := grades[id]; g > 0 {
			if i < 10 {
				ndcg += g / math.Log2(float64(i+2))
			}
			if i < 117 {
				recall++
			}
		}
	}
	all := make([]float64, 0, len(grades))
	for _, g := range grades {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	ideal := 0.0
	for i, g := range all[:min(10, len(all))] {
		ideal += g / math.Log2(float64(i+2))
	}
	return ndcg / ideal, recall / float64(len(grades))
}

// TestLabelledSets ranks the labelled sets with the arm as a question would and holds it to the
// yardstick.
func TestLabelledSets(t *testing.T) {
	dir := evalData(t)
	ratios := 0.0
	for _, want := range strong {
		set := readSet(t, filepath.Join(dir, want.set))
		ndcg, recall := rankSet(t, set)
		ratios += ndcg / want.ndcg
		t.Logf("%-12s nDCG@10 %.4f (%.3f, x %.3f)  recall@117 %.4f (%.3f, %+.3f)", want.set, ndcg, want.ndcg,
			ndcg/want.ndcg, recall, want.recall, recall-want.recall)
		if ndcg < want.ndcg-0.01 {
			t.Errorf("%s: nDCG@10 %.4f is more than .01 below %.3f", want.set, ndcg, want.ndcg)
		}
	}
	mean := ratios / float64(len(strong))
	t.Logf("mean ratio of nDCG@10 to strong BM25: %.4f", mean)
	if mean < 1 {
		t.Errorf("mean ratio %.4f is below 1", mean)
	}
}

// rankSet indexes a set as one collection (locomo-a too: a question searches all four
// conversations) and returns its means over the judged questions.
func rankSet(t *testing.T, set labelledSet) (ndcg, recall float64) {
	b := NewBuilder()
	for _, d := range set.docs {
		b.Add(arm.Fields{Title: d.Title, Body: []byte(d.Text)})
	}
	sink := newMemorySink()
	if err := b.writeTo(sink); err != nil {
		t.Fatal(err)
	}
	r, err := sink.open()
	if err != nil {
		t.Fatal(err)
	}
	a, n := NewAnalyzer(), 0
	for _, q := range set.queries {
		grades := set.grades[q.ID]
		if len(grades) == 0 {
			continue
		}
		var ranked []string
		for _, h := range ask(t, a, r, q.Text) {
			ranked = append(ranked, set.docs[h.Passage].ID)
		}
		x, y := measure(ranked, grades)
		ndcg, recall, n = ndcg+x, recall+y, n+1
	}
	return ndcg / float64(n), recall / float64(n)
}

// numberIDs makes ids of passage numbers.
func numberIDs(at arm.Place) (id arm.PassageID, err error) {
	binary.BigEndian.PutUint32(id[:], at.Segment)
	binary.BigEndian.PutUint32(id[4:], at.Passage)
	return id, nil
}

// ask ranks the best 117 passages of one segment.
func ask(t *testing.T, a *Analyzer, r *Reader, question string) []arm.Scored {
	scorer, terms := prepare(t, a, r, question)
	cut := NewSearch(117, scorer, numberIDs)
	if _, err := cut.scan(context.Background(), &arm.Part{Reader: r}, terms); err != nil {
		t.Fatal(err)
	}
	hits, err := cut.Best(context.Background())
	if err == nil {
		err = arm.Rank(hits, numberIDs, len(hits))
	}
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// prepare looks a question's terms up and takes the best arm.TermsMax by idf x repetition.
func prepare(t testing.TB, a *Analyzer, r *Reader, question string) (*Scorer, []ScanTerm) {
	type found struct {
		list   List
		weight Weight
	}
	var all []found
	for _, q := range a.Question([]byte(question)) {
		l, ok, err := r.Lookup(q.Key)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			all = append(all, found{l, Weight{IDF(int64(r.Passages()), int64(l.DF())), q.Repeats, 1}})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		return cmp.Compare(b.weight.IDF*float64(b.weight.Repeats), a.weight.IDF*float64(a.weight.Repeats))
	})
	all = all[:min(len(all), arm.TermsMax)]
	weights, terms := make([]Weight, len(all)), make([]ScanTerm, len(all))
	for i, f := range all {
		weights[i], terms[i] = f.weight, ScanTerm{f.list, i}
	}
	return NewScorer(float64(r.TotalLength())/float64(max(r.Passages(), 1)), weights), terms
}

var _ = fmt.Sprint
