package check

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/index"
)

// word is one word of a text.
type word struct {
	raw        string
	start, end int
	forms      []string // its lower case and its stems
	month      bool     // the number is that of a month
	number     string   // the same for 1,000 and 1000; "": it is none
	name       bool
	content    bool // it says something by itself
	denies     bool
	after      bool // a mark parts it from the word before
}

// reader cuts texts into words.
type reader struct {
	analyzer *index.Analyzer
	tokens   []index.Token
}

func newReader() *reader { return &reader{analyzer: index.NewAnalyzer()} }

// words cuts a text. In scripts without spaces every pair of characters is a word.
func (r *reader) words(text string) (all []word) {
	r.tokens = r.analyzer.Tokens(r.tokens[:0], []byte(text))
	next := 0
	for _, span := range spansOf(text) {
		w := word{raw: text[span[0]:span[1]], start: span[0], end: span[1]}
		lower := fold(w.raw)
		w.forms = []string{lower}
		for next < len(r.tokens) && r.tokens[next].Start < w.start {
			next++
		}
		for i := next; i < len(r.tokens) && r.tokens[i].Start < w.end; i++ {
			if t := r.tokens[i]; t.Start == w.start && t.End == w.end {
				w.forms = append(w.forms, string(t.Stem))
			}
		}
		w.number = numberOf(lower)
		w.denies = denials[lower] || strings.HasSuffix(lower, "n't") || denseDenial(lower)
		w.content = !functionWords[lower] && !w.denies && (utf8.RuneCountInString(lower) > 1 || w.number != "")
		all = append(all, w)
	}
	for i := 1; i < len(all); i++ {
		all[i].after = strings.ContainsAny(gap(text, all, i), ",;:()—–.\n|、，。；")
	}
	monthWords(all)
	nameWords(text, all)
	return all
}

// doubles are months that are other words, too, where no number stands beside them.
var doubles = map[string]string{"may": "5", "march": "3", "mars": "3"}

// monthWords finds the months.
func monthWords(all []word) {
	digit := func(i int) bool {
		return i >= 0 && i < len(all) && all[i].raw[0] >= '0' && all[i].raw[0] <= '9'
	}
	for i := range all {
		w := &all[i]
		lower := w.forms[0]
		if n := doubles[lower]; n != "" && (digit(i-1) || digit(i+1)) {
			w.number, w.content = n, true
		}
		w.month = w.number != "" && (months[lower] != "" || doubles[lower] != "")
	}
}

// gap is what stands between a word and the one before it.
func gap(text string, all []word, i int) string {
	return text[min(all[i-1].end, all[i].start):all[i].start]
}

// fold is a word as it is compared.
func fold(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "’", "'"))
	for _, ending := range []string{"'s", "'"} {
		s = strings.TrimSuffix(s, ending)
	}
	return s
}

// spansOf finds the words of a text: runs of letters and digits, with the marks inside them that
// belong to numbers, names of programs and contractions.
func spansOf(text string) (spans [][2]int) {
	start := -1
	var before rune
	for i, r := range text {
		inner := start >= 0 && joins(before, r, text[i+utf8.RuneLen(max(r, 0)):])
		switch {
		case isDense(r):
			if start >= 0 {
				spans = append(spans, [2]int{start, i})
				start = -1
			}
			end := i + utf8.RuneLen(r)
			if next, n := utf8.DecodeRuneInString(text[end:]); isDense(next) {
				end += n
			} else if isDense(before) {
				break
			}
			spans = append(spans, [2]int{i, end})
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || inner:
			if start < 0 {
				start = i
			}
		case start >= 0:
			spans = append(spans, [2]int{start, i})
			start = -1
		}
		before = r
	}
	if start >= 0 {
		spans = append(spans, [2]int{start, len(text)})
	}
	return spans
}

// isDense tells of scripts that are written without spaces.
func isDense(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// joins tells whether a mark stands inside a word.
func joins(before, mark rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	digits := unicode.IsDigit(before) && unicode.IsDigit(next)
	letters := (unicode.IsLetter(before) || unicode.IsDigit(before)) && (unicode.IsLetter(next) || unicode.IsDigit(next))
	switch mark {
	case '.', ':':
		return digits && mark == '.' || letters && !unicode.IsUpper(next) && mark == '.' && !unicode.IsSpace(next)
	case ',':
		return digits
	case '\'', '’':
		return letters
	}
	return false
}

// nameWords marks what is written as a name: capitals where there need be none, and the names of
// programs.
func nameWords(text string, all []word) {
	for i := range all {
		w := &all[i]
		first := i == 0 || strings.ContainsAny(gap(text, all, i), ".!?:\n\"“”«([*-")
		r, n := utf8.DecodeRuneInString(w.raw)
		inside := strings.IndexFunc(w.raw[min(n, len(w.raw)):], unicode.IsUpper) >= 0 || strings.ContainsAny(w.raw, "_")
		w.name = w.content && w.number == "" && (inside || !first && unicode.IsUpper(r))
	}
}

// denseDenial tells of denials that are not words of their own.
func denseDenial(lower string) bool {
	r, _ := utf8.DecodeRuneInString(lower)
	return isDense(r) && slices.ContainsFunc(denseDenials, func(d string) bool { return strings.Contains(lower, d) })
}

// numberOf is the value of a word that is a number, in one spelling.
func numberOf(lower string) string {
	if n, ok := numerals[lower]; ok {
		return n
	}
	if m, ok := months[lower]; ok {
		return m
	}
	digits := strings.TrimRightFunc(lower, unicode.IsLetter) // 3rd, 40ms, 5km
	if digits == "" || strings.IndexFunc(digits, unicode.IsLetter) >= 0 || strings.Contains(digits, "_") {
		return ""
	}
	return plainNumber(digits)
}

// plainNumber writes 1,000.50 and 1.000,50 alike.
func plainNumber(s string) string {
	if i := strings.LastIndexAny(s, ".,"); i >= 0 {
		groups := len(s)-i-1 == 3 && s[:i] != "0" && strings.Count(s, string(s[i])) > 0 && !(s[i] == '.' && strings.Count(s, ".") == 1 && len(s[:i]) > 3)
		switch {
		case groups && (s[i] == ',' || strings.Count(s, ".") > 1):
			s = strings.NewReplacer(",", "", ".", "").Replace(s)
		case strings.Count(s, string(s[i])) == 1:
			s = strings.NewReplacer(",", "", ".", "").Replace(s[:i]) + "." + s[i+1:]
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// same tells whether two words are one, but for their endings.
func (w *word) same(o *word) bool {
	if w.number != "" || o.number != "" {
		return w.number == o.number
	}
	for _, f := range w.forms {
		for _, g := range o.forms {
			if f == g {
				return true
			}
		}
	}
	a, b := w.forms[0], o.forms[0]
	if synonyms[a] != 0 && synonyms[a] == synonyms[b] {
		return true
	}
	if w.name && !capital(o.raw) { // Brandt is no brand
		return false
	}
	for i := 1; i < len(w.forms) || i == 1; i++ {
		f := a
		if i < len(w.forms) {
			f = w.forms[i]
		}
		for _, g := range o.forms {
			if synonyms[f] != 0 && synonyms[f] == synonyms[g] || kin(f, g) {
				return true
			}
		}
	}
	return false
}

func capital(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || !unicode.IsLower(r)
}

// kin tells whether two words begin alike for most of the longer one.
func kin(a, b string) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n >= 4 && n*10 >= 7*max(len(a), len(b))
}
