package judge

import (
	"bytes"
	"context"
	"slices"

	"sluice/cascade/flow"
	"sluice/index"
)

// verifyBatch is how many texts are read at a time while phrases are looked for.
const verifyBatch = 256

// needle is a phrase or an excluded word as the analyser sees it: which words may stand at each of
// its places. A word may take several: email is e-mail, which takes two.
type needle struct {
	steps   [][]step
	literal []byte // lower-cased, for what has no words in it ("->")
}

// step is a word of a needle.
type step struct {
	spellings []string // any of them will do
	next      int      // the place after it
}

func newNeedle(s string) needle {
	n := needle{literal: bytes.ToLower([]byte(s))}
	a := index.NewAnalyzer()
	tokens := a.Tokens(nil, []byte(s))
	for i, t := range tokens {
		if t.Kind == index.PrefixToken {
			continue
		}
		for len(n.steps) <= t.Pos {
			n.steps = append(n.steps, nil)
		}
		n.steps[t.Pos] = append(n.steps[t.Pos], step{a.Spellings(t), placeAfter(tokens, i)})
	}
	return n
}

// placeAfter is the place of the word that follows token i.
func placeAfter(tokens []index.Token, i int) int {
	t := &tokens[i]
	after := t.Pos + 1
	if t.Kind != index.WholeToken {
		return after
	}
	for _, part := range tokens[i+1:] {
		if part.Start >= t.End {
			break
		}
		after = max(after, part.Pos+1)
	}
	return after
}

// in tells whether the text holds the needle.
func (n *needle) in(body []byte, tokens []index.Token) bool {
	if len(n.steps) == 0 {
		return bytes.Contains(bytes.ToLower(body), n.literal)
	}
	for i := range tokens {
		if n.from(0, tokens, i) {
			return true
		}
	}
	return false
}

// from tells whether the words from place at on stand in the text from token i on, which may be the
// first of them.
func (n *needle) from(at int, tokens []index.Token, i int) bool {
	for _, s := range n.steps[at] {
		if !slices.Contains(s.spellings, string(tokens[i].Term)) {
			continue
		}
		if s.next == len(n.steps) {
			return true
		}
		place := placeAfter(tokens, i)
		for k := i + 1; k < len(tokens) && tokens[k].Pos <= place; k++ {
			if tokens[k].Pos == place && n.from(s.next, tokens, k) {
				return true
			}
		}
	}
	return false
}

// demands are what a text must hold and what it must not.
type demands struct{ must, not []needle }

func demandsOf(q flow.Query) (d demands) {
	for _, p := range q.Phrases {
		d.must = append(d.must, newNeedle(p))
	}
	for _, w := range q.Exclude {
		d.not = append(d.not, newNeedle(w))
	}
	return d
}

func (d demands) none() bool { return len(d.must)+len(d.not) == 0 }

// met tells whether a text meets all demands.
func (d demands) met(body []byte, tokens []index.Token) bool {
	for i := range d.must {
		if !d.must[i].in(body, tokens) {
			return false
		}
	}
	for i := range d.not {
		if d.not[i].in(body, tokens) {
			return false
		}
	}
	return true
}

// verify drops what does not hold the question's phrases or holds a word that it excludes. It reads
// texts in the order known so far until enough passages are certain; what it did not get to is
// below the cut, or, when time is up, dropped for that: it may not hold what the question demands.
// Nor does what cannot be read go out.
func (r *judging) verify(ctx context.Context, order []scored) ([]scored, error) {
	d := demandsOf(r.q)
	if d.none() {
		return order, nil
	}
	var kept []scored
	at := 0
	for ; at < len(order) && len(kept) < r.o.Judge && !r.late(); at += verifyBatch {
		batch := order[at:min(at+verifyBatch, len(order))]
		reasons, err := r.check(ctx, batch, d)
		if err != nil {
			return nil, err
		}
		for i, why := range reasons {
			if why == "" {
				kept = append(kept, batch[i])
				continue
			}
			r.drop(why, batch[i].Place, at+i, 0)
		}
	}
	r.dropRest(order, min(at, len(order)), len(kept))
	return kept, nil
}

// dropRest accounts for what was not read: nothing behind the first at passages was.
func (r *judging) dropRest(order []scored, at, kept int) {
	why := flow.BelowCut
	if rest := len(order) - at; rest > 0 && kept < r.o.Judge { // only time ends the reading so
		why = flow.Timeout
		r.stats.Note(outOfTime)
		r.stats.Miss(flow.OutOfTime("texts that may hold the phrase, or what is excluded", rest))
	}
	for i := at; i < len(order); i++ {
		r.drop(why, order[i].Place, i, at)
	}
}

// check tells for each passage of the batch why it is dropped: "" when it meets the demands.
func (r *judging) check(ctx context.Context, batch []scored, d demands) ([]flow.Reason, error) {
	reasons := slices.Repeat([]flow.Reason{flow.Failed}, len(batch)) // until it was read
	analyzer := index.NewAnalyzer()
	var tokens []index.Token
	err := r.Index.Texts(ctx, placesOf(batch), func(k int, body []byte) error {
		tokens = analyzer.Tokens(tokens[:0], body)
		reasons[k] = flow.NoMatch
		if d.met(body, tokens) {
			reasons[k] = ""
		}
		return nil
	}, func(_ int, why index.Degraded) { r.stats.Miss(why) })
	return reasons, err
}
