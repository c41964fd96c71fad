package pack

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sluice/cascade/flow"
	"sluice/internal/defence"
	"sluice/internal/tokens"
)

// frameTokensMin is less than any citation costs: nothing is read for a budget that has less left.
const frameTokensMin = 8

// counter counts tokens, or estimates them where nothing depends on it.
type counter struct{ vocab *tokens.Vocab } // nil: estimate

func newCounter(o flow.Options) (counter, error) {
	if o.Budget <= 0 && slices.Contains(tokens.Names(), o.Vocab) {
		return counter{}, nil
	}
	v, err := tokens.Get(o.Vocab)
	return counter{v}, err
}

func (c counter) of(text string) int {
	if c.vocab == nil {
		return tokens.Estimate(text)
	}
	return c.vocab.CountString(text)
}

// frame writes the unit as it stands in the window, and counts it.
func (p *packer) frame(u *unit) {
	body := u.body()
	fence := fenceFor(body)
	var b strings.Builder
	b.Grow(len(body) + 2*len(fence) + len(u.path) + len(u.fence) + 32)
	b.WriteByte('[')
	b.WriteString(strconv.Itoa(u.number))
	b.WriteString("] ")
	b.WriteString(u.path)
	b.WriteByte(':')
	b.WriteString(strconv.Itoa(int(u.first().line)))
	b.WriteByte('-')
	b.WriteString(strconv.Itoa(int(u.last().last)))
	if where := u.where(); where != "" {
		b.WriteString(" (" + where + ")")
	}
	b.WriteString("\n" + fence + u.fence + "\n")
	b.WriteString(body)
	if !strings.HasSuffix(body, "\n") {
		b.WriteByte('\n')
	}
	b.WriteString(fence + "\n\n")
	u.text = b.String()
	u.tokens = p.count.of(u.text)
}

// fenceFor is a fence that is longer than any run of backticks in the text.
func fenceFor(text string) string {
	const usual = 3
	if !defence.Stands(defence.WindowFence) {
		return strings.Repeat("`", usual)
	}
	longest, run := usual-1, 0
	for at := strings.IndexByte(text, '`'); at >= 0 && at < len(text); at++ {
		if text[at] == '`' {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
		next := strings.IndexByte(text[at:], '`')
		if next < 0 {
			break
		}
		at += next - 1
	}
	return strings.Repeat("`", longest+1)
}

// fenceTag is what a fence says of its text: the language; nothing of plain text, and nothing that
// is not a plain word, for a document's type may come from outside.
func fenceTag(typ string) string {
	if typ == "text" {
		return ""
	}
	for _, r := range typ {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '+' && r != '_' {
			return ""
		}
	}
	return typ
}

// printable is a path on one line, in the order in which it is written: control characters, other
// line ends and changes of direction stand as U+FFFD.
func printable(path string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return unicode.ReplacementChar
		}
		return r
	}, path)
}
