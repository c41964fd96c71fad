package formats

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"path"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var epub = extract.Format{
	Name: "epub", Endings: []string{".epub"}, Media: []string{"application/epub+zip"}, Version: 1,
	Magic: isZip, Read: readEpub,
}

// readEpub writes the chapters of a book, in its order.
func readEpub(f extract.File, w *extract.Writer) error {
	p, err := openParts(f)
	if err != nil {
		return err
	}
	pkg := ""
	_ = eachElement(bytes.NewReader(p.bytes("META-INF/container.xml", 1<<20)), visitor{start: func(e xml.StartElement) {
		if e.Name.Local == "rootfile" && pkg == "" {
			pkg = attr(e, "full-path")
		}
	}})
	for name := range p {
		if pkg == "" && strings.HasSuffix(name, ".opf") {
			pkg = name
		}
	}
	if p.at(pkg) == nil {
		return extract.Refusef("it is damaged: it does not say which chapters it has")
	}
	title := ""
	chapters, err := epubChapters(p.bytes(pkg, 16<<20), func(name, text string) {
		switch name {
		case "title":
			if title == "" {
				title = text
			}
		case "date":
			w.Time(anyTime(text))
		}
	})
	if err != nil {
		return err
	}
	w.Title(title)
	for _, c := range chapters {
		if name, err := url.PathUnescape(c); err == nil {
			c = name
		}
		b := p.bytes(path.Join(path.Dir(pkg), c), webBytesMax)
		if b == nil {
			continue // a book without one of its chapters is one all the same
		}
		tree, err := nethtml.Parse(bytes.NewReader(webText(selfClosing(b), "")))
		if err != nil {
			continue
		}
		w.Block()
		name := extract.Tidy(firstText(tree, atom.Title))
		if name == "" || name == extract.Tidy(title) {
			name = path.Base(c)
		}
		w.Marked(corpus.Heading(0, name), func() { writeNode(tree, w) })
	}
	return nil
}

// selfClosing makes a title without content, which swallows a page that is read as HTML, one that
// does not.
func selfClosing(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("<title/>"), []byte("<title></title>"))
	return bytes.ReplaceAll(b, []byte("<title />"), []byte("<title></title>"))
}

// epubChapters are the files of the chapters. meta is told what the book says of itself.
func epubChapters(b []byte, meta func(name, text string)) (files []string, err error) {
	byID, name, text := map[string]string{}, "", ""
	err = eachElement(bytes.NewReader(b), visitor{
		start: func(e xml.StartElement) {
			name, text = e.Name.Local, ""
			switch name {
			case "item":
				byID[attr(e, "id")] = attr(e, "href")
			case "itemref":
				if file := byID[attr(e, "idref")]; file != "" && len(files) < zipEntriesMax {
					files = append(files, file)
				}
			}
		},
		text: func(s string) { text += s },
		end: func(e xml.EndElement) {
			if e.Name.Local == name {
				meta(name, strings.TrimSpace(text))
			}
		},
	})
	return files, err
}
