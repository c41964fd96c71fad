package index

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"sluice/index/lexical"
	"sluice/index/text"
)

// Nearest words are offered for one that the store does not hold, and never assumed.

// NearWord is a word of the store that is spelt nearly as another one.
type NearWord struct {
	Word     string // as it stands in a passage
	Edits    int    // that make one of the other: 1 or 2
	Passages int64  // that hold it, about: what was removed lately may count
}

const (
	nearShort    = 4 // letters of a word that has too few for two edits: everything is near it
	nearOffered  = 4 // times as many words are looked at in texts as are offered
	nearPassages = 8 // of a word are read for how it is spelt
)

// Nearest finds the n words that are spelt most like word, those that more passages hold first
// where equally like. Two edits are tried where one finds nothing. A segment that turns out damaged
// offers nothing and is named. When ctx ends, what was found so far is offered.
func (sn *Snapshot) Nearest(ctx context.Context, word string, n int) ([]NearWord, []Degraded) {
	var bad []Degraded
	analyzer := NewAnalyzer()
	tokens := analyzer.Tokens(nil, []byte(word))
	if len(tokens) == 0 || n <= 0 {
		return nil, nil
	}
	term := string(tokens[0].Term) // the whole stands before its parts
	most := 2
	if utf8.RuneCountInString(term) <= nearShort {
		most = 1
	}
	for edits := 1; edits <= most; edits++ {
		near := sn.near(ctx, term, edits, &bad)
		if found := sn.spelt(analyzer, near, term, edits, n, &bad); len(found) > 0 {
			return found, bad
		}
	}
	return nil, bad
}

// nearTerm is a term near a word, with where it may be looked up.
type nearTerm struct {
	term     string
	edits    int
	passages int64
	places   []Place
}

// near gathers the terms of all segments, the nearest and then the most frequent first.
func (sn *Snapshot) near(ctx context.Context, term string, edits int, bad *[]Degraded) []nearTerm {
	var all []*nearTerm
	byTerm := map[string]*nearTerm{}
	for _, seg := range sn.segments {
		p, ok := seg.Part(sn.lexicalArm())
		if !ok {
			continue
		}
		err := seg.Read(func(*text.Reader) error {
			return p.Reader.(*lexical.Reader).Near(ctx, []byte(term), edits, func(n *lexical.Near) error {
				t := byTerm[string(n.Term)]
				if t == nil {
					t = &nearTerm{term: string(n.Term), edits: n.Edits}
					byTerm[t.term], all = t, append(all, t)
				}
				t.passages += int64(n.DF)
				return n.List.Each(func(passage uint32, _ byte) bool {
					if place := (Place{Segment: p.Segment, Passage: passage}); sn.Live(place) {
						t.places = append(t.places, place)
					}
					return len(t.places) < nearPassages
				})
			})
		})
		if d, ok := sn.damage(err); ok {
			*bad = AddDegraded(*bad, d)
		}
	}
	out := make([]nearTerm, len(all))
	for i, t := range all {
		out[i] = *t
	}
	slices.SortFunc(out, func(a, b nearTerm) int {
		return cmp.Or(cmp.Compare(a.edits, b.edits), cmp.Compare(b.passages, a.passages), cmp.Compare(a.term, b.term))
	})
	return out
}

// spelt finds in texts how the words are written, which also tells words from stems.
func (sn *Snapshot) spelt(analyzer *Analyzer, near []nearTerm, word string, edits, n int, bad *[]Degraded) (found []NearWord) {
	for _, t := range near[:min(len(near), n*nearOffered)] {
		if len(found) == n {
			break
		}
		written := sn.written(analyzer, t, word, edits, bad)
		if written == "" || slices.ContainsFunc(found, func(o NearWord) bool { return o.Word == written }) {
			continue
		}
		found = append(found, NearWord{Word: written, Edits: t.edits, Passages: t.passages})
	}
	return found
}

// written is how a term is written in one of its passages; "" where none has it. Of a stem that is
// no word, a word near enough that has it will do.
func (sn *Snapshot) written(analyzer *Analyzer, t nearTerm, word string, edits int, bad *[]Degraded) (other string) {
	for _, place := range t.places {
		body, err := sn.Text(place)
		if d, damaged := sn.damage(err); damaged {
			*bad = AddDegraded(*bad, one(d))
		}
		if err != nil {
			continue
		}
		for _, tok := range analyzer.Tokens(nil, body) {
			switch {
			case tok.Kind == PrefixToken:
			case string(tok.Term) == t.term:
				return string(body[tok.Start:tok.End])
			case other == "" && string(tok.Stem) == t.term && string(tok.Term) != word && lexical.Edits(string(tok.Term), word) <= edits:
				other = string(body[tok.Start:tok.End])
			}
		}
	}
	return other
}
