package chunk

import "bytes"

// lineStyle says how plain lines are cut.
type lineStyle struct {
	prose   bool // paragraphs of sentences, whose lines end anywhere
	outline func(*splitter) outline
}

// lineStyles has the languages that are not cut as plain lines of code.
var lineStyles = map[string]lineStyle{
	"text":  {prose: true, outline: func(s *splitter) outline { return newTables(s, atTop) }},
	"tex":   {prose: true},
	"csv":   {outline: func(s *splitter) outline { return &csvRows{splitter: s} }},
	"json":  {outline: func(s *splitter) outline { return &jsonKeys{keys: keys{splitter: s}} }},
	"jsonc": {outline: func(s *splitter) outline { return &jsonKeys{keys: keys{splitter: s}} }},
	"yaml":  {outline: func(s *splitter) outline { return &yamlKeys{keys: keys{splitter: s}, block: -1} }},
	"toml":  {outline: func(s *splitter) outline { return &sections{keys{splitter: s}} }},
	"ini":   {outline: func(s *splitter) outline { return &sections{keys{splitter: s}} }},
}

// Penalties between plain lines.
const (
	linePara     = 20  // after a blank line
	lineTight    = 120 // otherwise
	lineIndent   = 6   // a column of indentation, up to lineIndentMax
	lineFlow     = 300 // a line within a paragraph of prose
	lineSentence = 150 // a sentence within it
)

const lineIndentMax = 40

// scanLines offers cuts by blank lines and indentation, and in prose at the ends of sentences.
func scanLines(s *splitter, style lineStyle) {
	blankBefore := false
	var out outline
	if style.outline != nil {
		out = style.outline(s)
	}
	for at := 0; at < len(s.text); {
		end := lineEnd(s.text, at)
		first := at
		for first < end && isSpace(s.text[first]) {
			first++
		}
		if out != nil {
			out.line(at, first, end)
		}
		if first == end {
			blankBefore = true
		} else {
			s.offer(indented(at, first), s.plainPenalty(style, first-at, at, blankBefore))
			if style.prose {
				s.sentences(first, end, lineSentence)
			}
			blankBefore = false
		}
		at = end + 1
	}
}

func (s *splitter) plainPenalty(style lineStyle, indent, at int, blankBefore bool) int32 {
	depth := int32(min(indent, lineIndentMax) * lineIndent)
	switch {
	case blankBefore:
		return linePara + depth
	case !style.prose:
		return lineTight + depth
	case at > 0 && sentenceEnds(bytes.TrimRight(s.text[max(0, at-8):at], " \t\r\n")):
		return lineSentence - 20
	}
	return lineFlow
}

// sentences offers a cut wherever a sentence starts between lo and hi, the bounds of a line. After
// an ideographic full stop no space is needed.
func (s *splitter) sentences(lo, hi int, penalty int32) {
	text := s.text[:hi]
	for i := lo + 1; i+1 < len(text); i++ {
		switch stops[text[i-1]] {
		case stopASCII:
			if text[i] == ' ' && text[i+1] != ' ' && !isLower(text[i+1]) && sentenceEnds(text[lo:i]) {
				s.offer(i+1, penalty)
			}
		case stopWide:
			if sentenceEnds(text[lo:i]) && text[i] != ' ' {
				s.offer(i, penalty)
			}
		}
	}
}

// What a byte says of whether a sentence may end with it.
const (
	stopASCII = 1 + iota // where a space follows
	stopWide             // where the two bytes before it agree: U+3002, U+FF01, U+FF1F
)

var stops = [256]uint8{'.': stopASCII, '!': stopASCII, '?': stopASCII, '"': stopASCII, '\'': stopASCII, ')': stopASCII,
	0x82: stopWide, 0x81: stopWide, 0x9F: stopWide}

func isLower(c byte) bool { return c-'a' < 26 }

// lineEnd returns the place of the newline that ends the line at i, or the text's end.
func lineEnd(text []byte, i int) int {
	if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}
