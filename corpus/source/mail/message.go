package mail

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// message is one message, taken apart as far as its listing needs.
type message struct {
	header
	root  part
	parts []part // those that hold no other ones, in order
}

// part is a part of a message. What it holds is still encoded.
type part struct {
	header
	media  string // "text/plain"
	params map[string]string
	name   string // of the file that it is; "": it is none
	body   []byte
	held   bool // it is the text of the message, or one of its forms, and no attachment
	group  int  // of those with one number above 0 one is shown: forms of the same text
}

const (
	depthMax = 30
	partsMax = 2000
)

// parse takes a message apart. There is no message that it refuses: what has no structure is text.
func parse(b []byte) *message {
	h, body := parseHeader(b)
	m := &message{header: h}
	m.root = partOf(h, body)
	m.collect(m.root, 0, 0)
	m.hold()
	return m
}

func partOf(h header, body []byte) part {
	p := part{header: h, body: body}
	p.media, p.params = parseParams(h.get("Content-Type"))
	if !strings.Contains(p.media, "/") {
		p.media = "text/plain"
	}
	disposition, more := parseParams(h.get("Content-Disposition"))
	p.name = more["filename"]
	if p.name == "" {
		p.name = p.params["name"]
	}
	p.name = fileName(decodeWords(p.name, p.params["charset"]))
	if p.name == "" && (disposition == "attachment" || p.media == forwarded) {
		p.name = "attachment" + endingOf(p.media)
	}
	return p
}

