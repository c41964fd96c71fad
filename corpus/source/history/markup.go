package history

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// isMarkup tells XML by the element that it begins with.
func isMarkup(begin ...string) func(*packed.File, []byte) bool {
	return func(_ *packed.File, head []byte) bool {
		for _, b := range begin {
			if i := bytes.Index(head, []byte(b)); i >= 0 && len(head) > i+len(b) && bytes.ContainsAny(head[i+len(b):i+len(b)+1], " >\t\r\n") {
				return true
			}
		}
		return false
	}
}

// node is an element with what stands in it. Names have no spaces before them: feeds use what they
// like.
type node struct {
	name     string
	attrs    map[string]string
	text     strings.Builder // of itself and all below, in order
	children []*node
}

const (
	nodesMax = 5_000_000
	depthMax = 200
)

// tree reads markup. What is broken ends where it breaks, and what was read until then counts:
// entities are not resolved, but for those of HTML, so that none can grow.
func tree(b []byte) (*node, error) {
	text, _ := source.Decode(b, "utf-8")
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, []string{"br", "hr", "img"}, xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	root := &node{}
	stack, n := []*node{root}, 0
	for {
		t, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) || len(root.children) > 0 {
				return root, nil //nolint:nilerr // what could be read counts
			}
			return root, fmt.Errorf("it is no XML: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if n++; n > nodesMax || len(stack) > depthMax {
				return root, errors.New("it has more elements than are read of one file")
			}
			one := &node{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				one.attrs[a.Name.Local] = a.Value
			}
			top := stack[len(stack)-1]
			top.children = append(top.children, one)
			stack = append(stack, one)
		case xml.EndElement:
			if len(stack) > 1 {
				done := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if !structural[done.name] {
					stack[len(stack)-1].text.WriteString(done.text.String())
				}
			}
		case xml.CharData:
			stack[len(stack)-1].text.Write(t)
		}
	}
}

// structural elements hold other ones, and no text of their own.
var structural = map[string]bool{"rss": true, "channel": true, "feed": true, "RDF": true, "item": true, "entry": true, "gpx": true, "kml": true, "Document": true,
	"Folder": true, "Placemark": true, "trk": true, "trkseg": true, "trkpt": true, "wpt": true, "source": true}

// each visits all elements of some names below n. Within one that is visited it does not look.
func (n *node) each(visit func(*node), names ...string) {
	for _, c := range n.children {
		hit := false
		for _, name := range names {
			hit = hit || strings.EqualFold(c.name, name)
		}
		if hit {
			visit(c)
		} else {
			c.each(visit, names...)
		}
	}
}

// child is the text of the first child of one of the names that says anything. HTML in it is text.
func (n *node) child(names ...string) string {
	for _, name := range names {
		for _, c := range n.children {
			if strings.EqualFold(c.name, name) && c.value() != "" {
				return c.value()
			}
		}
	}
	return ""
}

func (n *node) value() string {
	s := n.text.String()
	if n.attrs["mode"] == "base64" || n.attrs["type"] == "application/octet-stream" {
		if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s)); err == nil {
			s, _ = source.Decode(b, "utf-8")
		}
	}
	return strings.TrimSpace(packed.TextOfHTML(s))
}

// date is the first child that is a date.
func (n *node) date(names ...string) time.Time {
	for _, name := range names {
		s := n.child(name)
		for _, layout := range []string{time.RFC3339Nano, time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2006-01-02T15:04:05", "2006-01-02"} {
			if at, err := time.Parse(layout, s); err == nil {
				return at.UTC()
			}
		}
	}
	return time.Time{}
}

// feed reads a feed: a document for itself and one for each entry.
func feed(f *packed.File, b []byte, _ *source.Rules) (all []packed.Entry, err error) {
	root, err := tree(b)
	if err != nil {
		return nil, err
	}
	box := strings.TrimSuffix(f.Name(), ".xml")
	root.each(func(n *node) {
		title := packed.OneLine(n.child("title"))
		about := n.child("description", "subtitle", "tagline")
		all = append(all, packed.Entry{Name: packed.PathPart(box) + "/feed", Title: title, Type: "feed", Text: strings.TrimSpace(title+"\n"+about) + "\n"})
	}, "channel", "feed")
	n := 0
	root.each(func(item *node) {
		item.each(func(c *node) { n++; all = append(all, entryOf(c, box, n)) }, "item", "entry")
	}, "rss", "feed", "RDF", "channel")
	return all, nil
}

