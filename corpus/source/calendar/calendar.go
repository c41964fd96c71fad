// Package calendar is the connector of stage 0 for calendars (iCalendar) and address books (vCard).
//
// A document is an event, a task or a contact.
package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// Kind is the Info.Kind of calendars.
const Kind = "calendar"

// Connector introduces the connector.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "DIR", Short: "calendars (.ics) and address books (.vcf)",
		Open: func(s source.Setting) (corpus.Source, error) {
			return packed.New(s, packed.Options{Forms: Forms(), Archives: true}), nil
		},
	}
}

// Forms are the forms of calendars and address books.
func Forms() []packed.Form {
	return []packed.Form{
		packed.Entries{Is: isOf("BEGIN:VCALENDAR", ".ics"), Parse: events}, packed.Entries{Is: isOf("BEGIN:VCARD", ".vcf"), Parse: contacts},
	}
}

// isOf tells a file by what it begins with, or by its name where that comes later.
func isOf(begin, ending string) func(*packed.File, []byte) bool {
	return func(f *packed.File, head []byte) bool {
		head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
		named := strings.HasSuffix(strings.ToLower(f.Name()), ending) && bytes.Contains(bytes.ToUpper(head), []byte("BEGIN:V"))
		return named || bytes.HasPrefix(bytes.ToUpper(head[:min(len(head), len(begin))]), []byte(begin))
	}
}

// property is a line of such a file: NAME;PARAMETER=VALUE:value.
type property struct {
	name   string
	params string // in upper case
	value  string
}

// component is what stands between BEGIN and END.
type component struct {
	kind string
	all  []property
}

// get returns the value of the first property of a name.
func (c *component) get(name string) string {
	for _, p := range c.all {
		if p.name == name {
			return p.text()
		}
	}
	return ""
}

// each returns the values of all properties of a name.
func (c *component) each(name string) (values []string) {
	for _, p := range c.all {
		if v := p.text(); p.name == name && v != "" {
			values = append(values, v)
		}
	}
	return values
}

// text is a value without its escapes and encodings.
func (p property) text() string {
	v := p.value
	if strings.Contains(p.params, "QUOTED-PRINTABLE") {
		v = unquote(v)
	}
	if strings.Contains(p.params, "ENCODING=B") {
		return "" // a picture
	}
	v = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(v)
	return strings.TrimSpace(v)
}

