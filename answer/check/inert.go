package check

import (
	"regexp"
	"strings"
)

// inert makes harmless what a text would load or lead to: a model repeats what documents tell it,
// and an address can carry out what the window held. An address that the user wrote stands as it
// is; any other becomes code, which loads nothing and leads nowhere.
type inert struct{ said string }

func newInert(said string) inert { return inert{said} }

var (
	address   = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}:(?://|\\\\)|www\.|data:[a-z]+/|javascript:|vbscript:|mailto:|file:)[^\s<>"'` + "`" + `]*`)
	tag       = regexp.MustCompile(`<[A-Za-z/!?][^>\n]*>?`)
	joint     = regexp.MustCompile(`\]\s*(\(|\[|:)`)
	reference = regexp.MustCompile(`(?m)^(\s{0,3}\[[^\]\n]+\]):`)
)

// Inert is a text whose pictures load nothing and whose links lead nowhere.
func (c *Checker) Inert(text string) string { return c.inert.text(text) }

// text makes a sentence harmless.
func (n inert) text(s string) string {
	if !strings.ContainsAny(s, "<]:.") {
		return s
	}
	var b strings.Builder
	for i, part := range strings.Split(s, "`") { // every second one is code, where marks mean nothing
		if i > 0 {
			b.WriteByte('`')
		}
		if i%2 == 1 && strings.Count(s, "`")%2 == 0 {
			b.WriteString(n.code(part))
			continue
		}
		b.WriteString(n.prose(part))
	}
	return b.String()
}

func (n inert) prose(s string) string {
	s = tag.ReplaceAllStringFunc(s, func(t string) string {
		if n.wrote(strings.Trim(t, "<>")) {
			return t
		}
		return "`" + t + "`"
	})
	s = n.unjoin(s)
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		if i > 0 {
			b.WriteByte('`')
		}
		if i%2 == 1 {
			b.WriteString(part)
			continue
		}
		b.WriteString(address.ReplaceAllStringFunc(part, func(a string) string {
			bare := strings.TrimRight(a, ".,;:!?)]")
			if strings.HasPrefix(a[len(bare):], ")") && strings.Contains(bare, "(") {
				bare += ")"
			}
			if n.wrote(bare) {
				return a
			}
			return "`" + bare + "`" + a[len(bare):]
		}))
	}
	return b.String()
}

// unjoin parts what would be a link: "](" and "][", and the definitions that those refer to.
func (n inert) unjoin(s string) string {
	s = reference.ReplaceAllString(s, "$1 :")
	var b strings.Builder
	for {
		m := joint.FindStringSubmatchIndex(s)
		if m == nil {
			b.WriteString(s)
			return b.String()
		}
		target := s[m[3]:]
		if end := strings.IndexAny(target, ") \n"); end >= 0 {
			target = target[:end]
		}
		b.WriteString(s[:m[0]+1])
		if s[m[2]] == ':' || s[m[2]] == '(' && n.wrote(target) {
			b.WriteString(s[m[0]+1 : m[1]])
		} else {
			b.WriteString(" " + s[m[2]:m[3]])
		}
		s = s[m[1]:]
	}
}

var loads = regexp.MustCompile(`\]\((\s*<?(?:[A-Za-z][A-Za-z0-9+.-]*:|//))`)

// code makes code harmless even where whoever shows it does not take it for code.
func (n inert) code(s string) string { return loads.ReplaceAllString(s, "] ($1") }

func (n inert) wrote(address string) bool {
	return len(address) > 5 && strings.Contains(n.said, address)
}
