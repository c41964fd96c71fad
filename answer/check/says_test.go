package check

import "testing"

// TestSaysOnlySoFar: a claim that has the words of a passage and says more, or something else, is
// supported at most in part; the same said rightly is.
func TestSaysOnlySoFar(t *testing.T) {
	pump := "Zorvane was founded by Ada Ibsen in Oslo on 9 June 2014. Zorvane bought Kelmar in 2019 for 30 million euros. " +
		"Critics claimed that the pump was recalled in 2020. Zorvane plans to open a factory in Bergen. " +
		"Some Zorvane models have a display. Users may open the lid after the pump has cooled down. Owners should oil the valve every 6 weeks. " +
		"The X1 costs 300 euros, and the X2 costs 450 euros. Unless the fuse is missing, the alarm rings at noon. The board denied that the tank leaks oil. The hose was replaced in May 2021. Nobody believes that the lamp glows in fog. The gauge, which might be heavy, was painted red in Turku."
	german := "Die Pumpe wurde am 9. Juni 2014 vorgestellt. Zorvane wurde von Kelmar gekauft. Angeblich platzt der Kessel im Winter. Einige Modelle haben eine Anzeige."
	for text, want := range map[string]string{
		"Ada Ibsen founded Zorvane in Oslo on 9 June 2014 [1].":        Supported,
		"In Oslo on 9 June 2014 Zorvane was founded by Ada Ibsen [1].": Supported,
		"Zorvane was founded by Ada Ibsen in Oslo on 9 May 2014 [1].":  Partly,
		"Zorvane was founded in Oslo on June 9, 2014 [1].":             Supported,
		"Zorvane was founded in Oslo on 6 September 2014 [1].":         Partly,
		"The hose was replaced in March 2021 [1].":                     Partly,
		"In May 2021 the hose was replaced [1].":                       Supported,
		"Kelmar was bought by Zorvane in 2019 [1].":                    Supported,
		"Kelmar bought Zorvane in 2019 for 30 million euros [1].":      Partly,
		"Zorvane was bought by Kelmar in 2019 [1].":                    Partly,
		"The pump was recalled in 2020 [1].":                           Partly,
		"Critics claimed in 2020 that the pump was recalled [1].":      Supported,
		"Zorvane opened a factory in Bergen [1].":                      Partly,
		"All Zorvane models have a display [1].":                       Partly,
		"Every Zorvane model has a display [1].":                       Partly,
		"A display is on some Zorvane models [1].":                     Supported,
		"Users must open the lid after the pump has cooled down [1].":  Partly,
		"Owners must oil the valve every 6 weeks [1].":                 Partly,
		"Every 6 weeks owners should oil the valve [1].":               Supported,
		"The X1 costs 450 euros and the X2 costs 300 euros [1].":       Partly,
		"The X2 costs 300 euros [1].":                                  Partly,
		"The X2 costs 450 euros [1].":                                  Supported,
		"At noon the alarm rings [1].":                                 Partly,
		"The tank leaks oil [1].":                                      Partly,
		"The lamp glows in fog [1].":                                   Partly,
		"The gauge was painted red in Turku [1].":                      Supported,
		"It is false that Zorvane bought Kelmar in 2019 [1].":          Partly,
		"Die Pumpe wurde am 9. Mai 2014 vorgestellt [2].":              Partly,
		"Am 9. Juni 2014 wurde die Pumpe vorgestellt [2].":             Supported,
		"Kelmar wurde von Zorvane gekauft [2].":                        Partly,
		"Im Winter platzt der Kessel [2].":                             Partly,
		"Alle Modelle haben eine Anzeige [2].":                         Partly,
	} {
		given := []Source{{N: 1, Text: pump}, {N: 2, Text: german}}
		if got := New("", "", given).Sentence(t.Context(), text); got.Label != want {
			t.Errorf("%s\n\tis %q (%s), want %q", text, got.Label, got.Why, want)
		}
	}
}
