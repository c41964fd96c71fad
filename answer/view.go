package answer

import (
	"html"
	"mime"
	"path"
	"strings"
	"unicode/utf8"
)

// view is a text as it is shown, with where each of its bytes comes from: markup and encodings are
// for machines, and a citation still points at the file's bytes.
type view struct {
	text []byte
	from []int // of every byte of text, the first byte of what it was made of
	end  []int // and the end of that
}

// plain shows a text as it stands.
func plain(raw string) *view {
	v := &view{}
	v.copy(raw, 0, len(raw))
	return v
}

// copy shows raw[from:to] as it stands.
func (v *view) copy(raw string, from, to int) {
	for i := from; i < to; i++ {
		v.text, v.from, v.end = append(v.text, raw[i]), append(v.from, i), append(v.end, i+1)
	}
}

// put shows s for raw[from:to].
func (v *view) put(s string, from, to int) {
	for i := range len(s) {
		v.text, v.from, v.end = append(v.text, s[i]), append(v.from, from), append(v.end, to)
	}
}

// span is where text[start:end] comes from.
func (v *view) span(start, end int) (from, to int) {
	if start >= end {
		return 0, 0
	}
	return v.from[start], v.end[end-1]
}

// over is a view of a view: of what the outer one shows, where it stands in the raw text.
func (v *view) over(outer *view) *view {
	for i := range outer.text {
		outer.from[i], outer.end[i] = v.from[outer.from[i]], v.end[outer.end[i]-1]
	}
	return outer
}

// viewOf shows a passage. before is what precedes it in its document.
func viewOf(p *Evidence, before string) *view {
	switch {
	case isMail(p, before):
		return mailView(p.Text, before)
	case isMarkup(p, before):
		return htmlView(p.Text, before)
	}
	return plain(p.Text)
}

// isMarkup tells whether a passage is of a page that is stored as it was written. Of most pages the
// text is extracted, and only their type says what they were: it has no elements, or speaks of some
// below a heading.
func isMarkup(p *Evidence, before string) bool {
	if p.Passage.Type != "html" {
		return false
	}
	text := before + p.Text
	at := element().FindStringIndex(text)
	return at != nil && !markdownHeading.in(text[:at[0]])
}

var markdownHeading = match(`(?m)^#{1,6} \S`)

// isMail tells whether a passage is of a mail as it was sent.
func isMail(p *Evidence, before string) bool {
	if ext := path.Ext(p.Passage.Path); ext != ".eml" && ext != ".mbox" && p.Passage.Type != "mail" {
		return false
	}
	return strings.Contains(before+p.Text, ":")
}

var (
	headerLine    = match(`^[A-Za-z][A-Za-z0-9-]*:`)
	quotedInMail  = match(`(?mi)^content-transfer-encoding:\s*quoted-printable`)
	htmlInMail    = match(`(?mi)^content-type:\s*text/html`)
	shownHeaders  = set("from to cc subject date")
	wordsInHeader = &mime.WordDecoder{}
)

// mailView shows a mail's sender, receivers, subject and date, and its text decoded.
func mailView(raw, before string) *view {
	v := &view{}
	at := 0
	if !strings.Contains(before, "\n\n") && !strings.Contains(before, "\r\n\r\n") {
		at = v.headers(raw)
	}
	whole := before + raw
	body := &view{}
	body.copy(raw, at, len(raw))
	if quotedInMail.in(whole) {
		body = body.over(quotedView(string(body.text)))
	}
	if htmlInMail.in(whole) {
		body = body.over(htmlView(string(body.text), ""))
	}
	v.text, v.from, v.end = append(v.text, body.text...), append(v.from, body.from...), append(v.end, body.end...)
	return v
}

// headers shows a mail's header, the subject as a heading, and returns where its body begins.
func (v *view) headers(raw string) (at int) {
	shown := false
	for line := range strings.Lines(raw) {
		start := at
		at += len(line)
		trimmed := strings.TrimRight(line, "\r\n")
		if trimmed == "" {
			v.put("\n\n", start, at)
			break
		}
		mark := ""
		if headerLine.in(trimmed) {
			name, _, _ := strings.Cut(strings.ToLower(trimmed), ":")
			shown = shownHeaders[name]
			if name == "subject" {
				mark = "# "
			}
		}
		if !shown {
			continue
		}
		text, err := wordsInHeader.DecodeHeader(trimmed)
		if err != nil {
			text = trimmed
		}
		v.put(mark+text, start, start+len(trimmed))
		v.put("\n", start+len(trimmed), at)
	}
	return at
}

// quotedView decodes quoted-printable.
func quotedView(raw string) *view {
	v := &view{}
	for i := 0; i < len(raw); {
		end := i + 1
		if raw[i] == '=' {
			switch {
			case strings.HasPrefix(raw[i+1:], "\r\n"):
				i += 3
				continue
			case strings.HasPrefix(raw[i+1:], "\n"):
				i += 2
				continue
			case i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
				end = i + 3
				v.put(string([]byte{unhex(raw[i+1])<<4 | unhex(raw[i+2])}), i, end)
				i = end
				continue
			}
		}
		v.copy(raw, i, end)
		i = end
	}
	if !utf8.Valid(v.text) { // Latin-1 is what is left of the encodings that are escaped so
		return plain(raw)
	}
	return v
}

func isHex(b byte) bool { return b >= '0' && b <= '9' || b >= 'A' && b <= 'F' || b >= 'a' && b <= 'f' }

