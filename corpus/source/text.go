package source

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	"sluice/corpus"
	"sluice/internal/limits"
)

const (
	// HeadBytes is how much of a file is looked at to tell text from binary: as much as git looks
	// at.
	HeadBytes = 8 << 10

	// blockBytes is how much text is checked at once, and what one open document holds in memory.
	blockBytes = 64 << 10

	// controlsShareMax: text is that of which at most every twelfth character is a control
	// character. A page of NULs that a crash left in a log stays below it (a sixteenth of a block);
	// compressed data, whose bytes are all equally frequent, is above it (a ninth); the hole of a
	// sparse file is all NULs.
	controlsShareMax = 12

	// nulsUnsuspicious is the number of NULs a block up to which its control characters are not
	// counted. Compressed data has 160 and more.
	nulsUnsuspicious = 32
)

// LooksBinary tells from the first bytes of a file, HeadBytes of them where it has as many, that it
// is not text: they hold a NUL and do not begin with a byte-order mark of UTF-16 or UTF-32.
func LooksBinary(head []byte) bool {
	head = head[:min(len(head), HeadBytes)]
	return bytes.IndexByte(head, 0) >= 0 && unicodeMark(head) == nil && unmarkedUnicode(head) == nil
}

// Text reads a document's bytes as UTF-8 text, in one pass and in memory that does not depend on
// the document:
//
//   - UTF-8 passes through byte for byte, with its byte-order mark, and so does what is mostly
//     UTF-8: offsets in the text are offsets in the file. Invalid bytes are replaced only where
//     text is shown.
//   - UTF-16 and UTF-32 are told by their byte-order mark, which is dropped, or by being nothing
//     but characters when read so. What is no character there becomes U+FFFD.
//   - A line that holds more stray bytes than characters of UTF-8 is in another encoding: the one
//     that such lines are likeliest in. So one letter of Latin-1 in a text that is ASCII otherwise
//     is read as the letter that it is. Guessed names what was guessed.
//
// NULs behind the first HeadBytes pass through as they are, since logs have them. But text ends in
// *corpus.LeftOutError, and then nothing of the document may be used, where more than a twelfth of
// a block of 64 KiB is control characters (corpus.Binary: a shell script that carries an archive, a
// sparse file), or where the text grows beyond limits.DocumentBytesMax (corpus.TooLarge). Secrets
// are cut out behind it, by corpus.Read.
type Text struct {
	path   string
	src    io.Reader
	block  *[blockBytes]byte
	rest   []byte // what of the block was not yet given out
	offset int64  // of the block's end in the text
	err    error  // what follows rest
	guess  func() string
}

var blocks = sync.Pool{New: func() any { return new([blockBytes]byte) }}

// NewText makes a Text of what r holds. The document's path stands in errors.
func NewText(r io.Reader, path string) *Text {
	src, guess := decode(r)
	return &Text{path: path, src: src, guess: guess, block: blocks.Get().(*[blockBytes]byte)}
}

// Guessed implements corpus.Guessed.
func (t *Text) Guessed() string { return t.guess() }

// Close gives the memory back. It does not close the underlying reader.
func (t *Text) Close() error {
	if t.block != nil {
		blocks.Put(t.block)
		t.block, t.rest = nil, nil
		t.err = errClosed
	}
	return nil
}

var errClosed = errors.New("read after close")

// Check reads the first block, so that a document that is not text is found out before it is handed
// on.
func (t *Text) Check() error {
	t.fill()
	if t.err == io.EOF {
		return nil
	}
	return t.err
}

// Read implements io.Reader.
func (t *Text) Read(p []byte) (int, error) {
	if len(t.rest) == 0 {
		t.fill()
	}
	if len(t.rest) == 0 {
		return 0, t.err
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// fill reads and checks the next block.
func (t *Text) fill() {
	if t.err != nil || len(t.rest) > 0 {
		return
	}
	n, err := io.ReadFull(t.src, t.block[:])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	t.err = err
	block := t.block[:n]
	first := t.offset == 0
	t.offset += int64(n)
	switch {
	case first && LooksBinary(block), tooManyControls(block):
		t.leaveOut(corpus.Binary)
	case t.offset > limits.DocumentBytesMax:
		t.leaveOut(corpus.TooLarge)
	default:
		t.rest = block
	}
}

func (t *Text) leaveOut(why corpus.Reason) {
	t.err = &corpus.LeftOutError{Path: t.path, Reason: why}
}

// tooManyControls tells that a block is no text. Blocks without NULs are not counted: the check
// costs less than a memory copy.
func tooManyControls(block []byte) bool {
	if bytes.Count(block, []byte{0}) <= nulsUnsuspicious {
		return false
	}
	controls, characters := 0, 0
	for _, b := range block {
		if isControl[b] {
			controls++
		}
		if utf8.RuneStart(b) {
			characters++
		}
	}
	return controls*controlsShareMax > characters
}

// isControl marks the control characters that text does not hold: not tabs, line ends, page ends,
// backspaces and escapes.
var isControl = func() (t [256]bool) {
	for b := range 0x20 {
		t[b] = b < '\a' || b > '\r' && b != 0x1b
	}
	t[0x7f] = true
	return t
}()
