package lexical

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"sluice/index/arm"
)

func TestNoiseIsRecognised(t *testing.T) {
	var numbers, minified strings.Builder
	for i := range 60 {
		fmt.Fprintf(&numbers, "%d, %d, 0x%04x,\n", i*7919, i*104729, i*31)
		fmt.Fprintf(&minified, "function f%d(a){return a+%d}var v%d=f%d(1);", i, i, i, i)
	}
	prose := strings.Repeat("Whoever writes a paragraph on one line still has a space after each of the words. ", 12)
	for _, c := range []struct {
		path, body string
		want       bool
	}{
		{"a/package-lock.json", "{}", true}, {"Cargo.lock", "x", true}, {"go.sum", "x", true}, {"app.min.js", "x", true}, {"app.js.map", "x", true},
		{"app.js", minified.String(), true}, {"table.c", numbers.String(), true},
		{"note.md", prose, false}, {"note.md", strings.Repeat("東京都に行く。", 100), false},
		{"lock.go", "func lock() {}\n", false}, {"summary.md", "x", false}, {"admin.js", "x", false},
		{"prices.md", "The house at 12 Elm Street costs 450,000 since 2029.", false},
	} {
		if got := isNoise(&arm.Fields{Path: c.path, Body: []byte(c.body)}); got != c.want {
			t.Errorf("%s %.40q: %v", c.path, c.body, got)
		}
	}
}

// TestNoiseStandsBehind: of two passages that say the same as often, that of the lock file scores
// less, and is found.
func TestNoiseStandsBehind(t *testing.T) {
	b := NewBuilder()
	for _, p := range []string{"package-lock.json", "why.md"} {
		b.Add(arm.Fields{Path: p, Body: []byte("the package tiny-pad is in use here")})
	}
	sink := newMemorySink()
	if err := b.writeTo(sink); err != nil {
		t.Fatal(err)
	}
	r, err := sink.open()
	if err != nil {
		t.Fatal(err)
	}
	l, ok, err := r.Lookup(StemKey(nil, []byte("tinypad")))
	if err != nil || !ok {
		t.Fatal("tiny-pad has no list", err)
	}
	scores := [2]uint32{}
	s := NewScorer(float64(r.TotalLength())/2, []Weight{{IDF: 2, Repeats: 1, Lists: 1}})
	if err := s.score([]ScanTerm{{l, 0}}, []uint32{0, 1}, scores[:]); err != nil {
		t.Fatal(err)
	}
	if scores[0] == 0 || 2*scores[0] > scores[1] {
		t.Errorf("the lock file scores %d, the note %d", scores[0], scores[1])
	}
}

// TestEncodedBytesAreNoWords: what stands around them are.
func TestEncodedBytesAreNoWords(t *testing.T) {
	raw := make([]byte, 900)
	for i := range raw {
		raw[i] = byte(i * i * 31 >> 3)
	}
	blob := base64.StdEncoding.EncodeToString(raw)
	wrapped := strings.Join([]string{blob[:76], blob[76:152], blob[152:228]}, "\n")
	for _, text := range []string{"before " + blob + " after", "before\n" + wrapped + "\n\nafter"} {
		if n := NewBuilder().Add(arm.Fields{Body: []byte(text)}); n > 60 {
			t.Errorf("%.30q has %d words", text, n)
		}
		for _, word := range []string{"before", "after"} {
			if found, _ := meets(word, text); found == 0 {
				t.Errorf("%.30q: %s is lost", text, word)
			}
		}
	}
	for _, text := range []string{"thisIsAVeryLongIdentifierOfManyWordsThatSomebodyHasJoinedInOneWord2Times", "https://example.org/a/path/Of/Some/Length/with-Words/And/version2/index.html",
		strings.Repeat("word_Word2/", 12)} {
		if n := NewBuilder().Add(arm.Fields{Body: []byte(text)}); n < 8 {
			t.Errorf("%q has %d words", text, n)
		}
	}
}
