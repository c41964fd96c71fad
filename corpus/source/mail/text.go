package mail

import (
	"strings"

	"sluice/corpus"
	"sluice/corpus/source/packed"
)

// The names of the sections of a message that are not its writer's words of this day.
const (
	quotedSection    = "quoted text"
	signatureSection = "signature"
)

// text makes a message's text: who wrote it to whom, when and about what, so that a question finds
// it by these words too, and then what it says. What it quotes, and its signature, are marked.
func (m *message) render(id string) *packed.Text {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + cut(value, fieldBytesShown) + "\n")
		}
	}
	line("From", m.from())
	line("To", m.text("To"))
	line("Cc", m.text("Cc"))
	if at := dateOf(m.header); !at.IsZero() {
		line("Date", at.Format("Monday, 2 January 2006 15:04 -0700 (2006-01-02)"))
	}
	line("Subject", m.text("Subject"))
	if thread := m.thread(); thread != "" && thread != id {
		line("Thread", thread)
	}
	var names []string
	for _, p := range m.attachments() {
		names = append(names, p.name)
	}
	line("Attachments", strings.Join(names, ", "))
	body, guess := m.own()
	t := &packed.Text{Guess: guess}
	if body != "" {
		b.WriteString("\n")
		t.Marks = sections(body, b.Len())
		b.WriteString(body + "\n")
	}
	t.Body = []byte(b.String())
	t.Marks = append(t.Marks, corpus.Message(id).Over(0, len(t.Body)))
	return t
}

// fieldBytesShown is how much of a field stands in the text: a list of a thousand addresses says
// less than its beginning.
const fieldBytesShown = 1000

// sections marks what is quoted and what is a signature in a text that begins at byte at.
func sections(body string, at int) (marks corpus.Marks) {
	start, pos := -1, 0
	end := func() {
		if start >= 0 {
			marks = append(marks, corpus.Heading(0, quotedSection).Over(at+start, at+pos))
		}
		start = -1
	}
	for line := range strings.Lines(body) {
		trimmed := strings.TrimRight(line, "\r\n")
		switch {
		case trimmed == "-- " || trimmed == "--" && len(body)-pos < signatureBytesMax:
			end()
			return append(marks, corpus.Heading(0, signatureSection).Over(at+pos, at+len(body)))
		case strings.HasPrefix(trimmed, ">"):
			if start < 0 {
				start = pos
			}
		case forwards(trimmed):
			end()
			return append(marks, corpus.Heading(0, quotedSection).Over(at+pos, at+len(body)))
		case strings.TrimSpace(trimmed) != "":
			end()
		}
		pos += len(line)
	}
	end()
	return marks
}

// signatureBytesMax: two dashes alone begin a signature where little follows.
const signatureBytesMax = 2000

// forwards tells whether a line says that what follows is another message, in the words of the
// programs that write it.
func forwards(line string) bool {
	line = strings.TrimSpace(line)
	bare := strings.ToLower(strings.Trim(line, "-_ "))
	if len(line)-len(bare) < 6 {
		return false
	}
	switch bare {
	case "original message", "forwarded message", "ursprüngliche nachricht", "weitergeleitete nachricht", "message d'origine", "message transféré",
		"mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "oorspronkelijk bericht", "mensagem original":
		return true
	}
	return strings.HasPrefix(bare, "forwarded by ") || strings.HasPrefix(bare, "forwarded message from ")
}

// unflow joins the lines of a text that was broken to be joined again (RFC 3676).
func unflow(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimRight(line, "\n")
		if strings.HasSuffix(trimmed, " ") && trimmed != "-- " && !strings.HasPrefix(trimmed, ">") {
			b.WriteString(trimmed)
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// decodeUU reads uuencode, with its first and last lines or without.
func decodeUU(b []byte) (out []byte) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		if len(line) == 0 || strings.HasPrefix(string(line), "begin ") || string(line) == "end" {
			continue
		}
		n := int(line[0]-' ') & 63
		var bits uint32
		var got []byte
		for i, c := range line[1:] {
			bits = bits<<6 | uint32(c-' ')&63
			if i%4 == 3 {
				got = append(got, byte(bits>>16), byte(bits>>8), byte(bits))
			}
		}
		out = append(out, got[:min(n, len(got))]...)
	}
	return out
}
