package chunk

import "bytes"

// outline follows the lines of a text and opens a scope for whatever holds later lines and is not
// repeated there: the header of a table, the keys around a value. A row alone does not say what its
// cells are.
type outline interface {
	// line sees the line text[at:end], whose first byte that is no space is at first.
	line(at, first, end int)
}

// tables finds tables in markup and in plain text: rows between bars, also as grids, rows below a
// ruler, and the simple tables of reStructuredText.
type tables struct {
	*splitter
	around func() int // the scope that a table stands in
	scope  int        // of the open table, -1
	form   tableForm
	last   span // the line before
	head   span // of a simple table: its first line, empty before that
}

// tableForm is how the lines of a table look.
type tableForm uint8

const (
	formNone   tableForm = iota
	formBars             // | a | b |, and +---+---+ between
	formLoose            // a | b
	formFence            // anything, between two lines |===
	formSimple           // columns below rulers: ====  ====
	formTop              // the header of a simple table, or its rows
)

func newTables(s *splitter, around func() int) *tables {
	return &tables{splitter: s, around: around, scope: -1}
}

// atTop stands in no scope.
func atTop() int { return -1 }

func (t *tables) line(at, first, end int) {
	row := bytes.TrimRight(t.text[first:end], " \t\r")
	if t.form != formNone && !t.goesOn(row, at, first, end) {
		t.close(at)
	}
	if t.form == formNone {
		t.starts(row, first, end)
	}
	t.last = span{first, first + len(row)}
}

// goesOn tells whether a line belongs to the table that is open, and reads it.
func (t *tables) goesOn(row []byte, at, first, end int) bool {
	switch t.form {
	case formBars:
		return isBarRow(row) || len(row) > 1 && row[0] == '+' && row[len(row)-1] == '+'
	case formLoose:
		return bytes.IndexByte(row, '|') >= 0
	case formFence:
		if t.scope < 0 && len(row) > 0 && !isTableFence(row) {
			t.open(span{first, first + len(row)}, end)
		}
		return !isTableFence(row)
	case formSimple:
		return !isSimpleRuler(row)
	case formTop:
		switch {
		case isSimpleRuler(row):
			t.form = formSimple
			t.open(t.head, end)
			return !t.blankAfter(end) // the rows ended: there was no header
		case t.head.empty():
			t.head = span{first, first + len(row)}
		}
		return len(row) > 0
	}
	return false
}

// starts opens the table that a line begins.
func (t *tables) starts(row []byte, first, end int) {
	switch {
	case len(row) < 2:
	case isTableFence(row):
		t.form = formFence
	case isBarRow(row) && columns(row) > 1 && !isTableRuler(row):
		t.form = formBars
		t.open(span{first, first + len(row)}, end)
	case isTableRuler(row) && columns(t.text[t.last.lo:t.last.hi]) > 1:
		t.form = formLoose
		t.open(t.last, end)
	case isSimpleRuler(row):
		t.form, t.head = formTop, span{}
	}
}

// open opens the scope of a table whose header is head, for the lines after the one that ends at
// end.
func (t *tables) open(head span, end int) {
	start := min(end+1, len(t.text))
	parent := t.around()
	if s := t.labeller.open(scope{kind: kindTable, parent: parent, start: start, head: start, label: head}); s != parent {
		t.scope = s
	}
}

func (t *tables) close(at int) {
	if t.scope >= 0 {
		t.scopes[t.scope].end = max(at, t.scopes[t.scope].start)
	}
	t.scope, t.form = -1, formNone
}

func (t *tables) blankAfter(end int) bool {
	next := t.text[min(end+1, len(t.text)):]
	return len(bytes.TrimSpace(next[:lineEnd(next, 0)])) == 0
}

// isBarRow tells whether a line is a row between bars.
func isBarRow(row []byte) bool { return len(row) > 1 && row[0] == '|' && !isTableFence(row) }

// isTableFence tells whether a line begins or ends a table of AsciiDoc.
func isTableFence(row []byte) bool {
	return bytes.HasPrefix(row, []byte("|===")) && len(bytes.Trim(row[1:], "=")) == 0
}

// isTableRuler tells whether a line stands below a header: |---|:--:| or ---+---.
func isTableRuler(row []byte) bool {
	return bytes.IndexByte(row, '-') >= 0 && bytes.ContainsAny(row, "|+") && len(bytes.Trim(row, "-|+:= \t")) == 0
}

// isSimpleRuler tells whether a line is the ruler of a simple table, of two columns or more.
func isSimpleRuler(row []byte) bool {
	return bytes.HasPrefix(row, []byte("==")) && bytes.Contains(row, []byte(" =")) && len(bytes.Trim(row, "= ")) == 0
}

// columns counts the cells between bars.
func columns(row []byte) int {
	return 1 + bytes.Count(bytes.Trim(row, "| \t"), []byte("|"))
}

// csvRows opens one scope for all rows below the first, where that has names in it.
type csvRows struct {
	*splitter
	seen bool
}

func (c *csvRows) line(_, first, end int) {
	if c.seen || first == end {
		return
	}
	c.seen = true
	head := bytes.TrimPrefix(c.text[first:end], []byte("\uFEFF"))
	if comma := separatorOf(head); comma != 0 && namesColumns(head, comma) {
		start := min(end+1, len(c.text))
		c.labeller.open(scope{kind: kindTable, parent: -1, start: start, head: start, label: span{end - len(head), end}})
	}
}

// namesColumns tells whether the cells of a row are names: none is empty or a number.
func namesColumns(row []byte, comma byte) bool {
	for cell := range bytes.SplitSeq(row, []byte{comma}) {
		if len(bytes.Trim(cell, "0123456789.,:-+\"' \t\r")) == 0 {
			return false
		}
	}
	return true
}

// separatorOf is what separates most cells of a row, 0: nothing does.
func separatorOf(row []byte) (sep byte) {
	most := 0
	for _, c := range []byte{',', ';', '\t', '|'} {
		if n := bytes.Count(row, []byte{c}); n > most {
			most, sep = n, c
		}
	}
	return sep
}

// cellBar stands between the cells of a header in a context.
const cellBar = " | "

// appendCells appends the cells of a header, as many as limit has room for.
func appendCells(dst, row []byte, limit int) []byte {
	sep := []byte{separatorOf(row)}
	switch {
	case bytes.IndexByte(row, '|') >= 0:
		sep[0] = '|'
	case sep[0] == 0:
		sep = []byte("  ") // columns of a simple table
	}
	start := len(dst)
	for cell := range bytes.SplitSeq(row, sep) {
		if cell = bytes.Trim(cell, "\"* \t\r"); len(cell) == 0 {
			continue
		}
		was := len(dst)
		if was > start {
			dst = append(dst, cellBar...)
		}
		if dst = appendWords(dst, cell, limit); len(dst)-start > limit {
			return dst[:was]
		}
	}
	return dst
}
