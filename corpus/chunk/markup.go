package chunk

import "bytes"

// markup is a row of the table of languages with headings.
type markup struct {
	marker      byte // as often as the level is deep, and a space, it starts a heading
	underlined  bool // === or --- below a line makes it a heading of level 1 or 2
	styled      bool // so does a line of any one mark, and the level is the order in which marks appear
	fenced      bool // ``` or ~~~ around code
	frontMatter bool // --- around metadata at the start
}

// markups is the table: one row a language.
var markups = map[string]*markup{
	"markdown": {marker: '#', underlined: true, fenced: true, frontMatter: true},
	"rst":      {styled: true},
	"asciidoc": {marker: '='},
	"org":      {marker: '*'},
}

// Penalties in markup.
const (
	markupHeading = 6   // a level, before a heading
	markupPara    = 150 // before a paragraph
	markupTight   = 60  // more where no blank line is before it: a list item, a table's row
	markupIndent  = 5   // a column of indentation, up to markupIndentMax
	markupTitle   = 400 // after a heading
	markupFlow    = 350 // a line within a paragraph
	markupEnd     = 260 // a sentence within a paragraph
	markupCode    = 420 // a line of code
	markupGap     = 330 // after a blank line of code
)

const (
	markupIndentMax = 24
	headingLevels   = 7
)

// marks scans text with headings.
type marks struct {
	*splitter
	m       *markup
	tables  *tables
	current [headingLevels]int // place of the open section of each level, -1
	styles  []uint16           // marks seen, in the order of their levels
	fence   []byte             // what closes the current code
	blank   bool               // a blank line is before the current one
	after   bool               // a heading is before the current line
	skip    int                // lines before it are handled
}

// scanMarkup offers cuts by headings, paragraphs and sentences and opens a scope for every section.
func scanMarkup(s *splitter, m *markup) {
	k := &marks{splitter: s, m: m, blank: true}
	k.tables = newTables(s, k.innermost)
	for i := range k.current {
		k.current[i] = -1
	}
	at := k.front()
	for at < len(s.text) {
		end := lineEnd(s.text, at)
		if at >= k.skip {
			k.lineAt(at, end)
		}
		at = end + 1
	}
}

// frontRule is the line around front matter.
const frontRule = "---\n"

// front goes over front matter and returns where the text starts.
func (k *marks) front() int {
	if !k.m.frontMatter || !bytes.HasPrefix(k.text, []byte(frontRule)) {
		return 0
	}
	n := bytes.Index(k.text[:min(len(k.text), titleHeadBytes)], []byte("\n"+frontRule))
	if n < 0 {
		return 0
	}
	k.offerInner(0, n, markupCode, markupGap)
	return n + 1 + len(frontRule)
}

// lineAt handles the line text[at:end].
func (k *marks) lineAt(at, end int) {
	first := at
	for first < end && isSpace(k.text[first]) {
		first++
	}
	line := bytes.TrimRight(k.text[first:end], " \t\r")
	off := indented(at, first)
	if k.fence == nil {
		k.tables.line(at, first, end)
	}
	switch {
	case len(line) == 0:
		k.blank = true
		return
	case k.fence != nil:
		k.code(line, off)
	case k.fenceStarts(line):
		k.offer(off, k.paragraph(first-at))
	case k.heading(at, first, end, line):
		k.blank, k.after = false, true
		return
	case k.blank || k.after || startsItem(line):
		k.offer(off, k.paragraph(first-at))
		k.sentences(first, first+len(line), markupEnd)
	case sentenceEnds(bytes.TrimRight(k.text[max(0, at-8):at], " \t\r\n")) && !isLower(line[0]):
		k.offer(off, markupEnd-10)
		k.sentences(first, first+len(line), markupEnd)
	default:
		k.offer(off, markupFlow)
		k.sentences(first, first+len(line), markupEnd)
	}
	k.blank, k.after = false, false
}

// paragraph returns what a cut before a paragraph, an item or a row costs.
func (k *marks) paragraph(indent int) int32 {
	p := int32(markupPara + min(indent, markupIndentMax)*markupIndent)
	switch {
	case k.after:
		p += markupTitle
	case !k.blank:
		p += markupTight
	}
	return p
}

// startsItem tells whether line is an item of a list or a row of a table.
func startsItem(line []byte) bool {
	switch c := line[0]; {
	case c == '|' || c == '>':
		return true
	case c == '-' || c == '*' || c == '+':
		return len(line) > 1 && line[1] == ' '
	case c-'0' < 10:
		n := 1
		for n < len(line) && line[n]-'0' < 10 {
			n++
		}
		return n < 4 && n+1 < len(line) && (line[n] == '.' || line[n] == ')') && line[n+1] == ' '
	}
	return false
}

