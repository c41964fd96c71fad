package formats

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"time"

	"codeberg.org/readeck/go-readability/v2"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var html = extract.Format{
	Name: "html", Endings: []string{".html", ".htm", ".xhtml", ".shtml"}, Media: []string{"text/html", "application/xhtml+xml"},
	Magic: isPage, Text: true, Version: 1,
	Read: func(f extract.File, w *extract.Writer) error {
		b, err := io.ReadAll(io.NewSectionReader(f, 0, min(f.Size, webBytesMax)))
		if err != nil {
			return err
		}
		return readPage(webText(b, f.Type), f.Type != "", w)
	},
}

const (
	// webBytesMax is how much of a page is read: a page is held as a tree.
	webBytesMax = 8 << 20
	// pageWordsMin is how much a page must say, in characters, to be read as one.
	pageWordsMin = 160
	// legible: a page of which more than a third is text is read as it is written, so that the
	// lines of a citation are those of its file.
	legible = 3
)

// isPage tells a page that somebody reads from a template that makes one: a template is code.
func isPage(head []byte) bool {
	low := bytes.ToLower(head)
	for _, mark := range []string{"{{", "{%", "<%", "<?php", "${"} {
		if bytes.Contains(low, []byte(mark)) {
			return false
		}
	}
	for _, mark := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.Contains(low, []byte(mark)) {
			return true
		}
	}
	return false
}

// readPage writes what a page says: its article where it is one, else all that it shows but for
// navigation. One that was sent as a page is one, however short it is.
func readPage(b []byte, sent bool, w *extract.Writer) error {
	tree, err := nethtml.Parse(bytes.NewReader(b))
	if err != nil {
		return extract.Refusef("its elements cannot be read as a page: %v", err)
	}
	shown := length(tree)
	if !sent && (shown < pageWordsMin || shown*legible >= len(b)) {
		return extract.ErrPlain
	}
	title := firstText(tree, atom.Title)
	here, _ := url.Parse("http://localhost/")
	p := readability.NewParser()
	p.KeepClasses = false
	article, err := p.ParseDocument(tree, here)
	if err != nil || article.Node == nil || !mainText(length(article.Node), shown) {
		w.Title(title)
		if tree, err = nethtml.Parse(bytes.NewReader(b)); err != nil {
			return extract.Refusef("its elements cannot be read as a page: %v", err)
		}
		w.Time(metaTime(tree))
		writeNode(tree, w)
		return nil
	}
	if t := article.Title(); t != "" {
		title = t
	}
	w.Title(title)
	if at, err := article.PublishedTime(); err == nil {
		w.Time(at)
	} else if at, err := article.ModifiedTime(); err == nil {
		w.Time(at)
	}
	writeNode(article.Node, w)
	return nil
}

// mainText tells whether an article is most of what a page says. Where it is not, the page is no
// article, and what would be lost is more than a menu.
func mainText(article, shown int) bool { return article >= 250 && article*4 >= shown }

// skipped are elements whose content nobody reads, or that lead elsewhere.
var skipped = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Iframe: true,
	atom.Object: true, atom.Head: true, atom.Nav: true, atom.Footer: true, atom.Select: true, atom.Button: true, atom.Datalist: true,
}

// length is how many bytes of text a tree shows.
func length(n *nethtml.Node) (sum int) {
	for c := range n.ChildNodes() {
		switch {
		case c.Type == nethtml.TextNode:
			sum += len(strings.TrimSpace(c.Data))
		case !skipped[c.DataAtom] && !hidden(c):
			sum += length(c)
		}
	}
	return sum
}

func hidden(n *nethtml.Node) bool {
	for _, a := range n.Attr {
		switch {
		case a.Key == "hidden", a.Key == "aria-hidden" && a.Val == "true":
			return true
		case a.Key == "style" && strings.Contains(strings.ReplaceAll(strings.ToLower(a.Val), " ", ""), "display:none"):
			return true
		}
	}
	return false
}

// firstText is the text of the first element of a kind.
func firstText(n *nethtml.Node, kind atom.Atom) string {
	for d := range n.Descendants() {
		if d.DataAtom == kind && (d.Namespace == "") {
			return allText(d)
		}
	}
	return ""
}

func allText(n *nethtml.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == nethtml.TextNode {
			s.WriteString(d.Data)
		}
	}
	return s.String()
}

