package talk

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/index"
)

const (
	// carriedMax is how many words of the questions before go into a follow-up.
	carriedMax = 8
	// turnsBack is how many questions back a subject is looked for.
	turnsBack = 4
	// aloneWords is how many words of its own make a question stand alone.
	aloneWords = 3
)

// Standalone is the last of a user's questions so that it can be looked for: one that leans on the
// questions before ("and who signed it?") is given their subject. Without a model that is plain
// text: the question, and behind it the words that say what was spoken of.
func Standalone(questions []string) string {
	if len(questions) == 0 {
		return ""
	}
	last := questions[len(questions)-1]
	a := index.NewAnalyzer()
	if !leans(a, last) {
		return last
	}
	have := map[string]bool{}
	for _, w := range telling(a, last) {
		have[w.stem] = true
	}
	var carried []string
	before := questions[:len(questions)-1]
	for i := len(before) - 1; i >= max(0, len(before)-turnsBack); i-- {
		for _, w := range telling(a, before[i]) {
			if !have[w.stem] && len(carried) < carriedMax {
				have[w.stem] = true
				carried = append(carried, w.text)
			}
		}
		if len(carried) > 0 && !leans(a, before[i]) { // that one stood alone: it has the subject
			break
		}
	}
	if len(carried) == 0 {
		return last
	}
	return strings.TrimSpace(last) + " " + strings.Join(carried, " ")
}

// told is a word that says something.
type told struct{ text, stem string }

// telling are the words of a question that say something, each once.
func telling(a *index.Analyzer, text string) (words []told) {
	seen := map[string]bool{}
	for _, t := range a.Tokens(nil, []byte(text)) {
		word := text[t.Start:t.End]
		lower := strings.ToLower(word)
		if !t.Counts() || asking[lower] || pointing[lower] || seen[string(t.Stem)] || utf8.RuneCountInString(word) < 2 {
			continue
		}
		seen[string(t.Stem)] = true
		words = append(words, told{word, string(t.Stem)})
	}
	return words
}

// leans tells whether a question needs those before it: it points at something, it begins in the
// middle, or it says too little.
func leans(a *index.Analyzer, text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	if len(words) == 0 {
		return false
	}
	const longMax = 25 // words: what is longer brings its own subject
	if len(words) > longMax {
		return false
	}
	dense := strings.IndexFunc(text, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) }) >= 0
	if dense {
		return slices.ContainsFunc(densePointing, func(p string) bool { return strings.Contains(text, p) }) || utf8.RuneCountInString(text) < 7
	}
	if polite(words) {
		return false
	}
	return beginning[words[0]] || slices.ContainsFunc(words, func(w string) bool { return pointing[w] }) ||
		len(telling(a, text)) < aloneWords && !strings.ContainsAny(text, "\"_/") && !names(text)
}

// names tells whether a question has a name: a word with a capital that need not have one, or with
// a digit among its letters. German writes every noun with one: behind an article it tells nothing.
func names(text string) bool {
	fields := strings.Fields(text)
	for i, w := range fields {
		w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		lower := strings.ToLower(w)
		if utf8.RuneCountInString(w) < 2 || asking[lower] || pointing[lower] || beginning[lower] {
			continue
		}
		first, n := utf8.DecodeRuneInString(w)
		inside := strings.IndexFunc(w[n:], func(r rune) bool { return unicode.IsUpper(r) || unicode.IsDigit(r) }) >= 0
		if unicode.IsLetter(first) && inside || i > 0 && unicode.IsUpper(first) && !articles[strings.ToLower(fields[i-1])] {
			return true
		}
	}
	return false
}

var articles = setOf("der die das den dem des ein eine einen einem einer eines im am zur zum beim vom kein keine")

// polite tells of what asks nothing.
func polite(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !courtesy[w] })
}

var courtesy = setOf("thanks thank you very much so hello hi hey ok okay good great nice cool perfect bye goodbye morning evening yes please",
	"danke vielen dank schön hallo guten tag morgen abend gut tschüss", "merci beaucoup bonjour salut bonsoir", "gracias muchas hola adiós", "obrigado obrigada olá grazie ciao bedankt hoi tack hej спасибо привет")

func setOf(lists ...string) map[string]bool {
	out := map[string]bool{}
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			out[w] = true
		}
	}
	return out
}

// pointing are words that stand for what was spoken of before.
var pointing = setOf("it its it's he him his she her hers they them their theirs this that these those there then one ones former latter same previous above earlier",
	"er sie ihn ihm ihr ihre ihren dessen deren dies diese dieser dieses diesen diesem jener jene davon dafür damit daran darin dort dann dabei",
	"il elle ils elles lui leur leurs celui celle ceux celles ce cet cette ces cela ça y en", "él ella ellos ellas lo su sus este esta esto estos estas ese esa eso esos esas allí entonces",
	"ele ela eles elas isso isto este esta esse essa lá", "lui lei loro questo questa questi queste quello quella esso essa", "hij zij hem haar hun dit dat deze die daar",
	"он она оно они его её ее их ему ей им этот эта это эти тот та те там тогда")

// beginning are words with which a question goes on with another one.
var beginning = setOf("and but or so also why what's else", "und oder aber also warum", "et mais ou donc pourquoi", "y e pero o entonces", "e mas ou então", "e ma o quindi perché", "en maar of dus waarom", "и а но или почему")

var densePointing = []string{"它", "他", "她", "这个", "那个", "这些", "那些", "這個", "那個", "それ", "これ", "あれ", "その", "この", "彼"}

// asking are words that ask and say nothing of what is asked for.
var asking = setOf("what which who whom whose when where why how is are was were do does did can could would should will may might have has had the a an of in on at to for from with by about and or but tell me please show give list explain describe much many",
	"was wer wen wem wann wo warum wie welche welcher welches ist sind war waren wird hat haben kann der die das ein eine einen von im in am an auf für mit und oder bitte zeig nenne viel viele",
	"que quoi qui quel quelle quels quelles quand où pourquoi comment est sont était combien le la les un une des du de et ou dans pour avec par",
	"qué quién cuándo dónde cuál cuáles cómo cuánto es son era el la los las un una de del en y o para con por", "o que quem quando onde qual quais como quanto é são os as um uma do da no na e ou para com por",
	"che chi cosa quando dove quale quali come quanto è sono il lo gli i le un uno una di del della in e o per con", "wat wie wanneer waar welke hoe is zijn de het een van in op en of voor met",
	"что кто когда где какой какая какие как сколько был была в на и или для с по")