func entryOf(n *node, box string, number int) packed.Entry {
	at := n.date("pubDate", "published", "issued", "updated", "modified", "date")
	title := packed.OneLine(n.child("title"))
	link := n.child("link", "guid", "id")
	for _, c := range n.children {
		if c.name == "link" && c.attrs["href"] != "" {
			link = c.attrs["href"]
			break
		}
	}
	e := packed.Entry{Title: title, Type: "entry", From: packed.OneLine(n.child("author", "creator")), Time: at}
	id := link
	if id == "" {
		id = fmt.Sprint(number)
	}
	day := "undated"
	if !at.IsZero() {
		day = at.Format("2006-01-02")
	}
	e.Name = fmt.Sprintf("%s/%s %s %08x", packed.PathPart(box), day, packed.PathPart(title), uint32(corpus.Digest([]byte(id)))) //nolint:gosec // half of it will do
	var out strings.Builder
	for _, line := range []string{title, link} {
		if line != "" {
			out.WriteString(line + "\n")
		}
	}
	if e.From != "" {
		out.WriteString("From: " + e.From + "\n")
	}
	if !at.IsZero() {
		out.WriteString(packed.InWords(at) + "\n")
	}
	if body := n.child("encoded", "content", "description", "summary"); body != "" {
		out.WriteString("\n" + body + "\n")
	}
	for _, c := range n.children {
		if c.name == "source" {
			fmt.Fprintf(&out, "From: %s\n", packed.OneLine(c.child("title")+" "+c.child("subtitle")+" "+c.child("author")))
		}
	}
	e.Text = out.String()
	return e
}

// places reads places and ways.
func places(f *packed.File, b []byte, _ *source.Rules) (all []packed.Entry, err error) {
	root, err := tree(b)
	if err != nil {
		return nil, err
	}
	box := strings.TrimSuffix(strings.TrimSuffix(f.Name(), ".gpx"), ".kml")
	n := 0
	root.each(func(p *node) {
		n++
		name := packed.OneLine(p.child("name"))
		at, end, where, points := p.date("time"), time.Time{}, place(p), 0
		p.each(func(pt *node) {
			if points++; points == 1 {
				at, where = pt.date("time"), place(pt)
			}
			end = pt.date("time")
		}, "trkpt", "rtept")
		p.each(func(c *node) {
			if at.IsZero() {
				at = (&node{children: []*node{c}}).date("when", "begin")
			}
		}, "when", "begin")
		p.each(func(c *node) {
			if where == "" {
				where, _, _ = strings.Cut(strings.TrimSpace(c.text.String()), " ")
			}
		}, "coordinates")
		var out strings.Builder
		for _, line := range []string{name, p.child("desc", "description", "cmt"), p.child("address")} {
			if line != "" {
				out.WriteString(line + "\n")
			}
		}
		fmt.Fprintf(&out, "Place: %s\n", where)
		if !at.IsZero() {
			out.WriteString(packed.InWords(at) + "\n")
		}
		if points > 1 {
			fmt.Fprintf(&out, "A way of %d points", points)
			if !end.IsZero() {
				out.WriteString(" until " + packed.InWords(end))
			}
			out.WriteString("\n")
		}
		all = append(all, packed.Entry{Name: fmt.Sprintf("%s/%s %d", packed.PathPart(box), packed.PathPart(name), n), Title: name, Type: "place", Time: at, Text: out.String()})
	}, "wpt", "trk", "rte", "Placemark")
	return all, nil
}

func place(n *node) string {
	if n.attrs["lat"] == "" {
		return ""
	}
	return n.attrs["lat"] + "," + n.attrs["lon"]
}
