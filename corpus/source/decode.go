package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// unit is how an encoding with a byte-order mark writes one number.
type unit struct {
	mark  string
	bytes int
	order binary.ByteOrder
}

// The marks of UTF-32 come first: that of its little-endian form begins like UTF-16's.
var units = []unit{
	{"\xff\xfe\x00\x00", 4, binary.LittleEndian},
	{"\x00\x00\xfe\xff", 4, binary.BigEndian},
	{"\xff\xfe", 2, binary.LittleEndian},
	{"\xfe\xff", 2, binary.BigEndian},
}

const utf8Mark = "\xef\xbb\xbf"

// unicodeMark returns the encoding of UTF-16 or UTF-32 whose byte-order mark head begins with, or
// nil.
func unicodeMark(head []byte) *unit {
	for i := range units {
		if bytes.HasPrefix(head, []byte(units[i].mark)) {
			return &units[i]
		}
	}
	return nil
}

// decode returns a reader of r's text in UTF-8.
func decode(r io.Reader) io.Reader {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	switch all := io.MultiReader(bytes.NewReader(head), r); {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return io.MultiReader(bytes.NewReader(head), failing{err})
	case bytes.HasPrefix(head, []byte(utf8Mark)):
		return all
	case unicodeMark(head) != nil:
		u := unicodeMark(head)
		in := bufio.NewReader(all)
		in.Discard(len(u.mark))
		return &wide{in: in, unit: u}
	default:
		return &narrow{src: all}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// wide reads UTF-16 or UTF-32.
type wide struct {
	in   *bufio.Reader
	unit *unit
	out  [utf8.UTFMax]byte
	rest []byte // of out, not yet given out
}

// Read implements io.Reader.
func (w *wide) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(w.rest) == 0 {
			c, err := w.char()
			if err != nil {
				if n > 0 && err == io.EOF {
					return n, nil
				}
				return n, err
			}
			w.rest = w.out[:utf8.EncodeRune(w.out[:], c)]
		}
		k := copy(p[n:], w.rest)
		w.rest = w.rest[k:]
		n += k
	}
	return n, nil
}

// char reads one character. A surrogate without its partner, a number beyond Unicode and a lone
// last byte are U+FFFD.
func (w *wide) char() (rune, error) {
	c, err := w.number()
	if err != nil || w.unit.bytes == 4 || !utf16.IsSurrogate(c) {
		return c, err
	}
	next, err := w.in.Peek(2)
	if err != nil {
		return utf8.RuneError, nil //nolint:nilerr // the next read meets the error again
	}
	pair := utf16.DecodeRune(c, rune(w.unit.order.Uint16(next)))
	if pair != utf8.RuneError {
		w.in.Discard(2)
	}
	return pair, nil
}

func (w *wide) number() (rune, error) {
	b, err := w.in.Peek(w.unit.bytes)
	if len(b) == 0 || err != nil && err != io.EOF {
		return 0, err
	}
	defer w.in.Discard(len(b))
	switch {
	case len(b) < w.unit.bytes:
		return utf8.RuneError, nil
	case w.unit.bytes == 2:
		return rune(w.unit.order.Uint16(b)), nil
	}
	return rune(min(w.unit.order.Uint32(b), utf8.MaxRune+1)), nil // EncodeRune makes U+FFFD of what is none
}

// narrow passes bytes through until it meets one that is not ASCII, decides there whether they are
// UTF-8, and goes on passing them through or reads Windows-1252.
type narrow struct {
	src     io.Reader
	decided bool
	latin   *latin
}

// Read implements io.Reader.
func (r *narrow) Read(p []byte) (int, error) {
	switch {
	case r.latin != nil:
		return r.latin.Read(p)
	case r.decided:
		return r.src.Read(p)
	}
	n, err := r.src.Read(p)
	i := ascii(p[:n])
	if i == n {
		return n, err
	}
	r.decide(bytes.Clone(p[i:n]), err)
	if i > 0 {
		return i, nil
	}
	return r.Read(p)
}

// decide looks at blockBytes of what begins with seen and goes on in src, unless err ended it.
func (r *narrow) decide(seen []byte, err error) {
	r.decided = true
	look := seen
	if err == nil && len(seen) < blockBytes {
		look = make([]byte, blockBytes)
		n := copy(look, seen)
		var m int
		m, err = io.ReadFull(r.src, look[n:])
		look = look[:n+m]
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
	}
	tail := r.src
	if err != nil {
		tail = failing{err}
	}
	r.src = io.MultiReader(bytes.NewReader(look), tail)
	if !mostlyUTF8(look[:min(len(look), blockBytes)], err == io.EOF) {
		r.latin = &latin{src: r.src}
	}
}

// ascii returns how many bytes of b precede the first that is not ASCII.
func ascii(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(b) && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// mostlyUTF8 tells whether b holds at least as many characters of UTF-8 beyond ASCII as bytes that
// belong to none. A character that the end of b cuts counts only when b is the end of the document.
func mostlyUTF8(b []byte, isEnd bool) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		b = b[ascii(b):]
		if len(b) == 0 || !isEnd && !utf8.FullRune(b) {
			break
		}
		c, size := utf8.DecodeRune(b)
		if c == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		b = b[size:]
	}
	return good >= bad
}

// latin reads Windows-1252. No byte of it takes more than three in UTF-8.
type latin struct {
	src io.Reader
	in  [2 << 10]byte
	buf []byte
	out []byte // of buf, not yet given out
	err error
}

// Read implements io.Reader.
func (l *latin) Read(p []byte) (int, error) {
	for len(l.out) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		var n int
		n, l.err = l.src.Read(l.in[:])
		l.buf = l.buf[:0]
		for _, b := range l.in[:n] {
			l.buf = utf8.AppendRune(l.buf, windows1252(b))
		}
		l.out = l.buf
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// windows1252 is the table of the WHATWG's encoding standard: the five bytes that Microsoft left
// open are control characters.
func windows1252(b byte) rune {
	if b >= 0x80 && b < 0xa0 {
		return high1252[b-0x80]
	}
	return rune(b)
}

var high1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
