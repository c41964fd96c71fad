package chats

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// WhatsApp and Signal export a conversation as lines:
//
//	05/03/2024, 14:32 - Anna: text          WhatsApp on Android
//	[05.03.24, 14:32:05] Anna: text         WhatsApp on iOS
//	[2024-03-05, 14:32] Anna: text          Signal
//
// The order of day and month is that of the phone's owner, and the file does not tell it. What has
// no date at its beginning goes on with the message before.

// stamp is the beginning of a message: three numbers of a date, in the order in which they stand.
type stamp struct {
	date  [3]int
	wide  int // which of them has four digits; -1: none
	clock time.Duration
	rest  string
}

// isLines tells an export from its first lines: one of the first three begins a message, and what
// it says has a sender.
func isLines(f *packed.File, head []byte) bool {
	name := strings.ToLower(f.Name())
	if !strings.HasSuffix(name, ".txt") || source.LooksBinary(head) {
		return false
	}
	n := 0
	for line := range strings.Lines(string(head)) {
		if s, ok := stampOf(line); ok {
			if from, _ := senderOf(s.rest); from != "" {
				return true
			}
		}
		if n++; n == 10 {
			break
		}
	}
	return false
}

// stampOf reads the date and the time at a line's beginning.
func stampOf(line string) (s stamp, ok bool) {
	line = strings.Map(func(r rune) rune {
		switch r {
		case '\u200e', '\u200f', '\ufeff':
			return -1
		case '\u202f', '\u00a0':
			return ' '
		}
		return r
	}, strings.TrimRight(line, "\r\n"))
	line, bracket := strings.CutPrefix(line, "[")
	s.wide = -1
	for i := range s.date {
		n := 0
		for n < len(line) && n < 4 && line[n] >= '0' && line[n] <= '9' {
			n++
		}
		if n == 0 || n == 3 || len(line) < n+2 {
			return s, false
		}
		s.date[i], _ = strconv.Atoi(line[:n])
		if n == 4 {
			s.wide = i
		}
		line = line[n:]
		if i < 2 {
			if !strings.ContainsRune("/.-", rune(line[0])) {
				return s, false
			}
			line = strings.TrimPrefix(line[1:], " ")
		}
	}
	line = strings.TrimLeft(line, ",. ")
	end := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsDigit(r) && r != ':' && r != '.' })
	if end < 0 {
		return s, false
	}
	if s.clock, ok = clockOf(line[:end]); !ok {
		return s, false
	}
	line = strings.TrimLeft(line[end:], " ")
	if half := strings.ToLower(line[:min(4, len(line))]); strings.HasPrefix(half, "pm") || strings.HasPrefix(half, "p.m.") {
		if s.clock < 12*time.Hour {
			s.clock += 12 * time.Hour
		}
		line = strings.TrimLeft(line[2:], ".mM ")
	} else if strings.HasPrefix(half, "am") || strings.HasPrefix(half, "a.m.") {
		if s.clock >= 12*time.Hour {
			s.clock -= 12 * time.Hour
		}
		line = strings.TrimLeft(line[2:], ".mM ")
	}
	if bracket {
		s.rest, ok = strings.CutPrefix(line, "]")
	} else if s.rest, ok = strings.CutPrefix(line, "-"); !ok {
		s.rest, ok = strings.CutPrefix(line, "–")
	}
	s.rest = strings.TrimPrefix(s.rest, " ")
	return s, ok
}

func clockOf(s string) (at time.Duration, ok bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '.' })
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second}[:len(parts)] {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n > 59 {
			return 0, false
		}
		at += time.Duration(n) * unit
	}
	return at, true
}

// senderOf takes the sender off a message. What the program itself says has none.
func senderOf(rest string) (from, text string) {
	from, text, ok := strings.Cut(rest, ": ")
	if !ok {
		from, text, ok = strings.Cut(rest, ":")
	}
	if !ok || from == "" || len(from) > senderBytesMax || strings.ContainsAny(from, "\"“”\n") {
		return "", rest
	}
	return from, text
}

const senderBytesMax = 100

// lines reads an export of lines.
func lines(f *packed.File, b []byte, rules *source.Rules) ([]packed.Entry, error) {
	text, _ := source.Decode(b, "utf-8")
	var stamps []stamp
	var all []packed.Message
	var goesOn strings.Builder // what the last message says
	end := func() {
		if len(all) > 0 {
			all[len(all)-1].Text = goesOn.String()
		}
		goesOn = strings.Builder{}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if s, ok := stampOf(line); ok {
			end()
			m := packed.Message{Line: n, Lines: 1}
			var said string
			m.From, said = senderOf(s.rest)
			goesOn.WriteString(said)
			stamps, all = append(stamps, s), append(all, m)
		} else if len(all) > 0 {
			goesOn.WriteString("\n" + strings.TrimRight(line, "\r\n"))
			all[len(all)-1].Lines++
		}
	}
	end()
	year, month, day := orderOf(stamps)
	for i, s := range stamps {
		y := s.date[year]
		if s.wide < 0 {
			y += 2000
		}
		all[i].At = time.Date(y, time.Month(s.date[month]), s.date[day], 0, 0, 0, 0, time.UTC).Add(s.clock)
	}
	return packed.Days(conversation(f), all, rules), nil
}

// conversation is the name of a conversation: that of the file, without what programs put around
// it.
func conversation(f *packed.File) string {
	name := strings.TrimSuffix(f.Name(), ".txt")
	if name == "_chat" && f.Folder() != "" { // WhatsApp on iOS
		name = f.Folder()[strings.LastIndexByte(f.Folder(), '/')+1:]
	}
	for _, before := range []string{"WhatsApp Chat with ", "WhatsApp Chat - ", "WhatsApp Chat mit ", "Chat de WhatsApp con ", "Discussion WhatsApp avec "} {
		name = strings.TrimPrefix(name, before)
	}
	return name
}

// orderOf finds out which of the three numbers of a date are what. Of two orders that all dates
// allow, it is the one in which messages come one after the other; else the day comes first.
func orderOf(all []stamp) (year, month, day int) {
	if slices.ContainsFunc(all, func(s stamp) bool { return s.wide == 0 }) {
		return 0, 1, 2
	}
	if slices.ContainsFunc(all, func(s stamp) bool { return s.date[0] > 31 }) {
		return 0, 1, 2
	}
	wrong := func(month, day int) (n int) {
		for i, s := range all {
			if s.date[month] > 12 {
				n += len(all) + 1
			}
			if i > 0 && earlier(s, all[i-1], month, day) {
				n++
			}
		}
		return n
	}
	if wrong(0, 1) < wrong(1, 0) {
		return 2, 0, 1
	}
	return 2, 1, 0
}

func earlier(a, b stamp, month, day int) bool {
	return cmp.Or(cmp.Compare(a.date[2], b.date[2]), cmp.Compare(a.date[month], b.date[month]), cmp.Compare(a.date[day], b.date[day])) < 0
}
