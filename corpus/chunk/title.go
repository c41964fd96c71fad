package chunk

import (
	"bytes"
	"html"
)

// Bounds on titles.
const (
	titleHeadBytes = 16 << 10 // how far into a document its title is looked for
	titleBytesMax  = 200
)

// Title returns the title of a document in lang: that of its front matter, else its first heading,
// or its <title>. It is "" for code and for documents without one.
func Title(lang, _ string, text []byte) string {
	text = bytes.TrimPrefix(text[:min(len(text), titleHeadBytes)], []byte("\uFEFF"))
	var t []byte
	switch lang = form(lang, text); lang {
	case "markdown", "rst", "asciidoc", "org":
		t = headingTitle(markups[lang], text)
	case "html", "xml", "vue", "svelte":
		t = elementTitle(text)
	case "tex":
		t = texTitle(text)
	}
	return string(appendWords(nil, bytes.ToValidUTF8(t, nil), titleBytesMax))
}

// elementTitle returns the text of <title>, else of the first <h1>.
func elementTitle(text []byte) []byte {
	lower := asciiLower(text)
	for _, name := range []string{"<title", "<h1"} {
		i := bytes.Index(lower, []byte(name))
		if i < 0 {
			continue
		}
		open := bytes.IndexByte(lower[i:], '>')
		if open < 0 {
			continue
		}
		lo := i + open + 1
		if n := bytes.Index(lower[lo:], []byte("</"+name[1:])); n >= 0 {
			return []byte(html.UnescapeString(string(withoutTags(text[lo : lo+n]))))
		}
	}
	return nil
}

// asciiLower returns text in lower case with every byte in its place.
func asciiLower(text []byte) []byte {
	out := bytes.Clone(text)
	for i, c := range out {
		if c-'A' < 26 {
			out[i] = c | 0x20
		}
	}
	return out
}

func withoutTags(text []byte) []byte {
	out := make([]byte, 0, len(text))
	depth := 0
	for _, c := range text {
		switch {
		case c == '<':
			depth = 1
		case c == '>' && depth > 0:
			depth = 0
		case depth == 0:
			out = append(out, c)
		}
	}
	return out
}

// texTitle returns the argument of \title{...}.
func texTitle(text []byte) []byte {
	_, rest, ok := bytes.Cut(text, []byte(`\title{`))
	if !ok {
		return nil
	}
	depth := 1
	for i, c := range rest {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return rest[:i]
			}
		}
	}
	return nil
}
