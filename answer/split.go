package answer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unitBytesMax is the longest piece that is offered as one sentence; longer ones are cut at a
// space.
const unitBytesMax = 600

// codeLinesMax is how many lines of code stand together as one sentence.
const codeLinesMax = 8

// unit is what can be cited by itself: a sentence, a list item, a row, or a few lines of code.
type unit struct {
	text    string
	code    bool // lines matter
	heading bool // names what follows and says little itself
}

// split cuts a passage into units. Prose is cut by paragraph, list item and sentence; of code,
// comments are cut as prose and the rest into groups of lines that belong together.
func split(text string, code bool) []unit {
	s := splitter{code: code}
	for line := range strings.Lines(text) {
		s.line(strings.TrimRight(line, "\r\n \t"))
	}
	s.flush()
	return s.units
}

// splitter gathers lines into blocks of one kind.
type splitter struct {
	code  bool // the passage is of a programming language
	units []unit
	block []string
	kind  blockKind
	fence bool // between ``` in markup
	star  bool // inside /* */
}

type blockKind int

const (
	prose blockKind = iota
	source
	comment
)

func (s *splitter) line(line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
		s.flush()
		s.fence = !s.fence && !s.code
	case trimmed == "":
		s.flush()
	case s.fence:
		s.add(source, line)
	case s.code:
		s.codeLine(line, trimmed)
	default:
		s.proseLine(line, trimmed)
	}
}

func (s *splitter) codeLine(line, trimmed string) {
	body, ok := s.commentBody(trimmed)
	if !ok {
		s.add(source, line)
		return
	}
	if body == "" || isRule(body) {
		if s.kind == comment {
			s.flush()
		}
		return
	}
	if startsItem(body) && s.kind == comment { // a list, or a @param, inside a doc comment
		s.flush()
	}
	s.add(comment, body)
}

// commentBody returns what a line of comment says, and whether the line is one.
func (s *splitter) commentBody(trimmed string) (string, bool) {
	if s.star {
		body, _, ends := strings.Cut(trimmed, "*/")
		s.star = !ends
		return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(body), "*")), true
	}
	if body, ok := strings.CutPrefix(trimmed, "/*"); ok {
		body, _, ends := strings.Cut(strings.TrimLeft(body, "*!"), "*/")
		s.star = !ends
		return strings.TrimSpace(body), true
	}
	for _, mark := range []string{"///", "//!", "//", "# ", "-- ", ";;", "* ", `"""`, "'''"} {
		if body, ok := strings.CutPrefix(trimmed, mark); ok {
			body = strings.TrimSuffix(strings.TrimSuffix(body, `"""`), "'''")
			return strings.TrimSpace(strings.TrimSuffix(body, "*/")), true
		}
	}
	return "", trimmed == "#" || trimmed == "*" || trimmed == "*/"
}

func (s *splitter) proseLine(line, trimmed string) {
	switch {
	case isRule(trimmed):
		if len(s.block) == 1 && s.kind == prose && strings.IndexByte(trimmed, '|') < 0 { // a title and its underline
			s.heading(s.block[0])
			s.block = s.block[:0]
		}
		s.flush()
		return
	case isHeading(trimmed):
		s.flush()
		s.heading(strings.Trim(trimmed, "#= "))
		return
	case startsItem(trimmed):
		s.flush()
		trimmed = strings.TrimLeft(trimmed, "-*+ ")
	case isCodeIndent(line) && len(s.block) == 0 || s.kind == source && isCodeIndent(line):
		s.add(source, line)
		return
	}
	s.add(prose, trimmed)
}

func (s *splitter) heading(text string) {
	if text != "" {
		s.units = append(s.units, unit{text: clip(text), heading: true})
	}
}

func (s *splitter) add(kind blockKind, line string) {
	if kind != s.kind || kind == source && len(s.block) >= codeLinesMax {
		s.flush()
	}
	s.kind = kind
	s.block = append(s.block, line)
}

func (s *splitter) flush() {
	if len(s.block) == 0 {
		return
	}
	if s.kind == source {
		s.units = append(s.units, unit{text: clip(dedent(s.block)), code: true})
	} else {
		for _, text := range sentences(strings.Join(s.block, " ")) {
			s.units = append(s.units, unit{text: text})
		}
	}
	s.block = s.block[:0]
}

