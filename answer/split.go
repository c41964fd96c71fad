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
	text       string
	start, end int  // bytes of the text that it was cut from
	code       bool // lines matter
	heading    bool // names what follows and says little itself
	row        bool // says what its columns or keys are
	header     bool // of a table: its rows say it too
}

// unitsOf cuts a text by what it is of. before is what precedes it in its document.
func unitsOf(text, before, kind string) []unit {
	switch kind {
	case "csv":
		return rowUnits(text, before)
	case "json", "jsonc":
		return jsonUnits(text, before)
	case "yaml", "toml", "ini":
		return keyUnits(text, before)
	}
	return split(text, before, !proseTypes[kind])
}

// split cuts a passage into units. Prose is cut by paragraph, list item and sentence, tables by
// row; of code, comments are cut as prose and the rest into groups of lines that belong together.
func split(text, before string, code bool) []unit {
	s := splitter{code: code, header: openHeader(before)}
	at := 0
	for line := range strings.Lines(text) {
		s.line(strings.TrimRight(line, "\r\n \t"), at)
		at += len(line)
	}
	s.flush()
	return s.units
}

// splitter gathers lines into blocks of one kind.
type splitter struct {
	code   bool // the passage is of a programming language
	units  []unit
	block  []piece
	kind   blockKind
	fence  bool     // between ``` in markup
	star   bool     // inside /* */
	header []string // of the table that is open
}

// piece is a line, or what of it counts, and where it stands.
type piece struct {
	text string
	at   int
}

type blockKind int

const (
	prose blockKind = iota
	source
	comment
)

func (s *splitter) line(line string, at int) {
	trimmed := strings.TrimSpace(line)
	p := piece{trimmed, at + len(line) - len(strings.TrimLeft(line, " \t\f\v\u00a0"))}
	switch {
	case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
		s.flush()
		s.fence = !s.fence && !s.code
	case trimmed == "":
		s.flush()
		s.header = nil
	case s.fence:
		s.add(source, piece{line, at})
	case s.code:
		s.codeLine(piece{line, at}, p)
	default:
		s.proseLine(piece{line, at}, p)
	}
}

// part is what of a piece remains when only body, a part of it, counts.
func (p piece) part(body string) piece {
	return piece{body, p.at + max(strings.Index(p.text, body), 0)}
}

func (s *splitter) codeLine(line, trimmed piece) {
	text, ok := s.commentBody(trimmed.text)
	if !ok {
		s.add(source, line)
		return
	}
	if text == "" || isRule(text) {
		if s.kind == comment {
			s.flush()
		}
		return
	}
	body := trimmed.part(text)
	if startsItem(text) && s.kind == comment { // a list, or a @param, inside a doc comment
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

func (s *splitter) proseLine(line, trimmed piece) {
	switch t := trimmed.text; {
	case isRule(t):
		if len(s.block) == 1 && s.kind == prose && strings.IndexByte(t, '|') < 0 { // a title and its underline
			s.heading(s.block[0])
			s.block = s.block[:0]
		}
		s.flush()
		return
	case isRow(t):
		s.flush()
		s.row(trimmed)
		return
	case isHeading(t):
		s.flush()
		s.heading(trimmed.part(strings.Trim(t, "#= ")))
		return
	case startsItem(t):
		s.flush()
		trimmed = trimmed.part(withoutBullets(t))
	case isCodeIndent(line.text) && len(s.block) == 0 || s.kind == source && isCodeIndent(line.text):
		s.add(source, line)
		return
	}
	s.header = nil
	s.add(prose, trimmed)
}

// row takes a row of a table: the first is its header.
func (s *splitter) row(line piece) {
	cells := cellsOf(line.text)
	if s.header == nil {
		if text := row(nil, cells); text != "" {
			s.header = cells
			s.units = append(s.units, unit{text: clip(text), start: line.at, end: line.at + len(line.text), header: true})
		}
		return
	}
	if text := row(s.header, cells); text != "" {
		s.units = append(s.units, unit{text: clip(text), start: line.at, end: line.at + len(line.text), row: true})
	}
}

func (s *splitter) heading(p piece) {
	if p.text != "" {
		s.units = append(s.units, unit{text: clip(p.text), start: p.at, end: p.at + len(p.text), heading: true})
	}
}

func (s *splitter) add(kind blockKind, line piece) {
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
		last := s.block[len(s.block)-1]
		s.units = append(s.units, unit{text: clip(dedent(s.block)), start: s.block[0].at, end: last.at + len(last.text), code: true})
	} else {
		for _, lines := range paragraphs(s.block) {
			s.prose(lines)
		}
	}
	s.block = s.block[:0]
}

// prose cuts the lines of one paragraph into sentences.
func (s *splitter) prose(lines []piece) {
	var b strings.Builder
	starts := make([]int, len(lines)) // of each line, in the paragraph
	for i, l := range lines {
		if i > 0 {
			b.WriteByte(' ')
		}
		starts[i] = b.Len()
		b.WriteString(l.text)
	}
	text := b.String()
	where := func(at int) int {
		i := len(starts) - 1
		for starts[i] > at {
			i--
		}
		return lines[i].at + at - starts[i]
	}
	for _, span := range sentences(text) {
		shown := clip(strings.Join(strings.Fields(text[span[0]:span[1]]), " "))
		s.units = append(s.units, unit{text: shown, start: where(span[0]), end: where(span[1]-1) + 1})
	}
}

// lineWidthMin is the least width at which an editor is taken to break lines.
const lineWidthMin = 72

var (
	entry = match(`^(?:\[[ xX]\] |\d{4}-\d\d-\d\d[T :]|\[?\d\d:\d\d|<?[A-Z][a-z]{2} [ \d]\d \d\d:|>)`)
	field = match(`^[\pL\d][\pL\d ._/-]{0,30}: `)
)

// paragraphs parts lines that an editor broke because the next word did not fit from those that
// were ended on purpose: entries, records, lines of a log.
func paragraphs(lines []piece) (parts [][]piece) {
	width := lineWidthMin
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l.text))
	}
	start := 0
	for i := 1; i < len(lines); i++ {
		word, _, _ := strings.Cut(lines[i].text, " ")
		room := width - utf8.RuneCountInString(lines[i-1].text)
		fits := utf8.RuneCountInString(word)+1 <= room
		first, _ := utf8.DecodeRuneInString(lines[i].text)
		own := field.in(lines[i].text) || !unicode.IsLower(first) && room > width/3
		if fits && own || entry.in(lines[i].text) {
			parts, start = append(parts, lines[start:i]), i
		}
	}
	return append(parts, lines[start:])
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

// withoutBullets takes away the marks of list items.
func withoutBullets(t string) string {
	for len(t) > 2 && strings.IndexByte("-*+", t[0]) >= 0 && t[1] == ' ' {
		t = strings.TrimLeft(t[2:], " ")
	}
	return t
}

func isCodeIndent(line string) bool {
	return strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
}

// dedent takes away the indentation that all lines share.
func dedent(lines []piece) string {
	shared := -1
	for _, l := range lines {
		n := len(l.text) - len(strings.TrimLeft(l.text, " \t"))
		if shared < 0 || n < shared {
			shared = n
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.text[shared:]
	}
	return strings.Join(out, "\n")
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
