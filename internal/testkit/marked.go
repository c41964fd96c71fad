package testkit

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"sluice/corpus"
)

// marked is an extracted text. Before it was read to its end it has no marks that anybody should
// take.
type marked struct {
	text  *bytes.Reader
	marks corpus.Marks
	done  bool
}

// Read implements io.Reader.
func (m *marked) Read(b []byte) (n int, err error) {
	n, err = m.text.Read(b)
	m.done = m.done || err == io.EOF
	return n, err
}

// Close implements io.Closer.
func (m *marked) Close() error { return nil }

// Marks implements corpus.Marked.
func (m *marked) Marks() []corpus.Mark {
	if !m.done {
		panic("testkit: the marks of a text that was not read to its end")
	}
	return m.marks
}

// Part is a piece of an extracted text with what of the original it comes from.
type Part struct {
	Text  string
	Marks []corpus.Mark // without spans
}

// Extract joins parts to a text and its marks. A part's marks span its text without white space
// around it.
func Extract(parts ...Part) (text string, marks corpus.Marks) {
	var b strings.Builder
	for _, p := range parts {
		at := b.Len()
		b.WriteString(p.Text)
		start := at + len(p.Text) - len(strings.TrimLeft(p.Text, " \n"))
		end := at + len(strings.TrimRight(p.Text, " \n"))
		for _, m := range p.Marks {
			marks = append(marks, m.Over(start, end))
		}
	}
	return b.String(), marks
}

// Around hides a sentence in so much prose that the passage which holds it holds nothing else of
// the document's other parts.
func Around(seed uint64, sentence string) string {
	return Text(seed, 25) + "\n" + sentence + "\n\n" + Text(seed+1000, 25) + "\n"
}

// FillMarked puts a document of each kind of original into s. Each has a word that no other one
// has, in one part of it: a report of pages (tamarin), a talk (ocelot), a mailbox (wombat), a
// workbook (narwhal) and a page that was converted from another form (axolotl).
func FillMarked(s *Source) {
	seed := uint64(100)
	part := func(sentence string, marks ...corpus.Mark) Part {
		seed++
		return Part{Around(seed, sentence), marks}
	}
	put := func(path string, parts ...Part) {
		text, marks := Extract(parts...)
		s.PutMarked(path, text, marks)
	}
	put("report.pdf", part("", corpus.Page(1)), part("", corpus.Page(2)),
		part("The tamarin is counted on this page.", corpus.Page(3)), part("", corpus.Page(4)))
	shown := 12*time.Minute + 41*time.Second
	put("talk.mp4", part("", corpus.Offset(0, shown)), part("Now the ocelot is shown.", corpus.Offset(shown, time.Minute)),
		part("", corpus.Offset(shown+time.Minute, time.Minute)))
	put("letters.mbox", part("", corpus.Message("first@post.example")),
		part("A wombat wrote this one.", corpus.Message("second@post.example")))
	put("page.html", part("", corpus.Heading(1, "Animals"), corpus.Line(1, 20)),
		part("The axolotl lives here.", corpus.Heading(2, "In water"), corpus.Line(70, 9)))

	var rows []Part
	for i := range 40 {
		row := Part{fmt.Sprintf("item %d\t%d\n", i+1, 100+i), []corpus.Mark{corpus.Cell("Costs", i+1, 0)}}
		if i == 7 {
			row.Text = Around(seed, "narwhal tusks\t800")
		}
		rows = append(rows, row)
	}
	put("budget.xlsx", rows...)
}
