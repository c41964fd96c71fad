package formats

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var (
	openText   = openDocument("odt", ".odt", ".ott", ".odm", ".fodt", "application/vnd.oasis.opendocument.text")
	openSheet  = openDocument("ods", ".ods", ".ots", ".fods", "application/vnd.oasis.opendocument.spreadsheet")
	openSlides = openDocument("odp", ".odp", ".otp", ".odg", ".fodp", "application/vnd.oasis.opendocument.presentation")
)

func openDocument(name string, endingsAndMedia ...string) extract.Format {
	last := len(endingsAndMedia) - 1
	return extract.Format{
		Name: name, Endings: endingsAndMedia[:last], Media: endingsAndMedia[last:], Version: 1,
		Magic: func(head []byte) bool { return isZip(head) || bytes.Contains(head, []byte("<office:document")) },
		Read:  func(f extract.File, w *extract.Writer) error { return readOpenDocument(name == "ods", f, w) },
	}
}

func readOpenDocument(sheets bool, f extract.File, w *extract.Writer) error {
	d := &openBody{w: w, sheets: sheets, sections: sections{w: w}}
	if !isZip(head(f)) { // one file without a container
		return d.finish(d.part(io.NopCloser(io.NewSectionReader(f, 0, f.Size))))
	}
	p, err := openParts(f)
	if err != nil {
		return err
	}
	if bytes.Contains(p.bytes("META-INF/manifest.xml", 1<<20), []byte("encryption-data")) {
		return extract.ErrPassword
	}
	if p.at("content.xml") == nil {
		return extract.Refusef("it is damaged: the part that is its text is missing")
	}
	if err := d.part(p.open("meta.xml")); err != nil {
		d.meta = "" // a document without a title is one all the same
	}
	d.paged = bytes.Contains(p.bytes("content.xml", partBytesMax/8), []byte("soft-page-break"))
	return d.finish(d.part(p.open("content.xml")))
}

// openBody writes the text of an OpenDocument.
type openBody struct {
	w        *extract.Writer
	sections sections
	sheets   bool   // tables are sheets
	meta     string // the element of metadata that is being read

	paged        bool // it remembers where its pages broke
	page, pageID int
	title        *strings.Builder // of a heading that is being read
	level        int
	inText       int // how deep inside of paragraphs
	skip         int // inside of what is not shown: deleted text, styles
	table        []openTable
}

// openTable is one that is being read.
type openTable struct {
	name     string
	row      int
	column   int // of the last cell that was written
	next     int // column of the next cell
	again    int // how often the row counts
	id, rows int // marks
	empty    bool
}

func (d *openBody) finish(err error) error {
	d.sections.close(0)
	return err
}

func (d *openBody) part(r io.ReadCloser) error {
	if r == nil {
		return nil
	}
	defer r.Close()
	return eachElement(r, visitor{start: d.start, end: d.end, text: d.text})
}

func openUnshown(n xml.Name) bool {
	switch n.Space + ":" + n.Local {
	case "text:tracked-changes", "office:styles", "office:automatic-styles", "office:master-styles", "office:scripts", "office:settings",
		"office:font-face-decls", "office:forms", "presentation:settings", "draw:glue-point", "office:binary-data":
		return true
	}
	return false
}

func (d *openBody) start(e xml.StartElement) {
	if openUnshown(e.Name) {
		d.skip++
	}
	if d.skip > 0 {
		return
	}
	switch e.Name.Space {
	case "dc", "meta":
		d.meta = e.Name.Local
	case "text":
		d.startText(e)
	case "table":
		d.startTable(e)
	case "draw":
		if e.Name.Local == "page" {
			d.newPage()
		}
	case "svg":
		if e.Name.Local == "title" || e.Name.Local == "desc" {
			d.inText++
			d.w.Space()
		}
	case "office":
		if e.Name.Local == "body" && d.paged {
			d.newPage()
		}
	}
}

// newPage begins a page or a slide.
func (d *openBody) newPage() {
	d.sections.close(0)
	d.w.End(0)
	d.w.Block()
	d.page++
	d.pageID = d.w.Begin(corpus.Page(d.page))
}

