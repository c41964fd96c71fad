package check

import "strings"

// Thoughts takes out of a text as it comes what a model thinks aloud before it answers.
type Thoughts struct {
	held string
	said bool // the answer has begun
}

const opens, closes = "<think>", "</think>"

// Add takes more of the text and returns what of it is the answer's.
func (t *Thoughts) Add(text string) string {
	if t.said {
		return text
	}
	t.held += text
	body := strings.TrimLeft(t.held, " \t\r\n")
	switch {
	case strings.HasPrefix(body, opens):
		if _, after, ended := strings.Cut(body, closes); ended {
			t.said, t.held = true, ""
			return after
		}
		t.held = opens + body[max(len(opens), len(body)-len(closes)):] // the rest is never shown
		return ""
	case strings.HasPrefix(opens, body):
		return ""
	}
	t.said = true
	out := t.held
	t.held = ""
	return out
}

// End returns what is left: a text that only looked like the beginning of a thought.
func (t *Thoughts) End() string {
	if t.said || strings.HasPrefix(strings.TrimLeft(t.held, " \t\r\n"), opens) {
		return ""
	}
	t.said = true
	return t.held
}
