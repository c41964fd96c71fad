package lexical

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"
)

// Texts hold words with escapes inside: M\u00fcller in JSON, M&uuml;ller in HTML, M%C3%BCller in
// addresses, M=C3=BCller in mail, M{\"u}ller in TeX, **M**üller in Markdown. Such a word is given
// out as it is read, beside what its letters say.

// escapeBytesMax is the longest escape: &CounterClockwiseContourIntegral; is none that a word
// holds.
const escapeBytesMax = 12

// isEscape marks the bytes that an escape inside a word begins with.
var isEscape = [256]bool{'\\': true, '&': true, '%': true, '=': true, '{': true, '*': true}

// findEscapes reads the word that starts at start and goes on behind an escape.
func (s *scanner) findEscapes(start, end int) bool {
	text := s.text
	if _, n := escapeAt(text, end); n == 0 || lettersEnd(text[:end], start) != end {
		return false
	}
	term := appendFoldedText(s.forms.joint[:0], text[start:end])
	at, read := end, false
	for at < len(text) && len(term) <= TermBytesMax {
		out, n := escapeAt(text, at)
		if n == 0 {
			break
		}
		read = true
		at += n
		term = appendFoldedText(term, []byte(out))
		to := lettersEnd(text, at)
		term = appendFoldedText(term, text[at:to])
		at = to
	}
	s.forms.joint = term
	if !read || len(term) > TermBytesMax {
		return false
	}
	s.formed = at
	s.whole(term, start, at, isASCII(term))
	return true
}

// escapeAt reads the escape at a place of a text, or passes over the soft end of a line there.
func escapeAt(text []byte, at int) (letters string, n int) {
	if n := softBreak(text, at); n > 0 {
		return "", n
	}
	return unescape(text[at:min(len(text), at+2*escapeBytesMax)])
}

// Lines of quoted-printable are broken before softLineMax bytes, and seldom long before.
const (
	softLineMin = 56
	softLineMax = 78 // some that write mail count otherwise
)

// softBreak tells how long the end of a line of quoted-printable is that breaks the word at at; 0:
// it breaks none. In code, where a line may end so too, it is seldom as long as mail makes it.
func softBreak(text []byte, at int) int {
	if text[at] != '=' {
		return 0
	}
	n := 1
	if at+n < len(text) && text[at+n] == '\r' {
		n++
	}
	if at+n+1 >= len(text) || text[at+n] != '\n' {
		return 0
	}
	n++
	if next := text[at+n]; next != '=' && byteClass[next]&(classLower|classUpper) == 0 {
		return 0
	}
	line := at - max(0, at-softLineMax-1)
	if i := bytes.LastIndexByte(text[at-line:at], '\n'); i >= 0 {
		line -= i + 1
	}
	if line < softLineMin || line > softLineMax {
		return 0
	}
	return n
}

// findBehindEscape reads the word that starts at start behind a byte that begins an escape: the
// escape is its first letter, or, in strings, ends the line before it.
func (s *scanner) findBehindEscape(start, end int) bool {
	text := s.text
	if text[start-1] == '\\' && start > 1 && byteClass[text[start-2]]&^classQuote != 0 || text[start-1] == '\\' && start > 1 && strings.IndexByte(".,:;!?)\"", text[start-2]) >= 0 {
		if c := text[start]; (c == 'n' || c == 't' || c == 'r') && end-start > 2 && lettersEnd(text, start) == end {
			s.joint(text[start+1:end], start+1, end)
			return true
		}
	}
	if text[start-1] == '*' || text[start-1] == '{' {
		return false
	}
	return s.findEscapes(start-1, start-1)
}

// joint queues a word that is part of a run.
func (s *scanner) joint(word []byte, start, end int) {
	s.forms.joint = appendFoldedText(s.forms.joint[:0], word)
	s.whole(s.forms.joint, start, end, isASCII(s.forms.joint))
}

// unescape reads the letters that text starts with an escape for, and how many bytes it has; 0: it
// starts with none.
func unescape(text []byte) (letters string, n int) {
	switch text[0] {
	case '\\':
		return unescapeJSON(text)
	case '&':
		end := 1
		for end < len(text) && (byteClass[text[end]]&classAlnum != 0 || end == 1 && text[end] == '#') {
			end++
		}
		if end < 2 || end >= min(len(text), escapeBytesMax) || text[end] != ';' {
			return "", 0
		}
		out := html.UnescapeString(string(text[:end+1]))
		return onlyLetters(out, end+1)
	case '%', '=':
		var out []byte
		for len(text) >= 3 && text[0] == '%' || len(text) >= 3 && text[0] == '=' {
			hi, lo := hexValue(text[1]), hexValue(text[2])
			if hi < 8 || lo < 0 {
				break
			}
			out = append(out, byte(hi<<4|lo))
			text, n = text[3:], n+3
		}
		if n == 0 || !utf8.Valid(out) {
			return "", 0
		}
		return onlyLetters(string(out), n)
	case '{':
		if len(text) > 2 && text[1] == '\\' {
			if out, k := unescapeTeX(text[1:]); k > 0 && 1+k < len(text) && text[1+k] == '}' {
				return out, k + 2
			}
		}
	case '*':
		n = 1
		if len(text) > 1 && text[1] == '*' {
			n = 2
		}
		if n < len(text) && lettersEnd(text, n) > n {
			return "", n
		}
	}
	return "", 0
}

// unescapeJSON reads \u00fc, or else an accent of TeX.
func unescapeJSON(text []byte) (string, int) {
	if len(text) < 6 || text[1] != 'u' {
		return unescapeTeX(text)
	}
	r := rune(0)
	for _, b := range text[2:6] {
		v := hexValue(b)
		if v < 0 {
			return unescapeTeX(text)
		}
		r = r<<4 | rune(v)
	}
	return onlyLetters(string(r), 6)
}

// unescapeTeX reads \"u, \'{e} and their like: the accents are dropped, as everywhere.
func unescapeTeX(text []byte) (string, int) {
	const accents = "\"'`^~=."
	if len(text) < 3 || strings.IndexByte(accents, text[1]) < 0 {
		return "", 0
	}
	rest, n := text[2:], 3
	if rest[0] == '{' && len(rest) > 2 && rest[2] == '}' {
		rest, n = rest[1:], 5
	}
	if byteClass[rest[0]]&(classLower|classUpper) == 0 {
		return "", 0
	}
	return string(rest[:1]), n
}

// onlyLetters lets an escape of letters through.
func onlyLetters(s string, n int) (string, int) {
	if s == "" || lettersEnd([]byte(s), 0) != len(s) {
		return "", 0
	}
	return s, n
}

func hexValue(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}
