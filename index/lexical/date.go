package lexical

import "strings"

// A date is found by its eight digits, year first, however it is written.

// date is a day of the calendar.
type date struct{ year, month, day int }

func (d date) valid() bool {
	return d.year >= 1000 && d.year < 3000 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= 31
}

// digits writes the date as YYYYMMDD.
func (d date) digits() (b [8]byte) {
	n := d.year*10_000 + d.month*100 + d.day
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// monthNames are the names of the months and what they are cut to: English, German, French,
// Spanish, Italian, Portuguese and Dutch, in ASCII.
var monthNames = func() map[string]int {
	m := map[string]int{}
	for i, names := range strings.Split(`january jan januar janvier janv enero gennaio gen janeiro januari
february feb februar fevrier febrero febbraio fevereiro februari
march mar marz maerz mars marzo marco maart mrz
april apr avril abril aprile abr avr
may mai mayo maggio maio mei mag
june jun juni juin junio giugno junho giu
july jul juli juillet julio luglio julho juil lug
august aug aout agosto augustus ago
september sep sept septembre septiembre settembre setembro set
october oct oktober okt octobre octubre ottobre outubro ott out
november nov novembre noviembre novembro
december dec dezember dez decembre diciembre dicembre dezembro dic`, "\n") { //nolint:misspell // other languages
		for _, name := range strings.Fields(names) {
			m[name] = i + 1
		}
	}
	return m
}()

const (
	monthBytesMin = 3
	monthBytesMax = 10
)

// monthLetter are the letters that a month's name begins with: most words are none by their first.
var monthLetter = func() (first [256]bool) {
	for name := range monthNames {
		first[name[0]] = true
	}
	return first
}()

// dateReader reads the pieces of a date one after the other.
type dateReader struct {
	text []byte
	at   int
}

// number reads up to most digits; more are no number of a date.
func (r *dateReader) number(most int) (n, digits int) {
	for ; r.at < len(r.text) && byteClass[r.text[r.at]] == classDigit; r.at++ {
		n = n*10 + int(r.text[r.at]-'0')
		if digits++; digits > most {
			return 0, 0
		}
	}
	return n, digits
}

// one passes over any one of the given bytes.
func (r *dateReader) one(of string) byte {
	if r.at < len(r.text) && strings.IndexByte(of, r.text[r.at]) >= 0 {
		r.at++
		return r.text[r.at-1]
	}
	return 0
}

// word passes over s.
func (r *dateReader) word(s string) bool {
	if len(r.text)-r.at >= len(s) && string(r.text[r.at:r.at+len(s)]) == s {
		r.at += len(s)
		return true
	}
	return false
}

// month reads a month's name; 0: there is none.
func (r *dateReader) month() int {
	var folded [monthBytesMax]byte
	k := 0
	for ; r.at+k < len(r.text) && byteClass[r.text[r.at+k]]&(classLower|classUpper) != 0; k++ {
		if k == monthBytesMax {
			return 0
		}
		folded[k] = byteLower[r.text[r.at+k]]
	}
	if k < monthBytesMin || !monthLetter[folded[0]] {
		return 0
	}
	m := monthNames[string(folded[:k])]
	if m > 0 {
		r.at += k
	}
	return m
}

// year reads a year, after which nothing of a word may follow.
func (r *dateReader) year() int {
	n, digits := r.number(4)
	if digits != 4 || r.at < len(r.text) && byteClass[r.text[r.at]] == classScore {
		return 0
	}
	return n
}

// dateAt reads the date that starts at start, and tells where it ends. 04/02/2031 is two dates, as
// nobody knows who wrote it.
func dateAt(text []byte, start int) (dates [2]date, end int, ok bool) {
	if !mayBeDate(text, start) {
		return dates, start, false
	}
	r := &dateReader{text, start}
	if byteClass[text[start]] != classDigit {
		dates[0] = r.monthFirst()
		return dates, r.at, dates[0].valid()
	}
	n, digits := r.number(4)
	switch {
	case digits == 4:
		dates[0] = r.yearFirst(n)
	case digits > 0 && digits < 3:
		dates = r.dayFirst(n)
	}
	return dates, r.at, dates[0].valid() || dates[1].valid()
}

// mayBeDate is a first look: most numbers and most words before a number are no date.
func mayBeDate(text []byte, start int) bool {
	if byteClass[text[start]] != classDigit {
		return monthLetter[byteLower[text[start]]]
	}
	i := start + 1
	for i < len(text) && i <= start+4 && byteClass[text[i]] == classDigit {
		i++
	}
	if i+1 >= len(text) || !behindDay[text[i]] {
		return false
	}
	next := text[i+1]
	switch named := monthLetter[byteLower[next]] || next == 'o' || next == 'd'; text[i] {
	case ' ':
		return named
	case '-', '/', '.':
		return named || next == ' ' || byteClass[next] == classDigit
	}
	return true
}

// behindDay are the bytes that may follow a day, or a year that comes first: what stands between,
// an ordinal's ending, the sign for a year.
var behindDay = func() (table [256]bool) {
	for _, b := range []byte("-/. snrte年년") {
		table[b] = true
	}
	return table
}()

// yearFirst reads what follows a year: -04-02, /4/2, .04.02, or a month and a day in Chinese,
// Japanese or Korean.
func (r *dateReader) yearFirst(year int) date {
	sep := r.one("-/.")
	if sep == 0 {
		return r.eastern(year)
	}
	month, k := r.number(2)
	if k == 0 || r.one(string(sep)) == 0 {
		return date{}
	}
	day, k := r.number(2)
	if k == 0 {
		return date{}
	}
	return date{year, month, day}
}

// eastern reads 2031年4月2日 and 2031년 4월 2일 after the year.
func (r *dateReader) eastern(year int) date {
	marks := [3]string{"年", "月", "日"}
	if !r.word(marks[0]) {
		if marks = [3]string{"년", "월", "일"}; !r.word(marks[0]) {
			return date{}
		}
	}
	r.one(" ")
	month, _ := r.number(2)
	if !r.word(marks[1]) {
		return date{}
	}
	r.one(" ")
	day, _ := r.number(2)
	if !r.word(marks[2]) {
		return date{}
	}
	return date{year, month, day}
}

// dayFirst reads what follows a day: .04.2031, /04/2031, . April 2031, nd of April 2031.
func (r *dateReader) dayFirst(day int) (dates [2]date) {
	back := r.at
	if sep := r.one("-/."); sep != 0 {
		if month, k := r.number(2); k > 0 && r.one(string(sep)) != 0 {
			year := r.year()
			dates[0] = date{year, month, day}
			if sep == '/' && month != day {
				dates[1] = date{year, day, month}
			}
			return dates
		}
	}
	r.at = back
	r.ordinal()
	if r.one(" -") == 0 {
		return dates
	}
	for _, of := range [...]string{"of ", "de ", "di "} {
		if r.word(of) {
			break
		}
	}
	month := r.month()
	if month == 0 {
		return dates
	}
	r.one(".,")
	if r.one(" -") == 0 {
		return dates
	}
	_ = r.word("de ") || r.word("del ")
	dates[0] = date{r.year(), month, day}
	return dates
}

// ordinal passes over what makes a number an ordinal one.
func (r *dateReader) ordinal() {
	if r.one(".") != 0 {
		return
	}
	for _, s := range [...]string{"st", "nd", "rd", "th", "er"} {
		if r.word(s) {
			return
		}
	}
}

// monthFirst reads April 2, 2031.
func (r *dateReader) monthFirst() date {
	month := r.month()
	if month == 0 {
		return date{}
	}
	r.one(".")
	if r.one(" ") == 0 {
		return date{}
	}
	day, k := r.number(2)
	if k == 0 {
		return date{}
	}
	r.ordinal()
	r.one(",")
	if r.one(" ") == 0 {
		return date{}
	}
	return date{r.year(), month, day}
}
