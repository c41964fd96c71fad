package lexical

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"
)

// How frequent words are everywhere. A store of forty notes holds "my" in two of them by accident,
// and its idf would be that of a rare word; what is known of the language says otherwise. The table
// was counted over free texts (docs/decisions.md names them) by `go run ./eval/background`: stems,
// those of the first line in half of all passages or more, of the second in a quarter, and so on.
//
//go:embed background.txt
var backgroundText string

const (
	// backgroundPassages is how many passages a store needs to know its words as well as the table
	// does.
	backgroundPassages = 1000
	// backgroundSize stands for the collection that the table was counted over: how rare a word can
	// be there. It brings the table's idf to a store's scale.
	backgroundSize = 20_000
	// functionStep is the line of the table that function words of other languages would stand in.
	functionStep = 2
)

// background is the step of each stem of the table. Function words of a language other than English
// have the step of function words, unless they are English words too.
var background = sync.OnceValue(func() map[string]int {
	steps := map[string]int{}
	for step, line := range strings.Split(strings.TrimSpace(backgroundText), "\n") {
		for _, stem := range strings.Fields(line) {
			steps[stem] = step
		}
	}
	var stems stemmer
	for word := range function() {
		stem := string(stems.stem([]byte(word)))
		if _, ok := steps[stem]; !ok {
			steps[stem] = functionStep
		}
	}
	return steps
})

// Mixed is the idf of a stem in a store of n passages, given the one that they show: what the table
// says of the stem is mixed in, the more the smaller the store is. A word never gains by it.
func Mixed(idf float64, n int64, stem string) float64 {
	step, ok := background()[stem]
	if !ok {
		return idf
	}
	scale := IDF(n, 0) / IDF(backgroundSize, 0)
	known := float64(float64(step+1)*math.Ln2) * scale
	share := float64(backgroundPassages) / float64(n+backgroundPassages)
	return min(idf, float64(share*known)+float64((1-share)*idf))
}

