package answer

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// grammar is what little of a language tells the words that a question is about from those that
// only hold it together.
type grammar struct {
	opens  string // articles, possessives, prepositions: a noun follows
	helps  string // auxiliaries: the subject follows, then the verb
	others string // the other words that name nothing: pronouns, conjunctions, what asks
	verbs  string // endings of words that are forms of a verb
	infin  string // endings of verbs behind a preposition
	nouns  bool   // nouns are written with a capital
}

// written are the grammars of the languages whose questions are told apart. Another one's words all
// count alike.
var written = map[string]grammar{
	"en": {
		opens: "the a an this that these those my your his her its our their whose which what each every any some of in on at for from to with by about into over under " +
			"between against during without within after before near behind per many much is are was were",
		helps: "do does did can could may might must shall should will would",
		others: "be been being am has have had i you he she it we they me him us them who whom how when where why and or but not no if than then there here so as while until " +
			"happen happens happened mean means use used work works make makes get gets keep long often exactly kind sort please tell show explain describe know one ones up out off down back again still yet also",
		verbs: "ed ing",
	},
	"de": {
		opens: "der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner unser unsere unseren unserem unserer ihr ihre ihren sein seine dein deine dieser diese dieses diesen " +
			"welche welcher welches welchen welchem im am vom zum zur beim ins ans von zu mit bei in an auf für aus nach über unter vor ohne gegen durch um seit jede jeder jedes",
		helps: "kann können muss müssen darf dürfen soll sollen will wollen wird werden hat haben wurde wurden möchte",
		others: "ist sind war waren bin sei ich du er sie es wir man mich mir uns wer wen wem was wie wo wohin woher wann warum wieso wozu womit viel viele und oder aber nicht kein keine wenn als dass ob bis " +
			"da dort hier so noch schon auch denn eigentlich bitte heißt gibt lange oft genau",
		nouns: true,
	},
	"fr": {
		opens:  "le la les l un une des du de d au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs quel quelle quels quelles en dans sur sous pour par avec sans chez vers entre",
		helps:  "peut peuvent doit doivent faut a ont est sont",
		others: "était être qui que qu quoi où quand comment pourquoi combien je tu il elle on nous vous ils elles se s ne pas et ou mais si y me te lui ça c ce fait plus",
		infin:  "er ir re",
	},
	"es": {
		opens: "el la los las lo un una unos unas del al de mi mis tu tus su sus nuestro nuestra nuestros nuestras este esta estos estas ese esa qué cuál cuáles cada a en con por para sin sobre entre desde hasta",
		helps: "puede pueden debe deben hay ha han",
		others: "es son era fue está están ser quién quiénes que cómo como cuándo cuando dónde donde cuánto cuánta cuántos cuántas por porque yo tú él ella nosotros ellos se me te le les nos y o pero no si más ya " +
			"tiene tienen llama hace",
		infin: "ar er ir",
	},
	"it": {
		opens:  "il lo la i gli le l un uno una del dello della dei degli delle al allo alla ai alle dal dalla nel nella sul sulla di a da in con su per tra fra mio mia miei mie tuo suo sua nostro nostra questo questa quale quali ogni",
		helps:  "può possono deve devono ha hanno",
		others: "è sono era erano essere chi che cosa come quando dove perché quanto quanta quanti quante io tu lui lei noi voi loro si mi ti ci vi ne e o ma non se più già c",
		infin:  "are ere ire",
	},
	"pt": {
		opens:  "o a os as um uma do da dos das no na nos nas ao à de em com por para sem sobre entre meu minha meus minhas seu sua seus suas nosso nossa este esta qual quais cada",
		helps:  "pode podem deve devem há tem têm",
		others: "é são era foi está estão ser quem que como quando onde porquê porque quanto quanta quantos quantas eu tu ele ela nós eles se me te lhe e ou mas não mais já",
		infin:  "ar er ir",
	},
	"nl": {
		opens:  "de het een mijn jouw zijn haar ons onze hun deze dit die dat welke welk van in op te voor met aan bij uit naar over onder door tegen tot per elke",
		helps:  "kan kunnen moet moeten mag mogen zal zullen wil willen wordt worden heeft hebben",
		others: "is was waren ben ik jij je hij zij ze wij we wie wat hoe wanneer waar waarom hoeveel en of maar niet geen als dan er hier daar nog ook lang vaak",
	},
	"sv": {
		opens:  "en ett den det de min mitt mina din ditt dina vår vårt våra hans hennes denna detta vilken vilket vilka av i på till för med från om under över vid hos utan mellan varje",
		helps:  "kan ska skall måste får vill blir har",
		others: "är var vara jag du han hon vi ni de man vem vad hur när var varför många mycket och eller men inte om som än där här också",
	},
	"da": {
		opens:  "en et den det de min mit mine din dit dine vores hans hendes denne dette hvilken hvilket hvilke af i på til for med fra om under over ved hos uden mellem hver",
		helps:  "kan skal må vil bliver har",
		others: "er var være jeg du han hun vi man hvem hvad hvordan hvornår når hvor hvorfor mange meget og eller men ikke som end der her også",
	},
	"pl": {
		opens:  "w we na do od z ze za o po przy dla bez przed nad pod między mój moja moje nasz nasza nasze jego jej ich ten ta to który która które jaki jaka jakie każdy",
		helps:  "może można musi trzeba ma mają",
		others: "jest są był była było być kto co jak kiedy gdzie dlaczego ile czy ja ty on ona my się i lub ale nie jeśli już",
	},
	"ru": {
		opens:  "в во на до от из с со за о об по при для без перед над под между у к мой моя моё мои наш наша наше наши его её их этот эта это какой какая какое какие каждый",
		helps:  "может можно должен нужно надо",
		others: "есть был была было были быть кто что как когда где куда почему зачем сколько чей ли я ты он она мы вы они меня мне нас и или но не если уже ещё",
	},
}

