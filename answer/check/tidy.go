package check

import (
	"fmt"
	"strings"
)

// Tidy makes words harmless that are not held against sources, since they may come from elsewhere
// too: a number in brackets that names no source is taken out, and an address that nobody wrote
// becomes code. It takes pieces as a Splitter gives them.
func Tidy(text, said string, known func(n int) bool) string {
	code := strings.Count(text, "`")%2 == 0 // an odd mark begins nothing
	var b strings.Builder
	at := 0
	for _, m := range cites.FindAllStringSubmatchIndex(text, -1) {
		if m[6] >= 0 || code && inCode(text, m[0]) {
			continue
		}
		var real strings.Builder
		lost := false
		for _, n := range numbersIn(text[max(m[2], m[4]):max(m[3], m[5])]) {
			if known(n) {
				fmt.Fprintf(&real, "[%d]", n)
			} else {
				lost = true
			}
		}
		if !lost {
			continue
		}
		b.WriteString(text[at:m[0]])
		if real.Len() > 0 {
			b.WriteString(" " + real.String())
		}
		at = m[1]
	}
	b.WriteString(text[at:])
	return newInert(said).text(b.String())
}