// fileName is the name of an attachment as a part of a path: names come from strangers.
func fileName(name string) string {
	name = oneLine(name)
	return pathPart(name[strings.LastIndexAny(name, `/\`)+1:])
}

// pathPart makes a text what a part of a path may be.
func pathPart(s string) string {
	return cut(strings.Trim(strings.NewReplacer("/", "-", `\`, "-").Replace(oneLine(s)), " ."), nameBytesMax)
}

const nameBytesMax = 120

func endingOf(media string) string {
	switch media {
	case forwarded:
		return ".eml"
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "application/pdf":
		return ".pdf"
	}
	return ""
}

// collect lists the parts that hold no other ones.
func (m *message) collect(p part, depth, group int) {
	if len(m.parts) >= partsMax {
		return
	}
	boundary := p.params["boundary"]
	if !strings.HasPrefix(p.media, "multipart/") || boundary == "" || depth == depthMax {
		if strings.HasPrefix(p.media, "multipart/") {
			p.media = "text/plain"
		}
		p.group = group
		m.parts = append(m.parts, p)
		return
	}
	if p.media == "multipart/alternative" && group == 0 {
		group = len(m.parts) + 1
	}
	pieces := split(p.body, boundary)
	if len(pieces) == 0 { // the boundary stands nowhere
		p.media, p.params, p.group = "text/plain", map[string]string{}, group
		m.parts = append(m.parts, p)
	}
	for _, piece := range pieces {
		h, body := parseHeader(piece)
		child := partOf(h, body)
		if p.media == "multipart/digest" && h.get("Content-Type") == "" {
			child.media = forwarded
		}
		m.collect(child, depth+1, group)
	}
}

// split cuts a body at its boundary. A last part that has no end ends with the body.
func split(body []byte, boundary string) (pieces [][]byte) {
	mark := []byte("--" + boundary)
	start := -1
	for at := 0; at < len(body); {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			break
		}
		i += at
		at = i + len(mark)
		if i > 0 && body[i-1] != '\n' {
			continue
		}
		tail, _ := cutLine(body[at:])
		last := bytes.HasPrefix(tail, []byte("--"))
		if rest := bytes.TrimSpace(bytes.TrimPrefix(tail, []byte("--"))); len(rest) > 0 {
			continue // of another boundary that begins like this one
		}
		if start >= 0 {
			pieces = append(pieces, body[start:i])
		}
		if last || len(pieces) > partsMax {
			return pieces
		}
		if n := bytes.IndexByte(body[at:], '\n'); n >= 0 {
			start = at + n + 1
		} else {
			start = len(body)
		}
	}
	if start >= 0 {
		pieces = append(pieces, body[start:])
	}
	return pieces
}

// hold decides which parts are the message's own text.
func (m *message) hold() {
	for i := range m.parts {
		p := &m.parts[i]
		disposition, _ := parseParams(p.get("Content-Disposition"))
		text := p.media == "text/plain" || p.media == "text/html" || p.media == "text/enriched" || p.media == "message/delivery-status"
		p.held = text && disposition != "attachment" && (p.name == "" || len(m.parts) == 1)
	}
}

// charset is the encoding that a part says it is in. HTML may say so itself.
func (p *part) charset() string {
	if c := p.params["charset"]; c != "" || p.media != "text/html" {
		return c
	}
	head := strings.ToLower(string(p.body[:min(len(p.body), 2048)]))
	if i := strings.Index(head, "charset="); i >= 0 {
		return strings.FieldsFunc(head[i+len("charset="):], func(r rune) bool { return strings.ContainsRune(`"' ;/>`, r) })[0]
	}
	return ""
}

// content are the bytes of a part without their transfer encoding.
func (p *part) content() []byte {
	switch encoding, _ := parseParams(p.get("Content-Transfer-Encoding")); encoding {
	case "base64":
		return decodeBase64(p.body)
	case "quoted-printable":
		return decodeQuoted(p.body)
	case "x-uuencode", "uuencode", "x-uue":
		return decodeUU(p.body)
	}
	return p.body
}

// text is a part in words. guess is what it was taken to be in, where that is not what it says.
func (p *part) text() (text, guess string) {
	text, guess = source.Decode(p.content(), p.charset())
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	switch {
	case p.media == "text/html":
		text = packed.TextOfHTML(text)
	case strings.EqualFold(p.params["format"], "flowed"):
		text = unflow(text)
	}
	return strings.Trim(text, "\n"), guess
}

// own is the text of the message: of the forms of one text the plain one, unless that is empty, or
// says no more than that another one should be read.
func (m *message) own() (text, guess string) {
	var all []string
	for i := 0; i < len(m.parts); {
		p := &m.parts[i]
		if !p.held {
			i++
			continue
		}
		best, g := p.text()
		j := i + 1
		for ; p.group > 0 && j < len(m.parts) && m.parts[j].group == p.group; j++ {
			other := &m.parts[j]
			if !other.held {
				continue
			}
			if text, of := other.text(); len(text) > stubFactor*len(best) {
				best, g = text, of
			}
		}
		if strings.TrimSpace(best) != "" {
			all = append(all, best)
		}
		guess = cmp.Or(guess, g)
		i = j
	}
	return strings.Join(all, "\n\n"), guess
}

// stubFactor: a plain text that is so many times shorter than the other form of it is a stub.
const stubFactor = 8

// attachments are the parts that are documents of their own, also those of a message that is one.
func (m *message) attachments() []part { return m.attached(nil, 0) }

func (m *message) attached(all []part, depth int) []part {
	for _, p := range m.parts {
		if p.held || p.name == "" || len(all) >= partsMax {
			continue
		}
		if inner := tnefParts(tnefOf(p)); len(inner) > 0 {
			all = append(all, inner[:min(len(inner), partsMax-len(all))]...)
			continue
		}
		all = append(all, p)
		if p.media == forwarded && depth < depthMax {
			all = parse(p.content()).attached(all, depth+1)
		}
	}
	return all
}

// tnefOf is what a part holds that may be a winmail.dat.
func tnefOf(p part) []byte {
	if p.media == "application/ms-tnef" || p.media == "application/vnd.ms-tnef" || strings.EqualFold(p.name, "winmail.dat") {
		return p.content()
	}
	return nil
}

// forwarded is the media type of a message in a message.
const forwarded = "message/rfc822"

// id is the message's id without brackets; a message without one has the digest of its bytes.
func (m *message) id(raw []byte) string {
	id := strings.TrimLeft(m.get("Message-ID"), "<\" \t")
	if i := strings.IndexAny(id, "> \t"); i >= 0 {
		id = id[:i]
	}
	if id = oneLine(strings.ToValidUTF8(id, "\uFFFD")); id == "" {
		return fmt.Sprintf("%016x@digest", corpus.Digest(raw))
	}
	return id
}

// thread is the id of the message that began the conversation, as far as this one tells.
func (m *message) thread() string {
	for _, name := range []string{"References", "In-Reply-To"} {
		for _, word := range strings.FieldsFunc(m.get(name), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
			if strings.HasPrefix(word, "<") && strings.Contains(word, "@") {
				return strings.Trim(word, "<>")
			}
		}
	}
	return ""
}

// from is who wrote the message.
func (m *message) from() string {
	for _, name := range []string{"From", "Sender", "Return-Path"} {
		if s := m.text(name); s != "" {
			return s
		}
	}
	return ""
}

// pathOf is where a message is listed: its mailbox, its day, its subject, and a part of its id's
// digest, so that the path stays what it is whatever else comes.
func pathOf(box, id, subject string, at time.Time) string {
	day := "undated"
	if !at.IsZero() {
		day = at.Format("2006-01-02")
	}
	name := fmt.Sprintf("%s %s %08x", day, pathPart(subject), uint32(corpus.Digest([]byte(id)))) //nolint:gosec // half of it will do
	name = strings.Join(strings.Fields(name), " ")
	if box == "" {
		return name
	}
	return box + "/" + name
}

// cut shortens a text to so many bytes, at a character's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return strings.TrimSpace(s[:n])
}
