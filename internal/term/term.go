package term

import (
	"io"
	"strings"
	"unicode/utf8"

	xterm "golang.org/x/term"
)

// IsTerminal tells whether w (or a reader) is a terminal that somebody looks at.
func IsTerminal(w any) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Width is how many columns the terminal w has; 80 when nobody can say.
func Width(w any) int {
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		if n, _, err := xterm.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

// Clean makes the text of a document harmless on a terminal: control characters (escape sequences
// start with one), the controls that reorder text, and bytes that are no UTF-8 are shown as what
// they are instead of obeyed. Line ends and tabs stay.
func Clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.Grow(len(s) + 16)
	var n int
	for i := 0; i < len(s); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteRune(utf8.RuneError)
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"): // a Windows line end is a line end
		case r < 0xA0 && hostile(r):
			b.WriteString(`\x`)
			b.WriteByte(hex[r>>4&15])
			b.WriteByte(hex[r&15])
		case hostile(r):
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[r>>shift&15])
			}
		default:
			b.WriteString(s[i : i+n])
		}
	}
	return b.String()
}

// OneLine is a name on one line and in the order in which it is written, whatever shows it: what
// Clean makes harmless, line ends and tabs are shown as what they are. A file may be called
// anything, and must not write a line of its own into a list that is read line by line.
func OneLine(s string) string {
	s = Clean(strings.ReplaceAll(s, "\r", `\x0d`))
	if !strings.ContainsAny(s, "\n\t") {
		return s
	}
	return strings.NewReplacer("\n", `\x0a`, "\t", `\x09`).Replace(s)
}

func needsCleaning(s string) bool {
	return !utf8.ValidString(s) || strings.IndexFunc(s, hostile) >= 0
}

// hostile tells whether a terminal would act on r instead of showing it. All such runes are below
// 0x10000.
func hostile(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20 || r >= 0x7F && r < 0xA0: // C0, DEL, C1
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F: // marks of direction
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
		return true
	case r == 0x2028 || r == 0x2029: // separators that some terminals take as line ends
		return true
	}
	return false
}

// Style paints; the zero value does not.
type Style struct{ On bool }

// NewStyle paints on terminals, unless noColor (the variable NO_COLOR) is not empty or the terminal
// is dumb.
func NewStyle(w io.Writer, noColor, termName string) Style {
	return Style{On: noColor == "" && termName != "dumb" && IsTerminal(w)}
}

// Place paints where something was found.
func (s Style) Place(text string) string { return s.paint("35", text) }

// Hit paints a term of the question.
func (s Style) Hit(text string) string { return s.paint("1;31", text) }

// Faint paints what stands beside.
func (s Style) Faint(text string) string { return s.paint("2", text) }

// Strong paints a heading.
func (s Style) Strong(text string) string { return s.paint("1", text) }

func (s Style) paint(code, text string) string {
	if !s.On || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
