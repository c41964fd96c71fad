package answer

import (
	"strings"
	"testing"

	"sluice/index"
)

// TestRoles: which words of a question it is about (S), which it asks for by a kind (?), and which
// others may say with other words (v). What only binds them is left out.
func TestRoles(t *testing.T) {
	for _, c := range []struct{ question, want string }{
		{"When does the lease end", "S:lease v:end"},
		{"how long may the bus cable be", "S:bus S:cable"},
		{"How much will the insurance pay for the water damage", "S:insurance v:pay S:water S:damage"},
		{"What torque do the nuts of the gas line need", "?:torque S:nuts S:gas S:line v:need"},
		{"When does the ferry from Skarvik to Ulsay leave", "S:ferry S:Skarvik S:Ulsay v:leave"},
		{"which ship sails from Ulsay to Port Amber", "?:ship v:sails S:Ulsay S:Port S:Amber"},
		{"how many days are staging backups kept", "S:days S:staging S:backups v:kept"},
		{"How is a torn write noticed", "S:torn S:write v:noticed"},
		{"Who may open files", "v:open S:files"},
		{"How do I add a connector", "v:add S:connector"},
		{"When is Jonas's birthday", "S:Jonas's S:birthday"},
		{"What does ErrRootGone mean", "S:ErrRootGone"},
		{"Is there telemetry", "S:telemetry"},
		{"How many eggs does the bread need", "S:eggs S:bread v:need"},
		{"Where does the old oil go", "v:old S:oil v:go"},
		{"what kind of battery is sold", "S:battery v:sold"},
		{"Wann werden die Wasserzähler abgelesen", "S:Wasserzähler v:abgelesen"},
		{"Wie heißt der Tierarzt von Flocke", "S:Tierarzt S:Flocke"},
		{"¿Cuándo se renueva el seguro del coche", "v:renueva S:seguro S:coche"},
		{"quién tiene la llave del piso", "S:llave S:piso"},
		{"Combien coûte le billet pour Lyon", "v:coûte S:billet S:Lyon"},
		{"Quando scade il contratto", "v:scade S:contratto"},
		{"Qual é o preço do bilhete", "S:preço S:bilhete"},
		{"Wanneer eindigt de huur", "v:eindigt S:huur"},
		{"walrus whistle", "S:walrus S:whistle"},
		{"which kubernetes namespace does the operator watch", "S:kubernetes ?:namespace S:operator v:watch"},
	} {
		words := spoken(c.question)
		var got []string
		for i, r := range grammarOf(words).roles(words) {
			if r != binds {
				got = append(got, map[role]string{weak: "v:", sought: "?:", subject: "S:"}[r]+words[i])
			}
		}
		if all := strings.Join(got, " "); all != c.want {
			t.Errorf("%s: %s, want %s", c.question, all, c.want)
		}
	}
}

// TestKinds: what is asked for, and which sentences hold one.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		question, kind string
		yes, no        []string
	}{
		{"What does the trip cost?", "amount of money", []string{"85 € a child", "$40", "it is 12 euros", "€1,236 for it"}, []string{"on 3 May", "85 kg", "nothing"}},
		{"Was kostet die Fahrt?", "amount of money", []string{"18,50 Euro", "CHF 7"}, []string{"am 3. Mai"}},
		{"¿Cuánto cuesta?", "amount of money", []string{"74 euros al mes"}, []string{"el 12 de octubre"}},
		{"How heavy is the unit?", "weight", []string{"it weighs 131 kg", "140 kg"}, []string{"131 mm", "kg"}},
		{"wie schwer ist es", "weight", []string{"2,5 t", "300 g mehl"}, []string{"300 mm"}},
		{"how long does it bake", "time or length", []string{"fifteen minutes", "an hour", "50 metres", "2 years"}, []string{"at 180 kg", "long"}},
		{"Wie lange dauert es", "time or length", []string{"zwei Stunden", "50 Minuten"}, []string{"175 euro"}},
		{"How many people came?", "number", []string{"four came", "141", "die zwei"}, []string{"many came"}},
		{"what is the phone number of Ann", "telephone number", []string{"0700 555 8080", "call +44 (0)20 7946 0958"}, []string{"room 12", "in 2031"}},
		{"when does it end", "date", []string{"on 31 January 2032", "at 16:20", "12 de octubre", "in 6 days", "after the rain"}, []string{"it ends"}},
		{"Bis wann gilt es?", "date", []string{"31. Juli 2031", "am Montag"}, []string{"es gilt"}},
		{"How often is it done?", "frequency", []string{"every week", "2 years", "once"}, []string{"rarely"}},
		{"What happens when it ends?", "", nil, nil},
		{"Where is the cost written?", "", nil, nil},
		{"Why does it cost so much?", "", nil, nil},
		{"who pays", "", nil, nil},
	} {
		k := kindOf(c.question)
		if name := k.String(); name != c.kind {
			t.Errorf("%q asks for %q, want %q", c.question, name, c.kind)
			continue
		}
		for _, s := range c.yes {
			if !k.holds.in(strings.ToLower(s)) {
				t.Errorf("%q: %q holds no %s", c.question, s, c.kind)
			}
		}
		for _, s := range c.no {
			if k.holds.in(strings.ToLower(s)) {
				t.Errorf("%q: %q holds a %s", c.question, s, c.kind)
			}
		}
	}
}