// metaTime is the date that the head of a page tells.
func metaTime(n *nethtml.Node) time.Time {
	for d := range n.Descendants() {
		if d.DataAtom != atom.Meta {
			continue
		}
		name, content := "", ""
		for _, a := range d.Attr {
			switch a.Key {
			case "name", "property", "itemprop":
				name = strings.ToLower(a.Val)
			case "content":
				content = a.Val
			}
		}
		switch name {
		case "article:published_time", "date", "dc.date", "datepublished", "last-modified":
			if at := anyTime(content); !at.IsZero() {
				return at
			}
		}
	}
	return time.Time{}
}

// anyTime reads the forms of dates that documents tell.
func anyTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02", "2006-01", "2006", time.RFC1123Z, time.RFC1123} {
		if t, err := time.Parse(form, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

var headings = map[atom.Atom]int{atom.H1: 1, atom.H2: 2, atom.H3: 3, atom.H4: 4, atom.H5: 5, atom.H6: 6}

// blocks are elements around which a line ends; paragraphs, those with an empty line around them.
var blocks = map[atom.Atom]bool{
	atom.Div: true, atom.Li: true, atom.Tr: true, atom.Dt: true, atom.Dd: true, atom.Article: true, atom.Section: true, atom.Main: true,
	atom.Aside: true, atom.Header: true, atom.Figcaption: true, atom.Caption: true, atom.Address: true, atom.Form: true, atom.Fieldset: true,
	atom.Option: true, atom.Summary: true, atom.Details: true, atom.Hr: true,
}

var paragraphs = map[atom.Atom]bool{
	atom.P: true, atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Blockquote: true, atom.Pre: true, atom.Figure: true, atom.Dl: true,
}

// page writes a tree of elements.
type page struct {
	w        *extract.Writer
	sections sections
}

func writeNode(n *nethtml.Node, w *extract.Writer) {
	p := &page{w: w, sections: sections{w: w}}
	p.children(n)
	p.sections.close(0)
}

func (p *page) children(n *nethtml.Node) {
	for c := range n.ChildNodes() {
		p.node(c)
	}
}

func (p *page) node(n *nethtml.Node) {
	switch {
	case n.Type == nethtml.TextNode:
		p.w.String(strings.Map(lineToSpace, n.Data))
	case n.Type != nethtml.ElementNode, skipped[n.DataAtom], hidden(n):
	case headings[n.DataAtom] > 0:
		p.sections.heading(headings[n.DataAtom], allText(n))
	case n.DataAtom == atom.Pre:
		p.w.Block()
		p.w.Raw(allText(n))
		p.w.Block()
	case n.DataAtom == atom.Br:
		p.w.Line()
	case n.DataAtom == atom.Img:
		for _, a := range n.Attr {
			if a.Key == "alt" {
				p.w.Space()
				p.w.String(strings.Map(lineToSpace, a.Val))
				p.w.Space()
			}
		}
	case n.DataAtom == atom.Td || n.DataAtom == atom.Th:
		if before(n) {
			p.w.Cell()
		}
		p.children(n)
	case n.DataAtom == atom.Li:
		p.w.Break()
		p.w.String("- ")
		p.children(n)
		p.w.Break()
	case paragraphs[n.DataAtom]:
		p.w.Block()
		p.children(n)
		p.w.Block()
	case blocks[n.DataAtom]:
		p.w.Break()
		p.children(n)
		p.w.Break()
	default:
		p.children(n)
	}
}

// before tells whether a cell stands before this one.
func before(n *nethtml.Node) bool {
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.DataAtom == atom.Td || s.DataAtom == atom.Th {
			return true
		}
	}
	return false
}

// lineToSpace: in a page, the end of a line is a blank like others.
func lineToSpace(c rune) rune {
	if c == '\n' || c == '\r' || c == '\t' {
		return ' '
	}
	return c
}

// sections marks what stands below which heading, in formats that tell levels.
type sections struct {
	w    *extract.Writer
	open []section
}

type section struct{ level, id int }

// heading writes a heading as a line of its own, in the form of Markdown, and begins its section.
func (s *sections) heading(level int, text string) {
	text = extract.Tidy(text)
	if text == "" {
		return
	}
	s.close(level)
	s.w.Block()
	s.open = append(s.open, section{level, s.w.Begin(corpus.Heading(level, text))})
	s.w.String(strings.Repeat("#", min(max(level, 1), 6)) + " " + text)
	s.w.Block()
}

// close ends the sections of a level and of all below it.
func (s *sections) close(level int) {
	for len(s.open) > 0 && s.open[len(s.open)-1].level >= level {
		s.w.End(s.open[len(s.open)-1].id)
		s.open = s.open[:len(s.open)-1]
	}
}
