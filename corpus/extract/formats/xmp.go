package formats

import (
	"encoding/xml"
	"io"
	"strings"

	"sluice/corpus/source"
)

const (
	xmpBytesMax = 4 << 20
	xmpValueMax = 16 << 10 // of one property
	xmpDepthMax = 100
)

// xmpFrames are the elements that hold a property, or the values of one, and are none themselves.
var xmpFrames = map[string]bool{"xmpmeta": true, "xapmeta": true, "RDF": true, "Description": true, "Bag": true, "Seq": true, "Alt": true, "li": true}

// readXMP reads the properties of an XMP packet by their names, whatever they are nested in: a list
// as its values, and the names of the faces in a picture as "Name".
func readXMP(r io.Reader, into map[string]string) error {
	d := xml.NewDecoder(source.NewText(io.LimitReader(r, xmpBytesMax), "xmp"))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // NewText has decoded it
	add := func(name, value string) {
		if value = strings.TrimSpace(value); value == "" || len(into[name])+len(value) > xmpValueMax || strings.Contains(", "+into[name]+", ", ", "+value+", ") {
			return
		}
		if into[name] != "" {
			value = into[name] + ", " + value
		}
		into[name] = value
	}
	var path []string
	for {
		t, err := d.Token()
		if err != nil {
			return nil //nolint:nilerr // what was read before it counts
		}
		switch t := t.(type) {
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > xmpDepthMax {
				return nil
			}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && a.Name.Local != "lang" && a.Name.Local != "about" && a.Name.Local != "parseType" {
					add(a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			path = path[:max(0, len(path)-1)]
		case xml.CharData:
			for i := len(path) - 1; i >= 0; i-- {
				if !xmpFrames[path[i]] {
					add(path[i], string(t))
					break
				}
			}
		}
	}
}
