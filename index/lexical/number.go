package lexical

import (
	"bytes"
	"unicode/utf8"
)

// Numbers are written with units (250ms), suffixes of C (16UL), a v before them (v6.2.8) and in
// hexadecimal; hashes and addresses are quoted by their beginnings. A term is the number alone.

// isUnit tells whether letters after a number are the unit it is counted in: 75GB is the number and
// the unit, as 75 GB is. One letter is taken only where it is seldom anything else.
func isUnit(letters []byte) bool {
	var folded [5]byte
	if len(letters) == 0 || len(letters) > len(folded) {
		return false
	}
	for i, b := range letters {
		folded[i] = byteLower[b]
	}
	switch string(folded[:len(letters)]) {
	case "s", "m", "h", "w", "v",
		"ns", "us", "ms", "sec", "secs", "min", "mins", "hr", "hrs",
		"kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "pib", "bit", "bits", "byte", "bytes",
		"kbit", "mbit", "gbit", "kbps", "mbps", "gbps", "bps", "fps", "rpm", "dpi",
		"hz", "khz", "mhz", "ghz", "mv", "kv", "ma", "mah", "mw", "kw", "kwh", "mwh", "gw",
		"mg", "kg", "mm", "cm", "km", "nm", "ml", "cl", "px", "pt", "em", "rem", "db", "kpa", "mpa", "usd", "eur":
		return true
	}
	return false
}

// isSuffix tells whether letters after a number say of which type a constant in C is.
func isSuffix(letters []byte) bool {
	if len(letters) > 3 {
		return false
	}
	for _, b := range letters {
		if c := byteLower[b]; c != 'u' && c != 'l' {
			return false
		}
	}
	return len(letters) > 0
}

// isHexNumber tells whether a part is written as hexadecimal: 0x1f.
func isHexNumber(part []byte) bool {
	return len(part) > 2 && part[0] == '0' && byteLower[part[1]] == 'x'
}

func isHexDigit(b byte) bool {
	return b >= '0' && b <= '9' || byteLower[b] >= 'a' && byteLower[b] <= 'f'
}

const (
	hashMin      = 7  // digits: as many as git shows of one
	hashSure     = 16 // digits from which on nothing else looks like one
	hashChanges  = 3  // between digits and letters; fewer have words and years side by side
	hashPrefixes = hashMin
)

// isHash tells whether a part looks like a hash in hexadecimal, or the beginning of one.
func isHash(part []byte) bool {
	if len(part) < hashMin {
		return false
	}
	digits, changes := 0, 0
	for i, b := range part {
		if !isHexDigit(b) {
			return false
		}
		digit := b <= '9'
		if digit {
			digits++
		}
		if i > 0 && digit != (part[i-1] <= '9') {
			changes++
		}
	}
	return digits > 1 && digits < len(part) && (changes >= hashChanges || len(part) >= hashSure)
}

// dottedEnd finds where the digits and dots that start at i end.
func dottedEnd(text []byte, i, end int) int {
	for i < end && (byteClass[text[i]] == classDigit || text[i] == '.') {
		i++
	}
	return i
}

// isVersionAt tells whether a v with a number of several components starts at i.
func isVersionAt(text []byte, i, end int) bool {
	if i+1 >= end || byteLower[text[i]] != 'v' || byteClass[text[i+1]] != classDigit {
		return false
	}
	return bytes.IndexByte(text[i+1:dottedEnd(text, i+1, end)], '.') > 0
}

const (
	lettersBeforeDigits = 2 // fewer belong to the digits after them
	lettersAfterDigits  = 3 // fewer belong to the digits before them: 2nd, 5x
)