// isHeading tells whether a line of markup is a title by its own marks: "## Title", "== Title ==".
func isHeading(t string) bool {
	marks := len(t) - len(strings.TrimLeft(t, "#"))
	if marks > 0 && marks <= 6 && strings.HasPrefix(t[marks:], " ") {
		return true
	}
	return len(t) > 4 && strings.HasPrefix(t, "==") && strings.HasSuffix(t, "==")
}

// isRule tells whether a line is an underline, a separator or the edge of a table.
func isRule(t string) bool {
	return len(t) >= 3 && strings.Trim(t, "-=~^*_+#|: ") == ""
}

// startsItem tells whether a line starts a unit of its own: a list item, a row, a @param or
// :param:.
func startsItem(t string) bool {
	if len(t) > 2 && (strings.HasPrefix(t, "- ") || strings.HasPrefix(t, "* ") || strings.HasPrefix(t, "+ ")) {
		return true
	}
	if t[0] == '|' || t[0] == '@' || t[0] == ':' {
		return true
	}
	digits := len(t) - len(strings.TrimLeft(t, "0123456789"))
	return digits > 0 && digits <= 3 && len(t) > digits+1 && (t[digits] == '.' || t[digits] == ')') && t[digits+1] == ' '
}

func isCodeIndent(line string) bool {
	return strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
}

// dedent takes away the indentation that all lines share.
func dedent(lines []string) string {
	shared := -1
	for _, l := range lines {
		n := len(l) - len(strings.TrimLeft(l, " \t"))
		if shared < 0 || n < shared {
			shared = n
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l[shared:]
	}
	return strings.Join(out, "\n")
}

// sentences cuts running text at the ends of sentences.
func sentences(text string) []string {
	var out []string
	start := 0
	for i, r := range text {
		if !strings.ContainsRune(".!?。！？", r) {
			continue
		}
		end := i + utf8.RuneLen(r)
		if !endsSentence(text[start:end], text[end:], r) {
			continue
		}
		for end < len(text) && strings.IndexByte(`"')]*_`, text[end]) >= 0 {
			end++
		}
		out = appendText(out, text[start:end])
		start = end
	}
	return appendText(out, text[start:])
}

func appendText(out []string, text string) []string {
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		out = append(out, clip(text))
	}
	return out
}

// abbreviations do not end a sentence though a dot follows them.
var abbreviations = map[string]bool{
	"e.g": true, "i.e": true, "etc": true, "cf": true, "vs": true, "mr": true, "mrs": true, "ms": true, "dr": true,
	"prof": true, "st": true, "no": true, "fig": true, "sec": true, "eq": true, "approx": true, "resp": true, "al": true, "incl": true,
}

// endsSentence tells whether the mark at the end of before ends a sentence, given what comes after
// it.
func endsSentence(before, after string, mark rune) bool {
	if mark > 0x7F { // marks of CJK stand without a space
		return true
	}
	after = strings.TrimLeft(after, `"')]*_`)
	if after == "" {
		return true
	}
	if after[0] != ' ' {
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, " \"'([`*_"))
	if unicode.IsLower(next) && !startsIdentifier(after) {
		return false
	}
	word := before[strings.LastIndexByte(before, ' ')+1:]
	word = strings.ToLower(strings.Trim(word, ".!?()[]\"'*_"))
	return mark != '.' || !abbreviations[word] && !(len(word) == 1 && unicode.IsLetter(rune(word[0])))
}

// startsIdentifier tells whether the next word is a name of a program's: those start sentences in
// lower case.
func startsIdentifier(after string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(after, " "), " ")
	return strings.ContainsAny(word, "_(")
}

// clip cuts text that is too long to be a sentence, at a space where there is one.
func clip(text string) string {
	if len(text) <= unitBytesMax {
		return text
	}
	end := unitBytesMax
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if i := strings.LastIndexAny(text[:end], " \n"); i > unitBytesMax/2 {
		end = i
	}
	return text[:end] + " …"
}
