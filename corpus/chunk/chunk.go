// Package chunk is stage 0 of Sluice: it cuts a document into passages with exact byte spans.
//
// One scanner a family of languages (braces, indentation, markup, plain lines) walks the text once,
// skips strings and comments, and reports every place where a passage could end. Each place has a
// penalty: none between two functions, more inside one, most inside a word. A dynamic programme
// over these cuts then picks the cheapest division into spans near the wanted size. Nothing depends
// on what is far away, so an edit changes the passages around it and leaves the others, and their
// ids, alone.
package chunk

import "sync"

// The size of a passage, in bytes. An encoder's 512 tokens hold passageBytesMax bytes of source
// code.
const (
	passageBytesMax = 1200
	passageBytesAim = 1000
	passageBytesMin = 200 // less only where a document, or what is left between others, is that short
)

// Passage is one span of a document: text[Start:End] are its bytes.
//
// A context has enclosing headings ("Guide > Install") or symbols ("type Foo > func (f *Foo) Bar").
// It ends with the header of the table that the passage begins in ("Guide > name | price"), or with
// the keys around the value that it begins in, and a colon ("services > web > ports:").
type Passage struct {
	Start, End  int    // half-open byte span in the document
	Line, Lines int    // 1-based first line, number of lines touched
	Context     string // what is around it, outermost first, "" if nothing is; see below
	Symbol      string // names of the symbols the passage defines or belongs to, space separated, "" if none
}

// splitters keeps the working memory of Split between calls: a few hundred KiB, whatever was split.
var splitters = sync.Pool{New: func() any { return new(splitter) }}

// Split cuts text, written in lang (a name that Detect returns; any other is cut as plain lines),
// and appends its passages to dst. They come in order, do not overlap, are at most 1,200 bytes
// long, start and end with the text's own bytes, and leave out nothing but white space. Any bytes
// will do; the time is linear in len(text) and the memory beyond the passages is bounded.
func Split(dst []Passage, lang string, text []byte) []Passage {
	s := splitters.Get().(*splitter)
	s.reset(dst, text)
	if s.begin() {
		s.scan(form(lang, text))
		s.finish()
	}
	dst = s.dst
	s.reset(nil, nil)
	splitters.Put(s)
	return dst
}

// scan runs the scanner of lang's family.
func (s *splitter) scan(lang string) {
	if l := braceLangs[lang]; l != nil {
		scanBraces(s, l)
	} else if l := indentLangs[lang]; l != nil {
		scanIndents(s, l)
	} else if m := markups[lang]; m != nil {
		scanMarkup(s, m)
	} else {
		scanLines(s, lineStyles[lang])
	}
}
