package source

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// lines reads a text that is not all ASCII, and decides line by line: what is UTF-8 passes through,
// and so does what is mostly UTF-8. What is not is read in the encoding that the lines of the first
// blockBytes are likeliest in, or, where a line is not in that either, in its own.
type lines struct {
	src   io.Reader
	buf   []byte // read and not yet decided
	out   []byte // decided and not yet given out
	made  []byte // memory of out, where it is not of buf
	err   error
	file  *legacy // of the lines that are not UTF-8; nil until one was met
	names map[string]int
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.out) == 0 {
		if len(l.buf) == 0 && l.err != nil {
			return 0, l.err
		}
		l.decide()
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// decide reads a block and decides on all of its lines but the last, which goes on in the next one.
func (l *lines) decide() {
	l.fill()
	end := len(l.buf)
	if l.err == nil {
		if i := bytes.LastIndexByte(l.buf, '\n'); i >= 0 {
			end = i + 1
		} else {
			end = cutLine(l.buf)
		}
	}
	now := l.buf[:end:end]
	l.buf = l.buf[end:]
	if utf8.Valid(now) && !bytes.Contains(now, escapeJapanese) {
		l.out = now
		return
	}
	l.made = l.made[:0]
	whole := now
	for len(now) > 0 {
		n := bytes.IndexByte(now, '\n') + 1
		if n == 0 {
			n = len(now)
		}
		l.made = append(l.made, l.line(now[:n], whole)...)
		now = now[n:]
	}
	l.out = l.made
}

// fill reads until there is a block, or the end.
func (l *lines) fill() {
	if l.err != nil || len(l.buf) >= blockBytes {
		return
	}
	rest := l.buf
	l.buf = make([]byte, blockBytes)
	n := copy(l.buf, rest)
	var m int
	m, l.err = io.ReadFull(l.src, l.buf[n:])
	if l.err == io.ErrUnexpectedEOF {
		l.err = io.EOF
	}
	l.buf = l.buf[:n+m]
}

// cutLine finds where an endless line may be cut: behind a space, or between characters of UTF-8.
func cutLine(line []byte) int {
	if i := bytes.LastIndexByte(line, ' '); i > len(line)/2 {
		return i + 1
	}
	end := len(line)
	for i := 1; i < utf8.UTFMax && i < len(line); i++ {
		if b := line[len(line)-i]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(line[len(line)-i:]) {
				end = len(line) - i
			}
			break
		}
	}
	return end
}

// escapeJapanese begins a stretch of Japanese in ISO-2022-JP.
var escapeJapanese = []byte("\x1b$")

// line reads one line; block is what stands around it.
func (l *lines) line(line, block []byte) []byte {
	if bytes.Contains(line, escapeJapanese) {
		if out, err := japanese.ISO2022JP.NewDecoder().Bytes(line); err == nil && utf8.Valid(out) && !bytes.ContainsRune(out, utf8.RuneError) {
			l.count("iso-2022-jp")
			return out
		}
	}
	if mostlyUTF8(line) {
		return line
	}
	if l.file == nil {
		l.file = guess(foreign(block))
	}
	use := l.file
	if cost := use.read(cutGuess(line)); cost > doubtful*float64(beyondASCII(cutGuess(line))) {
		if own := guess(line); cost-own.read(cutGuess(line)) > ownMargin {
			use = own
		}
	}
	out, _ := use.decodeLine(line)
	l.count(use.name)
	return out
}

// doubtful is how many bits a byte beyond ASCII costs that may be of another encoding.
const doubtful = 5.0

func beyondASCII(line []byte) (n int) {
	for _, b := range line {
		if b >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// ownMargin is by how many bits a line must be likelier in another encoding than its file is in.
const ownMargin = 24

func cutGuess(line []byte) []byte { return line[:min(len(line), guessBytes)] }

func (l *lines) count(name string) {
	if l.names == nil {
		l.names = map[string]int{}
	}
	l.names[name]++
}

// foreign collects the lines of a block that are not UTF-8.
func foreign(block []byte) (out []byte) {
	for line := range bytes.Lines(block) {
		if ascii(line) < len(line) && !mostlyUTF8(line) {
			out = append(out, line...)
		}
		if len(out) >= guessBytes {
			break
		}
	}
	return out
}

// mostlyUTF8 tells whether b holds at least as many characters of UTF-8 beyond ASCII as bytes that
// belong to none.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		b = b[ascii(b):]
		if len(b) == 0 {
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
