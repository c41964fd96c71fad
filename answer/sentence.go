package answer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentences cuts running text at the ends of sentences and returns their spans, without white space
// around them.
func sentences(text string) (spans [][2]int) {
	start := 0
	var before rune
	for i, r := range text {
		ends := i >= start && (isEnd(r) || r == ';' && unicode.Is(unicode.Greek, before))
		before = r
		if !ends {
			continue
		}
		end := i + utf8.RuneLen(r)
		if !endsSentence(text[start:end], text[end:], r) {
			continue
		}
		end += closing(text[start:end], text[end:])
		spans = appendSpan(spans, text, start, end)
		start = end
	}
	return appendSpan(spans, text, start, len(text))
}

// Sentences cuts running text at the ends of sentences and returns their spans.
func Sentences(text string) [][2]int { return sentences(text) }

// closing is how many bytes of after still belong to the sentence before: quotes, brackets, marks.
// French has a space before a quote.
func closing(before, after string) (n int) {
	german := strings.ContainsRune(before, '„')
	for n < len(after) {
		r, size := utf8.DecodeRuneInString(after[n:])
		switch {
		case closes(r) || german && r == '“':
			n += size
		case unicode.IsSpace(r) && strings.HasPrefix(after[n+size:], "»"):
			n += size + len("»")
		default:
			return n
		}
	}
	return n
}

func appendSpan(spans [][2]int, text string, start, end int) [][2]int {
	for start < end {
		r, n := utf8.DecodeRuneInString(text[start:end])
		if !unicode.IsSpace(r) {
			break
		}
		start += n
	}
	end = start + len(strings.TrimRightFunc(text[start:end], unicode.IsSpace))
	if start < end {
		spans = append(spans, [2]int{start, end})
	}
	return spans
}

// isEnd tells whether a mark can end a sentence: Unicode says so of all scripts, but for the Thai,
// Lao and Khmer that part sentences by spaces, and for the Greek question mark.
func isEnd(r rune) bool { return unicode.Is(unicode.STerm, r) || r == '…' || r == '\u037e' }

// closes tells whether a mark belongs to the sentence that ended before it.
func closes(r rune) bool {
	return strings.ContainsRune(`"')]*_`, r) || unicode.In(r, unicode.Pe, unicode.Pf) || isEnd(r)
}

// endsSentence tells whether the mark at the end of before ends a sentence, given what comes after
// it.
func endsSentence(before, after string, mark rune) bool {
	if mark > 0x7F && mark != '…' || mark == ';' { // marks of other scripts are never part of a word
		return true
	}
	after = after[closing(before, after):]
	if after == "" {
		return true
	}
	if r, _ := utf8.DecodeRuneInString(after); !unicode.IsSpace(r) {
		return false
	}
	after = strings.TrimLeftFunc(after, unicode.IsSpace)
	next := strings.TrimLeftFunc(after, func(r rune) bool { return strings.ContainsRune("\"'([`*_¿¡«„“‚‘", r) })
	first, _ := utf8.DecodeRuneInString(next)
	if unicode.IsLower(first) && !startsIdentifier(after) {
		return false
	}
	return mark != '.' || !abbreviates(before, next)
}

// startsIdentifier tells whether the next word is a name of a program's: those start sentences in
// lower case.
func startsIdentifier(after string) bool {
	word, _, _ := strings.Cut(after, " ")
	return strings.ContainsAny(word, "_(")
}

