package flow

import (
	"testing"

	"sluice/index"
)

// TestNeedles: a phrase is found however its words are written, and in no other order.
func TestNeedles(t *testing.T) {
	for _, c := range []struct {
		phrase, text string
		want         bool
	}{
		{"torn write", "a torn write.", true},
		{"torn write", "a torn, half-made write", false},
		{"torn write", "write torn", false},
		{"torn torn write", "torn torn torn write", true},
		{"e-book reader", "the ebook reader", true},
		{"ebook reader", "the e-book reader", true},
		{"ebook", "an E-Book", true},
		{"ebook", "e, book", false},
		{"order id", "order_id", true},
		{"orderid is", "the orderId is set", true},
		{"480MB of memory", "480 MB of memory", true},
		{"until 7 November 2029", "until 2029-11-07", true},
		{"from 9.14", "from v9.14.3 on", true},
		{"9.14.3", "9.14", false},
		{"code 0x80230001", "code 80230001", true},
		{"irrigation canal", "irri-\ngation canal", true},
		{"reads", "read", false},
		{"->", "p->next", true},
		{"->", "p.next", false},
		{"p->next", "while (p->next)", true},
		{"p->next", "P->NEXT", true},
		{"p->next", "p next, p.next and p > next", false},
		{"p->next", "pp->next", false},
		{"p->next", "p->nextone", false},
		{"C++", "C++ and more", true},
		{"C++", "c++17", true},
		{"C++", "C and C#", false},
		{"C#", "in C# 12", true},
		{"==", "a == b", true},
		{"==", "a = b = c", false},
		{"user_id", "the user_id of", true},
		{"user_id", "the user id, user-id and userId", false},
		{"user_id", "my_user_id", false},
		{"src/net", "below src/net/a.go", true},
		{"src/net", "src: net", false},
		{"retry.go", "see retry.go", true},
		{"retry.go", "retry, go", false},
		{"--force", "git push --force", true},
		{"--force", "push -force", false},
		{"error -1", "an error -1.", true},
		{"error -1", "an error -10", false},
		{"error -1", "an error 1", false},
		{"AT&T", "by at&t", true},
		{"$HOME", "cd $HOME", true},
		{"$HOME", "cd HOME", false},
		{"a  =  b", "if a = b then", true},
		{"x = [1,\n2]", "set x = [1, 2]", true},
		{"🙂", "fine 🙂", true},
		{"don't panic", "Don’t panic", true},
		{"don’t panic", "don't panic", true},
		{"well-known", "a well–known fact", true},
		{"原子写", "什么是原子写", true},
		{"torn write", "torn\u00ad write", true},
		{"torn write", "// torn\n// write", true},
		{"a, b", "a, b", true},
		{"café (new)", "cafe\u0301 (new)", true},
	} {
		n := newNeedle(c.phrase)
		body := []byte(c.text)
		if got := n.in(&text{body: body, folded: fold(body), words: func() []index.Token { return index.NewAnalyzer().Tokens(nil, body) }}); got != c.want {
			t.Errorf("%q in %q: %v", c.phrase, c.text, got)
		}
	}
}

// TestOptionsAreNotExcluded: what was typed with its dash is not dropped where it stands with one.
func TestOptionsAreNotExcluded(t *testing.T) {
	for body, want := range map[string]bool{
		"a verbose log":             false,
		"use -verbose for more":     true,
		"use --verbose for more":    true,
		"`-verbose`":                true,
		"-verbose":                  true,
		"-verbose makes it verbose": false,
		"non-verbose":               false,
		"---verbose":                false,
		"quiet":                     true,
	} {
		q := Query{Exclude: []string{"verbose"}}
		if got := q.Demands().In([]byte(body)).Met; got != want {
			t.Errorf("without verbose, %q: %v", body, got)
		}
	}
}

// TestPhrasesOverBorders cuts a text at every place: a phrase that the text holds is found in one
// of the two parts, or to go over their border; one that it does not hold is not found.
func TestPhrasesOverBorders(t *testing.T) {
	for _, c := range []struct {
		phrase, text string
		want         bool
	}{
		{"torn write", "how is a torn write noticed", true},
		{"torn write", "how is a torn\n\n  write noticed", true},
		{"torn write", "how is a write torn noticed", false},
		{"is a torn write noticed", "how is a torn write noticed", true},
		{"e-book reader", "an ebook reader here", true},
		{"p->next", "while p->next do", true},
		{"p->next", "while p.next do", false},
		{"a == b", "if a  ==\nb then", true},
		{"==", "a == b", true},
		{"until 7 November 2029", "open until 2029-11-07 at most", true},
	} {
		q := Query{Phrases: []string{c.phrase}}
		d := q.Demands()
		for cut := 1; cut < len(c.text); cut++ {
			left, right := []byte(c.text[:cut]), []byte(c.text[cut:])
			l := d.In(left)
			l.Met = l.Met || l.After && d.Across(l, nil, left, right)
			r := d.In(right)
			r.Met = r.Met || r.Before && d.Across(r, left, right, nil)
			if found := l.Met || r.Met; found != c.want {
				t.Errorf("%q in %q and %q: %v", c.phrase, left, right, found)
			}
		}
	}
}
