package lexical

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sluice/index/arm"
)

// meets tells how many of a question's terms the text of a document has, by the lists that both
// name.
func meets(question, document string) (found, terms int) {
	b := NewBuilder()
	b.Add(arm.Fields{Body: []byte(document)})
	held := map[string]bool{}
	if err := b.Terms(func(key []byte, _ int) error { held[string(key)] = true; return nil }); err != nil {
		panic(err)
	}
	asked := NewAnalyzer().Question([]byte(question))
	for _, t := range asked {
		if held[string(t.Key)] || slices.ContainsFunc(t.Also, func(l arm.Lists) bool { return held[string(l.Key)] }) {
			found++
		}
	}
	return found, len(asked)
}

// sameThing lists ways to write one thing: each, asked for, must find a document that has any other
// one, and nothing else that stands in the document may be needed for it.
var sameThing = map[string][]string{
	"mixed case":       {"SourceHut", "sourcehut", "SOURCEHUT"},
	"camel case":       {"parseHTTPHeader", "parsehttpheader", "parse_http_header", "PARSE_HTTP_HEADER", "ParseHttpHeader"},
	"identifiers":      {"order_id", "orderid", "orderId", "OrderID", "order-id"},
	"hyphens":          {"E-Book", "ebook", "e-book"},
	"three parts":      {"check-in-desk", "checkindesk"},
	"broken":           {"irrigation", "irri-\n   gation", "irri-\r\ngation"},
	"broken stem":      {"gardening", "garden-\ning"},
	"version":          {"v9.14.3", "9.14.3", "V9.14.3"},
	"version of two":   {"v9.14", "9.14"},
	"unit":             {"480 MB", "480MB", "480mb"},
	"unit, fraction":   {"1.5 kg", "1.5kg"},
	"time":             {"90 min", "90min"},
	"grouped":          {"7,340,000", "7340000", "7_340_000", "7.340.000", "7'340'000", "7\u202f340\u202f000"},
	"suffix":           {"4711UL", "4711", "4711u"},
	"hexadecimal":      {"0xC0010234", "C0010234", "0xc0010234ULL"},
	"hexadecimal, all": {"0x80230001", "80230001"},
	"date": {"2029-11-07", "07.11.2029", "7 November 2029", "7. November 2029", "November 7, 2029", "7th of November 2029",
		"7-Nov-2029", "Nov 7 2029", "2029/11/07", "7.11.2029", "20291107", "7 novembre 2029", "7 de noviembre de 2029",
		"2029年11月7日", "2029년 11월 7일"},
	"day over twelve": {"23/11/2029", "2029-11-23", "11/23/2029"},
	"hangul":          {"한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
	"kana":            {"ガラス", "カ\u3099ラス", "ｶﾞﾗｽ"},
	"arabic":          {"مدرسة", "مَدْرَسَة", "مـدرسة", "ﻣﺪرﺳﺔ"},
	"arabic, alef":    {"أحمد", "احمد", "ا\u0654حمد"},
	"hebrew":          {"שלום", "שָׁלוֹם", "\ufb2a\u05b8לו\u05b9ם"},
	"devanagari":      {"क़लम", "\u0915\u093cलम"},
	"latin":           {"Ångström", "A\u030angstro\u0308m", "angstrom", "ANGSTRÖM"},
	"vietnamese":      {"Việt", "Vie\u0323\u0302t", "viet"},
	"cyrillic":        {"йогурт", "и\u0306огурт", "ЙОГУРТ"},
	"greek":           {"Ελλάδας", "ελλάδας", "Ελλα\u0301δας"},
	"ligature":        {"eﬃcient", "efficient"},
	"soft hyphen":     {"tele\u00adgram", "telegram", "tele\u00ad\ngram"},
	"other hyphens":   {"E\u2011Book", "E\u2010Book", "ebook"},
	"hyphen, beyond":  {"Müll-Auto", "müllauto"},
	"elision":         {"l'orage", "orage", "L\u2019orage", "d'orage"},
	"elision, accent": {"l\u2019échelle", "échelle", "dell\u2019échelle", "l'e\u0301chelle"},
	"emoji":           {"🦊", "🦊\ufe0f"},
	"emoji, skin":     {"👍", "👍🏽"},
	"flag":            {"🇫🇷"},
	"digits":          {"1984", "١٩٨٤", "१९८४", "１９８４"},
	"full width":      {"ＡＢＣ", "abc"},
	"roman":           {"Ⅷ", "viii"},
	"joiner":          {"می\u200cخواهم", "میخواهم"},
	"json":            {"Zürich", `Z\u00fcrich`},
	"html":            {"Zürich", "Z&uuml;rich", "Z&#252;rich"},
	"address":         {"Zürich", "Z%C3%BCrich"},
	"mail":            {"Zürich", "Z=C3=BCrich"},
	"mail, line":      {"gefällig", "Sehr geehrte Frau Weber, die Antwort auf den Brief ist gef=\n=C3=A4llig", "Sehr geehrte Frau Weber, die Antwort auf den Brief ist ge=\r\nf=C3=A4llig"},
	"tex":             {"Zürich", `Z\"urich`, `Z{\"u}rich`, `Z\"{u}rich`},
	"json, first":     {"Übung", `\u00dcbung`},
	"html, first":     {"Übung", "&Uuml;bung"},
	"address, first":  {"Übung", "%C3%9Cbung"},
	"json, line":      {"tripwire", `first\ntripwire`, `end.\ntripwire`},
	"emphasis":        {"tripwire", "**trip**wire", "trip*wire*"},
	"either date":     {"05/06/2029", "20290605"},
}

func TestTheSameThingMeets(t *testing.T) {
	for kind, ways := range sameThing {
		for _, document := range ways {
			for _, question := range ways {
				if found, _ := meets(question, "x "+document+" y"); found == 0 {
					t.Errorf("%s: %q does not find %q", kind, question, document)
				}
			}
		}
	}
}

// TestPrefixesMeet: who asks for less finds more, and not the other way round.
func TestPrefixesMeet(t *testing.T) {
	for _, c := range []struct{ question, document string }{
		{"9.14", "v9.14.3"}, {"9.14", "9.14.3-rc2"}, {"172.20", "172.20.8.91"}, {"172.20.8", "172.20.8.91"},
		{"8c7d12f", "8c7d12fa90b1c2d3e4f5061728394a5b6c7d8e9f"},
		{"8c7d12fa90b1", "8c7d12fa90b1c2d3e4f5061728394a5b6c7d8e9f"},
		{"猫", "黒猫が鳴く"}, {"鳴", "黒猫が鳴く"}, {"책", "책을 읽다"}, {"茶", "喝茶"}, {"\u110e\u1162\u11a8", "책을"}, {"犬", "犬"},
	} {
		if found, _ := meets(c.question, c.document); found == 0 {
			t.Errorf("%q does not find %q", c.question, c.document)
		}
	}
	for _, c := range []struct{ question, document string }{{"9.14.3", "9.14"}, {"9.14", "9.1"}, {"9.14", "19.14.3"}, {"172.20.8", "172.20.80.1"}} {
		if found, _ := meets(c.question, c.document); found != 0 {
			t.Errorf("%q finds %q", c.question, c.document)
		}
	}
	if found, _ := meets("8c7d12fa90b1c2d3e4f5061728394a5b6c7d8e9f", "fixed in 8c7d12f"); found == 0 {
		t.Error("a hash does not find its own beginning")
	}
}

// TestOthersStayApart: what looks alike and is not the same finds nothing.
func TestOthersStayApart(t *testing.T) {
	for _, c := range []struct{ question, document string }{
		{"7340000", "7,34"}, {"100200", "100,200,3"}, {"20291107", "2029-11-08"}, {"20291107", "2029-13-07"},
		{"480", "4800"}, {"ab", "a - b"}, {"ab", "a -b"}, {"anext", "a->next"}, {"abcde", "a-b-c-d-e"},
		{"1000", "0x1000"}, {"feed", "8c7d12feed"},
		{"が", "か"}, {"각", "가"}, {"🦊", "🐺"}, {"🇫🇷", "🇩🇪"}, {"猫", "犬"}, {"clock", "o'clock"}, {"abc", "ab=\nc"}, {"कम", "काम"}, {"99991107", "29991107"},
	} {
		if found, _ := meets(c.question, c.document); found != 0 {
			t.Errorf("%q finds %q", c.question, c.document)
		}
	}
}

// TestFormsCostNoLength: what stands beside the words does not make a passage longer.
func TestFormsCostNoLength(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{{"e-book", 2}, {"v9.14.3", 1}, {"7,340,000", 3}, {"2029-11-07", 3}, {"7 November 2029", 3}, {"480MB", 2}, {"8c7d12fa90b1c2d3", 1}} {
		if got := NewBuilder().Add(arm.Fields{Body: []byte(c.text)}); got != c.want {
			t.Errorf("%q: a length of %d, want %d", c.text, got, c.want)
		}
	}
}

// TestFormsCoverWhatTheyStandFor: the span of a form is that of the text that it is made of.
func TestFormsCoverWhatTheyStandFor(t *testing.T) {
	for _, c := range []struct{ text, term, span string }{
		{"an E-Book.", "ebook", "E-Book"}, {"the irri-\n  gation of", "irrigation", "irri-\n  gation"},
		{"on 7 November 2029, at", "20291107", "7 November 2029"}, {"of 7,340,000 or", "7340000", "7,340,000"},
		{"in v9.14.3.", "9.14", "v9.14.3"}, {"2029年11月7日に", "20291107", "2029年11月7日"},
	} {
		ok := false
		for _, tok := range NewAnalyzer().Tokens(nil, []byte(c.text)) {
			if tok.Kind.Beside() && string(tok.Term) == c.term {
				ok = true
				if got := c.text[tok.Start:tok.End]; got != c.span {
					t.Errorf("%q: %s covers %q", c.text, c.term, got)
				}
			}
		}
		if !ok {
			t.Errorf("%q: no %s", c.text, c.term)
		}
	}
}

// TestFormsAreKeptApart: a token's bytes outlive the queue that it was in.
func TestFormsAreKeptApart(t *testing.T) {
	var terms []string
	for _, tok := range NewAnalyzer().Tokens(nil, bytes.Repeat([]byte("e-book 10.0.3.7 "), 2)) {
		terms = append(terms, string(tok.Term))
	}
	want := []string{"ebook", "e", "book", "10.0.3.7", "10.0", "10.0.3"}
	if !slices.Equal(terms, append(slices.Clone(want), want...)) {
		t.Errorf("terms are %q", terms)
	}
}

// TestLanguagesHaveTheirStems: forms of one word meet in a text of its language, and a text of no
// known language loses nothing.
func TestLanguagesHaveTheirStems(t *testing.T) {
	for _, c := range []struct{ question, document string }{
		{"Buch", "Die alten Bücher stehen im Regal und nicht auf dem Tisch."},
		{"Bücher", "Das Buch liegt auf dem Tisch und nicht im Regal."},
		{"cheval", "Les chevaux sont dans le pré et pas dans la rue."},
		{"ciudad", "Las ciudades del norte son más frías que el sur."},
		{"ragazzo", "I ragazzi sono andati al mare con la zia e non si sono fermati."},
		{"informação", "As informações são enviadas para o endereço que não muda."},
		{"boek", "De boeken zijn met de hand gebonden en er is een tuin bij."},
		{"bil", "Bilarna står på gatan och det är inte bra för de som har en."},
		{"talo", "Talossa on ja se ei ole uusi, mutta se on hyvä."},
		{"ház", "A házak az út mellett vannak és nem is nagyok."},
		{"книга", "На столе лежали книги"}, {"книгу", "Это моя книга"}, {"улице", "шумная улица"},
		{"kitap", "Kitaplar ve bir defter bu masada, ama çok eski."},
		{"books", "Das ist ein book und nicht mehr."}, {"zqx", "lorem zqx ipsum"},
	} {
		asked := strings.Fields(c.question)
		if found, _ := meets(asked[0], c.document); found == 0 {
			t.Errorf("%q does not find %q", c.question, c.document)
		}
	}
	for text, want := range map[string]string{
		"": "en", "int main(void) { return 0; }": "en", "The house of the rising sun is in the town": "en",
		"Die Tür ist nicht zu und das Fenster auch nicht": "de", "static void die(int an) { return die(on, in); }": "en", "e-book a in is": "en", "os.path.join(os.sep, os.name)": "en",
		"La maison est dans la rue et le jardin est grand": "fr", "Lorem ipsum dolor sit amet": "en",
	} {
		l, _ := langOf([]byte(text))
		if got := languages[l].tag; got != want {
			t.Errorf("%q is in %s, not %s", text, got, want)
		}
	}
}
