package index

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"sluice/index/blockfile"
	"sluice/index/lexical"
)

// What the cascade needs of the lexical arm, under the store's name.
type (
	// QuestionTerm is one distinct term of a question with the keys of its lists.
	QuestionTerm = lexical.QuestionTerm
	// Token is one term of a text.
	Token = lexical.Token
	// Analyzer cuts texts into tokens.
	Analyzer = lexical.Analyzer
)

// WholeToken is the kind of a token that is a whole identifier beside its parts.
const WholeToken = lexical.Whole

// ScoreUnit turns a candidate's score into BM25's usual unit.
const ScoreUnit = lexical.ScoreUnit

// NewAnalyzer returns an analyser; keep one for many texts, on one goroutine at a time.
func NewAnalyzer() *Analyzer { return lexical.NewAnalyzer() }

// IDF is the inverse document frequency of a term that df of n passages hold.
func IDF(n, df int64) float64 { return lexical.IDF(n, df) }

// ExactKey is the key of an exact form's list: of whole identifiers, and of words that differ from their stem.
func ExactKey(term []byte) []byte { return lexical.ExactKey(nil, term) }

// StemKey is the key of a stem's list.
func StemKey(stem []byte) []byte { return lexical.StemKey(nil, stem) }

// Term is one term as the arm scores it.
type Term struct {
	Key     []byte
	IDF     float64
	Repeats int
}

// Hit is a passage that gather let through.
type Hit struct {
	Place
	Score uint32 // in units of ScoreUnit
	Terms uint32 // bit i: the passage holds term i
}

// GatherCount accounts for every live passage that Gather looked at.
type GatherCount struct {
	Filtered, NoMatch, BelowCut int64
	Failed                      int64 // in segments that turned out damaged
	Bytes                       int64 // of postings read
	Degraded                    []Degraded
}

// DF is the number of live passages that the list of key holds, over all segments: stored minus dead. A
// segment whose dictionary is damaged counts nothing here, and Gather names it.
func (sn *Snapshot) DF(key []byte) (int64, error) {
	var df int64
	for _, seg := range sn.segments {
		list, ok, err := seg.lookup(key)
		if err == nil && ok {
			df += int64(list.DF()) - int64(seg.dead.df[string(key)])
		}
	}
	return df, nil
}

func (s *Segment) lookup(key []byte) (list lexical.List, ok bool, err error) {
	err = blockfile.Guard(func() error {
		list, ok, err = s.lexical.Lookup(key)
		return err
	})
	return list, ok, err
}

func (sn *Snapshot) scorer(terms []Term) *lexical.Scorer {
	weights := make([]lexical.Weight, len(terms))
	for i, t := range terms {
		weights[i] = lexical.Weight{IDF: t.IDF, Repeats: t.Repeats}
	}
	return lexical.NewScorer(sn.AverageLength(), weights)
}

// scanTerms looks the terms up in one segment.
func (s *Segment) scanTerms(terms []Term) ([]lexical.ScanTerm, error) {
	out := make([]lexical.ScanTerm, 0, len(terms))
	for i, t := range terms {
		list, ok, err := s.lexical.Lookup(t.Key)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, lexical.ScanTerm{List: list, Term: i})
		}
	}
	return out, nil
}

// Cut says how many passages Gather returns, and how many of them stand in exact order.
type Cut struct {
	Keep    int // exactly the best by (score, passage id)
	Ordered int // of the first so many, equal scores stand by passage id too; further down they stand as they come
}

// Gather scores every live passage that passes the filter and returns the exact best by (score, passage
// id), best first. The scores depend on the live counts of the whole snapshot and not on how it is cut
// into segments.
func (sn *Snapshot) Gather(ctx context.Context, terms []Term, filter *Filter, cut Cut) ([]Hit, GatherCount, error) {
	var count GatherCount
	failed := map[int]bool{}
	for {
		hits, err := sn.gather(ctx, terms, filter, cut, failed, &count)
		var bad *segmentError
		if !errors.As(err, &bad) || failed[bad.ord] {
			return hits, count, err
		}
		// Start again without the damaged segment: what it offered must not stand in the order.
		failed[bad.ord] = true
		count = GatherCount{Degraded: append(count.Degraded, sn.degrade(bad))}
	}
}

