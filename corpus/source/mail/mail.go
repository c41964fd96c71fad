// Package mail is the connector of stage 0 for mail: mailboxes (mbox), folders of mails (Maildir,
// .eml), and what Outlook writes.
//
// A document is a message; what is attached to it is a document of its own, below it. Nothing is
// refused for being broken: a message that follows no standard is still somebody's mail. That is
// also why the parser is our own. Those of others stop at a header that is none, and all of them
// link the network.
//
//	mail.go    the connector
//	mbox.go    many messages in one file
//	message.go a message and its parts
//	header.go  fields, words and parameters
//	date.go    dates
//	text.go    what is read of a message
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// Kind is the Info.Kind of mail.
const Kind = "mail"

// Type is the Item.Type of a message.
const Type = "mail"

// Connector introduces the connector.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "DIR", Short: "mails: mbox, Maildir, .eml; what is attached is read too",
		Open: func(s source.Setting) (corpus.Source, error) {
			return packed.New(s, packed.Options{Forms: Forms(s.Extract), Archives: true}), nil
		},
	}
}

// Forms are the forms of mail. by reads what is attached and is no plain text; nil: nobody does.
func Forms(by extract.Runner) []packed.Form { return []packed.Form{mbox{by}, single{by}} }

// messageBytesMax is the largest message that is read.
const messageBytesMax = 64 << 20

// single is a file that is one message.
type single struct{ by extract.Runner }

// Claims implements packed.Form.
func (single) Claims(f *packed.File, head []byte) bool {
	name := strings.ToLower(f.Name())
	if strings.HasSuffix(name, ".eml") || strings.HasSuffix(name, ".emlx") || inMaildir(f.Path) {
		h, _ := parseHeader(head[emlx(name, head):])
		return len(h) > 0 || !source.LooksBinary(head) // an attachment may stand there as it is
	}
	return looksLikeMail(head)
}

// inMaildir tells whether a file lies where a Maildir has its messages.
func inMaildir(path string) bool {
	dir, _, _ := cutLast(path)
	return dir == "cur" || dir == "new" || strings.HasSuffix(dir, "/cur") || strings.HasSuffix(dir, "/new")
}

func cutLast(path string) (dir, name string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:], i >= 0
}

// tells are the fields of which a file that is a message has two at its beginning.
var tells = []string{"From", "To", "Subject", "Date", "Message-ID", "Received", "MIME-Version", "Return-Path", "Content-Type", "Delivered-To"}

// looksLikeMail tells whether a file begins with the header of a message.
func looksLikeMail(head []byte) bool {
	if source.LooksBinary(head) {
		return false
	}
	h, _ := parseHeader(head)
	n := 0
	for _, name := range tells {
		if h.get(name) != "" {
			n++
		}
	}
	return n >= 3 || n == 2 && h.get("From") != ""
}

// List implements packed.Form.
func (single) List(_ context.Context, f *packed.File, _ *source.Rules, emit func(packed.Document) error) error {
	if f.Size > messageBytesMax {
		return errTooLarge
	}
	raw, err := readAt(f, 0, f.Size)
	if err != nil {
		return err
	}
	start := emlx(f.Name(), raw)
	return list(raw[start:], int64(start), boxOf(f.Path), time.Time{}, emit)
}

// emlx is how many bytes stand before the message in what Apple Mail writes: its length, on a line.
func emlx(name string, raw []byte) int {
	if !strings.HasSuffix(strings.ToLower(name), ".emlx") {
		return 0
	}
	line, rest := cutLine(raw)
	if strings.Trim(string(line), " 0123456789") != "" {
		return 0
	}
	return len(raw) - len(rest)
}

// Open implements packed.Form.
func (s single) Open(ctx context.Context, f *packed.File, d packed.Document, _ *source.Rules) (*packed.Text, error) {
	return open(ctx, f, d, s.by)
}

var errTooLarge = errors.New("it is larger than any message that is read")

func readAt(f *packed.File, start, length int64) ([]byte, error) {
	b := make([]byte, length)
	n, err := f.ReadAt(b, start)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}

