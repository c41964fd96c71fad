package lexical

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
	"golang.org/x/text/unicode/norm"
)

// Words of another language than English have a second stem beside the English one, which anybody's
// words have: that of the language of the text that they stand in. So a language that is not known,
// or is taken for another one, loses nothing. The second stem begins with langMark and the
// language's tag; langMark and the tag alone say that a text is in the language.
const langMark = '\x01'

// langTagBytes is the length of what a stem of another language begins with.
const langTagBytes = 3

// Lang numbers a language; 0 is none that has stems of its own. Numbers are stored with passages,
// so new ones come at the end.
type lang uint8

// language is what is known of one.
type language struct {
	tag  string
	stem func(*snowballstem.Env) bool
	// common words tell a text's language. English has some, so that it is not taken for another.
	common string
}

const (
	noLang lang = iota
	russianLang
	arabicLang
	firstLatin
)

// nameLang is around a name, which is in no language.
const nameLang = ^noLang

var languages = [...]language{
	noLang: {"en", nil, "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which you were " +
		"she their would there been if will who what so can a an also man on me no do men her we i one all more"},
	russianLang: {"ru", russian.Stem, ""},
	arabicLang:  {"ar", arabic.Stem, ""},
	firstLatin: {"de", german.Stem, "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie " +
		"nach wird bei einer um am sind noch wie einem über so zum war haben nur oder aber vor zur bis mehr durch man sein ich wir ihr kein keine wenn"},
	{"fr", french.Stem, "le la les de des du et en un une est que qui dans pour pas au aux sur par ne se ce il elle sont avec plus ou son sa ses mais comme nous vous " +
		"leur cette ces été être à où je tu"},
	{"es", spanish.Stem, "el la los las de del y en un una es que por con para no se su al lo como más pero sus le ya este esta fue son muy o sin sobre me hay"},
	{"it", italian.Stem, "il la le lo gli di del della dei delle e in un una è che per con non si da al alla sono più come ma anche ha nel nella questo questa i ci era"},
	{"pt", portuguese.Stem, "o a os as de do da dos das e em um uma é que para com não se no na por mais como mas foi ao à ele ela são seu sua ou tem nos já"},
	{"nl", dutch.Stem, "de het een en van in is dat op te zijn met voor niet aan er om ook als bij dan maar door naar uit over hij zij wordt nog worden of deze ik je"},
	{"sv", swedish.Stem, "och att det i en som på är av för med den till inte ett om har de var jag så från vi kan sig men nu eller hade vid efter"},
	{"no", norwegian.Stem, "og det i en som på er av for med den til ikke et om har de var jeg så fra vi kan seg men nå eller hadde ved etter"},
	{"da", danish.Stem, "og at det i en som på er af for med den til ikke et om har de var jeg så fra vi kan sig men nu eller havde ved efter"},
	{"fi", finnish.Stem, "ja on ei se että oli hän mutta ovat kuin myös joka ole niin jos kun tai sen mitä vain nyt minä sitä olla"},
	{"hu", hungarian.Stem, "a az és hogy nem is egy ez meg de volt van csak már mint ki el ha még vagy azt sem minden ezt amely"},
	{"ro", romanian.Stem, "și în de la a cu pe nu care un o din este ce mai sunt să au fost pentru lui al ale ca sau dar prin"},
	{"tr", turkish.Stem, "ve bir bu için ile da de çok daha ne gibi olan kadar sonra var ama en ben o mi olarak değil her"},
}

// commonWord is a word of at most commonBytesMax bytes, as a number, and the languages that it is
// common in, as bits.
type commonWord struct {
	word uint64
	in   uint32
}

// commonWords is a table with open addresses: every passage asks for most of its words.
var commonWords = func() (table [commonSlots]commonWord) {
	for l := range languages {
		for _, w := range strings.Fields(languages[l].common) {
			var b [commonBytesMax]byte
			copy(b[:], w)
			c := findCommon(&table, binary.LittleEndian.Uint64(b[:]))
			c.word, c.in = binary.LittleEndian.Uint64(b[:]), c.in|1<<l
		}
	}
	return table
}()

