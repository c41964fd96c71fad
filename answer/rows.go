package answer

import (
	"encoding/csv"
	"strings"
)

// cellsSeparator stands between the cells of a row as it is shown.
const cellsSeparator = " | "

// row shows a row of a table with its header: a cell alone does not say what it is.
func row(header, cells []string) string {
	var shown []string
	for i, c := range cells {
		if c = strings.TrimSpace(c); c == "" {
			continue
		}
		if i < len(header) && strings.TrimSpace(header[i]) != "" {
			c = strings.TrimSpace(header[i]) + ": " + c
		}
		shown = append(shown, c)
	}
	return strings.Join(shown, cellsSeparator)
}

// cellsOf cuts "| a | b |" into its cells. A bar that is escaped is part of one.
func cellsOf(line string) (cells []string) {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	if !strings.HasSuffix(line, `\|`) {
		line = strings.TrimSuffix(line, "|")
	}
	for cell := range strings.SplitSeq(strings.ReplaceAll(line, `\|`, "\x00"), "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|")))
	}
	return cells
}

// isRow tells whether a line is a row of a table in markup.
func isRow(trimmed string) bool { return len(trimmed) > 1 && trimmed[0] == '|' }

// openHeader is the header of the table in markup that before ends in; nil: it ends in none.
func openHeader(before string) (header []string) {
	for line := range strings.Lines(before) {
		switch trimmed := strings.TrimSpace(line); {
		case !isRow(trimmed):
			header = nil
		case header == nil:
			header = cellsOf(trimmed)
		}
	}
	return header
}

// headed reads a row of a table in a file of rows, with its separator.
type headed struct {
	comma  rune
	header []string // nil: the file has none
}

// headOf reads the first line of a file of rows.
func headOf(document string) (h headed, ok bool) {
	first, _, _ := strings.Cut(strings.TrimPrefix(document, "\ufeff"), "\n")
	most := 0
	for _, comma := range ",;\t|" {
		if n := strings.Count(first, string(comma)); n > most {
			most, h.comma = n, comma
		}
	}
	if most == 0 {
		return h, false
	}
	h.header = h.cells(first)
	for _, c := range h.header {
		if c == "" || strings.Trim(c, "0123456789.,:-+ ") == "" { // a name says more than a number
			h.header = nil
			break
		}
	}
	return h, true
}

func (h headed) cells(line string) []string {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = h.comma, true, -1
	cells, err := r.Read()
	if err != nil {
		return strings.Split(strings.TrimSpace(line), string(h.comma))
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// rowUnits cuts a passage of a file of rows. before is what precedes it in the file.
func rowUnits(text, before string) (units []unit) {
	h, ok := headOf(before + text)
	at := 0
	for line := range strings.Lines(text) {
		start := at
		at += len(line)
		body := strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(body) == "" || start == 0 && before == "" && h.header != nil {
			continue
		}
		shown := body
		if ok {
			shown = row(h.header, h.cells(body))
		}
		units = append(units, unit{text: clip(shown), start: start, end: start + len(body), row: true})
	}
	return units
}
