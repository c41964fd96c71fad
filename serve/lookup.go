package serve

import (
	"regexp"
	"strconv"
	"strings"

	"sluice/answer/check"
	"sluice/answer/upstream"
	"sluice/api"
	"sluice/corpus/secret"
)

// ErrResting says that every model server failed lately: who waits a little may be answered.
var ErrResting = upstream.ErrResting

// Disclose makes a window ready for a model elsewhere, as a chat does: what looks like a credential
// is cut out, and its numbers begin behind those that the conversation has used. It tells how many
// secrets it cut.
func Disclose(c *api.Context, used int) (masked int) {
	for i := range c.Passages {
		p := &c.Passages[i]
		p.N += used
		text := []byte(p.Text)
		found := secret.Find(p.Path, text)
		if len(found) == 0 {
			continue
		}
		masked += len(found)
		secret.Cut(text, found)
		c.Window = strings.ReplaceAll(c.Window, p.Text, string(text))
		p.Text = string(text)
	}
	bare := []byte(c.Window) // what no passage's own text holds, or holds in another form
	found := secret.Find("", bare)
	secret.Cut(bare, found)
	c.Window = renumbered(string(bare), used)
	return masked + len(found)
}

var head = regexp.MustCompile(`^\[(\d{1,5})\] `)

// renumbered is a window whose passages have higher numbers. Inside fences nothing is a number.
func renumbered(window string, by int) string {
	if by == 0 {
		return window
	}
	lines := strings.Split(window, "\n")
	fence := ""
	for i, line := range lines {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence != "" && strings.TrimSpace(line) == fence:
			fence = ""
		case fence == "":
			if m := head.FindStringSubmatch(line); m != nil {
				n, _ := strconv.Atoi(m[1])
				lines[i] = "[" + strconv.Itoa(n+by) + "]" + line[len(m[0])-1:]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// NumberUsed is the highest number that a text has in brackets.
func NumberUsed(text string) (most int) {
	for _, m := range bracketed.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		most = max(most, n)
	}
	return most
}

// Numbers are the numbers that a text cites.
func Numbers(text string) []int { return check.Numbers(text) }

// GroundOf is a citation that nothing was held against.
func GroundOf(c api.Citation) api.Ground { return ground(c.N, "", c.Result) }

// Tidier makes what a model says harmless while it says it, by whole sentences: what it repeats of
// documents loads nothing, and a number that names no source is taken out.
type Tidier struct {
	Said  string           // by the user: an address in it may stand
	Known func(n int) bool // the numbers that name a source
	split check.Splitter
}

// Add takes more words, and returns those that are whole.
func (t *Tidier) Add(text string) string { return t.tidy(t.split.Add(text)) }

// End returns the rest.
func (t *Tidier) End() string { return t.tidy(t.split.End()) }

func (t *Tidier) tidy(pieces []string) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(check.Tidy(p, t.Said, t.Known))
	}
	return b.String()
}