// findCommon finds a word's slot, or the free one where it would be.
func findCommon(table *[commonSlots]commonWord, word uint64) *commonWord {
	for i := word * 0x9E3779B97F4A7C15 >> (64 - commonSlotBits); ; i = (i + 1) % commonSlots {
		if c := &table[i]; c.word == word || c.word == 0 {
			return c
		}
	}
}

const (
	langBytes      = 400 // of a text that its language is told from
	langEnough     = 6   // English words, before any other, that a text is English from
	commonBytesMax = 8   // of the longest common word
	commonSlotBits = 11
	commonSlots    = 1 << commonSlotBits
)

// langLetter tells which bytes words are made of: letters, and all beyond ASCII.
var langLetter = func() (letters [256]bool) {
	for b := range letters {
		letters[b] = b >= utf8.RuneSelf || byteClass[b]&(classLower|classUpper) != 0
	}
	return letters
}()

// commonShapes has for each first byte the lengths of the common words that begin so, as bits: most
// words are none by their looks.
var commonShapes = func() (lengths [256]uint16) {
	for l := range languages {
		for _, w := range strings.Fields(languages[l].common) {
			lengths[w[0]] |= 1 << len(w)
		}
	}
	return lengths
}()

// langOf tells the language of a text in Latin letters by its common words: they must be a sixth of
// its words, two different ones at least, and more than English has. told says that there are as
// many of some language, be it English, which is noLang.
func langOf(text []byte) (l lang, told bool) {
	text = text[:min(len(text), langBytes)]
	var counts [len(languages)]int
	var seen [len(languages)]uint64 // which words, hashed
	words, foreign := 0, false
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && langLetter[text[i]] {
			i++
		}
		k := i - start
		i++ // over what ends the word
		if k == 0 {
			continue
		}
		words++
		if k < 2 || k > commonBytesMax || commonShapes[byteLower[text[start]]]>>k&1 == 0 {
			continue
		}
		word := smallLetters(text, start, k)
		in := findCommon(&commonWords, word).in
		if in&1 != 0 { // it may be English, so it tells of nothing else
			in = 1
			if counts[noLang] >= langEnough && !foreign {
				return noLang, true
			}
		}
		foreign = foreign || in > 1
		for ; in != 0; in &= in - 1 {
			l := bits.TrailingZeros32(in)
			counts[l]++
			seen[l] |= 1 << (word * 0x9E3779B97F4A7C15 >> 58)
		}
	}
	best := noLang
	for l := firstLatin; int(l) < len(counts); l++ {
		if counts[l] > counts[best] {
			best = l
		}
	}
	if bits.OnesCount64(seen[best]) < 2 || counts[best]*6 < words {
		return noLang, false
	}
	return best, true
}

// smallLetters are the k bytes of a word, 8 at most, as a number, its capitals as small letters.
func smallLetters(text []byte, at, k int) uint64 {
	var word uint64
	if at+commonBytesMax <= len(text) {
		word = binary.LittleEndian.Uint64(text[at:])
	} else {
		var b [commonBytesMax]byte
		copy(b[:], text[at:])
		word = binary.LittleEndian.Uint64(b[:])
	}
	const notASCII = 0x8080808080808080
	word |= ^word & notASCII >> 2 // all are letters
	return word & (1<<(8*k) - 1)
}

// Samples of a document that its language is told from.
const (
	langSamples   = 4
	langSampleMin = 1 << 10 // bytes between their starts, at least
)

// LanguageOf is the number of the language in Latin letters that most of a document's samples are
// in; 0: English, or none that is known. Numbers are stored with passages.
func LanguageOf(text []byte) uint8 {
	var votes [len(languages)]int
	step := max(langSampleMin, len(text)/langSamples)
	for at := 0; at < len(text); at += step {
		if l, told := langOf(text[at:]); told {
			votes[l]++
		}
	}
	best := noLang
	for l := firstLatin; int(l) < len(votes); l++ {
		if votes[l] > votes[best] {
			best = l
		}
	}
	return uint8(best)
}