func unhex(b byte) byte {
	switch {
	case b <= '9':
		return b - '0'
	case b <= 'F':
		return b - 'A' + 10
	}
	return b - 'a' + 10
}

// element is a tag or a comment of HTML, or a tag whose end is further on.
var element = match(`(?i)<(?:!--|!doctype\b|/?(?:a|abbr|address|article|aside|b|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del|details|dfn|div|dl|dt|em|` +
	`figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|mark|meta|nav|noscript|ol|option|p|picture|pre|q|s|samp|script|section|` +
	`select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr)(?:[\s/>]|$))`)

// unshown are elements whose content nobody sees.
var unshown = set("script style template noscript")

// blocks are elements that begin a paragraph of their own.
var blocks = set("p div br ul ol dl dt dd tr table h1 h2 h3 h4 h5 h6 section article header footer main nav aside blockquote pre hr title body html form figure")

// htmlView shows the text of HTML: a block begins a paragraph, a heading is marked as in Markdown,
// and cells stand between bars.
func htmlView(raw, before string) *view {
	v := &view{}
	open := openElement(before)
	for i := 0; i < len(raw); {
		if open != "" {
			i, open = passUnseen(raw, i, open)
			continue
		}
		switch end := tagEnd(raw, i); {
		case end > i:
			name, closing := tagName(raw[i:end])
			if unshown[name] && !closing {
				open = name
			} else {
				v.tag(name, closing, i, end)
			}
			i = end
		case raw[i] == '&':
			end := i + 1 + strings.IndexByte(raw[i+1:], ';') + 1
			if s := raw[i:max(end, i+1)]; end > i+1 && end-i <= 10 && html.UnescapeString(s) != s {
				v.put(strings.ReplaceAll(html.UnescapeString(s), "\u00a0", " "), i, end)
				i = end
				continue
			}
			v.copy(raw, i, i+1)
			i++
		case strings.IndexByte(" \t\r\n", raw[i]) >= 0:
			if n := len(v.text); n > 0 && v.text[n-1] != ' ' && v.text[n-1] != '\n' {
				v.put(" ", i, i+1)
			}
			i++
		default:
			v.copy(raw, i, i+1)
			i++
		}
	}
	return v
}

// tag shows what an element begins or ends.
func (v *view) tag(name string, closing bool, start, end int) {
	switch {
	case name == "td" || name == "th":
		if !closing {
			v.put("| ", start, end)
		}
	case name == "tr":
		if closing {
			v.put(" |", start, end)
		} else {
			v.lines(1, start, end)
		}
	case len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6':
		v.lines(2, start, end)
		if !closing {
			v.put("# ", start, end)
		}
	case name == "li":
		if !closing {
			v.lines(1, start, end)
			v.put("- ", start, end)
		}
	case name == "br":
		v.put("\n", start, end)
	case blocks[name]:
		v.lines(2, start, end)
	}
}

// lines ends the line, and with 2 the paragraph, where one is open.
func (v *view) lines(n, start, end int) {
	for k := len(v.text); k > 0 && v.text[k-1] == ' '; k-- {
		v.text, v.from, v.end = v.text[:k-1], v.from[:k-1], v.end[:k-1]
	}
	for k := len(v.text); n > 0 && k > 0 && v.text[k-1] == '\n'; k-- {
		n--
	}
	if len(v.text) > 0 {
		v.put(strings.Repeat("\n", n), start, end)
	}
}

// tagEnd is the end of the tag or comment that begins at raw[i], i where there is none.
func tagEnd(raw string, i int) int {
	if raw[i] != '<' || i+1 >= len(raw) {
		return i
	}
	if strings.HasPrefix(raw[i:], "<!--") {
		if end := strings.Index(raw[i:], "-->"); end >= 0 {
			return i + end + 3
		}
		return len(raw)
	}
	if c := raw[i+1]; c != '/' && c != '!' && c != '?' && (c|0x20 < 'a' || c|0x20 > 'z') {
		return i
	}
	if end := strings.IndexByte(raw[i:], '>'); end >= 0 {
		return i + end + 1
	}
	return len(raw)
}

func tagName(tag string) (name string, closing bool) {
	tag = strings.Trim(tag, "<>!?")
	closing = strings.HasPrefix(tag, "/")
	tag = strings.TrimPrefix(tag, "/")
	end := strings.IndexFunc(tag, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '/' || r == '\r' })
	if end >= 0 {
		tag = tag[:end]
	}
	return strings.ToLower(tag), closing
}

// openElement is the element that nobody sees and that before leaves open.
func openElement(before string) (open string) {
	for i := 0; i < len(before); {
		if open != "" {
			i, open = passUnseen(before, i, open)
			continue
		}
		end := tagEnd(before, i)
		if name, closing := tagName(before[i:end]); unshown[name] && !closing {
			open = name
		}
		i = max(end, i+1)
	}
	return open
}

// passUnseen goes from raw[i] to the end of the element that nobody sees and that is open there;
// what looks like a tag in between is none. open is left where raw ends before it does.
func passUnseen(raw string, i int, open string) (end int, left string) {
	for ; i+len("</")+len(open) <= len(raw); i++ {
		if name := raw[i+len("</"):]; raw[i] == '<' && raw[i+1] == '/' && strings.EqualFold(name[:len(open)], open) {
			return tagEnd(raw, i), ""
		}
	}
	return len(raw), open
}
