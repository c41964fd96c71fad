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

// TestWhatHasNoDateStays: the time of a file that holds many documents is none of theirs.
func TestWhatHasNoDateStays(t *testing.T) {
	day := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	text := func(int) ([]byte, error) { return []byte("From: anna@x.y\n\nHello\n"), nil }
	time2024 := corpus.Where{After: day, Before: day.Add(time.Hour)}
	from := func(who string) corpus.Where { return corpus.Where{From: who, After: day} }
	for name, c := range map[string]struct {
		d              index.Stored
		w              corpus.Where
		files          bool
		takes, undated bool
	}{
		"dated":                     {index.Stored{Time: day}, time2024, false, true, false},
		"undated":                   {index.Stored{ModTime: day}, time2024, false, false, true},
		"a file":                    {index.Stored{ModTime: day}, time2024, true, true, false},
		"a file of another time":    {index.Stored{ModTime: day.Add(-time.Hour)}, time2024, true, false, false},
		"a dated file":              {index.Stored{Time: day.Add(-time.Hour), ModTime: day}, time2024, true, false, false},
		"undated, of the sender":    {index.Stored{ModTime: day}, from("anna@x.y"), false, false, true},
		"undated, of somebody else": {index.Stored{ModTime: day}, from("bo@x.y"), false, false, false},
		"no time asked":             {index.Stored{ModTime: day}, corpus.Where{From: "anna@x.y"}, false, true, false},
	} {
		c.d.Path, c.d.Text = "x", text
		m := meaning{where: c.w, files: c.files, undated: map[string]bool{}}
		if got, err := m.takes(c.d); err != nil || got != c.takes || m.undated["x"] != c.undated {
			t.Errorf("%s: taken %t, undated %t, %v", name, got, m.undated["x"], err)
		}
	}
}
