package chunk

import (
	"bytes"
	"os"
	"testing"
)

// changed counts the passages of the new division whose text the old one does not have.
func changed(oldText, newText []byte, lang string) int {
	have := make(map[string]bool)
	for _, p := range Split(nil, lang, oldText) {
		have[string(oldText[p.Start:p.End])] = true
	}
	n := 0
	for _, p := range Split(nil, lang, newText) {
		if !have[string(newText[p.Start:p.End])] {
			n++
		}
	}
	return n
}

// TestSplitLocal inserts a statement at every line of a source file and holds that only the
// passages around it change: their texts are part of their ids.
func TestSplitLocal(t *testing.T) {
	text, err := os.ReadFile("testdata/go/scan.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	edits, sum, worst := 0, 0, 0
	for at := 0; at < len(text); at = lineEnd(text, at) + 1 {
		edited := bytes.Join([][]byte{text[:at], []byte("\tsomething := another(thing)\n"), text[at:]}, nil)
		n := changed(text, edited, "go")
		edits, sum, worst = edits+1, sum+n, max(worst, n)
	}
	t.Logf("%d edits change %.2f passages in the mean, %d at most", edits, float64(sum)/float64(edits), worst)
	if sum > 2*edits || worst > 8 {
		t.Errorf("%d edits change %d passages, one of them %d", edits, sum, worst)
	}
}
