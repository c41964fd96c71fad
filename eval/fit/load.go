package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sluice/cascade/flow"
	"sluice/cascade/judge"
	"sluice/eval"
)

// candidate is one judged document of one question.
type candidate struct {
	features [len(judge.Features{})]float64
	share    float64
	grade    float64
	rank     int     // in judge's order when it was asked
	tail     float64 // score by the weights that the question is sorted by
}

// question is one question with what gather let through, in the bm25 arm's order.
type question struct {
	candidates []candidate
	relevant   int
	ideal      float64
	bm25       eval.Measures
	tail       weights // that candidates are sorted by
}

// labelled is one set.
type labelled struct {
	name      string
	questions []question
	bm25      eval.Measures
	seen      map[[2]weights]eval.Measures
}

func load(ctx context.Context, data, names string) ([]*labelled, error) {
	var all []*labelled
	for _, name := range strings.Split(names, ",") {
		set, err := eval.ReadSet(filepath.Join(data, name))
		if err != nil {
			return nil, err
		}
		l, err := dump(ctx, set)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "%-12s %4d questions, bm25 %+v\n", name, len(l.questions), l.bm25)
		all = append(all, l)
	}
	return all, nil
}

// dump asks every question and keeps the features of what judge saw.
func dump(ctx context.Context, set *eval.Set) (*labelled, error) {
	b, err := eval.Open(ctx, set, eval.Options{})
	if err != nil {
		return nil, err
	}
	defer b.Close()
	l := &labelled{name: set.Name, seen: map[[2]weights]eval.Measures{}}
	var bm25 []eval.Measures
	for _, q := range set.Queries {
		grades := set.Grades[q.ID]
		r, err := b.Ask(ctx, q.Text, flow.Options{Explain: true})
		if err != nil {
			return nil, err
		}
		one := question{relevant: len(grades), bm25: eval.Measure(r.Gathered, grades), ideal: eval.Ideal(grades)}
		for i, parts := range r.Parts {
			c := candidateOf(parts, grades[r.Judged[i]])
			c.rank = i
			one.candidates = append(one.candidates, c)
		}
		l.questions = append(l.questions, one)
		bm25 = append(bm25, one.bm25)
	}
	l.bm25 = eval.Mean(bm25)
	return l, nil
}

func candidateOf(parts map[string]float64, grade float64) candidate {
	c := candidate{grade: grade, share: parts["share"]}
	for i, name := range judge.FeatureNames() {
		c.features[i] = parts[name]
	}
	return c
}
