package serve

import (
	"testing"
	"time"

	"sluice/corpus"
	"sluice/index"
)

// TestMeant: which documents a sender and a time select. A day of a conversation is selected as
// soon as a part of it is: the rest is read again.
func TestMeant(t *testing.T) {
	day := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return day.Add(time.Duration(hours) * time.Hour) }
	for name, c := range map[string]struct {
		d    index.Stored
		w    corpus.Where
		want bool
	}{
		"no time asked":          {index.Stored{}, corpus.Where{From: "a"}, true},
		"its own time":           {index.Stored{Time: at(14)}, corpus.Where{After: day, Before: day.Add(24 * time.Hour)}, true},
		"before it":              {index.Stored{Time: at(-1)}, corpus.Where{After: day}, false},
		"the end is not in":      {index.Stored{Time: at(24)}, corpus.Where{Before: day.Add(24 * time.Hour)}, false},
		"its time":               {index.Stored{Time: at(14)}, corpus.Where{After: day}, true},
		"a part of its day":      {index.Stored{Time: at(9), Type: "chat"}, corpus.Where{After: day.Add(20 * time.Hour)}, true},
		"another day":            {index.Stored{Time: at(9), Type: "chat"}, corpus.Where{After: day.Add(24 * time.Hour)}, false},
		"the day before ends it": {index.Stored{Time: at(9), Type: "chat"}, corpus.Where{Before: day}, false},
		"one that has no time":   {index.Stored{}, corpus.Where{After: day}, false},
	} {
		if got := inTime(c.d, c.w); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	mail := []byte("From: Anna Berg <anna@x.y>\nTo: bo@x.y\n\nFrom: is a word\n")
	for who, want := range map[string]bool{"anna@x.y": true, "Anna Berg": true, "bo@x.y": false, "is a word": true} {
		if got := writtenBy(mail, who); got != want {
			t.Errorf("%s wrote it: %t", who, got)
		}
	}
	chat := []byte("Family\nTuesday\n\n14:32 Anna: Bo: hi\n14:33 Bo: x\nCarl: no\n")
	for who, want := range map[string]bool{"Anna": true, "bo": true, "Carl": false, "Family": false} {
		if got := saidBy(chat, who); got != want {
			t.Errorf("%s said something: %t", who, got)
		}
	}
}