// abbreviations do not end a sentence though a dot follows them, in the languages that write so. A
// word of one language that is a word of another too is not among them.
var abbreviations = set(
	// English
	"e.g i.e cf vs mr mrs ms dr prof st approx resp incl viz dept govt capt lt sgt jan feb apr jun jul aug sept oct nov dec " +
		// German
		"z.b d.h u.a o.ä u.ä z.t i.d.r bzw ggf evtl vgl sog inkl exkl hrsg geb gest jh frl ing dipl mio mrd zzgl bspw " +
		// French
		"p.ex ex env mme mlle éd réf chap tél " +
		// Spanish, Portuguese, Italian
		"ej p.ej sr sra srta sres dra ud uds avda aprox ee.uu exmo exma sig sigg sigra dott prof.ssa p.es " +
		// Dutch
		"bijv d.w.z m.b.t blz dhr mevr t.a.v i.v.m a.u.b " +
		// Swedish, Danish, Norwegian
		"t.ex bl.a d.v.s dvs fr.o.m t.o.m f.eks m.fl pga tlf iflg " +
		// Finnish, Estonian
		"esim ym yms toim nro krs vrt " +
		// Polish, Czech, Slovak
		"np tj tzw tzn m.in ul godz hab inż mgr pow woj nar napr např tzv tř nám " +
		// Hungarian, Romanian, Turkish
		"pl kb ún vö sz dl dna bd örn bkz cad sok mah apt doç " +
		// Croatian, Slovene, Lithuanian
		"npr čl pvz t.y " +
		// Russian, Ukrainian, Bulgarian, Greek
		"т.е т.к т.н гг ул стр рис см ср напр руб коп тыс млн млрд обл акад проф доц тов гр вул буд тел п.χ π.χ δηλ κ.λπ σελ βλ")

// numbered are abbreviations where a number follows, and words or ends of sentences elsewhere.
var numbered = set("no nos kl fig figs sec eq art abs nr str p pp pg s pág págs pag vol ch kap kapitel cap bd br čís č n tel av § ca св ст гл рис αρ")

// lasts are abbreviations that often stand at a sentence's end: what follows decides.
var lasts = set("etc usw ecc osv stb itd itp atd vb inc ltd co corp p.m a.m т.д т.п др k.a")

var (
	ordinal          = match(`(?:^|[^\pL\d.])\d{1,2}$`)
	halfAbbreviation = match(`(?:^|[^\pL])\p{Ll}\. ?\pL$`)
	roman            = match(`(?:^|\s)\p{Lu}\pL+ [IVX]{1,5}$`)
	month            = match(`^(?i:jan|feb|m[aä]r|apr|ma[ijy]|jun|jul|aug|sep|okt|o[ck]t|nov|de[cz]|jahrhundert|jh|stock|klasse|kapitel|tag|woche|januar|tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu|led|úno|bře|dub|kvě|čer|srp|zář|říj|lis|pro|sty|lut|kwi|cze|lip|sie|wrz|paź|gru|yüzyıl)`)
)

// beforeOrdinals are words that a number with a dot follows where it is an ordinal.
var beforeOrdinals = set("am der die das dem den des im vom zum zur beim bis ab seit jeder jede jedes ihr sein mein unser den det d")

// abbreviates tells whether the dot at the end of before belongs to its last word, given the word
// that comes next.
func abbreviates(before, next string) bool {
	before = strings.TrimSuffix(before, ".")
	at := strings.LastIndexFunc(before, unicode.IsSpace) + 1
	word := strings.ToLower(strings.TrimFunc(before[at:], func(r rune) bool { return strings.ContainsRune("!?()[]\"'*_«»„“”‚‘’", r) }))
	if at := strings.LastIndexAny(word, "'’"); at >= 0 { // l'art. 5
		word = strings.Trim(word[at:], "'’")
	}
	following, _, _ := strings.Cut(next, " ")
	following = strings.ToLower(strings.TrimRight(following, ",;:."))
	begins := false // the next word is one that begins sentences and no name
	for _, g := range grammars() {
		begins = begins || g.holds(following)
	}
	switch {
	case lasts[word]:
		return !begins && !startsUpper(next)
	case abbreviations[word]:
		return true
	case numbered[word] && next != "" && unicode.IsDigit(rune(next[0])):
		return true
	case utf8.RuneCountInString(word) == 1 && !digits(word): // an initial, or the second half of "d. h."
		return !begins || halfAbbreviation.in(before)
	case ordinal.in(before):
		return month.in(next) || beforeOrdinals[lastWord(before[:at])] && startsUpper(next)
	case roman.in(before):
		return !begins
	}
	return false
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return strings.ToLower(words[len(words)-1])
}
