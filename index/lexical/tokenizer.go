package lexical

import (
	"bytes"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Classes of ASCII bytes.
const (
	classLower byte = 1 << iota
	classUpper
	classDigit
	classScore // underscore
	classQuote // apostrophe: joins letters
	classDot   // joins digits
	classWide  // not ASCII

	classAlnum = classLower | classUpper | classDigit
	classWord  = classAlnum | classScore
)

var byteClass, byteLower = func() (class, lower [256]byte) {
	for b := range class {
		c := byte(b)
		lower[b] = c
		switch {
		case c >= 'a' && c <= 'z':
			class[b] = classLower
		case c >= 'A' && c <= 'Z':
			class[b], lower[b] = classUpper, c+'a'-'A'
		case c >= '0' && c <= '9':
			class[b] = classDigit
		case c == '_':
			class[b] = classScore
		case c == '\'':
			class[b] = classQuote
		case c == '.':
			class[b] = classDot
		case c >= utf8.RuneSelf:
			class[b] = classWide
		}
	}
	return class, lower
}()

// rawToken is a token before its stem is looked up; term is overwritten by the next one.
type rawToken struct {
	term       []byte
	start, end int
	pos        int
	kind       Kind
	stemmable  bool
}

// scanner finds the words of a text one by one: Unicode's word boundaries (UAX 29), identifiers
// split into parts, scripts without spaces in pairs.
//
// ASCII takes a path of its own that equals UAX 29 but for this: a dot joins digits (6.1) and never
// letters (a.b), and colon, comma and semicolon join nothing, since in code they separate names.
//
// A run is one word of UAX 29; [part, run) is what is left of it. The parts of a run are split at
// underscores and where the case changes; a run of several parts is first given out whole.
type scanner struct {
	text  []byte
	pos   int // what is looked at next
	words int // positions given out
	part  int
	first int // where the first part ends, once that is known
	run   int
	wide  bool // the run is not all ASCII
	cjk   int  // end of the stretch without spaces that is given out in pairs; 0: none
	tok   rawToken
	buf   [TermBytesMax + 3*utf8.UTFMax]byte

	pictured bool // an emoji was given out

	formed int    // up to here other forms were looked for
	lang   lang   // of the text
	told   uint32 // languages of which it was said that the text has words
	langs  langStems
	forms  queue // what was found, to be given out before the words it is made of
}

// reset starts on another text.
func (s *scanner) reset(text []byte) { s.resetIn(text, noLang) }

// resetIn starts on another text, of a document in a language: where the text does not tell its
// own, it is in that one.
// Names, of files and in code, are in none.
func (s *scanner) resetIn(text []byte, around lang) {
	s.text, s.pos, s.words, s.part, s.run, s.cjk = text, 0, 0, 0, 0, 0
	s.formed, s.told, s.first = 0, 0, 0
	s.forms.reset()
	if s.lang = noLang; around == nameLang {
		return
	}
	own, told := langOf(text)
	if s.lang = own; !told {
		s.lang = around
	}
}

// next finds the next token and puts it into s.tok.
func (s *scanner) next() bool {
	for {
		switch {
		case s.forms.pop(&s.tok):
			return true
		case s.part < s.run:
			if s.nextPart() {
				return true
			}
		case s.cjk > 0:
			if s.nextPair() {
				return true
			}
		default:
			if found, more := s.nextRun(); found || !more {
				return found
			}
		}
	}
}

// nextRun finds the next word. A simple one is given out at once (found); of a compound one the
// parts follow, the whole first.
func (s *scanner) nextRun() (found, more bool) {
	start := s.skip()
	if start == len(s.text) || s.run > 0 || s.cjk > 0 || s.pictured {
		return s.pictured, start < len(s.text)
	}
	text, i, seen, k := s.text, start, byte(0), 0
	for i < len(text) {
		b := text[i]
		c := byteClass[b]
		if c&classWord == 0 && (c&(classQuote|classDot|classWide) == 0 || !s.joins(start, i, c, &seen)) {
			break
		}
		seen |= c
		if k < TermBytesMax {
			s.buf[k] = byteLower[b]
			k++
		}
		i++
	}
	if seen&classWide != 0 {
		s.wideRun(start)
		return false, true
	}
	const mixed = classLower | classUpper | classDigit
	if i-start >= blobRun && seen&mixed == mixed {
		if end := blobEnd(text, start); end > start {
			s.pos = end
			return false, true
		}
	}
	if start >= s.formed && (mayBeForm(seen, text[i:]) || start > 0 && isEscape[text[start-1]]) && s.findForms(start, i) {
		s.pos = start
		return false, true
	}
	s.pos = i
	if seen&^(classLower|classQuote) != 0 && !s.plain(seen, start, i) {
		return s.compound(start, i), true
	}
	term := s.buf[:k]
	if seen&classQuote != 0 {
		term = withoutElision(term)
	}
	if s.lang != noLang {
		s.inLang(start, i)
	}
	s.emit(term, start, i, Word, true)
	return true, true
}

// skip goes on to where the next word starts. Where that is beyond ASCII, it sets up the run or the
// stretch without spaces.
func (s *scanner) skip() int {
	s.part, s.run, s.pictured = 0, 0, false
	for i := s.pos; i < len(s.text); {
		switch c := byteClass[s.text[i]]; {
		case c&classWord != 0:
			return i
		case c != classWide:
			i++
		default:
			r, n := utf8.DecodeRune(s.text[i:])
			if isUnspaced(r) {
				s.startPairs(i, n)
				return i
			}
			if isEmoji(r) {
				s.emoji(i, n)
				return i
			}
			if c := runeClassOf(r); c == runeLower || c == runeUpper || c == runeDigit {
				s.wideRun(i)
				return i
			}
			i += n
		}
	}
	s.pos = len(s.text)
	return s.pos
}

// joins tells whether the byte at i, which is neither letter, digit nor underscore, stands inside a
// word of ASCII. Where the word goes on beyond ASCII it says no and marks it as wide.
func (s *scanner) joins(start, i int, c byte, seen *byte) bool {
	if c == classWide {
		if s.wideAt(i) {
			*seen |= classWide
		}
		return false
	}
	if i == start || i+1 == len(s.text) {
		return false
	}
	before, after := byteClass[s.text[i-1]], byteClass[s.text[i+1]]
	if after == classWide {
		if s.wideAt(i + 1) {
			*seen |= classWide
		}
		return false
	}
	if c == classDot {
		return before&after&classDigit != 0
	}
	return before&(classLower|classUpper) != 0 && after&(classLower|classUpper) != 0
}

// wideAt tells whether the character at i, beyond ASCII, may continue a word of letters and digits.
func (s *scanner) wideAt(i int) bool {
	r, _ := utf8.DecodeRune(s.text[i:])
	return runeClassOf(r) != runeBreak && !isUnspaced(r)
}

// plain tells whether a run of ASCII is one word: all capitals, or one at its start.
func (s *scanner) plain(seen byte, start, end int) bool {
	if seen&^(classLower|classUpper|classQuote) != 0 {
		return false
	}
	if seen&classLower == 0 {
		return true
	}
	for _, b := range s.text[start+1 : end] {
		if byteClass[b] == classUpper {
			return false
		}
	}
	return true
}

// emit makes a token at a new position.
func (s *scanner) emit(term []byte, start, end int, kind Kind, stemmable bool) {
	s.tok = rawToken{term: term, start: start, end: end, pos: s.words, kind: kind, stemmable: stemmable}
	s.words++
}

// compound starts on a run of several parts, or of one that is no plain word, and gives it out
// whole when its first part is not all of it.
func (s *scanner) compound(start, end int) bool {
	for start < end && s.text[start] == '_' {
		start++
	}
	for start < end && s.text[end-1] == '_' {
		end--
	}
	s.part, s.run, s.wide = start, end, false
	if start == end || s.oneTerm(start, end) {
		return false
	}
	term := s.joined(start, end)
	s.tok = rawToken{term: term, start: start, end: end, pos: s.words, kind: Whole}
	return true
}

// oneTerm tells whether a run is not given out whole beside its parts: it has one part only, or is
// a number with its unit.
func (s *scanner) oneTerm(start, end int) bool {
	s.first = s.partEnd(start)
	first := s.first
	return first == end || byteClass[s.text[start]] == classDigit && isUnit(s.text[first:end])
}

// joined folds the ASCII text at [start, end) into the buffer without its underscores: user_id,
// userId and userid are one word.
func (s *scanner) joined(start, end int) []byte {
	k := 0
	for _, b := range s.text[start:end] {
		if b != '_' && k < TermBytesMax {
			s.buf[k] = byteLower[b]
			k++
		}
	}
	return s.buf[:k]
}

// nextPart gives out the next part of the run.
func (s *scanner) nextPart() bool {
	start := s.part
	if s.wide {
		return s.nextWidePart()
	}
	for s.text[start] == '_' {
		start++ // a run does not end in one
	}
	end := s.first
	if end <= start { // it is not the first part
		end = s.partEnd(start)
	}
	s.part = end
	kind := Word
	if byteClass[s.text[start]] == classDigit {
		kind = Number
	}
	term, letters := s.fold(start, end), true
	if kind == Number {
		term = plainNumber(term)
	} else if isVersionAt(s.text, start, end) {
		term, kind = term[1:], Number
	} else if isHash(term) {
		kind = Number
	}
	for _, b := range term {
		letters = letters && (b >= 'a' || b == '\'')
	}
	if kind == Number {
		s.prefixes(term, start, end)
	}
	s.emit(term, start, end, kind, letters)
	return true
}

// partEnd finds where the part of an identifier that starts at i ends: before an underscore; before
// a capital that follows a small letter or a digit (readPage, ipv4Addr); before the last of several
// capitals when at least two small letters follow it (HTTPServer, but PCIe and URLs stay whole);
// before digits that follow two letters or more (sha256, but x86 and u32 stay whole).
func (s *scanner) partEnd(i int) int {
	text, end := s.text, s.run
	if byteClass[text[i]] == classDigit {
		return numberEnd(text, i, end)
	}
	if isVersionAt(text, i, end) {
		return dottedEnd(text, i+1, end)
	}
	if end-i >= hashMin && isHexDigit(text[i]) {
		stop := i
		for stop < end && isHexDigit(text[stop]) {
			stop++
		}
		if (stop == end || text[stop] == '_') && isHash(text[i:stop]) {
			return stop
		}
	}
	for start := i; i < end; i++ {
		switch c := byteClass[text[i]]; {
		case c == classScore:
			return i
		case i == start:
		case c == classDigit:
			if i-start >= lettersBeforeDigits && byteClass[text[i-1]]&(classLower|classUpper) != 0 {
				return i
			}
		case c == classUpper:
			if byteClass[text[i-1]] != classUpper || i+2 < end && byteClass[text[i+1]]&byteClass[text[i+2]] == classLower {
				return i
			}
		}
	}
	return end
}

// fold lower-cases the ASCII text at [start, end) into the buffer.
func (s *scanner) fold(start, end int) []byte {
	k := copy(s.buf[:TermBytesMax], s.text[start:end])
	for i, b := range s.buf[:k] {
		s.buf[i] = byteLower[b]
	}
	return s.buf[:k]
}

// wideStripe bounds what is shown to the Unicode segmenter at once; a longer word is cut there.
const wideStripe = 4 << 10

// wideRun takes the word at start from the Unicode segmenter, and sets it up as the run.
func (s *scanner) wideRun(start int) {
	stripe := s.text[start:min(len(s.text), start+wideStripe)]
	size, _, _ := words.SplitFunc(stripe, true)
	end := start + max(size, 1)
	for i := start; i < end; {
		r, n := utf8.DecodeRune(s.text[i:])
		if isUnspaced(r) {
			end = i
		}
		i += n
	}
	if start >= s.formed {
		s.formed = end
		if lettersEnd(s.text, start) == end-softEnd(s.text[start:end]) && s.findHyphens(start, end-softEnd(s.text[start:end])) {
			s.pos = start
			return
		}
	}
	s.part, s.run, s.wide, s.pos = start, end, true, end
}

// softEnd is how many bytes of soft hyphen a word ends in.
func softEnd(word []byte) int {
	if bytes.HasSuffix(word, []byte("\u00ad")) {
		return len("\u00ad")
	}
	return 0
}
