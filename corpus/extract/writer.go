package extract

import (
	"bytes"
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluice/corpus"
	"sluice/internal/limits"
)

// Writer takes the text of a document as a format finds it, and makes marks of what stands where.
//
// Text is tidied on its way: line ends are \n, there is no blank at the end of a line, at most one
// empty line in a row and none at the beginning, no control character, and nothing that is not
// UTF-8. So formats may write blocks without looking at what they wrote before.
//
// What goes beyond the limits of a document ends the format with a panic that Catch understands.
type Writer struct {
	goOn  func() error // says when nobody waits for the text any more
	out   Output
	about About
	max   int64 // of the text

	buf     []byte // not handed on yet; without the end of the line that is being written
	at      int64  // how many bytes of the text came before buf
	blank   int    // line ends that wait for the next word
	space   bool   // so does a blank
	open    []mark // marks that have no end yet
	waiting []int  // those of them that begin with the next word
	marks   int
	parts   int64 // bytes of parts
}

// mark is a mark that has no end yet.
type mark struct {
	corpus.Mark
	start int64
}

const (
	bufBytes = 64 << 10
	// partsBytesMax is how many bytes of parts one document gives; what is beyond is left out.
	partsBytesMax = 32 << 20
)

// NewWriter makes a Writer for a document of that many bytes.
func NewWriter(ctx context.Context, size int64, out Output) *Writer {
	return &Writer{goOn: ctx.Err, out: out, max: min(max(freeBytes, size*ratioMax), TextBytesMax), blank: -1}
}

// stop is what a Writer panics with.
type stop struct{ err error }

// Catch is deferred by who calls a format: it makes an error of its panic.
func Catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case stop:
		*err = p.err
	default:
		*err = Refusef("its reader broke down on it: %v", p)
	}
}

func (w *Writer) fail(err error) {
	if err != nil {
		panic(stop{err})
	}
}

// Write implements io.Writer. It writes text as String does.
func (w *Writer) Write(b []byte) (int, error) { w.String(string(b)); return len(b), nil }

// String writes text as it stands: what is between lines and words is tidied.
func (w *Writer) String(s string) {
	for s != "" {
		n := strings.IndexFunc(s, special)
		if n < 0 {
			n = len(s)
		}
		if n > 0 {
			w.word(s[:n])
			s = s[n:]
			continue
		}
		c, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case c == '\n', c == '\v', c == '\f', c == '\u0085', c == '\u2028', c == '\u2029':
			w.Line()
		case c == '\r':
			if !strings.HasPrefix(s, "\n") {
				w.Line()
			}
		case c == utf8.RuneError && size == 1:
			w.word("\uFFFD")
		case c == '\t' || unicode.IsSpace(c):
			w.space = true
		}
	}
}

// special tells characters that do not pass as they are.
func special(c rune) bool {
	return c <= ' ' || c >= 0x7f && (c == utf8.RuneError || c == '\u00ad' || unicode.IsControl(c) || unicode.IsSpace(c) && c != '\u3000' || c == '\ufeff' || c == '\u200b')
}

// word writes what has neither blanks nor line ends, behind those that wait.
func (w *Writer) word(s string) {
	for range min(w.blank, 2) {
		w.put("\n")
	}
	if w.space && w.blank == 0 {
		w.put(" ")
	}
	w.blank, w.space = 0, false
	for _, i := range w.waiting {
		w.open[i].start = w.At()
	}
	w.waiting = w.waiting[:0]
	w.put(s)
}

func (w *Writer) put(s string) {
	if len(w.buf)+len(s) > bufBytes {
		w.flush()
	}
	if w.At()+int64(len(s)) > w.max {
		w.fail(ErrExpands)
	}
	w.buf = append(w.buf, s...)
}

func (w *Writer) flush() {
	w.fail(w.goOn())
	if len(w.buf) > 0 {
		w.fail(w.out.Bytes(w.buf))
		w.at += int64(len(w.buf))
		w.buf = w.buf[:0]
	}
}

// At is where in the text the next byte will stand, but for blanks and line ends that wait.
func (w *Writer) At() int64 { return w.at + int64(len(w.buf)) }

// Space sets the next word apart.
func (w *Writer) Space() { w.space = true }

// Cell sets the next word apart as the next cell of a row.
func (w *Writer) Cell() { w.String(" | ") }

// Line ends the line.
func (w *Writer) Line() {
	if w.blank >= 0 {
		w.blank++
	}
	w.space = false
}

// Break ends the line, if one was begun.
func (w *Writer) Break() {
	if w.blank == 0 {
		w.Line()
	}
}

// Block ends the paragraph: an empty line stands before the next one.
func (w *Writer) Block() {
	if w.blank >= 0 {
		w.blank = 2
	}
	w.space = false
}

// Raw writes text whose lines and blanks mean something: code.
func (w *Writer) Raw(s string) {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD")
	for line := range strings.Lines(s) {
		text := strings.Map(func(c rune) rune {
			if c != '\t' && c < ' ' || c == 0x7f {
				return -1
			}
			return c
		}, strings.TrimRight(line, " \t\r\n"))
		if text != "" {
			w.word(text)
		}
		if strings.HasSuffix(line, "\n") {
			w.Line()
		}
	}
}

// Begin opens a mark at the next word. It lasts until End is called with what Begin returned.
func (w *Writer) Begin(m corpus.Mark) (id int) {
	w.open = append(w.open, mark{m, -1})
	w.waiting = append(w.waiting, len(w.open)-1)
	return len(w.open) - 1
}

// End closes a mark and all that were opened behind it. A mark of nothing is dropped.
func (w *Writer) End(id int) {
	for i := len(w.open) - 1; i >= id; i-- {
		if m := w.open[i]; m.start >= 0 && w.marks < limits.DocumentMarksMax {
			w.marks++
			w.flush()
			w.fail(w.out.Mark(m.Over(int(m.start), int(w.At()))))
		}
	}
	w.open = w.open[:min(id, len(w.open))]
	for len(w.waiting) > 0 && w.waiting[len(w.waiting)-1] >= id {
		w.waiting = w.waiting[:len(w.waiting)-1]
	}
}

// Marked writes what f writes under a mark.
func (w *Writer) Marked(m corpus.Mark, f func()) {
	id := w.Begin(m)
	f()
	w.End(id)
}

// Title sets the title, if there is one and none is known.
func (w *Writer) Title(s string) {
	if s = Tidy(s); w.about.Title == "" {
		w.about.Title = s
	}
}

// Time sets the document's own date, if there is one and none is known.
func (w *Writer) Time(t time.Time) {
	if w.about.Time.IsZero() && t.Year() >= 1000 && t.Year() < 10000 {
		w.about.Time = t
	}
}

// BlankPage counts a page without text.
func (w *Writer) BlankPage() { w.about.Blank++ }

// Part hands on a document that lies in this one.
func (w *Writer) Part(p Part) {
	if w.parts += int64(len(p.Body)); w.parts <= partsBytesMax {
		w.fail(w.out.Part(p))
	}
}

// Close hands on what is left. typ is the format's name.
func (w *Writer) Close(typ string) {
	w.End(0)
	if w.At() > 0 {
		w.put("\n")
	}
	w.flush()
	w.about.Type = typ
	w.fail(w.out.About(w.about))
}

// Tidy brings a short text on one line.
func Tidy(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
	if len(s) > limits.MarkNameBytesMax {
		s = s[:limits.MarkNameBytesMax]
		s = strings.ToValidUTF8(s, "")
	}
	return s
}

// HasPrefix makes a Magic of the bytes that a format begins with.
func HasPrefix(magic string) func(head []byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}
