package judge

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
	} {
		n := newNeedle(c.phrase)
		text := []byte(c.text)
		if got := n.in(text, index.NewAnalyzer().Tokens(nil, text)); got != c.want {
			t.Errorf("%q in %q: %v", c.phrase, c.text, got)
		}
	}
}
