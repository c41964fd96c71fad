package chunk

import (
	"bytes"
	"math"
)

// Distances between cuts, in bytes.
const (
	cutSpacing  = 12  // nearer ones count as one, so that the search has at most 100 to look at
	cutSparse   = 100 // bad cuts are not even offered nearer than this
	cutFar      = 240 // where the scanner offers none for longer, any line, sentence, word or rune end will do
	cutReplaced = 480 // a cut that gives way to a better one just after it must not be further behind
	indentKept  = 64  // a passage starts with its line's indentation unless that is longer
	cutsKept    = 8192
)

// Penalties, in the same unit as sizePenalty. Scanners add theirs (see penalties.go) up.
const (
	penaltyBad      = 700  // from here on a cut is offered only sparsely
	penaltyLine     = 1500 // the end of a line the scanner said nothing of
	penaltySentence = 1600
	penaltySpace    = 1700
	penaltyRune     = 1900
	penaltyStraddle = 150 // a passage that starts or ends inside something and reaches beyond it
	straddleMargin  = 90  // how much worse than a cut inside the passage its edges are then
)

// cut is a place where one passage may end and the next start.
type cut struct {
	off     int   // a passage that starts here starts at this byte
	end     int   // a passage that ends here ends at this byte: off less the white space before it
	penalty int32 // of cutting here
	best    int32 // cheapest way to divide everything before it
	from    int32 // the cut before it in that way
}

// sizePenalty is what a passage of n bytes costs, at [n/8].
var sizePenalty = func() (t [passageBytesMax/8 + 1]int32) {
	for i := range t {
		n := float64(i * 8)
		switch d := (n - passageBytesAim) / 100; {
		case n < passageBytesMin:
			t[i] = int32(d*d + 60 + 1.2*(passageBytesMin-n))
		case n <= passageBytesAim:
			t[i] = int32(d * d)
		default:
			t[i] = int32(2 * d * d)
		}
	}
	return t
}()

// splitter holds the cuts and scopes of the text being split.
type splitter struct {
	text    []byte
	dst     []Passage
	cuts    []cut // the first is the start of the passages not yet emitted
	pending cut   // the last cut offered; it can still give way to a better one just after it
	waiting bool  // pending holds a cut
	steps   int   // of the search and of looking ahead, for the test that they are linear
	path    []int32
	line    int // line number of the byte at lineOff
	lineOff int
	labeller
}

// reset prepares s for text, keeping its memory.
func (s *splitter) reset(dst []Passage, text []byte) {
	s.text, s.dst = text, dst
	s.cuts, s.waiting, s.steps = s.cuts[:0], false, 0
	s.line, s.lineOff = 1, 0
	s.labeller.reset()
}

// offer says that a passage may start at off, which is the first byte of a line or a word.
// Offers come in ascending order.
func (s *splitter) offer(off int, penalty int32) {
	last := &s.cuts[len(s.cuts)-1]
	if s.waiting {
		last = &s.pending
	}
	d := off - last.off
	if penalty >= penaltyBad && d < cutSparse || d <= 0 {
		return
	}
	if d < cutSpacing {
		if s.waiting && penalty < last.penalty && off-s.cuts[len(s.cuts)-1].off < cutReplaced {
			s.pending = cut{off: off, end: s.trimmed(off, s.cuts[len(s.cuts)-1].off), penalty: penalty}
		}
		return
	}
	end := s.trimmed(off, last.off)
	s.settle()
	s.fill(end)
	s.pending, s.waiting = cut{off: off, end: end, penalty: penalty}, true
}

// trimmed returns off less the white space before it, at least low.
func (s *splitter) trimmed(off, low int) int {
	for off > low && isSpace(s.text[off-1]) {
		off--
	}
	return off
}

// settle moves the pending cut into the search.
func (s *splitter) settle() {
	if !s.waiting {
		return
	}
	s.waiting = false
	s.push(s.pending)
}

// fill adds cuts from the last one until end, where there is none for cutFar bytes.
func (s *splitter) fill(end int) {
	for {
		low := s.cuts[len(s.cuts)-1].off
		if end-low <= cutFar {
			return
		}
		off, penalty := breakIn(s.text[low:end], cutFar/2, cutFar)
		off += low
		stop := s.trimmed(off, low)
		for isSpace(s.text[off]) {
			off++
		}
		s.push(cut{off: off, end: stop, penalty: penalty})
	}
}

// push searches the cheapest division that ends at c and adds c to the cuts.
func (s *splitter) push(c cut) {
	cuts := s.cuts
	best, from, low := int32(math.MaxInt32), -1, int32(math.MaxInt32)
	i := len(cuts) - 1
	for ; i >= 0; i-- {
		k := &cuts[i]
		n := c.end - k.off
		if n > passageBytesMax {
			break
		}
		v := k.best + sizePenalty[uint(n)/8]
		if low < max(k.penalty, c.penalty)-straddleMargin {
			v += penaltyStraddle
		}
		if v < best {
			best, from = v, i
		}
		low = min(low, k.penalty)
	}
	s.steps += len(cuts) - i
	if from < 0 {
		panic("BUG: chunk: no cut within a passage's length")
	}
	c.best, c.from = best+c.penalty, int32(from)
	s.cuts = append(cuts, c)
	if len(s.cuts) == cutsKept {
		s.flush(false)
	}
}

// begin offers the text's first byte that is not white space, and tells whether there is one.
func (s *splitter) begin() bool {
	line, i := 0, 0
	for i < len(s.text) && isSpace(s.text[i]) {
		if s.text[i] == '\n' {
			line = i + 1
		}
		i++
	}
	if i == len(s.text) {
		return false
	}
	off := indented(line, i)
	s.cuts = append(s.cuts, cut{off: off, end: off})
	return true
}

// indented returns where a passage starts whose first line starts at line and its text at i.
func indented(line, i int) int {
	if i-line > indentKept {
		return i
	}
	return line
}

// finish emits what is left.
func (s *splitter) finish() {
	end := s.trimmed(len(s.text), 0)
	s.settle()
	s.fill(end)
	s.endScopes(len(s.text))
	s.push(cut{off: len(s.text), end: end})
	s.flush(true)
}

// flush emits the cheapest division of the cuts so far: all of it at the end of the text, else
// without its last few passages, which what follows may still change.
func (s *splitter) flush(all bool) {
	s.path = s.path[:0]
	for i := int32(len(s.cuts) - 1); i > 0; i = s.cuts[i].from {
		s.path = append(s.path, i)
	}
	keep := 0
	if !all {
		keep = min(4, len(s.path)-1)
	}
	first, at := len(s.dst), int32(0)
	for i := len(s.path) - 1; i >= keep; i-- {
		to := s.path[i]
		s.emit(s.cuts[at].off, s.cuts[to].end)
		at = to
	}
	s.label(s.text, s.dst[first:])
	if all {
		return
	}
	rest := s.cuts[at:]
	s.cuts = append(s.cuts[:0], cut{off: rest[0].off, end: rest[0].end, penalty: rest[0].penalty})
	for _, c := range rest[1:] {
		s.push(c)
	}
}

// emit appends the passage [start, end) and counts its lines.
func (s *splitter) emit(start, end int) {
	s.line += bytes.Count(s.text[s.lineOff:start], newline)
	lines := bytes.Count(s.text[start:end], newline)
	s.dst = append(s.dst, Passage{Start: start, End: end, Line: s.line, Lines: lines + 1})
	s.line, s.lineOff = s.line+lines, end
}

var newline = []byte{'\n'}
