package lexical

import (
	"strings"
	"testing"
)

// TestWordsThatAsk: function words of a question's language are no terms, unless nothing else is
// left; of a single one nothing is known.
func TestWordsThatAsk(t *testing.T) {
	a := NewAnalyzer()
	for question, want := range map[string]string{
		"how much is my rent": "rent", "wie viel ist meine Miete": "miete", "combien est mon loyer": "loyer", "cuánto es mi alquiler": "alquiler",
		"quanto è il mio affitto": "affitto", "quanto é o meu aluguel": "aluguel", "hoeveel is mijn huur": "huur", "hur mycket är min hyra": "hyra",
		"hvor mye er min husleie": "husleie", "hvor meget er min husleje": "husleje", "paljonko on minun vuokra": "paljonko vuokra", "mennyi az én bérleti": "berleti",
		"cât este chiria mea": "chiria", "benim kira ne kadar": "kira kadar", "сколько стоит моя аренда": "стоит аренда", "ile jest mój czynsz": "czynsz",
		"kolik je můj nájem": "najem", "скільки коштує моя оренда": "коштує оренда",
		"CAN bus driver": "can bus driver", "die hard": "die hard", "my rent": "my rent", "how much": "how much", "what is it": "what", "when was the bridge of Arta built": "when bridge arta built",
	} {
		var got []string
		for _, term := range a.Question([]byte(question)) {
			if !term.Name {
				got = append(got, term.Text)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", question, got, want)
		}
	}
}

// TestMixed: a common word weighs less in a small store than its notes say, no word more, and what
// the store knows better counts alone.
func TestMixed(t *testing.T) {
	for _, c := range []struct {
		stem     string
		n, df    int64
		from, to float64 // of the store's own idf
	}{
		{"my", 40, 2, .2, .7}, {"how", 40, 2, .2, .7}, {"mein", 40, 2, .2, .7}, {"мо", 40, 2, 1, 1}, {"rent", 40, 2, 1, 1}, {"zswap", 40, 2, 1, 1},
		{"my", 10_000_000, 100, .98, 1}, {"my", 40, 40, 1, 1}, {"my", 0, 0, 0, 1},
	} {
		own := IDF(c.n, c.df)
		if got := Mixed(own, c.n, c.stem); got < c.from*own || got > c.to*own {
			t.Errorf("%q in %d of %d: %.2f of the store's own idf, want %.2f to %.2f", c.stem, c.df, c.n, got/own, c.from, c.to)
		}
	}
}