// functionWords are the words of a question that say nothing of what is asked for: pronouns,
// auxiliary verbs, articles, prepositions, and those that ask. English comes first.
var functionWords = [...]string{
	"a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with " +
		"i me my myself we us our ours you your yours he him his she her hers its them what which who whom whose when where why how " +
		"am been being were has have had having do does did done doing can could would should shall must much many some any about from " +
		"than so too very just also only please tell show give find me there's what's where's how's who's i'm i've we're don't doesn't didn't isn't",
	"der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war waren bin bist sein wird werden wurde hat haben " +
		"hatte habe ich du er sie es wir ihr mich dich mir dir uns euch ihn ihm mein meine meinen meinem meiner dein deine unser unsere euer sein seine ihre " +
		"wer was wann wo warum wie welche welcher welches welchen wieviel viel viele wohin woher wozu womit weshalb wieso von zu zum zur mit für auf im in an am bei " +
		"nach vor über unter aus um durch als auch dass wenn so noch nur man kann können muss müssen soll sollen darf gibt mal denn",
	"le la les l un une des du de et ou mais ne pas est sont était suis es sommes êtes être a ont ai as avons avez avoir je tu il elle on nous vous ils elles " +
		"me te se mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs qui que quoi quel quelle quels quelles quand où pourquoi comment combien " +
		"à au aux en dans sur sous par pour avec sans ce cet cette ces y plus très peut faut fait qu'est-ce",
	"el la los las un una unos unas y o pero no es son era está están soy eres ser estar ha han he hay yo tú él ella nosotros ellos me te se mi mis tu tus su sus " +
		"nuestro nuestra qué quién quiénes cuál cuáles cuándo dónde por porque cómo cuánto cuánta cuántos cuántas que quien cual cuando donde como de del a al en con " +
		"sin para sobre entre este esta esto estos estas ese esa eso lo le les muy más también puede puedo tengo tiene",
	"il lo la i gli le un uno una e o ma non è sono era sei siamo essere ha hanno ho hai io tu lui lei noi voi loro mi ti si ci vi mio mia miei mie tuo tua suo sua " +
		"nostro nostra chi che cosa quale quali quando dove perché come quanto quanta quanti quante di del della dei delle a al alla da dal in nel nella con su sul " +
		"per tra fra questo questa questi queste quello più molto anche può posso c'è dov'è cos'è qual",
	"o a os as um uma uns umas e ou mas não é são era está estão sou ser estar tem têm tenho eu tu ele ela nós vocês eles elas me te se meu minha meus minhas seu sua " +
		"nosso nossa quem que qual quais quando onde por porquê como quanto quanta quantos quantas de do da dos das em no na nos nas com sem para sobre este esta isto esse essa isso mais muito também pode",
	"de het een en of maar niet geen is zijn was waren ben bent wordt worden heeft hebben had heb ik jij je hij zij ze wij we jullie u mij mijn jouw uw zijn haar ons onze hun " +
		"wie wat welke welk wanneer waar waarom hoe hoeveel van te in op aan met voor bij naar uit over door om als dat dit deze die er ook nog kan kunnen moet veel",
	"en ett den det de och eller men inte är var vara blir har hade jag du han hon vi ni mig dig min mitt mina din ditt sin vår vad vem vilken vilket vilka när var varför hur mycket många " +
		"av i på till med för från om som att så också kan ska måste",
	"en et den det de og eller men ikke er var være blir har hadde jeg du han hun vi dere meg deg min mitt mine din ditt sin vår hva hvem hvilken hvilket hvilke når hvor hvorfor hvordan mye mange " +
		"av i på til med for fra om som at å så også kan skal må hvad hvornår meget mit jer",
	"ja tai mutta ei on ovat oli olen olet olla minä sinä hän me te he minun sinun hänen meidän mikä mitä kuka ketä milloin koska missä mistä mihin miksi miten kuinka paljon " +
		"että jos kun niin se tämä nämä joka myös voi pitää",
	"a az egy és vagy de nem van vannak volt vagyok én te ő mi ti ők az én a mi ki mit kit melyik mikor hol hova honnan miért hogyan hogy mennyi hány " +
		"ez ezt is csak meg ha mint lehet kell enyém",
	"și sau dar nu este sunt era am ai are eu tu el ea noi voi ei ele mea meu mei mele ta tău sa său ce cine care când unde de cum cât câtă câți câte la în cu pe din pentru un o al ale mai foarte",
	"ve veya ama değil bir bu şu o ben sen biz siz onlar benim senin onun bizim ne kim hangi nerede nereye neden niçin niye nasıl kaç zaman mi mı mu mü var yok için ile da de gibi çok",
	"и или но не это этот эта эти тот та те я ты он она оно мы вы они меня тебя его её нас вас их мне тебе ему ей нам вам им мой моя моё мои моего моей твой свой наш наша наши ваш " +
		"кто что какой какая какое какие где куда откуда когда почему зачем как сколько чей в во на с со к ко по о об от до из у за для при без над под между есть был была были быть будет " +
		"же ли бы а так уже ещё только мочь можно нужно",
	"i w z na do od o u za przez dla po przy bez nie jest są był była było być mam ma masz ja ty on ona my wy oni mnie mi mój moja moje mojego twój swój nasz wasz kto co jaki jaka jakie który która które " +
		"gdzie kiedy dlaczego czemu jak ile czy to ten ta te że się też tylko czyj",
	"a i v ve z ze na do od o u za pro po při bez s se není je jsou byl byla bylo být mám má máš já ty on ona my vy oni mě mi můj moje moji tvůj svůj náš váš kdo co jaký jaká jaké který která které " +
		"kde kdy proč jak kolik zda to ten ta že také jen čí",
	"і й та або але не це цей ця ці той я ти він вона ми ви вони мене тебе його її нас вас їх мій моя моє мої твій свій наш ваш хто що який яка яке які де куди звідки коли чому навіщо як скільки чий " +
		"в у на з зі до по про від за для при без є був була були бути",
}

// function says of each word in which languages it is a function word, as bits.
var function = sync.OnceValue(func() map[string]uint32 {
	in := map[string]uint32{}
	for l, words := range functionWords {
		for _, w := range strings.Fields(words) {
			in[string(appendFoldedText(nil, []byte(w)))] |= 1 << l
		}
	}
	return in
})

// FunctionWord tells whether a word is a function word of English: those of other languages are no
// terms, see functionsOf.
func FunctionWord(word string) bool { return function()[word]&1 != 0 }

// spoken are the words of somebody who speaks of what is theirs, without those that are
// names and things too: US, World War I, a mine.
var spoken = map[string]bool{"my": true, "our": true, "ours": true}

// functionsOf tells which tokens of a question are function words of its language: that of which it
// has most, two different ones at least. A question may be about a word that is one: of one alone
// nothing is known.
//
// A store may know little of another language than English, and then its function words look rare.
// English ones do not, so they are left to their idf, which is better on labelled sets than leaving
// them out; but for questions in the first person, which nobody asks of a library.
func functionsOf(tokens []Token) (is []bool) {
	is = make([]bool, len(tokens))
	words := function()
	var seen []string
	first := false // person
	var counts [len(functionWords)]int
	for _, t := range tokens {
		in, ok := words[string(t.Term)]
		if !ok || t.Kind != Word || slices.Contains(seen, string(t.Term)) {
			continue
		}
		seen, first = append(seen, string(t.Term)), first || spoken[string(t.Term)]
		for l := range counts {
			counts[l] += int(in >> l & 1)
		}
	}
	best := 0
	for l := range counts {
		if counts[l] > counts[best] {
			best = l
		}
	}
	if counts[best] < 2 || best == 0 && !first {
		return is
	}
	for i, t := range tokens {
		is[i] = t.Kind == Word && words[string(t.Term)]>>best&1 != 0
	}
	return is
}