// degrade says what a segment that failed during a question hides.
func (sn *Snapshot) degrade(bad *segmentError) Degraded {
	e := sn.segments[bad.ord].entry
	return Degraded{What: segmentName(e), Why: why(bad.err), Documents: e.Documents}
}

// segmentError is damage that was met in one segment while it answered.
type segmentError struct {
	ord int
	err error
}

func (e *segmentError) Error() string { return e.err.Error() }
func (e *segmentError) Unwrap() error { return e.err }

// blame turns damage into a *segmentError; anything else is the question's own error.
func blame(ord int, err error) error {
	if errors.As(err, new(*segmentError)) {
		return err
	}
	if named := (*lexical.SegmentError)(nil); errors.As(err, &named) {
		return &segmentError{int(named.Segment), err}
	}
	if errors.Is(err, blockfile.ErrCorrupt) || errors.Is(err, lexical.ErrFormat) || errors.Is(err, fs.ErrNotExist) {
		return &segmentError{ord, err}
	}
	return err
}

func (sn *Snapshot) gather(ctx context.Context, terms []Term, filter *Filter, want Cut, failed map[int]bool, count *GatherCount) ([]Hit, error) {
	cut := lexical.NewCutter(want.Keep, sn.scorer(terms), sn.idOf)
	var matched int64
	for ord, seg := range sn.segments {
		if failed[ord] {
			count.Failed += seg.live()
			continue
		}
		var stats lexical.Stats
		err := blockfile.Guard(func() (err error) {
			stats, err = sn.scan(ctx, uint32(ord), seg, terms, filter, cut)
			return err
		})
		if err != nil {
			return nil, blame(ord, err)
		}
		matched += stats.Matched
		count.Filtered += stats.Filtered
		count.NoMatch += stats.NoMatch()
		count.Bytes += stats.Bytes
	}
	return sn.ranked(ctx, cut, want.Ordered, matched, count)
}

// scan offers one segment's passages to the cut.
func (sn *Snapshot) scan(ctx context.Context, ord uint32, seg *Segment, terms []Term, filter *Filter, cut *lexical.Cutter) (lexical.Stats, error) {
	part := lexical.Part{Reader: seg.lexical, Segment: ord, Deleted: seg.deleted}
	set, all, err := filter.allowed(seg)
	if err != nil {
		return lexical.Stats{}, err
	}
	if !all {
		part.Allowed = bitsOf(set, seg.text.Passages())
	}
	found, err := seg.scanTerms(terms)
	if err != nil {
		return lexical.Stats{}, err
	}
	return lexical.Scan(ctx, part, found, cut)
}

// ranked ends the cut and puts the hits in order.
func (sn *Snapshot) ranked(ctx context.Context, cut *lexical.Cutter, ordered int, matched int64, count *GatherCount) ([]Hit, error) {
	var raw []lexical.Hit
	err := blockfile.Guard(func() (err error) {
		if raw, err = cut.Hits(ctx); err == nil {
			err = lexical.Rank(raw, sn.idOf, ordered)
		}
		return err
	})
	if err != nil {
		return nil, blame(0, err)
	}
	hits := make([]Hit, len(raw))
	for i, h := range raw {
		hits[i] = Hit{Place: Place{h.Segment, h.Passage}, Score: h.Score, Terms: h.Terms}
	}
	count.BelowCut = matched - int64(len(hits))
	return hits, nil
}

// idOf reads the passage id that ties are resolved by.
func (sn *Snapshot) idOf(ord, passage uint32) ([10]byte, error) {
	rec, err := sn.segments[ord].text.Record(passage)
	if err != nil {
		return [10]byte{}, blame(int(ord), err)
	}
	return rec.ID(), nil
}

