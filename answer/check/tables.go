package check

import "strings"

func setOf(lists ...string) map[string]bool {
	out := map[string]bool{}
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			out[w] = true
		}
	}
	return out
}

// functionWords say nothing by themselves.
var functionWords = setOf(
	// English
	"a an the this that these those it its it's they them their there here he she his her him we our us you your i me my who whom whose which what when where why how "+
		"and or but if then so as than because while although though also too both either each all any some such same own other another "+
		"is are was were be been being am do does did done has have had having can could may might must shall should will would "+
		"of in on at by for with from to into onto over under about between through during after before above below up down out off again further once only just very more most less least "+
		"one's per via etc e.g i.e yes well now still however therefore thus hence moreover furthermore additionally",
	// German
	"der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem er sie es wir ihr ihre ihren ihrem sein seine seinen ich du man sich und oder aber wenn dann als wie weil dass ob da "+
		"ist sind war waren wird werden wurde wurden hat haben hatte kann können konnte muss müssen soll sollen darf von in im an am auf aus bei mit nach zu zum zur vor für über unter durch um bis seit auch nur noch schon sehr so hier dort",
	// French
	"le la les l un une des du de d ce cet cette ces il elle ils elles on nous vous je tu se sa son ses leur leurs et ou mais si que qui quoi dont où est sont était étaient été être a ont avait avoir peut peuvent doit dans sur sous par pour avec chez vers entre comme plus moins aussi très y en au aux",
	// Spanish, Portuguese, Italian
	"el los las lo una unos unas del al este esta estos estas ese esa su sus se y o u pero si que quien cual es son era eran fue fueron ser estar está están ha han había puede pueden debe en por para con desde hasta entre como más menos también muy "+
		"os um uma uns umas do da dos das no na nos nas ao à e ou mas é são foi foram tem têm pode com seu sua como mais também "+
		"il lo gli i un' uno della dello dei degli delle nel nella e o ma è sono era erano stato ha hanno può deve di da con su per tra fra anche più come",
	// Dutch, Swedish
	"het een deze dit dat die van in op aan bij met voor naar uit om en of maar als is zijn was waren wordt worden heeft hebben had kan moet ook nog wel er ze zij hij "+
		"en ett den det de som och eller men om är var har hade kan ska på i av till för med från vid också",
	// Russian
	"и в во на с со к ко по за из от до у о об при для это этот эта эти тот та те он она оно они мы вы я его её их что как так же но или если то был была было были есть быть может")

// denials turn a claim around.
var denials = setOf("not no never none nothing nobody nor neither without cannot hardly unable",
	"nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne weder",
	"ne n pas jamais aucun aucune rien sans ni", "no nunca ningún ninguna ninguno nada sin tampoco", "não nem nenhum nenhuma sem", "non mai nessun nessuno nessuna niente senza",
	"niet geen nooit zonder niets", "inte ingen inget inga aldrig utan", "не нет никогда ни без ничего никто нельзя", "nie bez nigdy żaden", "değil yok asla",
	"لا لم لن ليس ليست بدون غير", "नहीं न मत", "안 못 없다 없는 않는 않다", "לא אין בלי")

// denseDenials are the same where words are not set apart.
var denseDenials = []string{"不", "没", "沒", "無", "无", "非", "未", "别", "ない", "ません", "ぬ", "ず", "ไม่"}

// antonyms are words of which only one can be true.
var antonyms = pairs("increase decrease, rise fall, more less, most least, maximum minimum, max min, before after, above below, open closed, opened closed, enable disable, enabled disabled, allow forbid, allowed forbidden, " +
	"allow deny, allow prohibit, always never, first last, largest smallest, higher lower, highest lowest, faster slower, earlier later, accept reject, accepted rejected, pass fail, win lose, won lost, true false, on off, with without, " +
	"hot cold, left right, north south, east west, up down, buy sell, import export, required optional, mandatory optional, public private, internal external, encrypt decrypt, encrypted unencrypted, safe unsafe, valid invalid, " +
	"legal illegal, present absent, add remove, added removed, start stop, begin end, ascending descending, positive negative, includes excludes, include exclude, gain loss, profit loss, credit debit, read-only writable, " +
	"steigt sinkt, mehr weniger, vor nach, erlaubt verboten, immer nie, zuerst zuletzt, erste letzte, größer kleiner, offen geschlossen, " +
	"plus moins, avant après, toujours jamais, premier dernier, ouvert fermé, autorisé interdit, " +
	"más menos, antes después, siempre nunca, primero último, abierto cerrado, permitido prohibido, " +
	"больше меньше, до после, всегда никогда, первый последний, открыт закрыт")

