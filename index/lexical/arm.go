package lexical

import (
	"context"
	"fmt"
	"hash/fnv"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/internal/defence"
)

// Arm is the lexical arm as the index sees it.
type Arm struct{}

// version is that of everything that decides the postings' bytes: the analyser above all. Its
// history:
//
//	1  first
//	2  identifiers and hyphened words joined, as stems; numbers without v, unit or suffix, with
//	   their prefixes; dates and grouped digits as one number
//	3  Unicode normalised, single characters of Han and Hangul, emoji, elision
//	4  names of documents
//	5  stems of the text's own language
//	6  noise counts as longer, encoded bytes are no words
//	7  words with escapes inside
//	8  words over the soft end of a line; stems by the document's language, where a passage does
//	   not tell its own; of titles too
const version = 8

// Facts implements arm.Arm. Blocks are small, because a question looks up short lists all over the
// file and checks each block that it meets for the first time.
func (Arm) Facts() arm.Facts {
	return arm.Facts{Kind: blockfile.KindLexical, Score: "bm25", Part: "postings", Version: version, BlockBytes: blockfile.BlockBytesRandom}
}

// builder is a Builder as the seam has it: nobody there asks for lengths.
type builder struct{ *Builder }

func (b builder) Add(f arm.Fields) { b.Builder.Add(f) }

// NewBuilder implements arm.Arm.
func (Arm) NewBuilder() arm.Builder { return builder{NewBuilder()} }

// Open implements arm.Arm.
func (Arm) Open(f *blockfile.File) (arm.Reader, error) { return Open(f) }

// Merge implements arm.Arm.
func (Arm) Merge(w *blockfile.Writer, parts []arm.Part) error {
	ins := make([]MergeInput, len(parts))
	var length uint64
	for i, p := range parts {
		r := p.Reader.(*Reader)
		ins[i] = MergeInput{Reader: r, Deleted: p.Deleted}
		length += r.TotalLength() - removedOf(p).Length()
	}
	return Merge(w, ins, length)
}

// tally is a Tally as the seam has it.
type tally struct{ *Tally }

func (t tally) WriteTo(w *blockfile.Writer, before arm.Removed) error {
	old, _ := before.(*Removed)
	return t.Tally.WriteTo(w, old)
}

// NewTally implements arm.Arm.
func (Arm) NewTally() arm.Tally { return tally{NewTally()} }

// OpenTally implements arm.Arm.
func (Arm) OpenTally(f *blockfile.File) (arm.Removed, error) { return OpenRemoved(f) }

// removedOf is the tally of a part; nil when nothing was removed.
func removedOf(p arm.Part) *Removed {
	r, _ := p.Removed.(*Removed)
	return r
}

// DF is the number of live passages of all parts that the list of key holds: stored minus removed.
func DF(p arm.Part, key []byte) (int64, error) {
	list, ok, err := p.Reader.(*Reader).Lookup(key)
	if err != nil || !ok {
		return 0, err
	}
	gone, err := removedOf(p).DF(key)
	return int64(list.DF()) - int64(gone), err
}

// averageLength is the mean length of the live passages of all parts, in terms.
func averageLength(parts []arm.Part) float64 {
	var passages int64
	var length uint64
	for _, p := range parts {
		r := p.Reader.(*Reader)
		passages += int64(r.Passages()) - int64(p.Deleted.Count())
		length += r.TotalLength() - removedOf(p).Length()
	}
	if passages == 0 {
		return 0
	}
	return float64(length) / float64(passages)
}

// NewScorer implements arm.Arm.
func (Arm) NewScorer(q *arm.Question, parts []arm.Part) (arm.Scorer, error) {
	if len(q.Terms) > arm.TermsMax {
		return nil, fmt.Errorf("BUG: %d terms in one question", len(q.Terms))
	}
	weights := make([]Weight, len(q.Terms))
	for i, t := range q.Terms {
		weights[i] = Weight{IDF: t.IDF, Repeats: t.Repeats, Lists: 1 + len(t.Also)}
	}
	scorer := NewScorer(averageLength(parts), weights)
	scorer.seed = seedOf(q.Terms)
	return &questionScorer{scorer: scorer, terms: q.Terms}, nil
}

// seedOf is a number that stands for a question: FNV-1a of its terms.
func seedOf(terms []arm.Term) uint64 {
	h := fnv.New64a()
	for _, t := range terms {
		_, _ = h.Write(t.Key)
	}
	return h.Sum64() | 1
}

// questionScorer is a question's terms with their impacts.
type questionScorer struct {
	scorer *Scorer
	terms  []arm.Term
}

// lookup finds the lists of the terms that a part holds.
func (q *questionScorer) lookup(p arm.Part) ([]ScanTerm, error) {
	out := make([]ScanTerm, 0, len(q.terms))
	for i, t := range q.terms {
		var err error
		if out, err = appendList(out, p, t.Key, i, q.scorer.seed); err != nil {
			return nil, err
		}
		for _, also := range t.Also {
			if out, err = appendList(out, p, also.Key, i, q.scorer.seed); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// appendList appends the list of a key of term i, if the part holds it. seed is the question's.
func appendList(out []ScanTerm, p arm.Part, key []byte, i int, seed uint64) ([]ScanTerm, error) {
	if p.Without[string(key)] {
		return out, nil
	}
	list, ok, err := p.Reader.(*Reader).Lookup(key)
	list.key = key
	if err != nil || !ok {
		return out, list.met(err)
	}
	if !p.Unchecked && defence.Stands(defence.ReferenceResample) {
		list.seed = seed + uint64(i)<<32 + uint64(p.Segment)<<40
	}
	return append(out, ScanTerm{List: list, Term: i}), nil
}

// Score implements arm.Scorer.
func (q *questionScorer) Score(p arm.Part, passages, out []uint32) error {
	found, err := q.lookup(p)
	if err != nil {
		return err
	}
	return q.scorer.score(found, passages, out)
}

// Search implements arm.Scorer.
func (q *questionScorer) Search(k int, ids arm.IDs) arm.Search {
	return questionSearch{q, NewSearch(k, q.scorer, ids)}
}

// questionSearch is one search for the best of a question.
type questionSearch struct {
	question *questionScorer
	*Search
}

// Scan implements arm.Search.
func (s questionSearch) Scan(ctx context.Context, p arm.Part) (arm.Stats, error) {
	found, err := s.question.lookup(p)
	if err != nil {
		return arm.Stats{}, err
	}
	return s.Search.scan(ctx, &p, found)
}

// Verify reads every list and holds it against the format, beyond what checksums tell.
func (r *Reader) Verify(ctx context.Context) error {
	return r.Terms(nil, func(_ []byte, l List) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 0
		err := l.Each(func(uint32, byte) bool { n++; return true })
		if err == nil && n != l.DF() {
			err = fmt.Errorf("%w: a list of %d passages says %d", ErrFormat, n, l.DF())
		}
		return err
	})
}
