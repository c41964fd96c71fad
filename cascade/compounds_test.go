package cascade

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/internal/testkit"
)

// germanic are documents whose languages write compounds as one word, with one in English.
var germanic = map[string]string{
	"steuer.md":  "Die Steuererklärung ist bis zum 31. Juli beim Finanzamt abzugeben, und der Bescheid kommt nach drei Monaten.",
	"auto.md":    "Die Erklärung der Werkstatt zur Steuer des Motors war nicht hilfreich, und sie kam im Mai.",
	"kirche.md":  "Die Kirchensteuer ist nicht hoch und wird mit dem Lohn bezahlt.",
	"arbeit.md":  "Die Arbeitszeit ist mit dem Chef besprochen und wird nicht länger.",
	"kasse.md":   "Die Krankenversicherung ist zu kündigen, und das ist nicht schwer.",
	"stand.md":   "Der Verstand ist nicht der Gegenstand und auch nicht der Widerstand, es ist eine Freundschaft und die Wanderung.",
	"polis.md":   "De zorgverzekering is duur en het eigen risico van de polis is niet laag.",
	"brood.md":   "De broodtrommel is van het kind en de appel is niet lekker.",
	"kaka.md":    "Jordgubbstårta är det bästa som finns på sommaren och den är inte svår att baka.",
	"skatt.md":   "Selvangivelsen og inntektsskatten er ikke noe som jeg har lyst til, men det må til.",
	"moms.md":    "Momsregnskabet er ikke færdigt og det har de ikke sagt til mig.",
	"network.md": "The framework of the network is the work of the house, and a timeout was set for outbound steuerung.",
}

// Words are found in compounds and compounds in their parts, in the languages that have such, and
// nothing else is found by it.
func TestCompounds(t *testing.T) {
	src := testkit.NewSource("notes")
	for path, text := range germanic {
		src.Put(path, text)
	}
	for i := range 30 {
		src.Put(fmt.Sprintf("z%02d.md", i), fmt.Sprintf("The number %d of the notes is there to fill the store with text of the far harbour.", i))
	}
	store := newStore(t, smallSegments)
	bring(t, store, src)
	sn := closing(t, snapshot(t, store))
	for question, want := range map[string]string{
		"Steuer":            "auto.md kirche.md steuer.md",
		"steuern":           "auto.md kirche.md steuer.md",
		"Erklärung":         "auto.md steuer.md",
		"Steuererklärung":   "auto.md steuer.md", // and its parts
		"Steuererklärungen": "auto.md steuer.md",
		"Zeit":              "arbeit.md",
		"Arbeitszeiten":     "arbeit.md",
		"Versicherung":      "kasse.md",
		"verzekering":       "polis.md",
		"zorg":              "polis.md",
		"brood":             "brood.md", // its stem is brod
		"tårta":             "kaka.md",
		"skatt":             "skatt.md",
		"regnskab":          "moms.md",
		"Stand":             "", // a particle makes another word of it,
		"Freund":            "", // and so does an ending
		"Wand":              "",
		"Rat":               "",
		"work":              "network.md", // as English has it
		"bound":             "",
		"frame":             "",
	} {
		r := ask(t, sn, text(question), flow.Options{})
		var got []string
		for _, j := range r.Judged {
			p, err := sn.Passage(j.Place)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.Path)
		}
		slices.Sort(got)
		if all := strings.Join(got, " "); all != want {
			t.Errorf("%s finds %q, want %q", question, all, want)
		}
	}
	// What holds the compound stands before what only holds its parts.
	first, err := sn.Passage(ask(t, sn, text("Steuererklärung"), flow.Options{}).Judged[0].Place)
	if err != nil || first.Path != "steuer.md" {
		t.Errorf("%s is first, %v", first.Path, err)
	}
}

// A passage without a telltale word is in the language of its document; a document without one is
// in none.
func TestLanguageOfTheDocument(t *testing.T) {
	src := testkit.NewSource("notes")
	src.Put("garten.md", "# Garten\n\n"+strings.Repeat("Der Garten ist nicht groß und wird von dem Nachbarn gegossen. ", 18)+
		"\n\n# Bestand\n\n"+strings.Repeat("Häuser, Bäume, Töpfe, Hühner. ", 30))
	src.Put("hens.md", strings.Repeat("Häuser, Bäume, Töpfe, Hühner. ", 3))
	store := newStore(t, smallSegments)
	bring(t, store, src)
	sn := closing(t, snapshot(t, store))
	for question, want := range map[string]string{"Huhn": "garten.md"} {
		r := ask(t, sn, text(question), flow.Options{})
		if len(r.Judged) != 1 {
			t.Errorf("%s: %d passages", question, len(r.Judged))
			continue
		}
		if p, err := sn.Passage(r.Judged[0].Place); err != nil || p.Path != want {
			t.Errorf("%s finds %s, %v", question, p.Path, err)
		}
	}
}
