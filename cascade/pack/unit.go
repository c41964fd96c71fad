package pack

import (
	"slices"
	"strings"

	"sluice/cascade/flow"
)

const (
	// unionBytesMax bounds a union: a citation of many screens says too little about where
	// something stands.
	unionBytesMax = 8 << 10
	// gapBytesMax bounds the white space inside a union.
	gapBytesMax = 256
)

// unit is one citation of the window: a passage, or neighbours joined into one span.
type unit struct {
	members []*passage // in the document's order, each adjoining the one before
	best    *passage   // the one with the best rank
	path    string
	fence   string // the language of its fence
	strict  bool   // the source has forgotten passages: a gap must prove that none lies in it
	number  int    // that its text was framed with
	text    string // the citation as it stands in the window
	tokens  int    // that text costs
}

// newUnit makes a citation of one passage.
func (p *packer) newUnit(one *passage) *unit {
	return &unit{
		members: []*passage{one}, best: one, path: printable(one.rec.Path), fence: fenceTag(one.rec.Type),
		strict: one.rec.Gaps, number: len(p.units) + 1,
	}
}

func (u *unit) first() *passage { return u.members[0] }
func (u *unit) last() *passage  { return u.members[len(u.members)-1] }
func (u *unit) bytes() int      { return int(u.last().end - u.first().start) }

// where tells in words where in its original the text stands, if that has more than lines, and what
// its first lines are to be read with: a row of a table says nothing without the names of its
// columns.
func (u *unit) where() string {
	marks := slices.Clone(u.first().rec.Marks)
	for _, m := range u.members[1:] {
		marks = append(marks, m.rec.Marks...)
	}
	where, lead := marks.Where(), printable(u.first().rec.Lead())
	if where == "" || lead == "" {
		return where + lead
	}
	return where + "; " + lead
}

// neighbours finds the citations that end just before the passage and begin just behind it.
func (p *packer) neighbours(one *passage) (before, after *unit) {
	for _, u := range p.units {
		if u.bytes()+len(one.text) > unionBytesMax {
			continue
		}
		if adjoin(u.last(), one, u.strict) {
			before = u
		} else if adjoin(one, u.first(), u.strict) {
			after = u
		}
	}
	if before != nil && after != nil && before.bytes()+len(one.text)+after.bytes() > unionBytesMax {
		if before.best.rank < after.best.rank { // only one can have it: the better one
			return before, nil
		}
		return nil, after
	}
	return before, after
}

// adjoin tells whether b follows a in their document with nothing but white space between them.
// Passages of one document are numbered in order and leave out white space only (corpus/chunk),
// unless their owner told the store to forget one: strict then asks that the gap is all line ends,
// which the line numbers show.
func adjoin(a, b *passage, strict bool) bool {
	pa, pb := a.judged.Place, b.judged.Place
	if pa.Segment != pb.Segment || a.rec.Doc != b.rec.Doc || pa.Passage+1 != pb.Passage {
		return false
	}
	if a.open || b.start < a.end || b.line < a.last {
		return false
	}
	gap, lines := b.start-a.end, b.line-a.last
	return gap <= gapBytesMax && lines <= gap && (!strict || lines == gap)
}

// join adds the passage to the citation before it, the one after it, or makes one of all three.
// Where the three together do not fit, it is tried with one; where that does not fit either, it is
// passed over.
func (p *packer) join(before *unit, one *passage, after *unit) outcome {
	tries := [][2]*unit{{before, after}}
	if before != nil && after != nil {
		tries = append(tries, [2]*unit{before, nil}, [2]*unit{nil, after})
	}
	for _, t := range tries {
		if p.joined(t[0], one, t[1]) {
			p.kept = append(p.kept, one)
			return outcome{reason: flow.Merged, to: p.unitOf(one).best.rank}
		}
	}
	return outcome{reason: flow.Budget}
}

// joined makes one citation of what adjoins, if it fits.
func (p *packer) joined(before *unit, one *passage, after *unit) bool {
	into, gone := before, after
	if into == nil || gone != nil && gone.best.rank < into.best.rank {
		into, gone = gone, into
	}
	u := *into
	u.members = nil
	if before != nil {
		u.members = append(u.members, before.members...)
	}
	u.members = append(u.members, one)
	if after != nil {
		u.members = append(u.members, after.members...)
	}
	p.frame(&u)
	more := u.tokens - into.tokens
	if gone != nil {
		more -= gone.tokens
	}
	if !p.fits(more) {
		return false
	}
	p.tokens += more
	*into = u
	if gone != nil {
		p.outcomes[gone.best.rank] = outcome{reason: flow.Merged, to: u.best.rank}
		p.remove(gone)
	}
	return true
}

func (p *packer) remove(gone *unit) {
	for i, u := range p.units {
		if u == gone {
			p.units = append(p.units[:i], p.units[i+1:]...)
			return
		}
	}
}

// unitOf is the citation that holds a passage.
func (p *packer) unitOf(one *passage) *unit {
	for _, u := range p.units {
		for _, m := range u.members {
			if m == one {
				return u
			}
		}
	}
	panic("BUG: pack: a member of no citation")
}

// body is the text of the unit's span, bytes()long: its members verbatim, each at its own offset.
// The white space between two of them is not stored. It is as long as the gap and has its line
// ends; where there are other bytes in the gap, the line ends come first (as \r\n where the text
// before has such) and the rest is spaces.
func (u *unit) body() string {
	if len(u.members) == 1 {
		return u.members[0].text
	}
	var b strings.Builder
	b.Grow(u.bytes())
	for i, m := range u.members {
		if i > 0 {
			before := u.members[i-1]
			writeGap(&b, int(m.start-before.end), int(m.line-before.last), strings.Contains(before.text, "\r\n"))
		}
		b.WriteString(m.text)
	}
	return b.String()
}

// writeGap writes n bytes of white space with that many line ends in them.
func writeGap(b *strings.Builder, n, lines int, crlf bool) {
	end := "\n"
	if crlf && n >= 2*lines {
		end = "\r\n"
	}
	for range lines {
		b.WriteString(end)
	}
	for range n - lines*len(end) {
		b.WriteByte(' ')
	}
}