// fenceStarts notes the fence that line opens.
func (k *marks) fenceStarts(line []byte) bool {
	if !k.m.fenced || line[0] != '`' && line[0] != '~' {
		return false
	}
	n := 1
	for n < len(line) && line[n] == line[0] {
		n++
	}
	if n < 3 || line[0] == '`' && bytes.IndexByte(line[n:], '`') >= 0 {
		return false
	}
	k.fence = line[:n]
	return true
}

// code handles a line of fenced code at off.
func (k *marks) code(line []byte, off int) {
	switch {
	case bytes.HasPrefix(line, k.fence) && len(bytes.Trim(line, string(k.fence[:1]))) == 0:
		k.fence = nil
		k.offer(off, markupCode+penaltyClose)
	case k.blank:
		k.offer(off, markupGap)
	default:
		k.offer(off, markupCode)
	}
}

// heading handles the heading that may start with line, text[at:end] less the white space around
// it.
func (k *marks) heading(at, first, end int, line []byte) bool {
	if first-at > 3 {
		return false
	}
	if n := markerLevel(line, k.m.marker); n > 0 {
		title := bytes.Trim(line, string([]byte{k.m.marker, ' ', '\t'}))
		lo := first + max(0, bytes.Index(line, title))
		k.section(n, at, span{lo, lo + len(title)})
		return true
	}
	if !k.m.styled && !(k.m.underlined && !startsItem(line)) {
		return false
	}
	over := k.m.styled && rstRule(line)
	title := line
	if over {
		first, end, title = k.lineAfter(end)
	}
	lo, to, under := k.lineAfter(end)
	if len(title) == 0 || len(under) == 0 || over && (len(under) < 2 || under[0] != line[0]) {
		return false
	}
	level := k.underlineLevel(under, over, len(title))
	if level == 0 || lo == to {
		return false
	}
	k.section(level, at, span{first, first + len(title)})
	k.skip = to
	return true
}

// markerLevel returns how many markers start line, 0 if no heading does.
func markerLevel(line []byte, marker byte) int {
	n := 0
	for n < len(line) && line[n] == marker && marker != 0 {
		n++
	}
	if n >= headingLevels || n < len(line) && line[n] != ' ' && line[n] != '\t' {
		return 0
	}
	return n
}

// lineAfter returns the line after the one that ends at end, less the white space around it.
func (k *marks) lineAfter(end int) (lo, to int, line []byte) {
	if end >= len(k.text) {
		return end, end, nil
	}
	lo, to = end+1, lineEnd(k.text, end+1)
	line = bytes.TrimRight(k.text[lo:to], " \t\r")
	for len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		lo, line = lo+1, line[1:]
	}
	return lo, to, line
}

// underlineLevel returns the level of a heading of width bytes underlined by under, 0 if it is
// none.
func (k *marks) underlineLevel(under []byte, over bool, width int) int {
	if k.m.underlined {
		switch {
		case len(bytes.Trim(under, "=")) == 0 && k.alone():
			return 1
		case len(bytes.Trim(under, "-")) == 0 && len(under) > 1 && k.alone():
			return 2
		}
		return 0
	}
	if !rstRule(under) || len(under) < min(width, 4) {
		return 0
	}
	style := uint16(under[0])
	if over {
		style |= 0x100
	}
	for i, s := range k.styles {
		if s == style {
			return min(i+1, headingLevels-1)
		}
	}
	if len(k.styles) < headingLevels {
		k.styles = append(k.styles, style)
	}
	return min(len(k.styles), headingLevels-1)
}

// alone tells whether the current line may be a heading on its own: a blank line or another heading
// is before it.
func (k *marks) alone() bool { return k.blank || k.after }

// section starts a section of level at the heading whose first line starts at off.
func (k *marks) section(level, off int, title span) {
	for i := level; i < headingLevels; i++ {
		if s := k.current[i]; s >= 0 {
			k.scopes[s].end = off
			k.current[i] = -1
		}
	}
	parent := k.innermost()
	p := int32(level * markupHeading)
	if k.after {
		p += markupPara / 2
	}
	k.offer(off, p)
	s := k.labeller.open(scope{kind: kindSection, parent: parent, start: off, head: off, name: title, label: title})
	if s != parent {
		k.current[level] = s
	}
}

// innermost is the place of the deepest section that is open, -1: none is.
func (k *marks) innermost() int {
	for i := headingLevels - 1; i > 0; i-- {
		if k.current[i] >= 0 {
			return k.current[i]
		}
	}
	return -1
}

// rstRule tells whether line underlines or overlines a heading.
func rstRule(line []byte) bool {
	if len(line) < 2 || bytes.IndexByte([]byte("=-~^\"'`#*+.:_"), line[0]) < 0 {
		return false
	}
	for _, c := range line {
		if c != line[0] {
			return false
		}
	}
	return true
}
