package formats

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var word = extract.Format{
	Name: "docx", Endings: []string{".docx", ".docm", ".dotx", ".dotm"}, Version: 1,
	Media: []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	Magic: officeMagic, Read: readWord,
}

// officeMagic tells a zip archive, or the container in which an office file is encrypted.
func officeMagic(head []byte) bool { return isZip(head) || isOLE(head) }

// openOffice opens an office document, and finds the part that is its text.
func openOffice(f extract.File, usual string) (p parts, mainPart string, err error) {
	if isOLE(head(f)) {
		return nil, "", extract.ErrPassword
	}
	if p, err = openParts(f); err != nil {
		return nil, "", err
	}
	mainPart = find(p.relations(""), "officeDocument")
	if p.at(mainPart) == nil {
		mainPart = usual
	}
	if p.at(mainPart) == nil {
		return nil, "", extract.Refusef("it is damaged: the part that is its text is missing")
	}
	return p, mainPart, nil
}

// properties takes title and date from where an office document keeps them.
func properties(p parts, w *extract.Writer) {
	values := map[string]string{}
	name := ""
	_ = eachElement(bytes.NewReader(p.bytes("docProps/core.xml", 1<<20)), visitor{
		start: func(e xml.StartElement) { name = e.Name.Local },
		end:   func(xml.EndElement) { name = "" },
		text:  func(s string) { values[name] += s },
	})
	w.Title(values["title"])
	w.Time(anyTime(values["modified"]))
	w.Time(anyTime(values["created"]))
}

func readWord(f extract.File, w *extract.Writer) error {
	p, mainPart, err := openOffice(f, "word/document.xml")
	if err != nil {
		return err
	}
	properties(p, w)
	d := &wordText{w: w, styles: wordStyles(p.bytes("word/styles.xml", 8<<20)), sections: sections{w: w}}
	if d.paged = wordPages(p.open(mainPart)); d.paged {
		d.page, d.pageID = 1, w.Begin(corpus.Page(1))
	}
	if err := d.part(p.open(mainPart)); err != nil {
		return err
	}
	d.sections.close(0)
	w.End(0)
	d.paged = false
	all := p.relations(mainPart)
	for _, kind := range []string{"footnotes", "endnotes", "comments", "header", "footer", "diagramData", "chart"} {
		for _, to := range targets(all, kind) {
			w.Block()
			if err := d.part(p.open(to)); err != nil {
				return err
			}
		}
	}
	return nil
}

// targets are the parts that relations of a kind lead to, in order.
func targets(all map[string]relation, kind string) (to []string) {
	for _, r := range all {
		if r.kind == kind && !r.outside {
			to = append(to, r.to)
		}
	}
	slices.Sort(to)
	return slices.Compact(to)
}

// wordPages tells whether a document remembers where its pages broke when it was shown last.
func wordPages(r io.ReadCloser) bool {
	if r == nil {
		return false
	}
	defer r.Close()
	const mark = "lastRenderedPageBreak"
	buf, n := make([]byte, 64<<10), 0
	for {
		got, err := r.Read(buf[n:])
		n += got
		if bytes.Contains(buf[:n], []byte(mark)) {
			return true
		}
		if err != nil {
			return false
		}
		keep := min(n, len(mark))
		copy(buf, buf[n-keep:n])
		n = keep
	}
}

// wordStyles finds which styles are headings, and of which level. A title is level 1.
func wordStyles(b []byte) map[string]int {
	levels := map[string]int{}
	id := ""
	_ = eachElement(bytes.NewReader(b), visitor{start: func(e xml.StartElement) {
		switch e.Name.Local {
		case "style":
			id = attr(e, "styleId")
		case "name":
			name := strings.ToLower(attr(e, "val"))
			if rest, ok := strings.CutPrefix(name, "heading "); ok {
				if n, err := strconv.Atoi(rest); err == nil {
					levels[id] = n
				}
			} else if name == "title" {
				levels[id] = 1
			}
		case "outlineLvl":
			if n, err := strconv.Atoi(attr(e, "val")); err == nil && n < 9 && levels[id] == 0 {
				levels[id] = n + 1
			}
		}
	}})
	return levels
}

// wordText writes the text of a part of a document.
type wordText struct {
	w        *extract.Writer
	styles   map[string]int
	sections sections

	paged        bool
	page, pageID int

	level   int              // of the paragraph, if it is a heading
	item    bool             // the paragraph belongs to a list
	title   *strings.Builder // what a heading says so far
	skip    int              // how deep inside of what is not shown
	inText  bool
	cells   int // of the row so far
	tables  int // how deep inside of tables
	started bool
}

func (d *wordText) part(r io.ReadCloser) error {
	if r == nil {
		return nil
	}
	defer r.Close()
	return eachElement(r, visitor{start: d.start, end: d.end, text: d.text})
}

// unshown are elements whose text is no text of the document: what was deleted, the second form of
// a picture, what a field is computed from.
var unshown = map[string]bool{"delText": true, "Fallback": true, "instrText": true, "delInstrText": true, "del": true, "moveFrom": true, "rPr": true, "sectPr": true}

func (d *wordText) start(e xml.StartElement) {
	if unshown[e.Name.Local] {
		d.skip++
	}
	if d.skip > 0 {
		return
	}
	switch e.Name.Local {
	case "p":
		d.begin()
	case "pStyle":
		d.level = d.styles[attr(e, "val")]
	case "numPr":
		d.item = true
	case "t", "v":
		d.inText = true
	case "tab", "ptab":
		d.put(" ")
	case "br", "cr":
		if d.title == nil {
			d.w.Line()
		} else {
			d.put(" ")
		}
	case "noBreakHyphen":
		d.put("-")
	case "lastRenderedPageBreak":
		if d.paged {
			d.sections.close(0)
			d.w.End(0)
			d.page++
			d.pageID = d.w.Begin(corpus.Page(d.page))
		}
	case "tbl":
		d.tables++
		d.w.Block()
	case "tr":
		d.w.Break()
		d.cells = 0
	case "tc":
		if d.cells++; d.cells > 1 {
			d.w.Cell()
		}
	case "docPr":
		if s := attr(e, "descr"); s != "" {
			d.put(" " + s + " ")
		}
	}
}

// begin begins a paragraph.
func (d *wordText) begin() {
	d.flush()
	d.level, d.item, d.started = 0, false, false
	if d.tables == 0 {
		d.w.Break()
	}
}

func (d *wordText) end(e xml.EndElement) {
	if unshown[e.Name.Local] {
		d.skip = max(0, d.skip-1)
		return
	}
	if d.skip > 0 {
		return
	}
	switch e.Name.Local {
	case "p":
		d.flush()
		if d.tables > 0 {
			d.w.Space()
		} else {
			d.w.Block()
		}
	case "t", "v":
		d.inText = false
	case "tr":
		d.w.Break()
	case "tbl":
		d.tables = max(0, d.tables-1)
		d.w.Block()
	}
}

func (d *wordText) text(s string) {
	if d.inText && d.skip == 0 {
		d.put(s)
	}
}

// put writes text of a paragraph. That of a heading is kept until it is whole.
func (d *wordText) put(s string) {
	if !d.started {
		d.started = true
		switch {
		case d.level > 0 && d.tables == 0:
			d.title = &strings.Builder{}
		case d.item:
			d.w.String("- ")
		}
	}
	if d.title != nil {
		d.title.WriteString(s)
		return
	}
	d.w.String(s)
}

// flush writes a heading that is whole.
func (d *wordText) flush() {
	if d.title != nil {
		d.sections.heading(d.level, d.title.String())
		d.title = nil
	}
}
