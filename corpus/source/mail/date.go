package mail

import (
	"strconv"
	"strings"
	"time"
)

// parseDate reads a date as mails have it: as the standard says ("Tue, 5 Mar 2024 14:32:05 +0100"),
// and in the other ways in which programs have written it. The zero time stands for what is none.
func parseDate(s string) time.Time {
	var day, year, month = 0, 0, time.Month(0)
	clock, zone := time.Duration(-1), time.UTC
	afternoon := false
	for _, word := range dateWords(s) {
		n, err := strconv.Atoi(word)
		switch at, ok := parseClock(word); {
		case ok:
			clock = at
		case strings.EqualFold(word, "pm"):
			afternoon = true
		case monthOf(word) != 0 && month == 0:
			month = monthOf(word)
		case strings.Count(word, "-") == 2: // 2024-03-05, 5-Mar-2024
			if t := parseDashed(word); !t.IsZero() {
				year, month, day = t.Date()
			}
		case len(word) == 5 && (word[0] == '+' || word[0] == '-') && err == nil && clock >= 0:
			n = max(min(n, 2359), -2359)
			zone = time.FixedZone("", (n/100*60+n%100)*60)
		case err != nil:
			if hours, ok := zones[strings.ToUpper(word)]; ok && clock >= 0 {
				zone = time.FixedZone("", hours*3600)
			}
		case day == 0 && n >= 1 && n <= 31 && len(word) <= 2:
			day = n
		case year == 0 && len(word) >= 2 && len(word) <= 4 && n >= 0:
			year = fullYear(n, len(word))
		}
	}
	if day == 0 || month == 0 || year == 0 {
		return time.Time{}
	}
	if afternoon && clock < 12*time.Hour {
		clock += 12 * time.Hour
	}
	return time.Date(year, month, day, 0, 0, 0, 0, zone).Add(max(clock, 0))
}

// dateWords splits a date at white space and commas, without comments.
func dateWords(s string) []string {
	var b strings.Builder
	depth := 0
	for _, r := range s[:min(len(s), 200)] {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
			b.WriteByte(' ')
		case depth > 0:
		case r == ',' || r == ';':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		if at, rest, ok := strings.Cut(w, "T"); ok && strings.Count(at, "-") == 2 && strings.Contains(rest, ":") { // RFC 3339
			words[i] = at
			for _, sign := range []string{"+", "-"} {
				if clock, zone, ok := strings.Cut(rest, sign); ok {
					return append(words[:i+1], clock, sign+strings.ReplaceAll(zone, ":", ""))
				}
			}
			return append(words[:i+1], strings.TrimSuffix(rest, "Z"))
		}
		if strings.HasPrefix(w, "GMT+") || strings.HasPrefix(w, "GMT-") || strings.HasPrefix(w, "UTC+") {
			words[i] = strings.ReplaceAll(w[3:], ":", "")
		}
	}
	return words
}

func parseDashed(s string) time.Time {
	for _, layout := range []string{"2006-1-2", "2-Jan-2006", "2-Jan-06"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// parseClock reads 14:32, 14:32:05 and 14.32.05.
func parseClock(s string) (time.Duration, bool) {
	parts := strings.Split(s, ":")
	if len(parts) == 1 {
		if parts = strings.Split(s, "."); len(parts) != 3 {
			return 0, false
		}
	}
	if len(parts) > 3 {
		return 0, false
	}
	var at time.Duration
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second}[:len(parts)] {
		whole, _, _ := strings.Cut(parts[i], ".")
		n, err := strconv.Atoi(whole)
		if err != nil || n < 0 || n > 60 {
			return 0, false
		}
		at += time.Duration(n) * unit
	}
	return at, true
}

func monthOf(word string) time.Month {
	if len(word) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(m.String()[:3], word) || strings.EqualFold(m.String(), word) {
			return m
		}
	}
	return 0
}

// fullYear is the year that two digits stand for, or that a program of 2000 wrote as 100.
func fullYear(n, digits int) int {
	switch {
	case digits == 4:
		return n
	case digits == 3:
		return 1900 + n
	case n < 50:
		return 2000 + n
	}
	return 1900 + n
}

// zones are the names of zones that mails have, in hours.
var zones = map[string]int{
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MESZ": 2, "MEZ": 1, "BST": 1, "WEST": 1, "EET": 2, "EEST": 3, "JST": 9, "KST": 9, "HST": -10,
}

// dateOf is when a message was sent: as it says, else as the last machine on its way says.
func dateOf(h header) time.Time {
	for _, name := range []string{"Date", "Resent-Date", "Delivery-Date", "X-Original-Date"} {
		if t := parseDate(h.get(name)); !t.IsZero() {
			return t
		}
	}
	if received := h.get("Received"); received != "" {
		return parseDate(received[strings.LastIndexByte(received, ';')+1:])
	}
	return time.Time{}
}