// langNumbered is the language of a stored number; one that a later version knows is none.
func langNumbered(n uint8) lang {
	if int(n) >= len(languages) {
		return noLang
	}
	return lang(n)
}

// langStems are the stemmers of other languages behind caches.
type langStems [len(languages)]struct {
	cache map[string][]byte
	env   *snowballstem.Env
}

// stem returns the key form of a word's stem in a language. It sees the word with its accents.
func (s *langStems) stem(l lang, word []byte) []byte {
	own := &s[l]
	if stem, ok := own.cache[string(word)]; ok {
		return stem
	}
	if own.cache == nil || len(own.cache) >= stemCacheWords {
		own.cache, own.env = map[string][]byte{}, snowballstem.NewEnv("")
	}
	lower := strings.ToLower(norm.NFC.String(string(withoutElision(word))))
	own.env.SetCurrent(strings.ReplaceAll(lower, "ё", "е")) // the stemmer knows it as no vowel
	languages[l].stem(own.env)
	term := append([]byte{langMark}, languages[l].tag...)
	term = cutTerm(appendFoldedText(term, []byte(own.env.Current())))
	own.cache[string(word)] = term
	return term
}

// langOfWord is the language of a word: that of its script, or of the text around it.
func langOfWord(word []byte, around lang) lang {
	r, _ := utf8.DecodeRune(word)
	switch {
	case r < 0x370:
		return around
	case unicode.Is(unicode.Cyrillic, r):
		return russianLang
	case unicode.Is(unicode.Arabic, r):
		return arabicLang
	}
	return noLang
}

// langWordMax is the longest word, in bytes, that has a stem in another language.
const langWordMax = TermBytesMax - langTagBytes

// inLang queues the stem that a word has in its own language, and says once that a text is in it.
func (s *scanner) inLang(start, end int) {
	if s.lang == noLang && s.text[start] < 0xC0 || end-start > langWordMax || end-start < 2 {
		return
	}
	l := langOfWord(s.text[start:end], s.lang)
	if l == noLang {
		return
	}
	at := rawToken{start: start, end: end, pos: s.words, kind: Whole}
	if s.told&(1<<l) == 0 {
		s.told |= 1 << l
		s.forms.add(at, append([]byte{langMark}, languages[l].tag...))
	}
	s.forms.add(at, s.langs.stem(l, s.text[start:end]))
}

// formsInLangs are the stems that a question's word has in all languages of its script.
func (a *Analyzer) formsInLangs(word []byte) (forms []string) {
	if len(word) < 2 || len(word) > langWordMax {
		return nil
	}
	if l := langOfWord(word, firstLatin); l < firstLatin {
		if l != noLang {
			forms = append(forms, string(a.scan.langs.stem(l, word)))
		}
		return forms
	}
	for l := firstLatin; int(l) < len(languages); l++ {
		forms = append(forms, string(a.scan.langs.stem(l, word)))
	}
	return forms
}

// SpelledForm writes a form in a language for people and programs: de:haus.
func SpelledForm(form string) string {
	if len(form) < langTagBytes || form[0] != langMark {
		return form
	}
	return form[1:langTagBytes] + ":" + form[langTagBytes:]
}

// Form reads what SpelledForm wrote.
func Form(spelled string) string {
	tag, stem, ok := strings.Cut(spelled, ":")
	if !ok {
		return spelled
	}
	return string(langMark) + tag + stem
}

// LangKey tells whether a key is that of a stem in another language than English, and returns the
// key of the list of the passages that are in that language.
func LangKey(key []byte) (lang []byte, ok bool) {
	at := 1 + len(langEnglish)
	if len(key) <= at || key[at] != langMark {
		return nil, false
	}
	return key[:min(len(key), at+langTagBytes)], true
}
