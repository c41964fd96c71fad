package lexical

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/index/arm"
)

// Germanic languages write compounds as one word: Steuererklärung is found by who asks for Steuer
// or for Erklärung, and the other way round. Which words there are is what the store's own
// dictionary knows, so the question is taken apart and nothing is added to the index. Compounds are
// looked for in the lists of their language only, which hold no other text.

// joints is how a language joins words to one.
type joints struct {
	links     []string // what stands between two words, the longest first
	particles []string // what makes a verb or a noun another one, and is no word before it
	endings   []string // what makes a word of another one, and is no word behind it
}

var jointsOf = map[string]joints{
	"de": {list("ens es en er ns s n e"), list("uber unter gegen wider wieder nieder hinter durch nach miss zwischen zuruck zusammen"),
		list("lich keit heit schaft isch igkeit ung erung elung ieren haft bar los sam lein chen")},
	"nl": {list("en s e"), list("over onder tegen weder achter door voor"), list("heid lijk ing schap baar loos tje elijk")},
	"sv": {list("s e o a u"), list("over under efter fram mot upp"), list("ning het skap ande ende lig else")},
	"no": {list("s e"), list("over under etter frem mot opp"), list("ning het skap ende lig else")},
	"da": {list("s e"), list("over under efter frem imod"), list("ning hed skab ende lig else")},
}

func list(words string) []string { return append(strings.Fields(words), "") }

// Sizes of the parts of a compound, in letters: shorter ones stand in too many other words.
const (
	partMin     = 4  // of any part
	partsSure   = 10 // of both parts; of shorter ones the store must know the other one as a word
	endingTail  = 4  // what is behind the beginning of an ending and still belongs to it
	compoundMax = 1 << 19
)

// Compounding is one word of a question that compounds of a language may hold.
type Compounding struct {
	tag    string
	lang   lang
	j      joints
	fronts []string // how it may stand before others: as it is, or without its own ending
	head   string   // its stem as the last part of another word: stemmers look at what precedes an ending
}

// CompoundsOf lists, for each language that joins words to one, how a word of a question may stand
// in others. Only languages that are spoken count: speaks is told the key of their list of
// passages.
func (a *Analyzer) CompoundsOf(word string, speaks func(lang []byte) bool) (out []Compounding) {
	if len(word) > langWordMax-partMin || utf8.RuneCountInString(word) < partMin || !lettersOnly(word) {
		return nil
	}
	for l := firstLatin; int(l) < len(languages); l++ {
		j, ok := jointsOf[languages[l].tag]
		c := Compounding{tag: languages[l].tag, lang: l, j: j, fronts: []string{word}}
		if !ok || !speaks(c.Language()) {
			continue
		}
		const before = "haupt" // any word
		c.head = strings.TrimPrefix(a.stemIn(l, before+word), before)
		if stem := a.stemIn(l, word); stem != word && len(stem) >= partMin {
			c.fronts = append(c.fronts, stem)
		}
		out = append(out, c)
	}
	return out
}

// Lists are the lists of a stem in the language, with the form under which texts have it.
func (c *Compounding) Lists(stem string) (lists arm.Lists, form string) {
	form = string(langMark) + c.tag + stem
	return listsOf([]byte(form)), form
}

// StemIn is the stem of a word in the language.
func (a *Analyzer) StemIn(c *Compounding, word string) string { return a.stemIn(c.lang, word) }

// stemIn is the stem of a word in a language, without the mark of it.
func (a *Analyzer) stemIn(l lang, word string) string {
	return string(a.scan.langs.stem(l, []byte(word))[langTagBytes:])
}

func lettersOnly(word string) bool { return lettersEnd([]byte(word), 0) == len(word) }

// Language is the key of the list of the passages that are in the language.
func (c *Compounding) Language() []byte { return StemKey(nil, append([]byte{langMark}, c.tag...)) }

// Key is the key of a stem's list in the language.
func (c *Compounding) Key(stem string) []byte { return append(c.Language(), stem...) }

// rest is what the stem of a compound has beside the word: what it may be that the store must know
// for a word, unless sure. No rest: it is no compound of the word.
func (c *Compounding) rest(stem string) (words []string, sure bool) {
	for _, front := range c.fronts {
		rest, ok := strings.CutPrefix(stem, front)
		if !ok || c.j.isEnding(rest) {
			continue
		}
		for _, link := range c.j.links {
			if other, ok := strings.CutPrefix(rest, link); ok && len(other) >= partMin && !c.j.isEnding(other) {
				words = append(words, other)
				sure = sure || len(front)+len(other) >= partsSure
			}
		}
	}
	if rest, ok := strings.CutSuffix(stem, c.head); ok && len(words) == 0 && len(c.head) >= partMin {
		for _, link := range c.j.links {
			if other, ok := strings.CutSuffix(rest, link); ok && len(other) >= partMin && !slices.Contains(c.j.particles, other) {
				words = append(words, other)
				sure = sure || len(c.fronts[0])+len(other) >= partsSure
			}
		}
	}
	return words, sure
}

// mayBeIn is a first look: most stems have nothing of the word.
func (c *Compounding) mayBeIn(stem []byte) bool {
	return bytes.HasSuffix(stem, []byte(c.head)) || slices.ContainsFunc(c.fronts, func(front string) bool { return bytes.HasPrefix(stem, []byte(front)) })
}

func (j *joints) isEnding(rest string) bool {
	return slices.ContainsFunc(j.endings, func(e string) bool {
		return e != "" && strings.HasPrefix(rest, e) && len(rest) <= len(e)+endingTail
	})
}

// Split lists how a word that is asked for may be two, as stems of the language: what stands before
// and what behind. The likelier ones, with a longer first word, come first.
func (c *Compounding) Split(a *Analyzer, word string) (pairs [][2]string) {
	for at := len(word) - partMin; at >= partMin; at-- {
		if !utf8.RuneStart(word[at]) {
			continue
		}
		behind := a.stemIn(c.lang, word[at:])
		if len(behind) < partMin || c.j.isEnding(word[at:]) {
			continue
		}
		for _, link := range c.j.links {
			if before, ok := strings.CutSuffix(word[:at], link); ok && len(before) >= partMin && !slices.Contains(c.j.particles, before) {
				pairs = append(pairs, [2]string{a.stemIn(c.lang, before), behind})
			}
		}
	}
	return pairs
}

// Compounds gives visit the stems of a language that may hold one of several words, with the number
// of the word and how many passages hold the stem. Stems are overwritten after visit returns.
func (r *Reader) Compounds(ctx context.Context, words []Compounding, visit func(word int, stem []byte, df int, rest []string, sure bool)) error {
	if len(words) == 0 {
		return nil
	}
	prefix := words[0].Language()
	b, err := r.search(prefix, false)
	if err != nil {
		return err
	}
	seen := 0
	for b = max(0, b-1); b < r.blocks && seen < compoundMax; b++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var c dictCursor
		if err := c.open(r, b); err != nil {
			return err
		}
		for c.next() {
			stem, ok := bytes.CutPrefix(c.key, prefix)
			if !ok && bytes.Compare(c.key, prefix) > 0 {
				return nil
			}
			if !ok || len(stem) < 2*partMin {
				continue
			}
			seen++
			for i := range words {
				if !words[i].mayBeIn(stem) {
					continue
				}
				if rest, sure := words[i].rest(string(stem)); len(rest) > 0 {
					visit(i, stem, int(c.df), rest, sure)
				}
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}
