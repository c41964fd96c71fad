package lexical

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestScriptsWithoutSpaces holds the letters that belong to such a script though Unicode calls them
// common to several, and the neighbours of the scripts' own.
func TestScriptsWithoutSpaces(t *testing.T) {
	for _, r := range []rune{'ก', 'ກ', 'ក', 'က', '漢', 'ひ', 'カ', 'ー', 'ｰ', 'ﾞ', 'ﾟ', '한', 0x0E01} {
		if !isUnspaced(r) {
			t.Errorf("%q (%U) is of a script with spaces", r, r)
		}
	}
	for _, r := range []rune{'a', 'é', 'я', 'ع', 'अ', '、', '・', '０', 'ａ', '😀', 0x0DFF, 0x0E00} {
		if isUnspaced(r) {
			t.Errorf("%q (%U) is of a script without spaces", r, r)
		}
	}
}

// TestMarks holds the first and the last combining diacritic.
func TestMarks(t *testing.T) {
	for r, want := range map[rune]bool{0x2FF: false, 0x300: true, 0x301: true, 0x36F: true, 0x370: false} {
		if got := isMark(r); got != want {
			t.Errorf("%U is a mark: %v", r, got)
		}
		if got := len(appendFolded(nil, r)) == 0; got != want {
			t.Errorf("folding drops %U: %v", r, got)
		}
	}
}

// TestStopWords: the list is Lucene's, of 33 words, and a word that only starts like one is none.
func TestStopWords(t *testing.T) {
	longest := 0
	for word := range stopWords {
		longest = max(longest, len(word))
		if !isStop([]byte(word)) || isStop([]byte(word+"x")) {
			t.Errorf("%q is a stop word: %v; with an x: %v", word, isStop([]byte(word)), isStop([]byte(word+"x")))
		}
	}
	if len(stopWords) != 33 || longest != stopBytesMax {
		t.Errorf("%d words of at most %d bytes", len(stopWords), longest)
	}
}

// TestIdeographs holds the short ways against the long ones: what begins as most of Han is folded
// and composed to itself, and stands before anything.
func TestIdeographs(t *testing.T) {
	for r := rune(0x4000); r <= 0x9FFF; r++ {
		s := string(r)
		p := norm.NFKC.PropertiesString(s)
		if !ideograph(s[0]) || norm.NFKC.String(s) != s || !p.BoundaryBefore() || string(appendFolded(nil, r)) != s {
			t.Fatalf("%U is not what its first byte says", r)
		}
	}
	for _, r := range []rune{0x3FFF, 0xA000, 0xAC00, 0xF900} {
		if ideograph(string(r)[0]) {
			t.Errorf("%U is one", r)
		}
	}
	for r := rune(0); r <= 0xFFFF; r++ {
		long := unicode.In(r, unicode.Han, unicode.Hangul)
		if short := r >= hanFirst && r <= hanLast || r >= hangulFirst && r <= hangulLast; short && !long && unicode.In(r, unicode.L) {
			t.Fatalf("%U is neither Han nor Hangul", r)
		}
	}
}