// unquote reads quoted-printable, which old address books are in.
func unquote(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		var n byte
		if s[i] == '=' && i+2 < len(s) {
			if _, err := fmt.Sscanf(s[i+1:i+3], "%02X", &n); err == nil {
				b = append(b, n)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	text, _ := source.Decode(b, "utf-8")
	return text
}

// components reads the components of the kinds that are wanted. What is broken ends nothing: a
// component without an end is taken as it is.
func components(b []byte, wanted ...string) (all []component) {
	text, _ := source.Decode(b, "utf-8")
	var open *component
	inner := 0 // components within the open one
	close := func() {
		if open != nil {
			all = append(all, *open)
		}
		open, inner = nil, 0
	}
	for _, line := range unfold(text) {
		p, ok := propertyOf(line)
		if !ok {
			continue
		}
		kind := strings.ToUpper(strings.TrimSpace(p.value))
		switch {
		case p.name == "BEGIN" && contains(wanted, kind):
			close()
			open = &component{kind: kind}
		case p.name == "BEGIN":
			inner++
		case p.name == "END" && open != nil && kind == open.kind:
			close()
		case p.name == "END":
			inner--
		case open != nil && inner <= 0:
			open.all = append(open.all, p)
		}
	}
	close()
	return all
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// unfold joins lines that go on with white space, and those of quoted-printable that end in "=".
func unfold(text string) (lines []string) {
	var parts []string
	flush := func() {
		if len(parts) > 0 {
			lines = append(lines, strings.Join(parts, ""))
		}
		parts = parts[:0]
	}
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		line = strings.TrimRight(line, "\r\n")
		soft := len(parts) > 0 && strings.HasSuffix(parts[len(parts)-1], "=") && strings.Contains(strings.ToUpper(parts[0]), "QUOTED-PRINTABLE")
		switch {
		case soft:
			parts[len(parts)-1] = strings.TrimSuffix(parts[len(parts)-1], "=")
			parts = append(parts, line)
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			parts = append(parts, line[1:])
		default:
			flush()
			parts = append(parts, line)
		}
	}
	flush()
	return lines
}

// propertyOf reads a line. A group before the name ("item1.EMAIL") says nothing.
func propertyOf(line string) (p property, ok bool) {
	quoted := false
	for i := 0; i < len(line); i++ {
		if line[i] == '"' {
			quoted = !quoted
		}
		if line[i] == ':' && !quoted {
			name, params, _ := strings.Cut(line[:i], ";")
			name = name[strings.LastIndexByte(name, '.')+1:]
			return property{strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(params), line[i+1:]}, name != ""
		}
	}
	return p, false
}

// when reads a date or a time.
func when(s string) (at time.Time, ok bool) {
	for _, layout := range []string{"20060102T150405Z", "20060102T150405", "20060102T1504", "20060102", "2006-01-02T15:04:05Z", "2006-01-02", "--0102"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return at, false
}

// events reads a calendar.
func events(f *packed.File, b []byte, _ *source.Rules) (all []packed.Entry, err error) {
	box := strings.TrimSuffix(f.Name(), ".ics")
	for i, c := range components(b, "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY") {
		at, dated := when(c.get("DTSTART"))
		if !dated {
			at, dated = when(c.get("DUE"))
		}
		title := packed.OneLine(c.get("SUMMARY"))
		if title == "" {
			title = strings.ToLower(strings.TrimPrefix(c.kind, "V"))
		}
		id := c.get("UID") + c.get("RECURRENCE-ID")
		if id == "" {
			id = fmt.Sprint(i)
		}
		day := "undated"
		if dated {
			day = at.Format("2006-01-02")
		}
		all = append(all, packed.Entry{
			Name:  fmt.Sprintf("%s/%s %s %08x", box, day, packed.PathPart(title), uint32(corpus.Digest([]byte(id)))), //nolint:gosec // half of it will do
			Title: title, Type: "event", From: mailOf(c.get("ORGANIZER")), Time: at, Text: eventText(&c, title),
		})
	}
	return all, nil
}

func mailOf(s string) string {
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		return s[7:]
	}
	return s
}

// eventText words an event.
func eventText(c *component, title string) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteString(title + "\n")
	line("Starts", spoken(c.get("DTSTART")))
	line("Ends", spoken(c.get("DTEND")))
	line("Due", spoken(c.get("DUE")))
	line("Repeats", c.get("RRULE"))
	line("Place", c.get("LOCATION"))
	line("Organizer", mailOf(c.get("ORGANIZER")))
	var who []string
	for _, p := range c.all {
		if p.name == "ATTENDEE" {
			who = append(who, mailOf(p.text()))
		}
	}
	line("With", strings.Join(who, ", "))
	line("Categories", strings.Join(c.each("CATEGORIES"), ", "))
	line("Status", c.get("STATUS"))
	line("Link", c.get("URL"))
	line("Conference", strings.Join(c.each("CONFERENCE"), ", "))
	line("Busy", strings.Join(c.each("FREEBUSY"), ", "))
	for _, more := range append(c.each("DESCRIPTION"), c.each("COMMENT")...) {
		b.WriteString("\n" + more + "\n")
	}
	return b.String()
}

// spoken is a time in words, with the form of the file behind it; what is none stays as it is.
func spoken(s string) string {
	at, ok := when(s)
	if !ok {
		return s
	}
	if len(s) <= 10 {
		return at.Format("Monday, 2 January 2006 (2006-01-02)")
	}
	return packed.InWords(at)
}

// contacts reads an address book.
func contacts(f *packed.File, b []byte, _ *source.Rules) (all []packed.Entry, err error) {
	box := strings.TrimSuffix(f.Name(), ".vcf")
	for _, c := range components(b, "VCARD") {
		name := c.get("FN")
		if name == "" {
			name = strings.Join(strings.FieldsFunc(c.get("N"), func(r rune) bool { return r == ';' }), " ")
		}
		for _, other := range []string{c.get("ORG"), c.get("EMAIL"), c.get("TEL")} {
			if name == "" {
				name = other
			}
		}
		name = packed.OneLine(name)
		text := contactText(&c, name)
		id := c.get("UID")
		if id == "" {
			id = text
		}
		all = append(all, packed.Entry{
			Name:  fmt.Sprintf("%s/%s %08x", box, packed.PathPart(name), uint32(corpus.Digest([]byte(id)))), //nolint:gosec // half of it will do
			Title: name, Type: "contact", Text: text,
		})
	}
	return all, nil
}

// contactText words a contact.
func contactText(c *component, name string) string {
	var b strings.Builder
	b.WriteString(name + "\n")
	for _, field := range []struct{ name, word string }{
		{"NICKNAME", "Nickname"}, {"ORG", "Organization"}, {"TITLE", "Title"}, {"ROLE", "Role"}, {"EMAIL", "Mail"}, {"TEL", "Phone"}, {"ADR", "Address"},
		{"BDAY", "Birthday"}, {"URL", "Link"}, {"IMPP", "Chat"}, {"CATEGORIES", "Groups"}, {"NOTE", "Note"},
	} {
		for _, v := range c.each(field.name) {
			v = strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == ';' }), ", ")
			if field.name == "BDAY" {
				v = spoken(v)
			}
			fmt.Fprintf(&b, "%s: %s\n", field.word, v)
		}
	}
	return b.String()
}
