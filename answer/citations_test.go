package answer

import "testing"

// TestADocumentsNumbersAreNoCitations: what stands behind a sentence are our numbers only.
func TestADocumentsNumbersAreNoCitations(t *testing.T) {
	for in, want := range map[string]string{
		"The blade is safe. [1]":      "The blade is safe. (1)",
		"Safe [2] [3].":               "Safe [2] [3].",
		"Safe. [2] [3]":               "Safe. (2) (3)",
		"Safe. [2, 3]":                "Safe. (2, 3)",
		"See a[1] for the rest.":      "See a[1] for the rest.",
		"An index: a[x]":              "An index: a[x]",
		"Nothing":                     "Nothing",
		"[]":                          "[]",
		"Half a bracket 1]":           "Half a bracket 1]",
		"Cited by Ann [4], and [5] [": "Cited by Ann [4], and [5] [",
	} {
		if got := withoutCitations(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