// boxOf is the mailbox that a file of one message lies in: its folder, without those that a Maildir
// has for itself.
func boxOf(path string) string {
	dir, _, _ := cutLast(path)
	for _, own := range []string{"cur", "new", "Messages"} {
		if dir == own {
			return ""
		}
		dir = strings.TrimSuffix(dir, "/"+own)
	}
	return strings.TrimSuffix(dir, ".mbox")
}

// list lists a message and what is attached to it.
func list(raw []byte, start int64, box string, at time.Time, emit func(packed.Document) error) error {
	m := parse(raw)
	if sent := dateOf(m.header); !sent.IsZero() {
		at = sent
	}
	id, subject := m.id(raw), m.text("Subject")
	d := packed.Document{Start: start, Length: int64(len(raw))}
	d.Item = corpus.Item{Path: pathOf(box, id, subject, at), Size: int64(len(raw)), Time: at, Title: subject, Type: Type, From: m.from(),
		FileID: corpus.Digest(raw)}
	if d.Title == "" {
		d.Title = "(no subject)"
	}
	if err := emit(d); err != nil {
		return err
	}
	message := d.Path
	taken := map[string]int{}
	for i, p := range m.attachments() {
		name := p.name
		if taken[name]++; taken[name] > 1 {
			name = fmt.Sprintf("%d %s", taken[name], name)
		}
		d.Path, d.Title, d.Type, d.Size, d.Part = message+"/"+name, p.name+": "+subject, "", int64(len(p.body)), i+1
		if err := emit(d); err != nil {
			return err
		}
	}
	return nil
}

// open makes the text of a message, or of what is attached to one.
func open(ctx context.Context, f *packed.File, d packed.Document, by extract.Runner) (*packed.Text, error) {
	raw, err := readAt(f, d.Start, d.Length)
	if err != nil {
		return nil, err
	}
	if corpus.Digest(raw) != d.FileID {
		return nil, errors.New("the message is no longer where it was: the file is being written")
	}
	m := parse(raw)
	id := m.id(raw)
	if d.Part == 0 {
		return m.render(id), nil
	}
	all := m.attachments()
	if d.Part > len(all) {
		return nil, corpus.ErrGone
	}
	p := all[d.Part-1]
	if p.media == forwarded {
		inner := parse(p.content())
		return inner.render(inner.id(p.content())), nil
	}
	return attached(ctx, &p, id, by)
}

// attached makes the text of an attachment: of a document that by can read, or of what is text.
func attached(ctx context.Context, p *part, id string, by extract.Runner) (*packed.Text, error) {
	body := p.content()
	if t, err := extracted(ctx, p, body, by); t != nil || err != nil {
		if t != nil {
			t.Marks = append(t.Marks, corpus.Message(id).Over(0, len(t.Body)))
		}
		return t, err
	}
	if source.LooksBinary(body) {
		return nil, &corpus.LeftOutError{Path: p.name, Reason: corpus.Binary}
	}
	text, guess := source.Decode(body, p.charset())
	if p.media == "text/html" {
		text = packed.TextOfHTML(text)
	}
	t := &packed.Text{Body: []byte(text), Guess: guess}
	t.Marks = corpus.Marks{corpus.Message(id).Over(0, len(t.Body))}
	return t, nil
}

// extracted makes the text of a document that is no plain text; nil where it is some.
func extracted(ctx context.Context, p *part, body []byte, by extract.Runner) (*packed.Text, error) {
	format := formats.Find(p.name, p.media, body[:min(len(body), formats.HeadBytes)])
	if format == nil || by == nil || p.media == "text/html" {
		return nil, nil
	}
	if format.Missing != "" {
		return nil, &corpus.LeftOutError{Path: p.name, Reason: corpus.NoReader}
	}
	d, err := extract.Text(ctx, by, extract.File{Name: p.name, Type: p.media, Size: int64(len(body)), ReaderAt: bytes.NewReader(body)})
	switch refused := errors.As(err, new(*extract.Refusal)); {
	case refused && format.Text:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", p.name, err)
	case len(d.Text) == 0 && len(body) > 0:
		return nil, &corpus.LeftOutError{Path: p.name, Reason: corpus.NoText}
	}
	return &packed.Text{Body: d.Text, Marks: d.Marks}, nil
}