func (d *openBody) startText(e xml.StartElement) {
	switch e.Name.Local {
	case "h":
		d.level = 1
		if n, err := strconv.Atoi(attr(e, "outline-level")); err == nil {
			d.level = n
		}
		d.inText++
		if d.title == nil && len(d.table) == 0 {
			d.title = &strings.Builder{}
		}
	case "p":
		d.inText++
		if len(d.table) == 0 && d.inText == 1 {
			d.w.Break()
		}
	case "s", "tab":
		d.put(" ")
	case "line-break":
		if d.title == nil && len(d.table) == 0 {
			d.w.Line()
		} else {
			d.put(" ")
		}
	case "list-item":
		if len(d.table) == 0 {
			d.w.Break()
			d.w.String("- ")
		}
	case "soft-page-break":
		if d.paged && len(d.table) == 0 && d.title == nil {
			d.newPage()
		}
	}
}

func (d *openBody) startTable(e xml.StartElement) {
	repeated := func(name string) int {
		n, err := strconv.Atoi(attr(e, name))
		if err != nil || n < 1 {
			return 1
		}
		return n
	}
	switch e.Name.Local {
	case "table":
		t := openTable{name: attr(e, "name"), id: -1, rows: -1}
		d.w.Block()
		if d.sheets && len(d.table) == 0 {
			t.id = d.w.Begin(corpus.Heading(1, t.name))
			d.w.String("# " + extract.Tidy(t.name))
			d.w.Block()
		}
		d.table = append(d.table, t)
	case "table-row":
		if t := d.last(); t != nil {
			t.row, t.again, t.column, t.next, t.empty = t.row+max(1, t.again), repeated("number-rows-repeated"), 0, 1, true
			d.w.Break()
			if d.sheets {
				t.rows = d.w.Begin(corpus.Cell(t.name, min(t.row, 1<<30), 0))
			}
		}
	case "table-cell", "covered-table-cell":
		if t := d.last(); t != nil {
			t.empty = true
			defer func() { t.next += min(repeated("number-columns-repeated"), 1<<20) }()
		}
	}
}

func (d *openBody) last() *openTable {
	if len(d.table) == 0 {
		return nil
	}
	return &d.table[len(d.table)-1]
}

func (d *openBody) end(e xml.EndElement) {
	if openUnshown(e.Name) {
		d.skip = max(0, d.skip-1)
		return
	}
	if d.skip > 0 {
		return
	}
	switch e.Name.Space + ":" + e.Name.Local {
	case "text:h":
		if d.inText--; d.title != nil {
			d.sections.heading(d.level, d.title.String())
			d.title = nil
		}
	case "text:p", "svg:title", "svg:desc":
		d.inText = max(0, d.inText-1)
		if len(d.table) > 0 || d.inText > 0 {
			d.w.Space()
		} else {
			d.w.Break()
		}
	case "table:table-row":
		d.w.Break()
		if t := d.last(); t != nil && t.rows >= 0 {
			d.w.End(t.rows)
			t.rows = -1
		}
	case "table:table":
		if t := d.last(); t != nil {
			if t.id >= 0 {
				d.w.End(t.id)
			}
			d.table = d.table[:len(d.table)-1]
			d.w.Block()
		}
	}
	if e.Name.Space == "dc" || e.Name.Space == "meta" {
		d.meta = ""
	}
}

func (d *openBody) text(s string) {
	switch {
	case d.skip > 0:
	case d.meta != "":
		switch d.meta {
		case "title":
			d.w.Title(s)
		case "date", "creation-date":
			d.w.Time(anyTime(s))
		}
	case d.inText > 0:
		d.put(s)
	}
}

// put writes text, behind as many cells as lie before it.
func (d *openBody) put(s string) {
	if d.title != nil {
		d.title.WriteString(s)
		return
	}
	if t := d.last(); t != nil && t.empty && strings.TrimSpace(s) != "" {
		t.empty = false
		for ; t.column > 0 && t.column < min(t.next-1, t.column+cellsApartMax); t.column++ {
			d.w.Cell()
		}
		t.column = max(1, t.next-1)
	}
	d.w.String(strings.Map(lineToSpace, s))
}
