package packed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
)

// Entry is one document of a file that is read as a whole.
type Entry struct {
	Name  string // its path below the file's folder
	Title string
	Type  string
	From  string
	Time  time.Time
	Text  string
	Marks corpus.Marks
}

// Entries is a Form of files that are read as a whole: an export, a calendar.
type Entries struct {
	// Is tells one from its name and its first bytes.
	Is func(f *File, head []byte) bool
	// Parse reads all of one. rules say which messages it leaves out.
	Parse func(f *File, b []byte, rules *source.Rules) ([]Entry, error)
}

// wholeBytesMax is the largest file that is read as a whole.
const wholeBytesMax = 512 << 20

var errWhole = errors.New("it is larger than 512 MiB, which is more than is read at once: split it")

// Claims implements Form.
func (e Entries) Claims(f *File, head []byte) bool { return e.Is(f, head) }

// List implements Form.
func (e Entries) List(_ context.Context, f *File, rules *source.Rules, emit func(Document) error) error {
	all, err := e.parse(f, rules)
	for i, one := range all {
		d := Document{Part: i}
		d.Item = corpus.Item{Path: below(f.Folder(), one.Name), Size: int64(len(one.Text)), Time: one.Time, Title: one.Title, Type: one.Type,
			From: one.From, FileID: corpus.Digest([]byte(one.Text))}
		if err := emit(d); err != nil {
			return err
		}
	}
	return err
}

func below(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// Open implements Form.
func (e Entries) Open(_ context.Context, f *File, d Document, rules *source.Rules) (*Text, error) {
	all, err := e.parse(f, rules)
	if d.Part >= len(all) || corpus.Digest([]byte(all[d.Part].Text)) != d.FileID {
		return nil, errors.Join(err, errors.New("it is no longer where it was: the file is being written"))
	}
	one := all[d.Part]
	return &Text{Body: []byte(one.Text), Marks: slices.Clone(one.Marks)}, nil
}

// parse reads a file, or takes what was read of it a moment ago: the documents of one file are
// opened one after the other.
func (e Entries) parse(f *File, rules *source.Rules) ([]Entry, error) {
	v, err := f.once(func() (any, error) {
		if f.Size > wholeBytesMax {
			return []Entry(nil), errWhole
		}
		b := make([]byte, f.Size)
		if n, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
			return []Entry(nil), err
		} else {
			b = b[:n]
		}
		return e.Parse(f, b, rules)
	})
	all, _ := v.([]Entry)
	return all, err
}

// Message is one message of a conversation.
type Message struct {
	At          time.Time
	From, Text  string
	ID          string // "": it has none
	Line, Lines int    // of the file; 0: it has no lines
}

// Days makes the documents of a conversation: one a day, so that what is said together stays
// together. Names and times stand before what was said, and the day in words at the beginning.
func Days(name string, all []Message, rules *source.Rules) (days []Entry) {
	all = slices.DeleteFunc(slices.Clone(all), func(m Message) bool {
		return strings.TrimSpace(m.Text) == "" || rules.Drops(m.From, m.At)
	})
	slices.SortStableFunc(all, func(a, b Message) int { return a.At.Compare(b.At) })
	for len(all) > 0 {
		day := all[0].At.Format("2006-01-02")
		n := 1
		for n < len(all) && all[n].At.Format("2006-01-02") == day {
			n++
		}
		days = append(days, dayOf(name, day, all[:n]))
		all = all[n:]
	}
	return days
}

func dayOf(name, day string, all []Message) Entry {
	at := all[0].At
	e := Entry{Name: PathPart(name) + "/" + day, Title: name + ", " + at.Format("2 January 2006"), Type: "chat", Time: at}
	if at.IsZero() {
		e.Name, e.Title = PathPart(name)+"/undated", name
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", name, at.Format("Monday, 2 January 2006 (2006-01-02)"))
	for _, m := range all {
		start := b.Len()
		b.WriteString(m.At.Format("15:04"))
		if m.From != "" {
			b.WriteString(" " + OneLine(m.From) + ":")
		}
		b.WriteString(" " + strings.TrimSpace(strings.ToValidUTF8(m.Text, "\uFFFD")) + "\n")
		switch {
		case m.ID != "":
			e.Marks = append(e.Marks, corpus.Message(m.ID).Over(start, b.Len()))
		case m.Line > 0:
			e.Marks = append(e.Marks, corpus.Line(m.Line, m.Lines).Over(start, b.Len()))
		}
	}
	e.Text = b.String()
	return e
}

// InWords is a time as people write and ask for it.
func InWords(at time.Time) string { return at.Format("Monday, 2 January 2006 15:04 (2006-01-02)") }

// PathPart makes a text what a part of a path may be. "" becomes "untitled".
func PathPart(s string) string {
	s = strings.NewReplacer("/", "-", `\`, "-").Replace(OneLine(s))
	if len(s) > partBytesMax {
		s = strings.ToValidUTF8(s[:partBytesMax], "")
	}
	if s = strings.Trim(s, " ."); s == "" {
		return "untitled"
	}
	return s
}

const partBytesMax = 100

// OneLine puts a text on one line, without control characters.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' || r == '\u202f':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
