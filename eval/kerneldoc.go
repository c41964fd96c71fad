package eval

import (
	"bytes"
	"strings"
)

// docComment is one kernel-doc comment of a C source.
type docComment struct {
	start, end int    // byte span in the document, "/**" to "*/"
	summary    string // its first line's text behind the dash
}

// summaryWordsMin is how many words a summary has at least to be a question.
const summaryWordsMin = 3

// docComments lists a C source's kernel-doc comments that have a summary of at least three words:
//
//	/**
//	 * name() - summary
//	 * struct name - summary
func docComments(text []byte) (out []docComment) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("/**"))
		if i < 0 {
			return out
		}
		start := at + i
		head, rest, _ := bytes.Cut(text[start:], []byte("\n"))
		n := bytes.Index(text[start:], []byte("*/"))
		if n < 0 {
			return out
		}
		at = start + n + 2
		if len(bytes.TrimSpace(head)) != len("/**") { // text on the first line: not kernel-doc
			continue
		}
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		if s := summaryOf(string(line)); s != "" {
			out = append(out, docComment{start, at, s})
		}
	}
}

// summaryOf is what stands behind the dash of " * name() - summary"; "" when the line is none, or
// its summary too short.
func summaryOf(line string) string {
	line, ok := strings.CutPrefix(strings.TrimSpace(line), "* ")
	if !ok {
		return ""
	}
	name, summary, ok := strings.Cut(line, " - ")
	if !ok || !isDeclared(strings.Fields(name)) {
		return ""
	}
	summary = strings.TrimSpace(summary)
	if len(strings.Fields(summary)) < summaryWordsMin || strings.Contains(summary, "*/") {
		return ""
	}
	return summary
}

// isDeclared tells whether words are "name", "name()", "name(args)" or "struct name".
func isDeclared(words []string) bool {
	if len(words) == 2 {
		switch words[0] {
		case "struct", "union", "enum", "typedef", "define", "macro", "function":
			words = words[1:]
		}
	}
	if len(words) != 1 {
		return false
	}
	name, _, _ := strings.Cut(words[0], "(")
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}) < 0
}
