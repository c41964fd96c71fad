package formats

import (
	"encoding/xml"
	"io"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var slides = extract.Format{
	Name: "pptx", Endings: []string{".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"}, Version: 1,
	Media: []string{"application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	Magic: officeMagic, Read: readSlides,
}

func readSlides(f extract.File, w *extract.Writer) error {
	p, mainPart, err := openOffice(f, "ppt/presentation.xml")
	if err != nil {
		return err
	}
	properties(p, w)
	all := p.relations(mainPart)
	var order []string
	if r := p.open(mainPart); r != nil {
		err = eachElement(r, visitor{start: func(e xml.StartElement) {
			if e.Name.Local == "sldId" {
				for _, a := range e.Attr { // it also has an id without a name space, which is a number
					if a.Name.Local == "id" && a.Name.Space != "" {
						order = append(order, all[a.Value].to)
					}
				}
			}
		}})
		r.Close()
	}
	if err != nil {
		return err
	}
	for i, name := range order {
		id := w.Begin(corpus.Page(i + 1))
		s := &slideText{w: w}
		if err := s.part(p.open(name)); err != nil {
			return err
		}
		more := p.relations(name)
		for _, kind := range []string{"diagramData", "chart", "notesSlide", "comments"} {
			for _, to := range targets(more, kind) {
				w.Block()
				n := &slideText{w: w, notes: true}
				if err := n.part(p.open(to)); err != nil {
					return err
				}
			}
		}
		w.Block()
		w.End(id)
	}
	return nil
}

// slideText writes the text of one slide.
type slideText struct {
	w     *extract.Writer
	notes bool             // its title is none, and the number of the slide stands in it
	title *strings.Builder // set in the shape that holds the title
	in    bool
	skip  bool // a shape that holds a number or a date
	cells int
	table bool
	fall  int
}

func (s *slideText) part(r io.ReadCloser) error {
	if r == nil {
		return nil
	}
	defer r.Close()
	return eachElement(r, visitor{start: s.start, end: s.end, text: s.text})
}

func (s *slideText) start(e xml.StartElement) {
	switch e.Name.Local {
	case "Fallback":
		s.fall++
	case "ph":
		switch kind := attr(e, "type"); {
		case kind == "sldNum", kind == "dt":
			s.skip = true
		case strings.Contains(strings.ToLower(kind), "title") && !s.notes:
			s.title = &strings.Builder{}
		}
	case "t", "v", "text":
		s.in = true
	case "br":
		s.text("\n")
		if s.title == nil {
			s.w.Line()
		}
	case "tab":
		s.w.Space()
	case "tbl":
		s.table = true
	case "tr":
		s.w.Break()
		s.cells = 0
	case "tc":
		if s.cells++; s.cells > 1 {
			s.w.Cell()
		}
	case "cNvPr":
		if d := attr(e, "descr"); d != "" && s.fall == 0 {
			s.w.String(d)
			s.w.Break()
		}
	}
}

func (s *slideText) end(e xml.EndElement) {
	switch e.Name.Local {
	case "Fallback":
		s.fall--
	case "t", "v", "text":
		s.in = false
		if e.Name.Local != "t" {
			s.w.Break()
		}
	case "p":
		switch {
		case s.title != nil:
			s.title.WriteString(" ")
		case s.table:
			s.w.Space()
		default:
			s.w.Break()
		}
	case "tbl":
		s.table = false
		s.w.Block()
	case "sp":
		if s.title != nil {
			if t := extract.Tidy(s.title.String()); t != "" {
				s.w.Block()
				s.w.Marked(corpus.Heading(1, t), func() { s.w.String("# " + t) })
			}
			s.title = nil
		}
		s.skip = false
		s.w.Block()
	}
}

func (s *slideText) text(t string) {
	switch {
	case !s.in || s.skip || s.fall > 0:
	case s.title != nil:
		s.title.WriteString(t)
	default:
		s.w.String(t)
	}
}