func pairs(list string) map[string][]string {
	out := map[string][]string{}
	for _, pair := range strings.Split(list, ",") {
		w := strings.Fields(pair)
		out[w[0]] = append(out[w[0]], w[1])
		out[w[1]] = append(out[w[1]], w[0])
	}
	return out
}

// synonyms are words that say the same nearly always.
var synonyms = groups("begin start commence, end finish terminate expire conclude, buy purchase acquire, use utilize utilise employ, show display present, make create build produce, big large, small little tiny, fast quick rapid, slow, " +
	"help assist, need require, get obtain receive, fix repair mend, error fault failure, car vehicle, delete remove erase, choose select pick, keep retain, stop halt cease, change modify alter, allow permit let, near close, " +
	"contain hold include, find locate discover, send transmit, say state tell mention, think believe, job task, folder directory, picture image photo, film movie, person individual, child kid, doctor physician, " +
	"happen occur, return give, write record, call invoke, cost price, rent lease, pay, notice detect, company firm business, about approximately roughly around circa, must, usually typically normally, so, also")

func groups(list string) map[string]int {
	out := map[string]int{}
	for i, group := range strings.Split(list, ",") {
		for _, w := range strings.Fields(group) {
			if out[w] == 0 {
				out[w] = i + 1
			}
		}
	}
	return out
}

// generic words tell of documents and of answers; they claim nothing of the world.
var generic = setOf("document documents source sources passage passages text texts according say says said state states stated mention mentions mentioned describe describes described provide provided provides contain contains information answer question context given based following "+
	"explain explains explained note notes refer refers reference shows indicate indicates specified above summary overview details relevant sorry unfortunately know don't sure certainly course find found help let please however excerpt excerpts citation citations cited user",
	"dokument dokumente quelle quellen abschnitt laut sagt steht beschreibt enthält informationen frage antwort leider weiß",
	"document documents source sources selon dit indique mentionne contient informations question réponse désolé sais", "documento documentos fuente fuentes según dice menciona contiene información pregunta respuesta siento sé",
	"документ документы источник источники согласно говорит содержит информация вопрос ответ")

var numerals = spelled("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
	"null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig",
	"zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf vingt",
	"cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte",
	"ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать")

func spelled(lists ...string) map[string]string {
	out := map[string]string{}
	for _, list := range lists {
		for i, w := range strings.Fields(list) {
			if w != "-" && w != "one" {
				out[w] = plainNumber(itoa(i))
			}
		}
	}
	for i, w := range strings.Fields("thirty forty fifty sixty seventy eighty ninety hundred") {
		out[w] = itoa(10 * (i + 3))
	}
	out["thousand"], out["million"], out["billion"] = "1000", "1000000", "1000000000"
	return out
}

var months = byMonth("january february march april may june july august september october november december", "jan feb mar apr - jun jul aug sep oct nov dec",
	"januar februar märz april mai juni juli august september oktober november dezember", "janvier février mars avril - juin juillet août septembre octobre novembre décembre",
	"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "января февраля марта апреля мая июня июля августа сентября октября ноября декабря")

func byMonth(lists ...string) map[string]string {
	out := map[string]string{}
	for _, list := range lists {
		for i, w := range strings.Fields(list) {
			if w != "-" && w != "may" && w != "march" && w != "mars" { // those are words of their own, too
				out[w] = itoa(i + 1)
			}
		}
	}
	return out
}

func itoa(n int) string {
	if n >= 10 {
		return itoa(n/10) + itoa(n%10)
	}
	return string(rune('0' + n))
}
