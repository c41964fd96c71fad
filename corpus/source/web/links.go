package web

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"sluice/corpus"
)

// refsMax is how many references of one page are looked at.
const refsMax = 5000

// reading is what a crawl needs to know of a page.
type reading struct {
	base       *url.URL
	refs       []string
	canonical  string // the address that it says is its own; "": none
	noIndex    bool   // it asks not to be kept
	noFollow   bool   // it asks not to be followed
	refresh    string // where it sends its visitors; "": nowhere
	says, core uint64 // digests of its words; of those that are no numbers and no dates
	words      int
}

// readPage reads a page piece by piece: nothing of it is nested here, so that nothing in it can be
// nested too deep.
func readPage(address *url.URL, body []byte) *reading {
	r := &reading{base: address}
	var said, core []byte
	hidden := 0
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case html.ErrorToken:
			r.says, r.core = corpus.Digest(said), corpus.Digest(core)
			return r
		case html.TextToken:
			if hidden > 0 {
				continue
			}
			for _, w := range bytes.FieldsFunc(z.Text(), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
				r.words++
				said = append(append(said, w...), ' ')
				if w = bytes.ToLower(w); !isDate(string(w)) {
					core = append(append(core, w...), ' ')
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			if tag == atom.Script || tag == atom.Style {
				hidden++
			}
			if more {
				r.tag(tag, attributes(z))
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); atom.Lookup(name) == atom.Script || atom.Lookup(name) == atom.Style {
				hidden = max(0, hidden-1)
			}
		}
	}
}

func attributes(z *html.Tokenizer) map[atom.Atom]string {
	all := map[atom.Atom]string{}
	for {
		key, value, more := z.TagAttr()
		if a := atom.Lookup(key); a != 0 && all[a] == "" {
			all[a] = strings.TrimSpace(string(value))
		} else if string(key) == "http-equiv" {
			all[atom.HttpEquiv] = string(value)
		}
		if !more {
			return all
		}
	}
}

// tag takes what a tag says about where to go on.
func (r *reading) tag(tag atom.Atom, attr map[atom.Atom]string) {
	rel := " " + strings.ToLower(attr[atom.Rel]) + " "
	switch tag {
	case atom.Base:
		if u, err := r.base.Parse(attr[atom.Href]); err == nil && attr[atom.Href] != "" {
			r.base = u
		}
	case atom.A, atom.Area:
		if !strings.Contains(rel, " nofollow ") {
			r.add(attr[atom.Href])
		}
	case atom.Iframe, atom.Frame:
		r.add(attr[atom.Src])
	case atom.Link:
		switch {
		case strings.Contains(rel, " canonical "):
			r.canonical = attr[atom.Href]
		case strings.Contains(rel, " next "), strings.Contains(rel, " prev "), strings.Contains(rel, " alternate ") && attr[atom.Type] == "":
			r.add(attr[atom.Href])
		}
	case atom.Meta:
		content := strings.ToLower(attr[atom.Content])
		if name := strings.ToLower(attr[atom.Name]); name == "robots" || name == agent {
			r.noIndex = r.noIndex || strings.Contains(content, "noindex") || strings.Contains(content, "none")
			r.noFollow = r.noFollow || strings.Contains(content, "nofollow") || strings.Contains(content, "none")
		}
		if _, to, ok := strings.Cut(attr[atom.Content], "="); ok && strings.EqualFold(attr[atom.HttpEquiv], "refresh") {
			r.refresh = strings.Trim(strings.TrimSpace(to), `"'`)
			r.add(r.refresh)
		}
	}
}

func (r *reading) add(ref string) {
	if ref != "" && !strings.HasPrefix(ref, "#") && len(r.refs) < refsMax {
		r.refs = append(r.refs, ref)
	}
}

// isDate tells of a word whether it is a number or the name of a day or a month: what alone differs
// between the pages of a calendar.
func isDate(w string) bool {
	if strings.IndexFunc(w, unicode.IsDigit) >= 0 {
		return true
	}
	return dates[w]
}

var dates = set(`january february march april may june july august september october november december
	jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
	januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
	janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche
	enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo`)
