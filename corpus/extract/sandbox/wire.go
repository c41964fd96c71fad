package sandbox

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sluice/corpus"
	"sluice/corpus/extract"
)

// Parent and child speak in frames: a kind, the length of what follows, and that. The parent sends
// jobs and what it was asked to read of the file, so that the child needs no file; the child sends
// what it found, and an end.
const (
	frameJob   = 'j' // JSON of an extract.Job
	frameData  = 'd' // what was read of the file
	frameFail  = 'x' // it could not be read: words
	frameRead  = 'r' // offset (8), length (4): asks for a frameData or a frameFail
	frameBytes = 'b' // of the text
	frameMark  = 'm' // JSON
	framePart  = 'p' // JSON
	frameAbout = 'a' // JSON
	frameFile  = 'f' // JSON of an extract.Member
	frameEnd   = 'e' // JSON of an ending
)

const (
	// frameBytesMax is the longest frame: a part in JSON. What comes from a child is not trusted.
	frameBytesMax = 64 << 20
	// readBytesMax is how much of the file is asked for at once.
	readBytesMax = 1 << 20
)

var errFrame = errors.New("the process that reads documents says something that is no answer")

// ending is how a job ended.
type ending struct {
	Refusal string `json:"refusal,omitempty"`
	Error   string `json:"error,omitempty"`
	Peak    int64  `json:"peak,omitempty"` // bytes of memory that it cost, as far as that was seen
}

func endingOf(err error) ending {
	var no *extract.Refusal
	switch {
	case err == nil:
		return ending{}
	case errors.As(err, &no):
		return ending{Refusal: no.Why}
	}
	return ending{Error: err.Error()}
}

func (e ending) err() error {
	switch {
	case e.Refusal != "":
		return &extract.Refusal{Why: e.Refusal}
	case e.Error != "":
		return errors.New(e.Error)
	}
	return nil
}

// line is one direction or both of what parent and child say to each other.
type line struct {
	in  *bufio.Reader
	out *bufio.Writer
	buf []byte // reused by receive
}

func newLine(in io.Reader, out io.Writer) *line {
	return &line{in: bufio.NewReaderSize(in, 64<<10), out: bufio.NewWriterSize(out, 64<<10)}
}

func (l *line) send(kind byte, payload []byte) error {
	var head [5]byte
	head[0] = kind
	binary.LittleEndian.PutUint32(head[1:], uint32(len(payload)))
	_, _ = l.out.Write(head[:]) // the next one fails with the same error
	_, err := l.out.Write(payload)
	return err
}

func (l *line) sendJSON(kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return l.send(kind, b)
}

// receive returns the next frame, which is valid until the next call.
func (l *line) receive() (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(l.in, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(binary.LittleEndian.Uint32(head[1:]))
	if n > frameBytesMax {
		return 0, nil, errFrame
	}
	if cap(l.buf) < n || cap(l.buf) > 4*readBytesMax && n < readBytesMax {
		l.buf = make([]byte, n)
	}
	l.buf = l.buf[:n]
	_, err = io.ReadFull(l.in, l.buf)
	return head[0], l.buf, err
}

// remote is the file as the child sees it.
type remote struct {
	line   *line
	size   int64
	blocks [16]block // the last ones that were read
	turn   uint64
	broken error // the parent is gone
}

type block struct {
	data []byte
	at   int64
	used uint64
}

// blockBytes is how much of a file is asked for at least.
const blockBytes = 128 << 10

// ReadAt implements io.ReaderAt.
func (r *remote) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= r.size {
			return n, io.EOF
		}
		b, err := r.block(at / blockBytes * blockBytes)
		if err != nil {
			return n, err
		}
		if at-b.at >= int64(len(b.data)) {
			return n, io.ErrUnexpectedEOF // the file became shorter
		}
		k := copy(p[n:], b.data[at-b.at:])
		n, at = n+k, at+int64(k)
	}
	return n, nil
}

func (r *remote) block(at int64) (*block, error) {
	r.turn++
	old := &r.blocks[0]
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.data != nil && b.at == at {
			b.used = r.turn
			return b, nil
		}
		if b.used < old.used {
			old = b
		}
	}
	data, err := r.ask(at, min(blockBytes, r.size-at))
	if err != nil {
		return nil, err
	}
	*old = block{append(old.data[:0], data...), at, r.turn}
	return old, nil
}

// ask reads from the parent.
func (r *remote) ask(at, n int64) ([]byte, error) {
	var q [12]byte
	binary.LittleEndian.PutUint64(q[:], uint64(at))
	binary.LittleEndian.PutUint32(q[8:], uint32(n))
	if err := errors.Join(r.line.send(frameRead, q[:]), r.line.out.Flush()); err != nil {
		r.broken = err
		return nil, err
	}
	kind, data, err := r.line.receive()
	switch {
	case err != nil:
		r.broken = err
		return nil, err
	case kind == frameFail:
		return nil, errors.New(string(data))
	case kind != frameData:
		r.broken = errFrame
		return nil, errFrame
	}
	return data, nil
}

// answer reads what the child asked for.
func answer(l *line, r io.ReaderAt, q, buf []byte) error {
	if len(q) != 12 {
		return errFrame
	}
	at, n := int64(binary.LittleEndian.Uint64(q)), binary.LittleEndian.Uint32(q[8:])
	if at < 0 || n > readBytesMax {
		return errFrame
	}
	got, err := r.ReadAt(buf[:n], at)
	if err != nil && err != io.EOF {
		err = l.send(frameFail, []byte(err.Error()))
	} else {
		err = l.send(frameData, buf[:got])
	}
	return errors.Join(err, l.out.Flush())
}

// sender is the child's extract.Output.
type sender struct{ line *line }

func (s sender) Bytes(b []byte) error {
	for len(b) > readBytesMax {
		if err := s.line.send(frameBytes, b[:readBytesMax]); err != nil {
			return err
		}
		b = b[readBytesMax:]
	}
	return s.line.send(frameBytes, b)
}
func (s sender) Mark(m corpus.Mark) error      { return s.line.sendJSON(frameMark, m) }
func (s sender) Part(p extract.Part) error     { return s.line.sendJSON(framePart, p) }
func (s sender) Member(m extract.Member) error { return s.line.sendJSON(frameFile, m) }
func (s sender) About(a extract.About) error   { return s.line.sendJSON(frameAbout, a) }

// take hands what the child found on to out.
func take(kind byte, b []byte, out extract.Output) error {
	switch kind {
	case frameBytes:
		return out.Bytes(b)
	case frameMark:
		var m corpus.Mark
		return into(b, &m, func() error { return out.Mark(m) })
	case framePart:
		var p extract.Part
		return into(b, &p, func() error { return out.Part(p) })
	case frameFile:
		var m extract.Member
		return into(b, &m, func() error { return out.Member(m) })
	case frameAbout:
		var a extract.About
		return into(b, &a, func() error { return out.About(a) })
	}
	return fmt.Errorf("%w: frame %q", errFrame, kind)
}

func into(b []byte, v any, then func() error) error {
	if err := json.Unmarshal(b, v); err != nil {
		return errFrame
	}
	return then()
}
