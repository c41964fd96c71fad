package talk

import (
	"strings"
	"testing"
)

// TestWhatLeans: a question that points or says too little takes the subject of the one before, and
// one that names its own, or asks nothing, does not.
func TestWhatLeans(t *testing.T) {
	const before = "Which port does the Flurbizon server listen on?"
	for last, leans := range map[string]bool{
		"And who installed it?":            true,
		"Who installed it?":                true,
		"Since when?":                      true,
		"What about backups?":              true,
		"What about the licence?":          true,
		"Und seit wann?":                   true,
		"Seit wann gilt die Lizenz?":       true,
		"Who founded Zorvane?":             false,
		"Wer gründete Zorvane?":            false,
		"Qui a fondé Zorvane ?":            false,
		"How much is the X2?":              false,
		"What is sqlite3?":                 false,
		"And who of them founded Zorvane?": true,
		"Thanks!":                          false,
		"ok, thank you very much":          false,
		"Hello":                            false,
		"Danke schön":                      false,
	} {
		got := Standalone([]string{before, last})
		if strings.Contains(got, "Flurbizon") != leans {
			t.Errorf("%q became %q", last, got)
		}
	}
}