// TestBareNumbers: beside words of the question a number will do, but not one of another measure.
func TestBareNumbers(t *testing.T) {
	k := kindOf("what does it cost")
	for text, want := range map[string]bool{
		"the rent is 1,140": true, "he wants 350 and a rehearsal": true, "from 19 january": false, "for three days": false, "at 16:20": false,
		"it has 35 kg": false, "2031-04-02": false, "the rent": false,
	} {
		if got := k.bares(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestKin: words that only look alike are no kin.
func TestKin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"own", "owner", true}, {"resolv", "resolut", true}, {"act", "action", true}, {"conduct", "conductor", true},
		{"car", "card", false}, {"own", "owl", false}, {"inter", "internal", false}, {"e17", "e18", false}, {"1234567", "1234568", false}, {"", "er", false},
	} {
		if kin(c.a, c.b) != c.want || kin(c.b, c.a) != c.want {
			t.Errorf("kin of %q and %q is not %v", c.a, c.b, c.want)
		}
	}
}

func terms(words ...string) (all []index.Term) {
	for _, w := range words {
		all = append(all, index.Term{Text: w, Stem: w, IDF: 3, DF: 1, Repeats: 1})
	}
	return all
}

// TestAsk: what a term of the question counts.
func TestAsk(t *testing.T) {
	if q := ask("where is it kept", terms("kept")); len(q.terms) != 1 || q.terms[0].found(map[string]bool{"keep": true}) != 1 {
		t.Errorf("a participle is not found where its verb stands: %+v", q.terms)
	}
	all := terms("how", "heavi", "pump", "start", "denmark", "the", "pump.md")
	all[2].IDF, all[5].Stop, all[6].Name = 2, true, true
	q := ask("How heavy is the pump that they start in Denmark?", all)
	want := map[string]term{
		"heavi": {weight: 3 * weakWeight, kind: true}, "pump": {weight: 2, subject: true}, "start": {weight: 3 * weakWeight}, "denmark": {weight: 3, subject: true},
	}
	if len(q.terms) != len(want) {
		t.Errorf("%d terms: %+v", len(q.terms), q.terms)
	}
	for _, got := range q.terms {
		w, name := want[got.forms[0]], got.forms[0]
		if !near(got.weight, w.weight) || got.subject != w.subject || got.kind != w.kind {
			t.Errorf("%s is %+v, want %+v", name, got, w)
		}
	}
}

// TestAskLong: of a text that was pasted only the beginning says how it asks; its terms all count.
func TestAskLong(t *testing.T) {
	pasted := strings.Repeat("ü ", askedBytesMax)
	q := ask("How much does the pump cost?\n"+pasted, terms("pump", "late"))
	if len(q.text) > askedBytesMax || q.kind == nil || len(q.terms) != 2 || !q.terms[0].subject || !q.terms[1].subject {
		t.Errorf("%d bytes, kind %v, terms %+v", len(q.text), q.kind, q.terms)
	}
}

// TestNumberWords: each language's words for numbers, also those that it puts together, are
// numbers; what begins or ends like one is none.
func TestNumberWords(t *testing.T) {
	numbers := match(number)
	for language, c := range map[string]struct{ yes, no string }{
		"English": {"two nine thirteen fourteen fifteen sixteen seventeen eighteen nineteen seventy eighty twenty-one hundreds millions billion dozen", "tenth teen ty sixth weight and none eighteenth"},
		"German": {"dreizehn vierzehn sechzehn siebzehn achtzehn neunzehn einundzwanzig siebzig achtzig fünfundvierzig zweihundert hundertfünfzig dreitausend eintausend millionen dutzend dreissig",
			"und achtung dreist zehner ein viertel zeigt"},
		"French":     {"treize quatorze quinze seize dix-sept trente quarante septante soixante-dix quatre-vingts douzaine centaines millions milliards", "centre onzième seizième millionnaire"},
		"Spanish":    {"trece catorce dieciséis diecisiete veintiuno veintitrés treinta setenta ochenta doscientas quinientos millones docena", "venta renta cuenta miles docente"},
		"Italian":    {"tredici quattordici sedici diciassette diciotto ventuno trentacinque settanta ottantotto duecento tremila milioni dozzina centinaia", "vento trena noveau duello uno"},
		"Portuguese": {"treze catorze dezesseis dezassete dezoito setenta oitenta duzentos quinhentas milhões dúzia", "dezembro setembro vintena"},
		"Dutch":      {"dertien veertien zestien zeventien eenentwintig tweeëntwintig zeventig tachtig driehonderd vijfduizend miljoen dozijn", "der veer twin een vierkant tigre"},
		"Swedish":    {"tretton fjorton sexton sjutton arton tjugofem sjuttio åttio tvåhundra miljoner dussin", "tidning femma tionde"},
		"Danish":     {"tretten seksten sytten atten femogtyve halvfjerds firs tohundrede millioner", "ogre tid firma"},
		"Norwegian":  {"seksten sytten tjue femti sytti åtti tjuefem tusen", "tusenvis femte"},
		"Russian":    {"тринадцать шестнадцати двадцать семьдесят восемьдесят триста пятьсот тысячи миллионов дюжина", "место стол семья дважды трижды"},
		"Polish":     {"trzynaście szesnaście dwadzieścia siedemdziesiąt osiemdziesiąt pięćset tysięcy miliony tuzin", "stolica trzynasty dwór"},
	} {
		for word := range strings.FieldsSeq(c.yes) {
			if !numbers.in("about " + word + ".") {
				t.Errorf("%s: %s is a number", language, word)
			}
		}
		for word := range strings.FieldsSeq(c.no) {
			if numbers.in(" " + word + " ") {
				t.Errorf("%s: %s is no number", language, word)
			}
		}
	}
}
