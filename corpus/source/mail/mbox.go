package mail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// mbox is a file of many messages, each of which begins with a line "From ...".
type mbox struct{ by extract.Runner }

// Claims implements packed.Form.
func (mbox) Claims(f *packed.File, head []byte) bool {
	if source.LooksBinary(head) {
		return false
	}
	line, rest := cutLine(head)
	if !bytes.HasPrefix(line, []byte("From ")) {
		return false
	}
	_, dated := beginsMessage(line)
	h, _ := parseHeader(rest)
	return dated || len(h) > 0 && (strings.HasSuffix(strings.ToLower(f.Name()), ".mbox") || looksLikeMail(rest))
}

// beginsMessage tells whether a line begins a message, and when that came. Such a line ends with a
// date; a sentence that begins with "From " does not.
func beginsMessage(line []byte) (at time.Time, ok bool) {
	words := strings.Fields(string(line[:min(len(line), 300)]))
	if len(words) < 4 {
		return at, false
	}
	for i := 1; i < min(len(words), 5); i++ {
		if at = parseDate(strings.Join(words[i:], " ")); !at.IsZero() && strings.Contains(string(line), ":") {
			return at, true
		}
	}
	return time.Time{}, false
}

// List implements packed.Form.
func (mbox) List(ctx context.Context, f *packed.File, _ *source.Rules, emit func(packed.Document) error) error {
	box := strings.TrimSuffix(f.Path, ".mbox")
	if dir, name, ok := cutLast(box); ok && (name == "mbox" || name == "mboxrd") {
		box = strings.TrimSuffix(dir, ".mbox") // as Apple Mail and readpst have it: INBOX.mbox/mbox
	}
	var large error
	err := eachMessage(f, func(start int64, raw []byte, at time.Time) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if raw == nil {
			large = errTooLarge
			return nil
		}
		return list(raw, start, box, at, emit)
	})
	return errors.Join(err, large)
}

// Open implements packed.Form.
func (m mbox) Open(ctx context.Context, f *packed.File, d packed.Document, _ *source.Rules) (*packed.Text, error) {
	return open(ctx, f, d, m.by)
}

const mboxBlock = 1 << 20

// eachMessage cuts a mailbox into messages, in memory that depends on the largest one only. The
// bytes are valid during the call; nil stands for a message that is too large.
func eachMessage(f *packed.File, use func(start int64, raw []byte, at time.Time) error) error {
	r := io.NewSectionReader(f, 0, f.Size)
	var buf []byte // from the message's beginning on
	var start int64
	var at time.Time
	scanned, began, end := 0, false, false
	for {
		next, line := nextFrom(buf, scanned, end)
		switch {
		case next >= 0:
			if began {
				if err := hand(use, start, buf[:next], at); err != nil {
					return err
				}
			}
			at, began = line, true
			buf, start, scanned = buf[next:], start+int64(next), 1
			continue
		case end:
			if !began || len(buf) == 0 {
				return nil
			}
			return hand(use, start, buf, at)
		}
		scanned = max(scanned, len(buf)-fromLineMax)
		if len(buf) > messageBytesMax { // its bytes are passed over, but for what may begin the next one
			if began {
				if err := use(start, nil, at); err != nil {
					return err
				}
			}
			start, buf, scanned, began = start+int64(scanned), buf[scanned:], 0, false
		}
		if cap(buf)-len(buf) < mboxBlock {
			buf = append(make([]byte, 0, len(buf)+mboxBlock+max(len(buf)/2, 2*mboxBlock)), buf...)
		}
		n, err := io.ReadFull(r, buf[len(buf):len(buf)+mboxBlock])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			end = true
		} else if err != nil {
			return err
		}
	}
}

// fromLineMax is how long a line that begins a message may be, with the empty one before it.
const fromLineMax = 400

// nextFrom finds the line that begins the next message, from a place on; -1: there is none, as far
// as can be told before the end is known.
func nextFrom(buf []byte, from int, end bool) (int, time.Time) {
	for at := from; ; {
		i := 0
		if at > 0 || !bytes.HasPrefix(buf, []byte("From ")) {
			i = bytes.Index(buf[at:], []byte("\nFrom "))
			if i < 0 {
				return -1, time.Time{}
			}
			i += at + 1
		}
		if !end && len(buf)-i < fromLineMax {
			return -1, time.Time{}
		}
		line, rest := cutLine(buf[i:])
		blank := i == 0 || bytes.HasSuffix(buf[:i], []byte("\n\n")) || bytes.HasSuffix(buf[:i], []byte("\n\r\n"))
		when, dated := beginsMessage(line)
		field, _, colon := bytes.Cut(rest, []byte{':'})
		if i == 0 && at == 0 || blank && (dated || colon && len(field) < 40 && !bytes.ContainsAny(field, " \t\n")) {
			return i, when
		}
		at = i
	}
}

// hand gives a message to use, without the line that begins it and the escapes before lines that
// look like one.
func hand(use func(int64, []byte, time.Time) error, start int64, raw []byte, at time.Time) error {
	_, rest := cutLine(raw)
	return use(start+int64(len(raw)-len(rest)), rest, at)
}
