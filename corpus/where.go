package corpus

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// whereNameRunesMax is how much of a name is shown: a name is a document's own words, and a
// citation is one line.
const whereNameRunesMax = 60

// Where says in a few words where in its original the marked text stands: "page 3", "pages 3-4",
// "12:41", "sheet Costs, row 8". It is one line without control characters, "" where there are no
// marks.
func (all Marks) Where() string {
	var parts []string
	for _, part := range []string{
		all.pages(), all.times(), all.cells(), all.heading(), all.messages(), all.lines(),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// FirstPage returns the page on which the marked text begins; 0 when none is marked.
func (all Marks) FirstPage() int {
	if pages := all.of(MarkPage); len(pages) > 0 {
		return int(pages[0].Number)
	}
	return 0
}

// FirstMessage returns the id of the message with which the marked text begins; "" when none is
// marked.
func (all Marks) FirstMessage() string {
	if messages := all.of(MarkMessage); len(messages) > 0 {
		return messages[0].Name
	}
	return ""
}

// FirstOffset returns where in its recording the marked text begins, as people write it: "12:41",
// "1:02:03"; "" when that is not marked.
func (all Marks) FirstOffset() string {
	if times := all.of(MarkOffset); len(times) > 0 {
		return clockTime(times[0].Number)
	}
	return ""
}

// of returns the marks of one kind. What is said twice, of two passages that stand on one page for
// example, is said once.
func (all Marks) of(kind MarkKind) (some Marks) {
	seen := map[Mark]bool{}
	for _, m := range all {
		said := m
		said.Start, said.End = 0, 0
		if m.Kind == kind && !seen[said] {
			some, seen[said] = append(some, m), true
		}
	}
	return some
}

func (all Marks) pages() string {
	pages := all.of(MarkPage)
	if len(pages) == 0 {
		return ""
	}
	first, last := pages.numbers()
	return span("page", first, last)
}

// numbers returns the least and the greatest number.
func (all Marks) numbers() (least, greatest uint32) {
	least = all[0].Number
	for _, m := range all {
		least, greatest = min(least, m.Number), max(greatest, m.Number)
	}
	return least, greatest
}

// span writes "page 3" or "pages 3-4".
func span(what string, first, last uint32) string {
	if first == last {
		return fmt.Sprintf("%s %d", what, first)
	}
	return fmt.Sprintf("%ss %d-%d", what, first, last)
}

// times writes where a recording is at the first mark, and at the end of the last one where there
// are several.
func (all Marks) times() string {
	times := all.of(MarkOffset)
	if len(times) == 0 {
		return ""
	}
	from := clockTime(times[0].Number)
	last := times[len(times)-1]
	if to := clockTime(number(int64(last.Number) + int64(last.Second))); len(times) > 1 && to != from {
		return from + "-" + to
	}
	return from
}

// clockTime writes milliseconds as people write a place in a recording.
func clockTime(ms uint32) string {
	s := int(time.Duration(ms) * time.Millisecond / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// cells writes the rows of each sheet, in the order of the text.
func (all Marks) cells() string {
	var sheets []string
	rows := map[string]Marks{}
	for _, m := range all.of(MarkCell) {
		if _, ok := rows[m.Name]; !ok {
			sheets = append(sheets, m.Name)
		}
		rows[m.Name] = append(rows[m.Name], m)
	}
	for i, name := range sheets {
		sheets[i] = rows[name].rows()
		if name != "" {
			sheets[i] = "sheet " + shown(name) + ", " + sheets[i]
		}
	}
	return listed(sheets)
}

// rows writes the rows of one sheet, or the cell where it is a single one.
func (all Marks) rows() string {
	if m := all[0]; len(all) == 1 && m.Second > 0 {
		return fmt.Sprintf("cell %s%d", column(m.Second), m.Number)
	}
	first, last := all.numbers()
	return span("row", first, last)
}

// column writes the number of a column as spreadsheets do: A to Z, then AA.
func column(n uint32) string {
	var letters []byte
	for ; n > 0; n = (n - 1) / 26 {
		letters = append([]byte{byte('A' + (n-1)%26)}, letters...)
	}
	return string(letters)
}

// heading writes the innermost heading above the first text that has one.
func (all Marks) heading() string {
	headings := all.of(MarkHeading)
	if len(headings) == 0 || len(all.of(MarkCell)) > 0 { // a cell says on which sheet it stands
		return ""
	}
	inner := headings[0]
	for _, m := range headings[1:] {
		if m.Start == inner.Start && m.Number >= inner.Number {
			inner = m
		}
	}
	return "section " + shown(inner.Name)
}

func (all Marks) messages() string {
	var ids []string
	for _, m := range all.of(MarkMessage) {
		ids = append(ids, "message "+shown(m.Name))
	}
	return listed(ids)
}

// lines writes which lines of the original the text comes from.
func (all Marks) lines() string {
	lines := all.of(MarkLine)
	if len(lines) == 0 {
		return ""
	}
	first, last := lines.numbers()
	for _, m := range lines {
		last = max(last, number(int64(m.Number)+int64(max(m.Second, 1))-1))
	}
	return span("original line", first, last)
}

// listed writes up to two things of a list, and how many more there are.
func listed(things []string) string {
	const most = 2
	if n := len(things) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(things[:most], ", "), n)
	}
	return strings.Join(things, ", ")
}

// shown is a name on one line, in the order in which it is written, cut to what a citation has room
// for. Control characters and changes of direction stand as U+FFFD.
func shown(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return unicode.ReplacementChar
		}
		return r
	}, name)
	if utf8.RuneCountInString(name) > whereNameRunesMax {
		name = string([]rune(name)[:whereNameRunesMax]) + "…"
	}
	return name
}
