package judge

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"sluice/index"
)

// nearWords is how close two terms stand that speak of one thing (Metzler and Croft, A Markov
// random field model, SIGIR 2005).
const nearWords = 8

// match is a question term where it stands in a text.
type match struct {
	pos   int
	term  int
	exact bool // in the question's own form
}

// reader computes the features that need a text.
type reader struct {
	terms   []index.Term
	each    []int64 // weight of each term
	byStem  map[string]int
	parsed  []match // the question's terms in its own order
	pairs   []pair
	runs    []run // for each parsed term: the run that last ended with it
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

func newReader(terms []index.Term, question string) *reader {
	rd := &reader{terms: terms, byStem: map[string]int{}, analyze: index.NewAnalyzer()}
	rd.each, _ = idfs(terms)
	for i := len(terms) - 1; i >= 0; i-- { // the heaviest term has a form that two share
		for _, form := range terms[i].Forms[min(1, len(terms[i].Forms)):] {
			rd.byStem[form] = i
		}
	}
	for i, t := range terms { // and a term its own
		rd.byStem[t.Stem] = i
	}
	rd.parse(question)
	return rd
}

// find tells which term a token is.
func (rd *reader) find(t *index.Token) (term int, ok bool) {
	term, ok = rd.byStem[string(t.Stem)]
	return term, ok
}

// parse notes the question's terms in its own order, and its neighbouring pairs: stop words between
// two terms widen their gap.
func (rd *reader) parse(question string) {
	const gapMax = 4
	const parsedMax = 256 // of a long text; each is compared with every match
	rd.tokens = rd.analyze.Tokens(rd.tokens[:0], []byte(question))
	for i := range rd.tokens {
		if len(rd.parsed) == parsedMax {
			break
		}
		t := &rd.tokens[i]
		term, ok := rd.find(t)
		if !ok || t.Kind.Beside() {
			continue
		}
		if n := len(rd.parsed); n > 0 {
			prev := rd.parsed[n-1]
			if gap := t.Pos - prev.pos; prev.term != term && gap > 0 && gap <= gapMax {
				rd.pairs = append(rd.pairs, pair{prev.term, term, gap, min(rd.each[prev.term], rd.each[term])})
			}
		}
		rd.parsed = append(rd.parsed, match{pos: t.Pos, term: term})
	}
	rd.runs = make([]run, len(rd.parsed))
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
	f[Ordered], f[Near] = rd.neighbours()
	f[Exact] = rd.exact()
	f[Verbatim] = rd.verbatim()
}

// neighbours tells which shares of the question's pairs stand side by side in order, and near each
// other.
func (rd *reader) neighbours() (ordered, near int64) {
	var sum int64
	for _, p := range rd.pairs {
		sum += p.weight
		o, w := rd.pairIn(p)
		ordered += p.weight * o / (o + 1)
		near += p.weight * w / (w + 1)
	}
	return ratio(ordered, sum), ratio(near, sum)
}

// pairIn counts how often a pair stands in the text: in order at most the question's gap apart, and
// within nearWords in any order.
func (rd *reader) pairIn(p pair) (ordered, near int64) {
	lastA, lastB := -nearWords-1, -nearWords-1
	for _, m := range rd.matches {
		switch m.term {
		case p.a:
			if m.pos-lastB <= nearWords {
				near++
			}
			lastA = m.pos
		case p.b:
			if d := m.pos - lastA; d <= nearWords {
				near++
				if d > 0 && d <= p.gap {
					ordered++
				}
			}
			lastB = m.pos
		}
	}
	return ordered, near
}

// exact is the share of the matched terms, by weight, that stand in the text in the question's own
// form.
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

// verbatim finds the longest run of the question's words that the text repeats, stop words between
// them left alone, and returns the square of its share: a question that quotes a passage finds it,
// and two words that happen to stand together weigh little.
func (rd *reader) verbatim() int64 {
	if len(rd.parsed) < 2 {
		return 0
	}
	clear(rd.runs)
	longest := 0
	for _, m := range rd.matches {
		for k := len(rd.parsed) - 1; k >= 0; k-- {
			if rd.parsed[k].term != m.term {
				continue
			}
			r := run{pos: m.pos, words: 1}
			if k > 0 && rd.runs[k-1].words > 0 && m.pos-rd.runs[k-1].pos == rd.parsed[k].pos-rd.parsed[k-1].pos {
				r.words = rd.runs[k-1].words + 1
			}
			rd.runs[k] = r
			longest = max(longest, r.words)
		}
	}
	n := int64(len(rd.parsed))
	return ratio(int64(longest*longest), n*n)
}

// read reads the texts of the best and lets them decide the first places.
func (r *judging) read(ctx context.Context, order []scored) ([]scored, error) {
	n := min(r.o.Read, len(order))
	name, isName := r.named()
	if isName {
		var err error
		if order, n, err = r.promote(ctx, order, name); err != nil {
			return nil, err
		}
	}
	rd := newReader(r.terms, r.q.Text)
	err := r.Index.Texts(ctx, placesOf(order[:n]), func(k int, body []byte) error {
		rd.read(&order[k].features, body)
		if isName {
			order[k].rank = name.rank(body, rd.tokens)
		}
		return nil
	}, func(_ int, why index.Degraded) { r.stats.Miss(why) }) // it keeps its stored features
	if err != nil {
		return nil, err
	}
	for i := range order[:n] {
		order[i].head = r.Ranker.head(&order[i].features)
		if err := r.quoted(&order[i]); err != nil {
			return nil, err
		}
	}
	if err := r.flagDuplicates(ctx, order[:n]); err != nil {
		return nil, err
	}
	order = join(order, n)
	if isName {
		byName(order[:n])
	}
	return order, nil
}

// join puts the best of the n that were read in front, by their head scores, and leaves the others
// to the tail's order.
func join(order []scored, n int) []scored {
	read := order[:n]
	slices.SortStableFunc(read, func(a, b scored) int { return cmp.Compare(b.head, a.head) })
	k := min(HeadPlaces, n)
	for i := range read[:k] {
		read[i].inHead = true
	}
	sortTail(read[k:])
	return order
}

// flagDuplicates marks a passage whose text is nearly that of a better one.
func (r *judging) flagDuplicates(ctx context.Context, best []scored) error {
	hashes := make([]uint64, 0, len(best))
	return r.Index.Records(ctx, placesOf(best), func(k int, rec *index.Record) error {
		h := rec.SimHash()
		best[k].duplicate = slices.ContainsFunc(hashes, func(other uint64) bool {
			return bits.OnesCount64(h^other) <= index.SimHashBitsMax
		})
		hashes = append(hashes, h)
		return nil
	}, func(_ int, why index.Degraded) { r.stats.Miss(why) })
}
