package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/answer"
)

// Splitter cuts a text that comes in pieces into sentences that can be shown one by one. Put
// together they are the text.
type Splitter struct {
	held   string
	inLine bool // what was returned last did not end its line
}

// heldMax bounds what of a sentence is held back for its end, and blockMax what of a block of code.
const (
	heldMax  = 2 << 10
	blockMax = 64 << 10
)

// Add takes more of the text and returns the sentences that ended.
func (s *Splitter) Add(text string) (done []string) {
	s.held += text
	return s.cut(nil, false)
}

// End returns what is left. A block that never closed is none: its lines are sentences.
func (s *Splitter) End() (done []string) {
	done = s.cut(nil, true)
	if s.held != "" {
		done = append(done, s.held)
	}
	*s = Splitter{}
	return done
}

// cut takes the sentences that ended off what is held.
func (s *Splitter) cut(done []string, final bool) []string {
	for s.held != "" {
		end := endOf(s.held, s.inLine, final || len(s.held) > blockMax)
		if _, _, block := blockOf(strings.TrimSpace(s.held), false); end == 0 && len(s.held) > heldMax && (!block || final) {
			end = strings.LastIndexByte(s.held[:heldMax], ' ') + 1
			if end == 0 {
				end = len(strings.ToValidUTF8(s.held[:heldMax], ""))
			}
		}
		if end == 0 {
			return done
		}
		done = append(done, s.held[:end])
		s.inLine = s.held[end-1] != '\n'
		s.held = s.held[end:]
	}
	return done
}

// endOf is where the first sentence ends for certain: with the white space behind it, and with the
// citations that stand there. 0: more is needed. inLine: the text does not begin a line. final:
// nothing more comes, or too much has, for a block that has not closed.
func endOf(text string, inLine, final bool) int {
	body := strings.TrimLeft(text, " \t\n\r")
	lead := len(text) - len(body)
	if !inLine || strings.Contains(text[:lead], "\n") {
		_, end, opens := blockOf(body, final)
		if end > 0 {
			return lead + end
		}
		if !final && (opens || body != "" && (strings.Trim(body, "`") == "" || strings.Trim(body, "~") == "")) {
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

// Ended tells whether a text ends where a sentence, a line or a block does, its citations aside.
func Ended(text string) bool {
	if strings.HasSuffix(text, "\n") {
		return true
	}
	body := strings.TrimSpace(text)
	if _, end, _ := blockOf(body, true); end > 0 && end == len(body) {
		return true
	}
	body = strings.TrimRight(cites.ReplaceAllString(body, ""), " \"'”’»)*_")
	end, _ := utf8.DecodeLastRuneInString(body)
	return strings.ContainsRune(".!?…。！？؟।|", end)
}
