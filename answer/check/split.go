package check

import (
	"strings"
	"unicode"

	"sluice/answer"
)

// Splitter cuts a text that comes in pieces into sentences that can be shown one by one. Put
// together they are the text.
type Splitter struct{ held string }

// heldMax bounds what is held back for its end.
const heldMax = 8 << 10

// Add takes more of the text and returns the sentences that ended.
func (s *Splitter) Add(text string) (done []string) {
	s.held += text
	for {
		end := endOf(s.held)
		if end == 0 && len(s.held) > heldMax {
			end = strings.LastIndexByte(s.held[:heldMax], ' ') + 1
			if end == 0 {
				end = len(strings.ToValidUTF8(s.held[:heldMax], ""))
			}
		}
		if end == 0 {
			return done
		}
		done = append(done, s.held[:end])
		s.held = s.held[end:]
	}
}

// End returns what is left.
func (s *Splitter) End() (done []string) {
	if s.held == "" {
		return nil
	}
	done = []string{s.held}
	s.held = ""
	return done
}

// endOf is where the first sentence ends for certain: with the white space behind it, and with the
// citations that stand there. 0: more is needed.
func endOf(text string) int {
	body := strings.TrimLeft(text, " \t\n\r")
	lead := len(text) - len(body)
	for _, fence := range []string{"```", "~~~"} {
		if strings.HasPrefix(body, fence) {
			close := strings.Index(body, "\n"+fence)
			if close < 0 {
				return 0
			}
			end := strings.IndexByte(body[close+1:], '\n')
			if end < 0 {
				return 0
			}
			return lead + close + 1 + end + 1
		}
		if body != "" && strings.HasPrefix(fence, body) {
			return 0
		}
	}
	line := strings.IndexByte(body, '\n')
	spans := answer.Sentences(body)
	if len(spans) > 1 {
		end := spans[0][1]
		if m := cites.FindStringIndex(body[end:]); m != nil && strings.TrimSpace(body[end:end+m[0]]) == "" {
			for m != nil && strings.TrimSpace(body[end:end+m[0]]) == "" {
				end += m[1]
				m = cites.FindStringIndex(body[end:])
			}
			if dot := strings.TrimLeft(body[end:], " "); strings.HasPrefix(dot, ".") {
				end = len(body) - len(dot) + 1
			}
		}
		rest := strings.TrimLeftFunc(body[end:], unicode.IsSpace)
		if line < 0 || end <= line {
			if rest == "" || strings.HasPrefix(rest, "[") && !strings.Contains(rest, "]") && len(rest) < 40 || strings.HasPrefix(rest, "【") && !strings.Contains(rest, "】") && len(rest) < 80 {
				return 0 // a citation of this sentence may follow
			}
			gap := body[end : len(body)-len(rest)]
			if i := strings.IndexByte(gap, '\n'); i >= 0 {
				return lead + end + i + 1
			}
			return lead + len(body) - len(rest)
		}
	}
	if line < 0 {
		return 0
	}
	return lead + line + 1
}