func (s *Segment) live() int64 {
	return int64(s.text.Passages()) - int64(s.dead.passages.GetCardinality())
}

// bitsOf turns a set into one bit a passage.
func bitsOf(set *roaring.Bitmap, passages int) lexical.Bits {
	bits := make(lexical.Bits, (passages+63)/64)
	for it := set.Iterator(); it.HasNext(); {
		p := it.Next()
		bits[p/64] |= 1 << (p % 64)
	}
	return bits
}

// Passes tells whether a passage is live and passes the filter.
func (sn *Snapshot) Passes(p Place, filter *Filter) (bool, error) {
	seg, err := sn.segment(p)
	if err != nil || !sn.Live(p) {
		return false, err
	}
	set, all, err := filter.allowed(seg)
	return all || err == nil && set.Contains(p.Passage), err
}

// Places is a set of passages grouped by segment, for several calls over the same ones.
type Places struct {
	sn     *Snapshot
	groups []group // by segment ordinal
}

// group is the places that lie in one segment, in ascending order.
type group struct {
	passages []uint32
	at       []int32 // index in the caller's order
}

// Group sorts places for Score and Mark. They may come in any order.
func (sn *Snapshot) Group(places []Place) (*Places, error) {
	const passageBits, indexBits = 24, 24 // of a key: segment, passage, index
	keys := make([]uint64, len(places))
	for i, p := range places {
		if _, err := sn.segment(p); err != nil {
			return nil, err
		}
		keys[i] = uint64(p.Segment)<<(passageBits+indexBits) | uint64(p.Passage)<<indexBits | uint64(i)
	}
	slices.Sort(keys)
	g := &Places{sn: sn, groups: make([]group, len(sn.segments))}
	for _, k := range keys {
		to := &g.groups[k>>(passageBits+indexBits)]
		to.passages = append(to.passages, uint32(k>>indexBits)&(1<<passageBits-1))
		to.at = append(to.at, int32(k&(1<<indexBits-1)))
	}
	return g, nil
}

// Score adds to out[i] what the terms give places[i]: what Gather would find, for these passages only.
// A segment that turns out damaged adds nothing.
func (sn *Snapshot) Score(ctx context.Context, terms []Term, places []Place, out []uint32) error {
	g, err := sn.Group(places)
	if err != nil {
		return err
	}
	return g.Score(ctx, terms, out)
}

// Score is Snapshot.Score for places that are grouped already.
func (g *Places) Score(ctx context.Context, terms []Term, out []uint32) error {
	scorer := g.sn.scorer(terms)
	return g.each(ctx, func(seg *Segment, in group) error {
		found, err := seg.scanTerms(terms)
		if err != nil {
			return err
		}
		scores := make([]uint32, len(in.passages))
		if err := lexical.Score(scorer, found, in.passages, scores); err != nil {
			return err
		}
		for i, s := range scores {
			out[in.at[i]] += s
		}
		return nil
	})
}

// Mark calls hit with the index of each place whose passage the list of key holds.
func (g *Places) Mark(ctx context.Context, key []byte, hit func(i int)) error {
	return g.each(ctx, func(seg *Segment, in group) error {
		list, ok, err := seg.lexical.Lookup(key)
		if err != nil || !ok {
			return err
		}
		return list.Mark(in.passages, func(i int, _ byte) { hit(int(in.at[i])) })
	})
}

// each visits the segments that places lie in. Damage in a segment skips it.
func (g *Places) each(ctx context.Context, visit func(*Segment, group) error) error {
	for ord, in := range g.groups {
		if len(in.passages) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err := blockfile.Guard(func() error { return visit(g.sn.segments[ord], in) })
		if err = blame(ord, err); err != nil && !errors.As(err, new(*segmentError)) {
			return err
		}
	}
	return nil
}
