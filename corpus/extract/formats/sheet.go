package formats

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var sheet = extract.Format{
	Name: "xlsx", Endings: []string{".xlsx", ".xlsm", ".xltx", ".xltm"}, Version: 1,
	Media: []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	Magic: officeMagic, Read: readSheets,
}

func readSheets(f extract.File, w *extract.Writer) error {
	p, mainPart, err := openOffice(f, "xl/workbook.xml")
	if err != nil {
		return err
	}
	properties(p, w)
	b := &book{w: w}
	all := p.relations(mainPart)
	type one struct{ name, part string }
	var sheets []one
	if r := p.open(mainPart); r != nil {
		err = eachElement(r, visitor{start: func(e xml.StartElement) {
			switch e.Name.Local {
			case "sheet":
				for _, a := range e.Attr {
					if a.Name.Local == "id" {
						sheets = append(sheets, one{attr(e, "name"), all[a.Value].to})
					}
				}
			case "workbookPr":
				on := attr(e, "date1904")
				b.from1904 = on == "1" || on == "true"
			}
		}})
		r.Close()
	}
	if err != nil {
		return err
	}
	if r := p.open(orElse(find(all, "sharedStrings"), "xl/sharedStrings.xml")); r != nil {
		err = b.readStrings(r)
		r.Close()
	}
	if err != nil {
		return err
	}
	b.readStyles(p.bytes(orElse(find(all, "styles"), "xl/styles.xml"), 16<<20))
	for _, s := range sheets {
		if err := b.sheet(s.name, p.open(s.part)); err != nil {
			return err
		}
		for _, to := range targets(p.relations(s.part), "comments") {
			w.Block()
			n := &slideText{w: w, notes: true}
			if err := n.part(p.open(to)); err != nil {
				return err
			}
		}
		w.Block()
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// book is what the sheets of a file share.
type book struct {
	w        *extract.Writer
	text     []byte // of all shared strings
	ends     []int  // where in it each ends
	dates    []bool // by style: its numbers are dates
	from1904 bool
}

// readStrings reads the strings that cells refer to by number.
func (b *book) readStrings(r io.Reader) error {
	in, phonetic := false, 0
	return eachElement(r, visitor{
		start: func(e xml.StartElement) {
			in = e.Name.Local == "t"
			if e.Name.Local == "rPh" {
				phonetic++
			}
		},
		end: func(e xml.EndElement) {
			switch in = false; e.Name.Local {
			case "si":
				b.ends = append(b.ends, len(b.text))
			case "rPh":
				phonetic--
			}
		},
		text: func(s string) {
			if in && phonetic == 0 {
				b.text = append(b.text, s...)
			}
		},
	})
}

func (b *book) shared(number string) string {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(b.ends) {
		return ""
	}
	from := 0
	if i > 0 {
		from = b.ends[i-1]
	}
	return string(b.text[from:b.ends[i]])
}

// readStyles finds out which styles show numbers as dates.
func (b *book) readStyles(styles []byte) {
	formats, in := map[string]bool{}, false
	_ = eachElement(bytes.NewReader(styles), visitor{
		start: func(e xml.StartElement) {
			switch e.Name.Local {
			case "numFmt":
				formats[attr(e, "numFmtId")] = isDateFormat(attr(e, "formatCode"))
			case "cellXfs":
				in = true
			case "xf":
				if in {
					id := attr(e, "numFmtId")
					own, known := formats[id]
					n, _ := strconv.Atoi(id)
					b.dates = append(b.dates, own || !known && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58))
				}
			}
		},
		end: func(e xml.EndElement) {
			if e.Name.Local == "cellXfs" {
				in = false
			}
		},
	})
}

// isDateFormat tells whether a number's format shows a day or a time of it.
func isDateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch {
		case code[i] == '"':
			quoted = !quoted
		case quoted:
		case code[i] == '\\':
			i++
		case code[i] == '[':
			bracket = true
		case code[i] == ']':
			bracket = false
		case bracket:
		case strings.IndexByte("ydhmsYDHMS", code[i]) >= 0:
			return true
		}
	}
	return false
}

// cell is the one that is being read.
type cell struct {
	row, column int
	kind        string
	style       int
	value       strings.Builder
}

// sheet writes the rows of one sheet.
func (b *book) sheet(name string, r io.ReadCloser) error {
	if r == nil {
		return nil
	}
	defer r.Close()
	heading := b.w.Begin(corpus.Heading(1, name))
	b.w.Block()
	b.w.String("# " + extract.Tidy(name))
	b.w.Block()
	row, rowID, column, in := 0, -1, 0, false
	var c cell
	err := eachElement(r, visitor{
		start: func(e xml.StartElement) {
			switch e.Name.Local {
			case "row":
				if row++; attr(e, "r") != "" {
					row, _ = strconv.Atoi(attr(e, "r"))
				}
				column = 0
				rowID = b.w.Begin(corpus.Cell(name, row, 0))
			case "c":
				c = cell{row: row, kind: attr(e, "t")}
				c.style, _ = strconv.Atoi(attr(e, "s"))
				if c.column = columnOf(attr(e, "r")); c.column == 0 {
					c.column = column + 1
				}
			case "v", "t":
				in = true
			}
		},
		end: func(e xml.EndElement) {
			switch e.Name.Local {
			case "v", "t":
				in = false
			case "c":
				if s := b.show(&c); s != "" {
					for ; column > 0 && column < min(c.column, column+cellsApartMax); column++ {
						b.w.Cell()
					}
					b.w.String(strings.Map(lineToSpace, s))
					column = c.column
				}
			case "row":
				b.w.Break()
				if rowID >= 0 {
					b.w.End(rowID)
				}
				rowID = -1
			}
		},
		text: func(s string) {
			if in {
				c.value.WriteString(s)
			}
		},
	})
	b.w.End(heading)
	return err
}

// cellsApartMax is how many empty cells between two are shown.
const cellsApartMax = 8

// columnOf is the number of the column in the name of a cell: 28 of AB7.
func columnOf(name string) (n int) {
	for _, c := range name {
		if c < 'A' || c > 'Z' || n > 1<<20 {
			break
		}
		n = n*26 + int(c-'A'+1)
	}
	return n
}

// show is what a cell shows, near enough: numbers as they are, days and times as such.
func (b *book) show(c *cell) string {
	s := strings.TrimSpace(c.value.String())
	switch c.kind {
	case "s":
		return b.shared(s)
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[s]
	case "str", "inlineStr", "e", "d":
		return s
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return s
	}
	if c.style >= 0 && c.style < len(b.dates) && b.dates[c.style] {
		if at := serialDate(x, b.from1904); at != "" {
			return at
		}
	}
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64) // more digits are rounding errors
	if a := math.Abs(y); a >= 1e15 || a < 1e-5 && a > 0 {
		return strconv.FormatFloat(y, 'g', -1, 64)
	}
	return strconv.FormatFloat(y, 'f', -1, 64)
}

// serialDate writes a number of days since the end of 1899 as a date, a time, or both.
func serialDate(x float64, from1904 bool) string {
	if x < 0 || x > 2958466 {
		return ""
	}
	if from1904 {
		x += 1462
	}
	days, part := math.Modf(x)
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if days < 61 { // it was thought that 1900 had a 29th of February
		day = day.AddDate(0, 0, 1)
	}
	at := day.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	switch {
	case part == 0:
		return at.Format("2006-01-02")
	case days == 0:
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04:05")
}
