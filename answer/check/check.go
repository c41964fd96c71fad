package check

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/api"
)

// The labels of a sentence.
const (
	Supported     = "supported"
	Partly        = "partly"
	NotFound      = "not_found"
	Misattributed = "misattributed"
)

// Doubt is the mark behind what the sources do not say.
const Doubt = "[?]"

// Checker holds the sentences of one answer against its sources. It is used by one goroutine.
type Checker struct {
	r       *reader
	sources []*source // made ready when they are first needed
	given   []Source
	asked   []word
	inert   inert
	inLine  bool // the sentence before did not end its line
}

// New makes a checker. The question's words claim nothing, and addresses that the user wrote may
// stand in an answer.
func New(question string, said string, sources []Source) *Checker {
	c := &Checker{r: newReader(), given: slices.Clone(sources), sources: make([]*source, len(sources)), inert: newInert(said)}
	c.asked = c.r.words(question)
	return c
}

// Result is a sentence after it was checked.
type Result struct {
	Text      string // as it is shown, with the numbers of the sources
	Label     string // "": it claims nothing
	Why       string
	Citations []int
	Marks     []api.ChatMark // in characters of Text
}

var cites = regexp.MustCompile(`[ \t]*(?:\[\^?(?:[A-Za-z]{3,8} ?#?)?(\d{1,4}(?:(?: ?[,;–-] ?| and | & )\d{1,4})*)(?:†[^\]\n]{0,40})?\]|【(\d{1,4})[^】\n]{0,40}】)(\()?`)

// piece is a part of a sentence with what it cites.
type piece struct {
	text  string
	cited []int
}

// Sentence checks one sentence of an answer, or a block of code. The sentences of an answer come in
// their order: only what begins a line is a block.
func (c *Checker) Sentence(ctx context.Context, text string) Result {
	body := strings.TrimLeftFunc(text, unicode.IsSpace)
	begins := !c.inLine || strings.Contains(text[:len(text)-len(body)], "\n")
	if text != "" {
		c.inLine = !strings.HasSuffix(text, "\n")
	}
	if f, end, opens := blockOf(body, true); begins && opens {
		if end == len(body) {
			return c.block(ctx, text, f)
		}
		if strings.TrimSpace(body) == strings.TrimSpace(strings.SplitN(body, "\n", 2)[0]) { // a fence alone
			return Result{Text: text, Citations: []int{}, Marks: []api.ChatMark{}}
		}
	}
	return c.prose(ctx, text)
}

// prose checks a sentence.
func (c *Checker) prose(ctx context.Context, text string) Result {
	pieces, tail := piecesOf(text)
	var b builder
	out := Result{Citations: []int{}, Marks: []api.ChatMark{}}
	for _, p := range pieces {
		v := c.judge(ctx, p)
		b.write(c.uncite(c.inert.text(p.text)))
		for _, n := range v.cited {
			b.mark(n)
		}
		if v.label != "" && v.label != Supported && v.label != Misattributed {
			b.write(" " + Doubt)
		}
		out.Label = Worse(out.Label, v.label)
		if v.why != "" && (out.Why == "" || v.label == out.Label) {
			out.Why = v.why
		}
	}
	b.write(tail)
	out.Text, out.Marks = b.String(), append(out.Marks, b.marks...)
	for _, m := range out.Marks {
		if !slices.Contains(out.Citations, m.N) {
			out.Citations = append(out.Citations, m.N)
		}
	}
	return out
}

// Cited is a sentence that needs no check, with the numbers that it cites.
func Cited(text, label string, numbers []int) Result {
	var b builder
	b.write(text)
	for _, n := range numbers {
		b.mark(n)
	}
	return Result{Text: b.String(), Label: label, Citations: numbers, Marks: b.marks}
}

// TrimLeft is the result without white space before its text.
func (r Result) TrimLeft() Result {
	text := strings.TrimLeftFunc(r.Text, unicode.IsSpace)
	off := utf8.RuneCountInString(r.Text) - utf8.RuneCountInString(text)
	r.Text, r.Marks = text, slices.Clone(r.Marks)
	for i := range r.Marks {
		r.Marks[i].Start -= off
		r.Marks[i].End -= off
	}
	return r
}

// Numbers are the numbers that a text cites.
func Numbers(text string) (all []int) {
	pieces, _ := piecesOf(text)
	for _, p := range pieces {
		all = append(all, p.cited...)
	}
	return all
}

// Refute says that a source does not stand any more, and why.
func (c *Checker) Refute(n int, why string) {
	for i := range c.given {
		if c.given[i].N == n {
			c.given[i].Refuted = why
			if c.sources[i] != nil {
				c.sources[i].Refuted = why
			}
		}
	}
}

// order of labels, the best first.
var order = []string{"", Supported, Misattributed, Partly, NotFound}

