package judge

import (
	"bytes"

	"sluice/cascade/flow"
	"sluice/index"
)

// verifyBatch is how many texts are read at a time while phrases are looked for.
const verifyBatch = 256

// needle is a phrase or an excluded word as the analyser sees it.
type needle struct {
	words   [][]byte // exact forms, side by side
	literal []byte   // lower-cased, for what has no words in it ("->")
}

func newNeedle(s string) needle {
	n := needle{literal: bytes.ToLower([]byte(s))}
	for _, t := range index.NewAnalyzer().Tokens(nil, []byte(s)) {
		if t.Kind != index.WholeToken {
			n.words = append(n.words, bytes.Clone(t.Term))
		}
	}
	return n
}

// in tells whether the text holds the needle.
func (n needle) in(body []byte, tokens []index.Token) bool {
	if len(n.words) == 0 {
		return bytes.Contains(bytes.ToLower(body), n.literal)
	}
	var run int // words of the needle that stand side by side up to here
	last := 0
	for i := range tokens {
		t := &tokens[i]
		if t.Kind == index.WholeToken {
			continue
		}
		if run > 0 && (t.Pos != last+1 || !bytes.Equal(t.Term, n.words[run])) {
			run = 0
		}
		if bytes.Equal(t.Term, n.words[run]) {
			run, last = run+1, t.Pos
		}
		if run == len(n.words) {
			return true
		}
	}
	return false
}

// verify drops what does not hold the question's phrases or holds a word that it excludes. It reads texts
// in the order known so far until enough passages are certain; what it did not get to is below the cut, or,
// when time is up, dropped for that: it may not hold what the question demands.
func (r *judging) verify() error {
	if len(r.q.Phrases) == 0 && len(r.q.Exclude) == 0 {
		return nil
	}
	var must, not []needle
	for _, p := range r.q.Phrases {
		must = append(must, newNeedle(p))
	}
	for _, w := range r.q.Exclude {
		not = append(not, newNeedle(w))
	}
	kept := r.all[:0:0]
	at := 0
	for ; at < len(r.all) && len(kept) < r.lim.Judge && !r.late(); at += verifyBatch {
		batch := r.all[at:min(at+verifyBatch, len(r.all))]
		holds, err := r.hold(batch, must, not)
		if err != nil {
			return err
		}
		for i, ok := range holds {
			if ok {
				kept = append(kept, batch[i])
				continue
			}
			r.stats.Drop(flow.NoMatch, 1)
			r.lim.Trace.Record(flow.Step{Place: batch[i].Place, Stage: "judge", Reason: flow.NoMatch, Rank: at + i + 1})
		}
	}
	rest := flow.BelowCut
	if r.late() && len(kept) < r.lim.Judge {
		rest = flow.Timeout
		r.outOfTime()
	}
	for i := min(at, len(r.all)); i < len(r.all); i++ {
		r.stats.Drop(rest, 1)
		r.lim.Trace.Record(flow.Step{Place: r.all[i].Place, Stage: "judge", Reason: rest, Rank: i + 1, CutRank: at})
	}
	r.all = kept
	return nil
}

// hold tells which passages of the batch hold every needle of must and none of not. One that cannot be
// read does not.
func (r *judging) hold(batch []scored, must, not []needle) ([]bool, error) {
	holds := make([]bool, len(batch))
	analyzer := index.NewAnalyzer()
	var tokens []index.Token
	err := r.sn.Texts(r.ctx, placesOf(batch), func(k int, body []byte) error {
		tokens = analyzer.Tokens(tokens[:0], body)
		holds[k] = all(must, true, body, tokens) && all(not, false, body, tokens)
		return nil
	}, func(int, error) {})
	return holds, err
}

func all(needles []needle, want bool, body []byte, tokens []index.Token) bool {
	for _, n := range needles {
		if n.in(body, tokens) != want {
			return false
		}
	}
	return true
}

func placesOf(list []scored) []index.Place {
	places := make([]index.Place, len(list))
	for i := range list {
		places[i] = index.Place(list[i].Place)
	}
	return places
}
