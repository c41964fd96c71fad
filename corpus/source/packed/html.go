package packed

import (
	"html"
	"strings"
)

// TextOfHTML is what a reader sees of a mail or an export in HTML. It is no page: there is no main
// text in it to be found, and its tables are lines and boxes. So its tags are taken out, and blocks
// begin on lines of their own.
func TextOfHTML(s string) string {
	var b strings.Builder
	skip := "" // the element whose content is no text
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		if skip == "" {
			b.WriteString(html.UnescapeString(s[:i]))
		}
		if s = s[i:]; s == "" {
			break
		}
		if strings.HasPrefix(s, "<!--") {
			_, after, _ := strings.Cut(s[4:], "-->")
			s = after
			continue
		}
		end := tagEnd(s)
		name, closing := tagName(s[1:end])
		if name == "" && !strings.HasPrefix(s, "<!") && !strings.HasPrefix(s, "<?") { // a "<" that is none
			if skip == "" {
				b.WriteByte('<')
			}
			s = s[1:]
			continue
		}
		s = s[min(end+1, len(s)):]
		switch {
		case skip != "":
			if closing && name == skip {
				skip = ""
			}
		case noText[name] && !closing:
			skip = name
		case name == "td" || name == "th":
			b.WriteByte('\t')
		case name == "br":
			b.WriteByte('\n')
		case blocks[name]:
			b.WriteString("\n\n")
		case name == "li" && !closing:
			b.WriteString("\n- ")
		case name == "tr":
			b.WriteByte('\n')
		}
	}
	return tidy(b.String())
}

var (
	noText = map[string]bool{"script": true, "style": true, "title": true}
	blocks = map[string]bool{"p": true, "div": true, "table": true, "ul": true, "ol": true, "blockquote": true, "pre": true, "hr": true,
		"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "body": true, "center": true}
)

// tagEnd is where the ">" of a tag stands, which may not be one within quotes, or the end.
func tagEnd(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i
		case (c == '"' || c == '\'') && i > 0 && s[i-1] == '=':
			quote = c
		}
	}
	if i := strings.IndexByte(s, '>'); i > 0 {
		return i
	}
	return len(s)
}

func tagName(tag string) (name string, closing bool) {
	tag, closing = strings.CutPrefix(tag, "/")
	end := 0
	for end < len(tag) && (tag[end]|0x20 >= 'a' && tag[end]|0x20 <= 'z' || end > 0 && tag[end] >= '0' && tag[end] <= '9') {
		end++
	}
	return strings.ToLower(tag[:end]), closing
}

// tidy takes out the white space of layouts.
func tidy(s string) string {
	var b strings.Builder
	blank := 0
	for line := range strings.Lines(s) {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool {
			return r == ' ' || r == '\n' || r == '\r' || r == '\u00a0' || r == '\t' || r == '\u200c' || r == '\u200b'
		}), " ")
		if line == "" {
			blank++
			continue
		}
		if blank > 0 && b.Len() > 0 {
			b.WriteByte('\n')
		}
		blank = 0
		b.WriteString(line + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
