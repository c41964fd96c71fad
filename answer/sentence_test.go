package answer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func cut(text string) (out []string) {
	for _, s := range sentences(text) {
		out = append(out, text[s[0]:s[1]])
	}
	return out
}

// TestSentences holds where a sentence ends.
func TestSentences(t *testing.T) {
	for in, want := range map[string][]string{
		"One. Two! Three? Four":                     {"One.", "Two!", "Three?", "Four"},
		"Version 2.3 is out. It runs.":              {"Version 2.3 is out.", "It runs."},
		"It ends. but not here":                     {"It ends. but not here"},
		"It ends. kfree(p) frees":                   {"It ends.", "kfree(p) frees"},
		"It ends. page_alloc gets":                  {"It ends.", "page_alloc gets"},
		"It ends. the free_page call":               {"It ends. the free_page call"},
		`He said "Yes." Then he left.`:              {`He said "Yes."`, "Then he left."},
		"It is *so.* And _so._ (Or so.) End.":       {"It is *so.*", "And _so._", "(Or so.)", "End."},
		"Ask Dr. Who. See Fig. 3 etc. Then J. Doe.": {"Ask Dr. Who.", "See Fig. 3 etc.", "Then J. Doe."},
		"Is it so, e.g. Here? (cf. There) Yes.":     {"Is it so, e.g. Here?", "(cf. There) Yes."},
		"Take e! Then go.":                          {"Take e!", "Then go."},
		"In 5. Then 6.":                             {"In 5.", "Then 6."},
		"The answer is no. Take no. 7 then.":        {"The answer is no.", "Take no. 7 then."},
		"It waits... Then it goes… Then not.":       {"It waits...", "Then it goes…", "Then not."},
		"":                                          nil,
		"...":                                       {"..."},
	} {
		if d := cmp.Diff(want, cut(in)); d != "" {
			t.Errorf("%q: (-want +got)\n%s", in, d)
		}
	}
}

// TestSentencesOfLanguages: each language's abbreviations, ordinals, quotes and marks.
func TestSentencesOfLanguages(t *testing.T) {
	for lang, want := range map[string][]string{
		"English":    {"Mr. Abara came at 5 p.m. on Monday.", "He paid approx. 40, i.e. too much.", "See p. 12, fig. 3 and vol. 2 of J. R. Holm.", "It closes at 6 p.m.", "The rest waits."},
		"German":     {"Abgabe bis 31. Juli 2031, z. B. über das Portal.", "Der Aufzug ist vom 5. bis zum 9. Mai außer Betrieb, d. h. Sie gehen zu Fuß.", "Im 19. Jahrhundert kam Dr. Voss bzw. Frau Abel.", "Das war am 3. Tag.", "Dann nicht mehr."},
		"French":     {"M. Duval arrive le 3 mai, p. ex. avec Mme Roy.", "L'art. 5 le dit.", "« Vraiment ? »", "Il part."},
		"Spanish":    {"El Sr. Gil y la Dra. Paz viven en el bajo B.", "El agua está abajo.", "¿Cuándo viene?", "¡Mañana!", "Véase la pág. 7 de EE.UU. y Ud. lo verá."},
		"Portuguese": {"O Dr. Nunes e a Sra. Lima chegaram, p. ex. ontem.", "Veja o cap. 3.", "Depois não."},
		"Italian":    {"Il sig. Rossi e il dott. Neri arrivano alle 9.", "Vedi pag. 12, art. 4.", "Poi basta."},
		"Dutch":      {"Dhr. Bakker komt o.a. met mevr. Smit, bijv. op 3 mei.", "Zie blz. 4.", "Daarna niet."},
		"Swedish":    {"Hon kommer t.ex. kl. 9 med bl.a. Åsa.", "Det räcker dvs. inte.", "Sen går hon."},
		"Danish":     {"Han kommer f.eks. den 5. Maj med bl.a. Ane.", "Det er nok.", "Så går han."},
		"Norwegian":  {"Hun kommer f.eks. i dag med bl.a. Liv.", "Det er nok.", "Så går hun."},
		"Finnish":    {"Hän tulee esim. 5. tammikuuta.", "Se on nro 7.", "Sitten ei."},
		"Polish":     {"Przyjechał m.in. dr hab. Nowak, tzn. z ul. Długiej.", "Zob. str. 5.", "Potem nie."},
		"Czech":      {"Přijel např. Novák, tzv. mistr, z nám. Míru.", "Viz č. 5.", "Pak ne."},
		"Hungarian":  {"A határidő 2031. július 5., kb. délben.", "Lásd pl. Kovács könyvét.", "Aztán nem."},
		"Romanian":   {"Vine dl. Pop, nr. 5.", "Apoi nu."},
		"Turkish":    {"Dr. Kaya geldi, örn. Ali ile.", "Sonra gitti."},
		"Russian":    {"Он живёт на ул. Ленина, т. е. рядом, с 1990 г. по сей день.", "См. стр. 5.", "Потом нет."},
		"Greek":      {"Ήρθε ο κ. Νίκος, π.χ. χθες.", "Πού είναι;", "Δεν ξέρω."},
		"Hindi":      {"वह घर गया।", "क्या वह आएगा?", "हाँ।"},
		"Chinese":    {"校验和不对。", "数据坏了！", "“真的？”", "是"},
		"Japanese":   {"水は青い。", "「そうですか？」", "はい。"},
		"Arabic":     {"هل وصل؟", "نعم وصل.", "ثم ذهب."},
		"Urdu":       {"وہ گھر گیا۔", "پھر آیا۔"},
		"Armenian":   {"Նա եկավ։", "Հետո գնաց։"},
		"Amharic":    {"እሱ መጣ።", "ከዚያ ሄደ።"},
		"Burmese":    {"သူလာသည်။", "ပြီးတော့သွားသည်။"},
		"Korean":     {"그는 집에 갔다.", "왜 갔을까?", "모른다."},
	} {
		text := ""
		for i, s := range want {
			if i > 0 && lang != "Chinese" && lang != "Japanese" {
				text += " "
			}
			text += s
		}
		if d := cmp.Diff(want, cut(text)); d != "" {
			t.Errorf("%s: (-want +got)\n%s", lang, d)
		}
	}
}
