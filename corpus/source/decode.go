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
	name  string
}

// The marks of UTF-32 come first: that of its little-endian form begins like UTF-16's.
var units = []unit{
	{"\xff\xfe\x00\x00", 4, binary.LittleEndian, "utf-32le"},
	{"\x00\x00\xfe\xff", 4, binary.BigEndian, "utf-32be"},
	{"\xff\xfe", 2, binary.LittleEndian, "utf-16le"},
	{"\xfe\xff", 2, binary.BigEndian, "utf-16be"},
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

// decode returns a reader of r's text in UTF-8, and what says in the end which encoding was
// guessed.
func decode(r io.Reader) (text io.Reader, guessed func() string) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	all := io.MultiReader(bytes.NewReader(head), r)
	switch {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return io.MultiReader(bytes.NewReader(head), failing{err}), nothing
	case bytes.HasPrefix(head, []byte(utf8Mark)):
		return all, nothing
	case unicodeMark(head) != nil:
		u := unicodeMark(head)
		in := bufio.NewReader(all)
		in.Discard(len(u.mark))
		return &wide{in: in, unit: u}, nothing
	case bytes.IndexByte(head, 0) >= 0 || ascii(head) < len(head):
		rest, err := io.ReadAll(io.LimitReader(r, HeadBytes-int64(n)))
		head = append(head, rest...)
		if err != nil {
			r = failing{err}
		}
		all = io.MultiReader(bytes.NewReader(head), r)
		if u := unmarkedUnicode(head); u != nil {
			return &wide{in: bufio.NewReader(all), unit: u}, func() string { return u.name }
		}
	}
	in := &narrow{src: all}
	return in, in.guessed
}

func nothing() string { return "" }

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

// narrow passes bytes through until it meets one that is not ASCII, or one that may begin Japanese
// in seven bits, and leaves the rest to lines.
type narrow struct {
	src  io.Reader
	rest *lines
}

// Read implements io.Reader.
func (r *narrow) Read(p []byte) (int, error) {
	if r.rest != nil {
		return r.rest.Read(p)
	}
	n, err := r.src.Read(p)
	i := ascii(p[:n])
	if esc := bytes.IndexByte(p[:i], escape); esc >= 0 {
		i = esc
	}
	if i == n {
		return n, err
	}
	r.rest = &lines{src: io.MultiReader(bytes.NewReader(bytes.Clone(p[i:n])), r.src)}
	if err != nil {
		r.rest.src = io.MultiReader(bytes.NewReader(bytes.Clone(p[i:n])), failing{err})
	}
	if i > 0 {
		return i, nil
	}
	return r.rest.Read(p)
}

// guessed names the encoding of most lines that were not UTF-8.
func (r *narrow) guessed() (most string) {
	if r.rest == nil {
		return ""
	}
	for name, n := range r.rest.names {
		if m := r.rest.names[most]; n > m || n == m && name < most {
			most = name
		}
	}
	return most
}

const escape = 0x1b

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
