package judge

import (
	"math/bits"

	"sluice/cascade/flow"
	"sluice/index"
)

const (
	windowWords  = 8 // two terms this close speak of one thing (Metzler and Croft, A Markov random field model, SIGIR 2005)
	duplicateMax = 3 // differing bits of two simhashes up to which texts are near-duplicates
)

// match is a question term where it stands in a text.
type match struct {
	pos   int
	term  int
	exact bool // in the question's own form
}

// reader computes the features that need a text.
type reader struct {
	terms   []flow.Term
	each    []int64 // weight of each term
	byStem  map[string]int
	byExact map[string]int
	said    []match // the question's terms in its own order
	pairs   []pair
	runs    []run // for each word of said: the run that last ended with it
	matches []match
	tokens  []index.Token
	analyze *index.Analyzer
}

// run is a stretch of the question's words in a text.
type run struct{ pos, words int } // where it ends, and how long it is

// pair is two terms that stand next to each other in the question, gap words apart.
type pair struct {
	a, b, gap int
	weight    int64
}

func newReader(terms []flow.Term, question string) *reader {
	rd := &reader{terms: terms, byStem: map[string]int{}, byExact: map[string]int{}, analyze: index.NewAnalyzer()}
	rd.each, _ = idfs(terms)
	for i, t := range terms {
		if string(t.Key) == string(t.Exact) {
			rd.byExact[t.Text] = i
		} else {
			rd.byStem[t.Stem] = i
		}
	}
	rd.hear(question)
	return rd
}

// find tells which term a token is.
func (rd *reader) find(t *index.Token) (term int, ok bool) {
	if t.Kind == index.WholeToken {
		term, ok = rd.byExact[string(t.Term)]
		return term, ok
	}
	term, ok = rd.byStem[string(t.Stem)]
	return term, ok
}

// hear notes the question's terms in its own order, and its neighbouring pairs: stop words between two
// terms widen their gap.
func (rd *reader) hear(question string) {
	const gapMax = 4
	rd.tokens = rd.analyze.Tokens(rd.tokens[:0], []byte(question))
	for i := range rd.tokens {
		t := &rd.tokens[i]
		term, ok := rd.find(t)
		if !ok || t.Kind == index.WholeToken {
			continue
		}
		if n := len(rd.said); n > 0 {
			prev := rd.said[n-1]
			if gap := t.Pos - prev.pos; prev.term != term && gap > 0 && gap <= gapMax {
				rd.pairs = append(rd.pairs, pair{prev.term, term, gap, min(rd.each[prev.term], rd.each[term])})
			}
		}
		rd.said = append(rd.said, match{pos: t.Pos, term: term})
	}
	rd.runs = make([]run, len(rd.said))
}

// read adds to f what the text says.
func (rd *reader) read(f *Features, body []byte) {
	rd.tokens = rd.analyze.Tokens(rd.tokens[:0], body)
	rd.matches = rd.matches[:0]
	for i := range rd.tokens {
		t := &rd.tokens[i]
		if term, ok := rd.find(t); ok {
			rd.matches = append(rd.matches, match{t.Pos, term, string(t.Term) == rd.terms[term].Text})
		}
	}
	f[Ordered], f[Window] = rd.neighbours()
	f[Exact] = rd.exact()
	f[Verbatim] = rd.verbatim()
}

// neighbours tells which shares of the question's pairs stand side by side in order, and near each other.
func (rd *reader) neighbours() (ordered, window int64) {
	var sum, inOrder, near int64
	for _, p := range rd.pairs {
		sum += p.weight
		o, w := rd.pairIn(p)
		inOrder += p.weight * o / (o + 1)
		near += p.weight * w / (w + 1)
	}
	return ratio(inOrder, sum), ratio(near, sum)
}

// pairIn counts how often a pair stands in the text: in order at most the question's gap apart, and within
// windowWords in any order.
func (rd *reader) pairIn(p pair) (ordered, window int64) {
	lastA, lastB := -windowWords-1, -windowWords-1
	for _, m := range rd.matches {
		switch m.term {
		case p.a:
			if m.pos-lastB <= windowWords {
				window++
			}
			lastA = m.pos
		case p.b:
			if d := m.pos - lastA; d <= windowWords {
				window++
				if d > 0 && d <= p.gap {
					ordered++
				}
			}
			lastB = m.pos
		}
	}
	return ordered, window
}

// exact is the share of the matched terms, by weight, that stand in the text in the question's own form.
func (rd *reader) exact() int64 {
	var matched, own uint32
	for _, m := range rd.matches {
		matched |= 1 << m.term
		if m.exact {
			own |= 1 << m.term
		}
	}
	return ratio(weightOf(own, rd.each), weightOf(matched, rd.each))
}

// verbatim finds the longest run of the question's words that the text repeats, stop words between them
// left alone, and returns the square of its share: a question that quotes a passage finds it, and two
// words that happen to stand together weigh little.
func (rd *reader) verbatim() int64 {
	if len(rd.said) < 2 {
		return 0
	}
	clear(rd.runs)
	longest := 0
	for _, m := range rd.matches {
		for k := len(rd.said) - 1; k >= 0; k-- {
			if rd.said[k].term != m.term {
				continue
			}
			r := run{pos: m.pos, words: 1}
			if k > 0 && rd.runs[k-1].words > 0 && m.pos-rd.runs[k-1].pos == rd.said[k].pos-rd.said[k-1].pos {
				r.words = rd.runs[k-1].words + 1
			}
			rd.runs[k] = r
			longest = max(longest, r.words)
		}
	}
	n := int64(len(rd.said))
	return ratio(int64(longest*longest), n*n)
}

// read reads the best by the tail's order and gathers the head's candidates in front of r.all.
func (r *judging) read() error {
	n := min(r.lim.Read, len(r.all))
	rd := newReader(r.terms, r.q.Text)
	head := r.all[:n]
	err := r.sn.Texts(r.ctx, placesOf(head), func(k int, body []byte) error {
		rd.read(&head[k].features, body)
		head[k].read = true
		return nil
	}, func(int, error) {}) // one that cannot be read keeps its stored features
	for i := range head {
		head[i].head = weights.head(&head[i].features)
	}
	r.heads = n
	r.flagDuplicates(head)
	return err
}

// flagDuplicates marks a passage whose text is nearly that of a better one.
func (r *judging) flagDuplicates(head []scored) {
	hashes := make([]uint64, 0, len(head))
	_ = r.sn.Guard(func() error {
		for i := range head {
			rec, err := r.sn.Record(index.Place(head[i].Place))
			if err != nil {
				return err
			}
			h := rec.SimHash()
			for _, seen := range hashes {
				if bits.OnesCount64(h^seen) <= duplicateMax {
					head[i].duplicate = true
					break
				}
			}
			hashes = append(hashes, h)
		}
		return nil
	})
}
