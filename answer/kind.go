package answer

import (
	"regexp"
	"strings"
	"sync"
)

// kind is what a question asks for, where its words say so: an amount of money, a number, a date.
// An answer then holds one (Li and Roth, Learning question classifiers, COLING 2002, sort questions
// so).
type kind struct {
	name  string
	asked pattern         // in the question, in lower case
	words map[string]bool // of the question that need not be said where the fact is: "cost", "heavy"
	holds pattern         // in a sentence, in lower case
	loose pattern         // the same without its unit: enough beside one of the question's other words
	tells bool            // it tells by itself that it is what is asked for: an amount with its unit
	must  bool            // without it a sentence is no answer
}

// pattern is a regular expression that is compiled when it is first needed.
type pattern func() *regexp.Regexp

func match(expr string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// in tells whether a text holds the pattern.
func (p pattern) in(text string) bool { return p().MatchString(text) }

// anyWord is a pattern of which one must stand in the question as a word; * is the rest of a word,
// and between spaces one to four words.
func anyWord(list string) string {
	var all []string
	for w := range strings.SplitSeq(list, "|") {
		w = regexp.QuoteMeta(strings.TrimSpace(w))
		w = strings.ReplaceAll(w, ` \* `, ` [^ ]+(?: [^ ]+){0,3} `)
		all = append(all, strings.ReplaceAll(strings.ReplaceAll(w, `\*`, `\pL*`), " ", `\s+`))
	}
	return `(?:^|[^\pL])(?:` + strings.Join(all, "|") + `)(?:$|[^\pL])`
}

const (
	number = `(?:\d|(?:^|[^\pL])(?:` + numberWords + `)(?:$|[^\pL]))`
	time   = `(?:ms|sec\pL*|min\pL*|hours?|days?|weeks?|months?|years?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|heures?|jours?|semaines?|mois|ans?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?|` +
		`ore|giorni|settimane|mesi|anni|dias?|anos?|uur|uren|dagen|weken|maanden|jaar|jaren|timmar|dagar|veckor|månader|år|timer|dage|uger|måneder|годин\pL*|час\pL*|дн\pL*|лет|год\pL*|месяц\pL*|минут\pL*|секунд\pL*)`
	size = `(?:nm|µm|mm|cm|dm|m|km|m²|cm²|mm²|inch(?:es)?|in|ft|feet|foot|yards?|miles?|metres?|meters?|metern?|mètres?|metros?|metri|kilomet\pL*|bytes?|lines?|characters?|zeilen|pages?|seiten|[kmgt]i?b|bits?|м|см|мм|км|метр\pL*)`
	mass = `(?:µg|mg|g|kg|t|lbs?|oz|grams?|gramm|grammes?|gramos?|kilo\pL*|tonn\pL*|pounds?|г|кг|т)`
	heat = `(?:°|º|degrees?|grad|degrés?|grados?|gradi|graus|graden|grader|градус\pL*|kelvin)`
	// months are how they begin
	months = `(?:jan|feb|mar|mär|apr|ma[iyj]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|ene|abr|ago|dic|avr|aoû|fév|gen|mag|giu|lug|set|ott|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)`
	coin   = `(?:[$€£¥₹₽₺₩]|(?:^|[^\pL])(?:eur|usd|gbp|chf|sek|nok|dkk|pln|czk|jpy|euros?|dollars?|pounds?|pence|cents?|francs?|franken|kron\pL*|kroner|yen|złot\pL*|руб\pL*)(?:$|[^\pL]))`
)

// of is the pattern of a number with a unit.
func of(unit string) string {
	return `(?:\d|(?:^|[^\pL])(?:an?|a few|` + numberWords + `))[\s.,/-]*\d*\s*(?:more\s+)?` + unit + `(?:$|[^\pL])`
}

// kinds are what can be asked for, the one that says most first.
var kinds = []*kind{
	{
		name:  "telephone number",
		asked: match(anyWord("phone number*|telephone*|phone|hotline|telefon*|handynummer|rufnummer|teléfono|téléphone|numéro de téléphone|móvil|telefone|telefoon*|телефон*")),
		holds: match(`(?:^|[^\w.-])\+?\(?\d[\d\s()/.-]{5,}\d(?:$|[^\w-])`), must: true, tells: true,
		words: set("phone telephone number telephonenumber telefon telefonnummer nummer handynummer rufnummer teléfono numéro número téléphone telefone telefoonnummer телефона номер call"),
	},
	{
		name: "amount of money",
		asked: match(anyWord("cost*|price*|pay|pays|paid|fee|fees|expensive|charge*|salary|rent|deposit|kostet|kosten|preis*|bezahl*|zahl*|gebühr*|teuer|miete|gehalt|cuesta*|cuestan|precio*|pagar|paga|cuota|" +
			"coûte*|prix|payer|tarif*|loyer|costa|costano|prezzo|custa*|preço|kost|prijs|betalen|kostar|pris|koster|стоит|стоимость|цена|платить")),
		holds: match(`\d[\d.,]*\s*` + coin + `|` + coin + `\s*\d`), loose: match(number), must: true, tells: true,
		words: set("cost costs price prices expensive much kostet kosten preis teuer viel cuesta cuestan precio coûte coûtent prix costa costano prezzo custa custam preço kost prijs kostar koster pris стоит цена"),
	},
	{
		name:  "weight",
		asked: match(anyWord("how heavy|heavy|weigh|weighs|weight|wie schwer|wiegt|gewicht|pesa|peso|lourd*|pèse*|poids|weegt|zwaar|väger|vejer|весит|вес")),
		holds: match(of(mass)), must: true, tells: true,
		words: set("heavy weigh weighs weight schwer wiegt gewicht pesa peso lourd pèse poids pesada weegt zwaar väger vejer весит вес"),
	},
	{
		name:  "temperature",
		asked: match(anyWord("how hot|how warm|how cold|what temperature|wie heiß|wie warm|wie kalt|welche temperatur|welcher temperatur|qué temperatura|quelle température|che temperatura|que temperatura|какой температуре")),
		holds: match(of(heat)), must: true, tells: true,
		words: set("hot warm cold temperature heiß kalt temperatur temperatura température температуре"),
	},
	{
		name:  "time or length",
		asked: match(anyWord("how long|how far|how wide|how high|how deep|how tall|how large|how big|how thick|how old|wie lange|wie lang|wie weit|wie breit|wie hoch|wie tief|wie groß|wie alt|cuánto tiempo|cuánto dura|cuánto mide|combien de temps|quanto tempo|quanto dura|hoe lang|hoe ver|hoe groot|hur länge|hur långt|hvor lenge|hvor længe|как долго")),
		holds: match(of(`(?:` + time + `|` + size + `|[kmg]?w|bar|v|a)`)), loose: match(number), must: true, tells: true,
		words: set("long far wide high deep tall large big thick old lange lang weit breit hoch tief groß alt tiempo dura mide temps tempo länge долго"),
	},
	{
		name:  "number",
		asked: match(anyWord("how many|how much|wie viele|wie viel|wieviel*|cuántos|cuántas|cuánto|cuánta|combien|quanti|quante|quanto|quanta|quantos|quantas|hoeveel|hur många|hur mycket|hvor mange|hvor meget|сколько|ile")),
		holds: match(number), must: true,
		words: set("many much"),
	},
	{
		name:  "frequency",
		asked: match(anyWord("how often|wie oft|con qué frecuencia|à quelle fréquence|quante volte|hoe vaak|hur ofta|hvor ofte|как часто")),
		holds: match(number + `|every|daily|weekly|monthly|yearly|jede|täglich|wöchentlich|monatlich|jährlich|cada|chaque|ogni|каждый`),
		words: set("often oft"), tells: true,
	},
	{
		name: "date",
		asked: match(`^[^\pL]*(?:(?:and|until|since|by|from|bis|seit|ab|zu|desde|hasta|depuis|fino a|da|sinds|tot|с|до) )?(?:when|wann|cuándo|cuando|quand|quando|wanneer|när|hvornår|når|kiedy|когда)[^\pL]|` +
			anyWord("what date|which date|what day|which day|what time|um wie viel uhr|an welchem tag|qué día|a qué hora|quel jour|à quelle heure|che giorno|a che ora")),
		holds: match(`\d\d?:\d\d|(?:^|\D)(?:1[89]|20)\d\d(?:\D|$)|\d\d?[./]\d\d?[./]|` +
			`\d(?:\.|st|nd|rd|th|º)?\s+(?:de\s+)?` + months + `|(?:^|[^\pL])` + months + `\pL*\s+\d|` +
			`(?:^|[^\pL])(?:january|february|march|april|june|july|august|september|october|november|december|januar|februar|märz|juni|juli|oktober|dezember|` +
			`enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|` +
			`gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|январ\pL*|феврал\pL*|март\pL*|апрел\pL*|июн\pL*|июл\pL*|август\pL*|сентябр\pL*|октябр\pL*|ноябр\pL*|декабр\pL*)(?:$|[^\pL])|` +
			`(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|` +
			of(time) + `|noon|midnight|morning|evening|spring|summer|autumn|winter|(?:^|[^\pL])(?:after|before|when|until|nach|vor|wenn|bis|sobald|después|antes|cuando|après|avant|quand|lorsque)(?:$|[^\pL])`),
		words: set("date day time"), tells: true,
	},
}

// String is what the kind is called, nothing where there is none.
func (k *kind) String() string {
	if k == nil {
		return ""
	}
	return k.name
}

// measured are numbers that are no amount of what is asked for: dates, times, other measures.
var measured = match(`\d\d?:\d\d|\d{4}-\d\d-\d\d|\d\d?\.\s?\d\d?\.\s?(?:\d{4})?|` +
	`\d\d?(?:\.|st|nd|rd|th|º)?\s+(?:de\s+)?` + months + `\pL*(?:\s+(?:de\s+)?\d{4})?|(?:^|[^\pL])` + months + `\pL*\s+\d+|` +
	of(`(?:`+time+`|`+size+`|`+mass+`|`+heat+`|%|percent|per cent)`))

// bares is whether a text has a number that is not one of another measure.
func (k *kind) bares(text string) bool {
	return k.loose != nil && k.loose.in(measured().ReplaceAllString(text, " "))
}

// neither are questions that ask for no amount and no date, whatever else they speak of.
var neither = match(`^[^\pL]*(?:why|who|whose|where|warum|wieso|wer|wem|wen|wo|woher|por qué|quién|quiénes|dónde|pourquoi|qui|où|perché|chi|dove|por que|quem|onde|waarom|wie is|waar|varför|vem|hvorfor|hvem|почему|кто|где)[^\pL]`)

// kindOf finds what a question asks for; nil: its words do not say.
func kindOf(question string) *kind {
	question = strings.ToLower(question)
	if neither.in(question) {
		return nil
	}
	for _, k := range kinds {
		if k.asked.in(question) {
			return k
		}
	}
	return nil
}