// parsed is a grammar with its words in sets.
type parsed struct {
	opens, helps, others map[string]bool
	verbs, infinitives   []string
	nouns                bool
}

// grammars are those of all languages.
var grammars = sync.OnceValue(func() map[string]parsed {
	out := map[string]parsed{}
	for lang, g := range written {
		out[lang] = parsed{set(g.opens), set(g.helps), set(g.others), strings.Fields(g.verbs), strings.Fields(g.infin), g.nouns}
	}
	return out
})

func set(words string) map[string]bool {
	s := map[string]bool{}
	for _, w := range strings.Fields(words) {
		s[w] = true
	}
	return s
}

// holds tells whether a word only holds the question together.
func (g parsed) holds(word string) bool { return g.opens[word] || g.helps[word] || g.others[word] }

// grammarOf is that of the language with most of the words; English where none has more.
func grammarOf(words []string) parsed {
	best, most := "en", -1
	for _, lang := range append([]string{"en"}, languages...) {
		n := 0
		for _, w := range words {
			if grammars()[lang].holds(strings.ToLower(w)) {
				n++
			}
		}
		if n > most {
			best, most = lang, n
		}
	}
	return grammars()[best]
}

// languages are the keys of grammars in a fixed order: the same question has the same language.
var languages = []string{"da", "de", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv"}

// role is what a word does in a question.
type role int

const (
	binds   role = iota // it names nothing
	weak                // a verb or an adjective: others may say it with other words
	sought              // the noun of "which noun": what is asked for, perhaps by another name
	subject             // a noun or a name: what answers speaks of it
)

// roles tells what the words of a question do in it. Without a parser this is a guess by what
// stands before a word, how it ends and how it is written; where it finds no subject every word
// that names something is one.
func (g parsed) roles(words []string) []role {
	out := make([]role, len(words))
	for i, word := range words {
		if !g.holds(strings.ToLower(word)) {
			out[i] = g.role(words, i)
		}
	}
	g.mainVerb(words, out)
	g.lastVerb(words, out)
	for _, most := range []role{subject, sought, weak} { // what says most is the subject where nothing says more
		if i := slices.Index(out, most); i < 0 {
			continue
		}
		for i, r := range out {
			if r == most {
				out[i] = subject
			}
		}
		break
	}
	return out
}

func (g parsed) role(words []string, i int) role {
	word := strings.TrimSuffix(words[i], "'s")
	first, _ := utf8.DecodeRuneInString(word)
	switch {
	case strings.ContainsAny(word, "0123456789_") || inner(word):
		return subject // a name of a thing, whatever the language
	case i > 0 && (unicode.IsUpper(first) || strings.HasSuffix(words[i-1], "'s")):
		return subject
	case g.infinitive(words, i), len(g.verbs) > 0 && adjectives[strings.ToLower(word)]:
		return weak
	case g.nouns && i > 0:
		if anyUpper(words[1:]) { // who writes nouns with a capital means the others to be none
			return weak
		}
	}
	for _, ending := range g.verbs {
		if len(word) > len(ending)+3 && strings.HasSuffix(word, ending) && !(i > 0 && g.opens[strings.ToLower(words[i-1])]) {
			return weak
		}
	}
	for k := i - 1; k >= 0; k-- { // an article or a preposition before it, and only nouns and adjectives between
		before := strings.ToLower(words[k])
		if g.opens[before] {
			return subject
		}
		if g.holds(before) {
			break
		}
		if len(g.verbs) == 0 { // adjectives follow their noun, verbs precede it
			break
		}
	}
	return weak
}

// infinitive tells whether a word is a verb behind "to" or the like.
func (g parsed) infinitive(words []string, i int) bool {
	if i == 0 || !g.opens[strings.ToLower(words[i-1])] {
		return false
	}
	if len(g.verbs) > 0 { // English marks it by the word before
		return words[i-1] == "to"
	}
	for _, ending := range g.infinitives {
		if strings.HasSuffix(words[i], ending) && len(words[i]) > len(ending)+2 && prepositions[strings.ToLower(words[i-1])] {
			return true
		}
	}
	return false
}

// prepositions are those of the Romance languages that a verb may follow.
var prepositions = set("para por de a sin di da per senza pour sans à sem")

// inner tells whether a word has a capital behind its first letter, or a dot or a slash in it.
func inner(word string) bool {
	return strings.ContainsAny(word, "./:") || strings.IndexFunc(word[1:], unicode.IsUpper) >= 0
}

func anyUpper(words []string) bool {
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
			return true
		}
	}
	return false
}

