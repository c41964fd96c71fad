package corpus

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sluice/internal/limits"
)

// Mark tells what of the original a span of an extracted text comes from, so that a citation can
// say "page 3". Make one with Page, Offset, Message, Heading, Cell or Line, and give it its span
// with Over.
//
// Marks of a document may overlap and nest. Those of one kind come in the order of the text.
type Mark struct {
	Start, End uint32 // the span in the text, in bytes, half-open
	Kind       MarkKind
	Number     uint32 // what the two numbers and the name mean depends on the kind
	Second     uint32
	Name       string
}

// MarkKind is what a mark counts in. The numbers are stored.
type MarkKind uint8

// The kinds of marks, and what Number, Second and Name are.
const (
	MarkPage    MarkKind = iota + 1 // page, from 1
	MarkOffset                      // where in a recording, and for how long, in milliseconds
	MarkMessage                     // Name: the message id
	MarkHeading                     // level, from 1 (0: unknown); Name: the heading
	MarkCell                        // row and column, from 1 (column 0: the whole row); Name: the sheet
	MarkLine                        // line of the original, from 1, and how many

	// MarkKinds is how many kinds there are.
	MarkKinds = iota
)

// Valid tells whether the kind is one of the list.
func (k MarkKind) Valid() bool { return k >= 1 && int(k) <= MarkKinds }

// Page marks what stands on a page.
func Page(n int) Mark { return Mark{Kind: MarkPage, Number: number(int64(n))} }

// Offset marks what is said in a recording from at on; length is 0 where it is not known.
func Offset(at, length time.Duration) Mark {
	return Mark{Kind: MarkOffset, Number: number(at.Milliseconds()), Second: number(length.Milliseconds())}
}

// Message marks what one message says.
func Message(id string) Mark { return Mark{Kind: MarkMessage, Name: id} }

// Heading marks what stands below a heading.
func Heading(level int, text string) Mark {
	return Mark{Kind: MarkHeading, Number: number(int64(level)), Name: text}
}

// Cell marks what stands in a cell of a sheet, or in a row where column is 0.
func Cell(sheet string, row, column int) Mark {
	return Mark{Kind: MarkCell, Name: sheet, Number: number(int64(row)), Second: number(int64(column))}
}

// Line marks what stands in lines of the original, for a text that is not the original.
func Line(first, count int) Mark {
	return Mark{Kind: MarkLine, Number: number(int64(first)), Second: number(int64(count))}
}

// number brings n into what a mark can hold.
func number(n int64) uint32 { return uint32(min(max(n, 0), 1<<32-1)) }

// Over returns the mark with its span. A span that no text can have becomes one that Marks.Clean
// drops.
func (m Mark) Over(start, end int) Mark {
	m.Start, m.End = number(int64(start)), number(int64(end))
	return m
}

// overlaps tells whether the mark and the span have a byte in common.
func (m Mark) overlaps(start, end uint32) bool { return m.Start < end && m.End > start }

// Marks are the marks of a document, or of a part of it.
type Marks []Mark

// Marked is implemented by what Source.Open returns where the text was extracted from something
// that has pages, times, messages or cells.
type Marked interface {
	// Marks returns the marks of the text that was read. It is called once, after Read has returned
	// io.EOF.
	Marks() []Mark
}

// MarksOf returns the marks of a text of that many bytes, which was read from r to its end, and how
// many more there were that could not be used: a bad mark costs itself, never the document.
func MarksOf(r io.Reader, textBytes int) (good Marks, bad int) {
	if m, ok := r.(Marked); ok {
		return Marks(m.Marks()).Clean(textBytes)
	}
	return nil, 0
}

// Guessed is what Open returns where a text may not say in which encoding it is.
type Guessed interface {
	// Guessed names the encoding that most of the text was taken to be in, once Read has returned
	// io.EOF; "" where nothing had to be guessed.
	Guessed() string
}

// GuessOf returns what a text that was read from r to its end was taken to be; "" for no guess.
func GuessOf(r io.Reader) string {
	if g, ok := r.(Guessed); ok {
		return g.Guessed()
	}
	return ""
}

// Clean returns the marks in their order, without those that a text of that many bytes cannot have,
// and says how many of those there were. A mark that ends behind the text is clipped, a name that
// is too long is cut, and a mark of nothing (an empty page) is dropped without being counted.
func (all Marks) Clean(textBytes int) (good Marks, bad int) {
	size := number(int64(textBytes))
	for _, m := range all {
		m.End = min(m.End, size)
		switch {
		case m.Start > m.End || !m.usable():
			bad++
			continue
		case m.Start == m.End:
			continue
		}
		m.Name = cutName(m.Name)
		good = append(good, m)
	}
	slices.SortStableFunc(good, Mark.compare)
	good = slices.Compact(good)
	if n := len(good) - limits.DocumentMarksMax; n > 0 {
		good, bad = good[:limits.DocumentMarksMax], bad+n
	}
	return good, bad
}

// usable tells whether the mark says something: what is counted from 1 has no 0, and what has a
// name has one. A sheet may have none.
func (m Mark) usable() bool {
	switch m.Kind {
	case MarkPage, MarkCell, MarkLine:
		return m.Number > 0
	case MarkMessage, MarkHeading:
		return m.Name != ""
	}
	return m.Kind.Valid()
}

// compare orders marks by where they start; of those that start together the longer one comes
// first.
func (m Mark) compare(o Mark) int {
	return cmp.Or(cmp.Compare(m.Start, o.Start), cmp.Compare(o.End, m.End), cmp.Compare(m.Kind, o.Kind),
		cmp.Compare(m.Number, o.Number), cmp.Compare(m.Second, o.Second), cmp.Compare(m.Name, o.Name))
}

// cutName shortens a name to what is stored of it, at a character's end.
func cutName(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limits.MarkNameBytesMax {
		return s
	}
	n := limits.MarkNameBytesMax
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Within returns the marks that overlap a span of the text, clipped to it.
func (all Marks) Within(start, end uint32) (in Marks) {
	for _, m := range all {
		if m.overlaps(start, end) {
			m.Start, m.End = max(m.Start, start), min(m.End, end)
			in = append(in, m)
		}
	}
	return in
}

// Version is the version of a document: the SHA-256 of its text; with marks, of that and of the
// marks, so that a document whose pages moved is another version even where its text is the same.
func Version(text [sha256.Size]byte, marks Marks) [sha256.Size]byte {
	if len(marks) == 0 {
		return text
	}
	b := slices.Clone(text[:])
	for _, m := range marks {
		for _, n := range []uint32{m.Start, m.End, uint32(m.Kind), m.Number, m.Second, uint32(len(m.Name))} {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		b = append(b, m.Name...)
	}
	return sha256.Sum256(b)
}
