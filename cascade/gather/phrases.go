package gather

import (
	"cmp"
	"context"
	"slices"

	"sluice/cascade/flow"
	"sluice/index"
)

// holding replaces what gather let through by all passages that hold the words of the question's
// phrases, where those are few enough: of frequent words the best 30,000 passages may lack the one
// that holds the phrase. ok is false where it cannot be told by words, or they are too many.
func (g Stage) holding(ctx context.Context, asked *index.Question, q *flow.Query, o flow.Options, stats *flow.Stats) (hits []index.Hit, ok bool, err error) {
	needs, ok := neededTerms(asked.Terms, q.Phrases)
	if !ok {
		return nil, false, nil
	}
	places, _, err := g.Index.Places(ctx, &q.Filter)
	if err != nil {
		return nil, false, err
	}
	held, bad, err := g.heldTerms(ctx, asked.Terms, places)
	if err != nil || len(bad) > 0 {
		return nil, false, err
	}
	for i, p := range places {
		if mayHold(places, held, i, needs) {
			hits = append(hits, index.Hit{Place: p, Terms: held[i]})
		}
	}
	if len(hits) > o.Gather {
		return nil, false, nil
	}
	return hits, true, g.scored(ctx, asked, hits, stats)
}

// scored gives the hits their scores and puts them in order.
func (g Stage) scored(ctx context.Context, asked *index.Question, hits []index.Hit, stats *flow.Stats) error {
	places := make([]index.Place, len(hits))
	for i, h := range hits {
		places[i] = h.Place
	}
	scores := make([]uint32, len(hits))
	bad, err := g.Index.Score(ctx, asked, places, scores)
	stats.Miss(bad...)
	for i, s := range scores {
		hits[i].Score, hits[i].Scores[0] = s, s
	}
	slices.SortStableFunc(hits, func(a, b index.Hit) int { return cmp.Compare(b.Score, a.Score) })
	return err
}

// neededTerms tells for each phrase which of the question's terms a text needs that holds it. It
// cannot be told of words that may be written as one or as several, nor where a word is no term.
func neededTerms(terms []index.Term, phrases []string) (needs []uint32, ok bool) {
	a := index.NewAnalyzer()
	for _, phrase := range phrases {
		var need uint32
		for _, t := range a.Tokens(nil, []byte(phrase)) {
			switch {
			case t.Kind == index.WholeToken:
				return nil, false
			case t.Stop || t.Kind == index.PrefixToken:
				continue
			}
			i := slices.IndexFunc(terms, func(q index.Term) bool { return q.Stem == string(t.Stem) })
			if i < 0 {
				return nil, false
			}
			need |= 1 << i
		}
		if need == 0 {
			return nil, false
		}
		needs = append(needs, need)
	}
	return needs, true
}

// heldTerms tells for each place which of the terms its passage holds, a bit each.
func (g Stage) heldTerms(ctx context.Context, terms []index.Term, places []index.Place) (held []uint32, bad []index.Degraded, err error) {
	var keys [][]byte
	var of []int // the term of each key
	for i, t := range terms {
		keys, of = append(keys, t.Key), append(of, i)
		for _, also := range t.Also {
			keys, of = append(keys, also.Key), append(of, i)
		}
	}
	held = make([]uint32, len(places))
	bad, err = g.Index.Mark(ctx, keys, places, func(key, i int) { held[i] |= 1 << of[key] })
	return held, bad, err
}

// mayHold tells whether a passage may hold all phrases, alone or with a neighbour of it.
func mayHold(places []index.Place, held []uint32, i int, needs []uint32) bool {
	with := func(k, step int) uint32 {
		k += step
		if k < 0 || k >= len(places) || places[k].Segment != places[i].Segment || int(places[k].Passage)-int(places[i].Passage) != step {
			return 0
		}
		return held[k]
	}
	before, after := with(i, -1), with(i, 1)
	for _, need := range needs {
		if held[i]&need == 0 || need&^(held[i]|before|after) != 0 {
			return false
		}
	}
	return true
}