// numberEnd finds where a part that starts with a digit ends: before its unit (250ms), before what
// follows several components (6.1.0rc1), before letters that go on to its end (64th), before a
// capital that follows a small letter (3dTexture). Hexadecimal numbers, hashes and numbers with a
// suffix stay whole.
func numberEnd(text []byte, i, end int) int {
	stop := i
	for stop < end && text[stop] != '_' {
		stop++
	}
	digits := dottedEnd(text, i, stop)
	rest := text[digits:stop]
	dotted := bytes.IndexByte(text[i:digits], '.') >= 0
	switch {
	case len(rest) == 0 || isSuffix(rest) || isHexNumber(text[i:stop]) || isHash(text[i:stop]):
		return stop
	case dotted && len(rest) == 1 && byteLower[rest[0]] == 'f':
		return stop // 1.0f
	case dotted || isUnit(rest):
		return digits
	}
	letters, boundary := 0, 0
	for i = digits; i < stop; i++ {
		switch c := byteClass[text[i]]; {
		case c&(classLower|classUpper) == 0:
			letters = 0
		case letters == 0:
			letters, boundary = 1, i
		case c == classUpper && byteClass[text[i-1]] == classLower:
			return i
		default:
			letters++
		}
	}
	if letters >= lettersAfterDigits {
		return boundary
	}
	return stop
}

// plainNumber takes off a folded number what says of which type a constant is.
func plainNumber(term []byte) []byte {
	end := len(term)
	for end > 1 && (term[end-1] == 'u' || term[end-1] == 'l') {
		end--
	}
	if isHexNumber(term[:end]) || dottedEnd(term, 0, end) == end {
		return term[:end]
	}
	if end = len(term); term[end-1] == 'f' && bytes.IndexByte(term, '.') > 0 && dottedEnd(term, 0, end) == end-1 {
		return term[:end-1]
	}
	return term
}

// prefixes queues what a number or a hash may be asked for by: 6.2 for 6.2.8, 10.0 and 10.0.3 for
// 10.0.3.7, the first digits of a hash.
func (s *scanner) prefixes(term []byte, start, end int) {
	at := rawToken{start: start, end: end, pos: s.words, kind: Prefix}
	if len(term) > hashPrefixes && isHash(term) {
		s.forms.add(at, term[:hashPrefixes])
		return
	}
	const componentsMax = 4
	for i, dots := 0, 0; i < len(term) && dots < componentsMax; i++ {
		if term[i] != '.' {
			continue
		}
		if dots++; dots > 1 {
			s.forms.add(at, term[:i])
		}
	}
}

// groupedEnd finds where digits that are grouped in threes end: 1,250,000 or 1'250'000, and
// 1.250.000, which could be a version when it had one dot less.
func groupedEnd(text []byte, start int) (end int, ok bool) {
	i := start
	for i < len(text) && byteClass[text[i]] == classDigit {
		i++
	}
	if i-start > 3 || text[start] == '0' {
		return 0, false
	}
	mark, size := groupMark(text, i)
	if size == 0 {
		return 0, false
	}
	groups := 0
	for i+size+3 <= len(text) && string(text[i:i+size]) == mark && threeDigits(text[i+size:]) {
		i += size + 3
		groups++
	}
	if i+size < len(text) && string(text[i:i+size]) == mark && byteClass[text[i+size]] == classDigit {
		return 0, false
	}
	if mark == "." {
		groups--
	}
	return i, groups > 0
}

// groupMark is what stands between groups of digits at i.
func groupMark(text []byte, i int) (mark string, size int) {
	if i == len(text) || text[i] != ',' && text[i] != '.' && text[i] != '\'' && text[i] < utf8.RuneSelf {
		return "", 0
	}
	for _, m := range [...]string{",", ".", "'", "\u00a0", "\u202f", "\u2009", "\u2019"} {
		if bytes.HasPrefix(text[i:], []byte(m)) {
			return m, len(m)
		}
	}
	return "", 0
}

// threeDigits tells whether text starts with exactly three digits.
func threeDigits(text []byte) bool {
	for _, b := range text[:3] {
		if byteClass[b] != classDigit {
			return false
		}
	}
	return len(text) == 3 || byteClass[text[3]]&classWord == 0
}
