package source

import (
	"bytes"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// guessBytes is how much of a text an encoding is guessed from.
const guessBytes = 4 << 10

// guess finds the encoding that text, which is not UTF-8, is likeliest in: each one reads it, and
// the one that reads what costs the fewest bits in a language that it is used for is taken.
func guess(text []byte) *legacy {
	text = text[:min(len(text), guessBytes)]
	best, least := &legacies[0], math.Inf(1)
	for i := range legacies {
		l := &legacies[i]
		cost := l.read(text) - l.bias
		if cost < least {
			best, least = l, cost
		}
	}
	return best
}

// read is how many bits the text costs when it is read in the encoding.
func (l *legacy) read(text []byte) float64 {
	if l.cost != nil {
		return l.readWide(text)
	}
	decoded := make([]rune, len(text))
	for i, b := range text {
		decoded[i] = l.in.(*charmap.Charmap).DecodeByte(b)
	}
	frame := 0.0
	for i, r := range decoded {
		if r >= utf8.RuneSelf {
			frame += around(r, at(decoded, i-1), at(decoded, i+1))
		}
	}
	least := math.Inf(1)
	for _, language := range l.speaks {
		least = min(least, spelled(decoded, letters[language]))
	}
	return frame + least
}

func at(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return ' '
	}
	return text[i]
}

const (
	impossible = 25.0 // bits: no text has it
	strange    = 10.0 // hardly any
)

// around is what a character costs where it stands, whatever the language: signs inside words,
// capitals behind small letters, two scripts in one word.
func around(r, before, after rune) float64 {
	switch {
	case r == utf8.RuneError || unicode.IsControl(r):
		return impossible
	case !unicode.IsLetter(r) && !unicode.IsMark(r):
		in := unicode.IsLetter(before) && unicode.IsLetter(after)
		switch {
		case isSign(before) || isSign(after):
			return strange
		case r == 0x2019 && in, strings.ContainsRune("“”‘’„«»–—…•€°§©®·№ ", r) && !in:
			return 6
		case in:
			return strange + 4
		}
		return strange
	case unicode.IsUpper(r) && unicode.IsLower(before):
		return strange
	case unicode.IsUpper(before) && unicode.IsLower(r):
		return 0
	case !unicode.IsLetter(before) && strings.ContainsRune("ьъыЬЪЫ", r):
		return strange // no word begins with it
	case unicode.Is(unicode.Latin, r):
		if before >= utf8.RuneSelf && unicode.Is(unicode.Latin, before) {
			return 4 // seldom two in a row
		}
		return 0
	case before < utf8.RuneSelf && unicode.IsLetter(before), after < utf8.RuneSelf && unicode.IsLetter(after):
		return strange
	case unicode.IsUpper(r) && unicode.IsUpper(after), unicode.IsUpper(r) && unicode.IsUpper(before):
		return 2
	}
	return 0
}

// isSign tells whether r is beyond ASCII and of no word: two of them seldom meet.
func isSign(r rune) bool {
	return r >= utf8.RuneSelf && r != 0xA0 && !unicode.IsLetter(r) && !unicode.IsMark(r)
}

// spelled is what the letters beyond ASCII cost in a language.
func spelled(text []rune, letters string) (bits float64) {
	order := []rune(letters)
	for _, r := range text {
		if unicode.IsMark(r) {
			bits += 6
		}
		if r < utf8.RuneSelf || !unicode.IsLetter(r) {
			continue
		}
		cost := impossible / 2
		r = unicode.ToLower(r)
		for i, letter := range order {
			if letter == r {
				cost = 3 + 0.12*float64(i)
				break
			}
		}
		bits += cost
	}
	return bits
}

// readWide reads an encoding of two bytes a character.
func (l *legacy) readWide(text []byte) (bits float64) {
	d := l.in.NewDecoder()
	for len(text) > 0 {
		n := ascii(text)
		text = text[n:]
		if len(text) == 0 {
			break
		}
		size := min(2, len(text))
		if l.name == "gb18030" && len(text) > 3 && text[1] >= '0' && text[1] <= '9' {
			size = 4
		}
		if l.name == "shift_jis" && text[0] >= 0xA0 && text[0] <= 0xDF {
			size = 1
		}
		if l.name == "euc-jp" && text[0] == 0x8F {
			size = min(3, len(text))
		}
		out, err := d.Bytes(text[:size])
		r, k := utf8.DecodeRune(out)
		switch {
		case err != nil || r == utf8.RuneError || k != len(out):
			if len(text) > size { // its last character may be cut
				return math.Inf(1)
			}
		default:
			bits += l.cost(r, text[0])
			if size > 1 && text[1] < utf8.RuneSelf {
				bits++
			}
		}
		text = text[size:]
		if l.cost != nil && r >= 0x4E00 && r <= 0x9FFF && len(text) > 1 && text[0] == ' ' && text[1] >= utf8.RuneSelf {
			bits += 2 // words of Han have no spaces between them
		}
	}
	return bits
}

// decodeLine reads one line; false where it is not in the encoding.
func (l *legacy) decodeLine(line []byte) ([]byte, bool) {
	out, err := l.in.NewDecoder().Bytes(line)
	return out, err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

// unmarkedUnicode tells in which form of UTF-16 or UTF-32 without a byte-order mark a text begins
// with head; nil: in none. Text has line ends or spaces, and in one order only these are
// characters.
func unmarkedUnicode(head []byte) *unit {
	for i := range units {
		u := &units[i]
		if readsAs(head, u) {
			return u
		}
	}
	return nil
}

// unitsMin is how many characters a text without a mark has at least.
const unitsMin = 4

// readsAs tells whether head is nothing but characters when it is read so.
func readsAs(head []byte, u *unit) bool {
	n := len(head) / u.bytes
	if n < unitsMin || len(head) < HeadBytes && len(head)%u.bytes != 0 {
		return false
	}
	breaks, known := 0, 0
	for i := range n {
		var r rune
		if u.bytes == 4 {
			v := u.order.Uint32(head[4*i:])
			if v > unicode.MaxRune {
				return false
			}
			r = rune(v)
		} else {
			r = rune(u.order.Uint16(head[2*i:]))
		}
		switch {
		case r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == 0x3000 || r == 0x3002:
			breaks++
			known++
		case r < 0x20 || r >= 0x7F && r < 0xA0 || r >= 0xE000 && r < 0xF900 || r >= 0xFFF0 && r <= 0xFFFF:
			return false
		case r < 0x2100 || r >= 0x3000 && r < 0x3100 || r >= 0x4E00 && r < 0xA000 || r >= 0xAC00 && r < 0xD7A4 || r >= 0xFF00:
			known++
		}
	}
	return breaks > 0 && known*20 >= n*19
}