// lastVerb finds the verb of "which ship sails from here" and the participle of "where is it kept",
// and the noun that is sought.
func (g parsed) lastVerb(words []string, out []role) {
	if len(g.verbs) == 0 {
		return
	}
	for i, word := range words {
		if out[i] != binds {
			continue
		}
		end := i + 1
		for end < len(words) && out[end] != binds {
			end++
		}
		last := strings.ToLower(words[max(end-1, 0)])
		switch word = strings.ToLower(word); {
		case end == i+1:
		case word == "which" || word == "what" || word == "many" || word == "much":
			if end-i > 2 && strings.HasSuffix(last, "s") {
				out[end-1] = weak
			}
			if end > i+1 && out[end-1] == weak {
				end--
			}
			if k := end - 1; word != "many" && word != "much" && k > i && out[k] == subject && !names(words[k]) { // what stands before it says which
				out[k] = sought
			}
		case participles[last] != "":
			out[end-1] = weak
		}
	}
}

// participles are those that do not end as others do, with their verbs.
var participles = map[string]string{
	"kept": "keep", "held": "hold", "made": "make", "sent": "send", "written": "write", "found": "find", "built": "build", "bought": "buy", "sold": "sell",
	"paid": "pay", "lost": "lose", "left": "leave", "seen": "see", "shown": "show", "known": "know", "given": "give", "taken": "take", "broken": "break",
	"chosen": "choose", "hidden": "hide", "driven": "drive", "thrown": "throw", "grown": "grow", "drawn": "draw", "meant": "mean", "told": "tell",
	"lent": "lend", "won": "win", "run": "run", "set": "set", "put": "put", "read": "read", "cut": "cut", "split": "split",
}

// adjectives are those that are said of anything.
var adjectives = set("old new big small large little long short high low first last next previous current exact right wrong good bad best worst main whole own same other different " +
	"total average usual normal common real actual original final early late full empty free possible allowed")

// names tells whether a word is a name or a number.
func names(word string) bool {
	return strings.ContainsAny(word, "0123456789_") || strings.IndexFunc(word, unicode.IsUpper) >= 0
}

// mainVerb finds the verb of "does the pump start": the last word of what an auxiliary opens, but
// not where a form of to be follows. After a pronoun, and after "who may", it is the first.
func (g parsed) mainVerb(words []string, out []role) {
	if len(g.verbs) == 0 {
		return
	}
	at := func(i int) string { return strings.ToLower(words[i]) }
	for i := range words {
		if !g.helps[at(i)] || i+1 == len(words) {
			continue
		}
		next := i + 1
		pronoun := g.others[at(next)] || i > 0 && at(i-1) == "who"
		for next < len(words) && out[next] == binds && (g.others[at(next)] || g.helps[at(next)]) {
			next++
		}
		if pronoun {
			if next < len(words) && out[next] != binds {
				out[next] = weak
				if next+1 < len(words) && out[next+1] == weak {
					out[next+1] = subject // what it does it to
				}
			}
			continue
		}
		end := next
		for end < len(words) && (out[end] != binds || g.opens[at(end)]) {
			end++
		}
		if end < len(words) && copulas[at(end)] && out[end-1] != binds {
			continue
		}
		for end > next && out[end-1] == binds {
			end--
		}
		verb := end - 1
		for k := next + 1; k < end; k++ {
			if usualVerbs[at(k)] && out[k-1] != binds {
				verb = k
				break
			}
		}
		if verb-1 >= next && out[verb-1] != binds {
			out[verb] = weak
		}
	}
}

// usualVerbs are verbs that questions are asked with: they tell "the insurance pay for the water
// damage" from "the nuts of the gas line need".
var usualVerbs = set("need take last start begin end stop finish open close leave arrive go come run pay cost charge want say hold contain weigh measure live stay stand " +
	"give send receive allow accept support expire happen change store write read find look belong apply include require return expect own offer sell buy cover")

// copulas are what a noun stands before at the end of a question: "how long may the cable be".
var copulas = set("be been have")
