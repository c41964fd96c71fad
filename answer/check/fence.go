package check

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/api"
)

// infoMax bounds the word behind the marks of a fence.
const infoMax = 32

// fence is a line that opens or closes a block of code.
type fence struct {
	mark byte
	n    int
	info string
}

// fenceOf reads a line that is a fence and nothing else: behind its marks stands a word at most.
func fenceOf(line string) (f fence, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] != '`' && line[0] != '~' {
		return f, false
	}
	f.mark = line[0]
	rest := strings.TrimLeft(line, line[:1])
	f.n, f.info = len(line)-len(rest), strings.TrimSpace(rest)
	return f, f.n >= 3 && len(f.info) <= infoMax && !strings.ContainsAny(f.info, " \t`~[]")
}

// blockOf is the block of code that a text begins with, and where its closing fence ends. final:
// nothing follows the text, so that its last line needs no end. end 0: it has not closed. opens:
// the first line is a fence as far as it goes.
func blockOf(text string, final bool) (f fence, end int, opens bool) {
	line := strings.IndexByte(text, '\n')
	if line < 0 {
		f, opens = fenceOf(text)
		return f, 0, opens
	}
	f, opens = fenceOf(text[:line])
	for at := line + 1; opens && at < len(text); {
		n := strings.IndexByte(text[at:], '\n') + 1
		if n == 0 && !final {
			return f, 0, opens
		} else if n == 0 {
			n = len(text) - at
		}
		if g, is := fenceOf(text[at : at+n]); is && g.mark == f.mark && g.n >= f.n && g.info == "" {
			return f, at + n, opens
		}
		at += n
	}
	return f, 0, opens
}

// block checks a block of code. Lines in it that are prose are claims like any other: marks of code
// around them make them no truer.
func (c *Checker) block(ctx context.Context, text string, f fence) Result {
	out := Result{Citations: []int{}, Marks: []api.ChatMark{}}
	var b builder
	for i, line := range strings.SplitAfter(text, "\n") {
		if _, marks := fenceOf(line); i == 0 || marks || !f.prose(line) {
			b.write(c.uncite(c.inert.code(line)))
			continue
		}
		r := c.prose(ctx, line)
		for _, m := range r.Marks {
			m.Start, m.End = m.Start+b.runes, m.End+b.runes
			b.marks = append(b.marks, m)
			if !slices.Contains(out.Citations, m.N) {
				out.Citations = append(out.Citations, m.N)
			}
		}
		b.write(r.Text)
		if out.Label = Worse(out.Label, r.Label); r.Why != "" && (out.Why == "" || r.Label == out.Label) {
			out.Why = r.Why
		}
	}
	out.Text, out.Marks = b.String(), append(out.Marks, b.marks...)
	return out
}

// unnamed are what blocks are called that hold no code.
var unnamed = setOf("markdown md text txt plain plaintext none quote prose output html xml")

// proseWords is how many words a line of prose has that cites nothing, and proseShare how many of
// what stands between its spaces are words.
const (
	proseWords = 4
	proseShare = 0.7
)

// prose tells whether a line of a block reads like prose. In what is named code it must cite, too:
// there a line of words may be a remark.
func (f fence) prose(line string) bool {
	bare := cites.ReplaceAllString(line, " ")
	cited := bare != line
	if f.info != "" && !unnamed[strings.ToLower(f.info)] && !cited {
		return false
	}
	if strings.IndexFunc(line, isDense) >= 0 {
		return true
	}
	fields := strings.Fields(bare)
	words, sentence := 0, strings.ContainsAny(bare[max(len(strings.TrimSpace(bare))-1, 0):], ".!?")
	for _, w := range fields {
		w = strings.Trim(w, ".,;:!?\"'()*_#>-’“”„«»")
		if w == "" || strings.IndexFunc(w, outsideWords) >= 0 {
			continue
		}
		sentence = sentence || functionWords[strings.ToLower(w)] || words == 0 && capital(w)
		words++
	}
	return (words >= proseWords && sentence || cited && words > 1) && float64(words) >= proseShare*float64(len(fields))
}

// outsideWords tells of what no word of prose has in it.
func outsideWords(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("'’-.,%", r)
}

// uncite parts the marks of what reads like a citation and is none: in code, where a number in
// brackets may be an index and cannot be left out.
func (c *Checker) uncite(text string) string {
	if !strings.ContainsAny(text, "[【") {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range cites.FindAllStringSubmatchIndex(text, -1) {
		numbers := numbersIn(text[max(m[2], m[4]):max(m[3], m[5])])
		if !slices.ContainsFunc(numbers, func(n int) bool { return c.source(n) == nil }) {
			continue
		}
		open := m[0] + strings.IndexAny(text[m[0]:m[1]], "[【")
		_, width := utf8.DecodeRuneInString(text[open:])
		b.WriteString(text[at:open+width] + " ")
		at = open + width
	}
	return b.String() + text[at:]
}