// Worse is the worse of two labels.
func Worse(a, b string) string {
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// builder writes a sentence and counts its characters.
type builder struct {
	strings.Builder
	runes int
	marks []api.ChatMark
}

func (b *builder) write(s string) {
	b.WriteString(s)
	b.runes += utf8.RuneCountInString(s)
}

func (b *builder) mark(n int) {
	if b.runes > 0 {
		b.write(" ")
	}
	at := b.runes
	b.write("[" + strconv.Itoa(n) + "]")
	b.marks = append(b.marks, api.ChatMark{N: n, Start: at, End: b.runes})
}

// piecesOf cuts a sentence behind its citations. What stands behind the last one and says nothing,
// a full stop or a line's end, is the tail.
func piecesOf(text string) (pieces []piece, tail string) {
	at := 0
	for _, m := range cites.FindAllStringSubmatchIndex(text, -1) {
		if m[6] >= 0 || inCode(text, m[0]) { // a link, or an index in code
			continue
		}
		before := text[at:m[0]]
		numbers := numbersIn(text[max(m[2], m[4]):max(m[3], m[5])])
		if strings.TrimFunc(before, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) == "" && len(pieces) > 0 {
			pieces[len(pieces)-1].cited = append(pieces[len(pieces)-1].cited, numbers...)
		} else {
			pieces = append(pieces, piece{before, numbers})
		}
		at = m[1]
	}
	rest := text[at:]
	if says := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0; says || len(pieces) == 0 {
		end := len(strings.TrimRightFunc(rest, unicode.IsSpace))
		return append(pieces, piece{text: rest[:end]}), rest[end:]
	}
	return pieces, rest
}

// inCode tells whether a place lies in a span of code.
func inCode(text string, at int) bool { return strings.Count(text[:at], "`")%2 == 1 }

var digits = regexp.MustCompile(`\d+|[–-]`)

// rangeMax is how many sources a range like [2-5] may name.
const rangeMax = 10

func numbersIn(text string) (all []int) {
	through := false
	for _, d := range digits.FindAllString(text, -1) {
		n, err := strconv.Atoi(d)
		if err != nil {
			through = true
			continue
		}
		if through && len(all) > 0 && n-all[len(all)-1] <= rangeMax {
			for k := all[len(all)-1] + 1; k < n; k++ {
				all = append(all, k)
			}
		}
		through = false
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// verdict is what is shown of a piece.
type verdict struct {
	label, why string
	cited      []int
}

// judge holds a piece against what it cites, and where that does not support it, against all else.
func (c *Checker) judge(ctx context.Context, p piece) verdict {
	cl, claims := c.claimOf(p.text)
	var real []*source
	var lost, stale []int
	var gone string
	for _, n := range p.cited {
		switch s := c.source(n); {
		case s == nil:
			lost = append(lost, n)
		case s.Refuted != "":
			stale, gone = append(stale, n), s.Refuted
		default:
			real = append(real, s)
		}
	}
	if !claims {
		return verdict{cited: numbersOf(real)}
	}
	if ctx.Err() != nil {
		return verdict{NotFound, "the time was over before it was checked", nil}
	}
	if cl.size() > claimMax {
		return c.verbatim(cl, real)
	}
	if v := c.among(cl, real); v.label == Supported {
		if len(lost) > 0 {
			v.why = fmt.Sprintf("there is no source %s", list(lost))
		}
		return v
	} else if other := c.elsewhere(ctx, cl, p.cited); other != nil {
		if len(p.cited) == 0 {
			return verdict{label: Supported, cited: []int{other.N}}
		}
		return verdict{Misattributed, fmt.Sprintf("it cited %s and stands in %d", list(p.cited), other.N), []int{other.N}}
	} else if len(stale) > 0 {
		return verdict{NotFound, fmt.Sprintf("source %s: %s", list(stale), gone), nil}
	} else if len(lost) > 0 && len(real) == 0 {
		return verdict{NotFound, fmt.Sprintf("there is no source %s", list(lost)), nil}
	} else {
		return v
	}
}

func numbersOf(sources []*source) (all []int) {
	for _, s := range sources {
		all = append(all, s.N)
	}
	return all
}

func list(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

// among holds a claim against the sources that it cites: one must support all of it, or each of its
// clauses must have one that does.
func (c *Checker) among(cl *claim, cited []*source) verdict {
	if len(cited) == 0 {
		return verdict{NotFound, "it cites nothing, and no source says it", nil}
	}
	var holding []int
	best := fit{covered: -1}
	var nearest *source
	for _, s := range cited {
		f := s.fits(cl)
		if f.holds() {
			holding = append(holding, s.N)
		} else if f.better(best) {
			best, nearest = f, s
		}
	}
	if len(holding) == 0 && len(cited) > 1 {
		holding = c.clauseByClause(cl, cited)
	}
	switch {
	case len(holding) > 0:
		return verdict{Supported, "", holding}
	case best.covered >= half:
		return verdict{Partly, best.why(), []int{nearest.N}}
	}
	return verdict{NotFound, best.why(), nil}
}

// clauseByClause finds a source for each clause of a claim, which must also speak of the claim's
// subject: two halves of different stories are no claim of either.
func (c *Checker) clauseByClause(cl *claim, cited []*source) (holding []int) {
	parts := clauses(cl.words)
	if len(parts) < 2 {
		return nil
	}
	var subject *word
	for _, part := range parts {
		one := &claim{words: part, heavy: c.weigh(part)}
		if len(one.heavy) < 2 {
			return nil
		}
		found := false
		for _, s := range cited {
			if s.fits(one).holds() && (subject == nil || len(find(subject, s.words, s.index))+len(find(subject, s.outer, s.about)) > 0) {
				found = true
				if !slices.Contains(holding, s.N) {
					holding = append(holding, s.N)
				}
			}
		}
		if !found {
			return nil
		}
		if subject == nil {
			subject = &part[one.heavy[0]]
		}
	}
	return holding
}

// claimMax is how many words a claim has at most. The work grows with the square of its words, and
// who goes on for longer without an end has lost the thread.
const claimMax = 100

// size is how many words a claim has. Of scripts without spaces every pair of characters is one
// here, which is twice as many.
func (cl *claim) size() (n int) {
	for i := range cl.words {
		r, _ := utf8.DecodeRuneInString(cl.words[i].raw)
		n += map[bool]int{true: 1, false: 2}[isDense(r)]
	}
	return n / 2
}

// verbatim holds a claim that is too long against the letters of what it cites.
func (c *Checker) verbatim(cl *claim, cited []*source) verdict {
	for _, s := range cited {
		if strings.Contains(" "+s.plain+" ", " "+cl.plain+" ") {
			return verdict{Supported, "", []int{s.N}}
		}
	}
	return verdict{NotFound, fmt.Sprintf("it has more than %d words, and no source that it cites says them as they stand", claimMax), nil}
}

// elsewhere finds a source that supports a claim, among those that it does not cite.
func (c *Checker) elsewhere(ctx context.Context, cl *claim, cited []int) *source {
	for i := range c.given {
		if ctx.Err() != nil {
			return nil
		}
		if n := c.given[i].N; c.given[i].Refuted == "" && !slices.Contains(cited, n) {
			if s := c.source(n); s.fits(cl).holds() {
				return s
			}
		}
	}
	return nil
}

// source is the one of a number; nil: there is none.
func (c *Checker) source(n int) *source {
	for i := range c.given {
		if c.given[i].N != n {
			continue
		}
		if c.sources[i] == nil {
			c.sources[i] = newSource(c.given[i], c.r)
		}
		return c.sources[i]
	}
	return nil
}

var quoted = regexp.MustCompile(`"([^"\n]{3,400})"|“([^”\n]{3,400})”|„([^“”\n]{3,400})[“”]|«([^»\n]{3,400})»|「([^」\n]{2,400})」`)

// claimOf reads what a piece claims. A question, a heading and a sentence about the answer itself
// claim nothing.
func (c *Checker) claimOf(text string) (*claim, bool) {
	text = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(text), "#>*-+•0123456789.) "))
	cl := &claim{words: c.r.words(text), plain: plain(text)}
	cl.heavy = c.weigh(cl.words)
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		for _, q := range m[1:] {
			for _, part := range strings.FieldsFunc(strings.ReplaceAll(q, "...", "…"), func(r rune) bool { return r == '…' }) {
				if p := plain(part); strings.Contains(p, " ") || utf8.RuneCountInString(p) > 9 {
					cl.quotes = append(cl.quotes, p)
				}
			}
		}
	}
	end, _ := utf8.DecodeLastRuneInString(text)
	question := end == '?' || end == '？' || end == '؟'
	intro := end == ':' && len(cl.heavy) < 4
	return cl, len(cl.quotes) > 0 || len(cl.heavy) > 0 && !question && !intro
}

// weigh picks the words of a claim that must be found: those that say something. What the question
// said already counts only where little else is said, and what speaks of documents never.
func (c *Checker) weigh(words []word) (heavy []int) {
	var all []int
	for i := range words {
		w := &words[i]
		if !w.content || w.number == "" && !w.name && slices.ContainsFunc(w.forms, func(f string) bool { return generic[f] }) {
			continue
		}
		all = append(all, i)
		if w.number != "" || w.name || !slices.ContainsFunc(c.asked, func(a word) bool { return a.same(w) }) {
			heavy = append(heavy, i)
		}
	}
	if len(heavy) < heavyMin {
		return all
	}
	return heavy
}

// heavyMin is how many words of its own make a claim.
const heavyMin = 2
