package facts

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/corpus/source/calendar"
	"sluice/corpus/source/chats"
	"sluice/corpus/source/history"
	"sluice/corpus/source/mail"
	"sluice/corpus/source/packed"
	"sluice/corpus/source/takeout"
)

// sourceOf makes the connector that reads a kind of a person's own files.
func sourceOf(kind, path string) (corpus.Source, error) {
	connectors := map[string]func() source.Kind{
		"eml": mail.Connector, "mbox": mail.Connector, "chat": chats.Connector, "ics": calendar.Connector, "feed": history.Connector, "takeout": takeout.Connector,
	}
	k := connectors[kind]()
	return k.Source(source.Setting{Info: corpus.Info{Label: kind, Kind: k.Name, Root: filepath.ToSlash(path)}})
}

// documents reads all that lies in a file.
func documents(ctx context.Context, kind, path string) (all []corpus.Extract, err error) {
	src, err := sourceOf(kind, path)
	if err != nil {
		return nil, err
	}
	report, err := src.Walk(ctx, func(it corpus.Item) error {
		x, err := corpus.Read(ctx, src, it.Path, nil)
		x.Item = it
		if corpus.ReasonOf(err) == "" && err != nil {
			return err
		}
		all = append(all, x)
		return nil
	})
	if err == nil && report.FailureN > 0 && len(all) == 0 {
		err = extract.Refusef("%s", report.Failures[0].Err)
	}
	return all, err
}

// lifeFacts compares a file of mails, messages, events or entries with its facts.
func lifeFacts(ctx context.Context, _ extract.Runner, path string, f Fixture) (r Found, err error) {
	all, err := documents(ctx, f.Kind, path)
	var text strings.Builder
	for _, x := range all {
		text.Write(x.Body)
	}
	r.Text = text.Len()
	said := plain(text.String())
	if len(all) > 0 {
		r.message(all, said, f)
	}
	var count int
	if f.get("messages_by_From_lines", &count) {
		r.see(len(all) >= count, "%d messages of %d", len(all), count)
	}
	if f.get("vevents", &count) {
		events := 0
		for _, x := range all {
			if x.Type == "event" {
				events++
			}
		}
		r.see(events >= count, "%d events of %d", events, count)
	}
	for _, name := range []string{"summaries", "subjects"} {
		var words []string
		f.get(name, &words)
		for _, w := range words {
			r.see(strings.Contains(said, plain(w)), "%s %q", name, w)
		}
	}
	for _, name := range []string{"text_has", "expected_title"} {
		var words string
		if f.get(name, &words) {
			r.see(strings.Contains(said, plain(packed.TextOfHTML(words))), "%s %q", name, words)
		}
	}
	r.starts(all, f)
	r.said(said, f)
	return r, err
}

// message compares what a mail says of itself.
func (r *Found) message(all []corpus.Extract, said string, f Fixture) {
	first := all[0]
	for _, x := range all {
		if x.Type == mail.Type && len(x.Path) < len(first.Path) {
			first = x
		}
	}
	var words, date string
	if f.get("message_id", &words) {
		r.see(plain(first.Marks.FirstMessage()) == plain(strings.Trim(words, "<>")), "message id %q, not %q", words, first.Marks.FirstMessage())
	}
	if f.get("subject", &words) && words != "" {
		r.see(plain(first.Title) == plain(words) || strings.Contains(said, plain(words)), "subject %q, not %q", words, first.Title)
	}
	if f.get("from", &words) {
		r.see(holds(first.From, words), "from %q, not %q", words, first.From)
	}
	if f.get("date", &date) {
		at, err := time.Parse(time.RFC3339, date)
		if err != nil {
			at, err = time.Parse("2006-01-02T15:04:05", date)
		}
		r.see(err == nil && at.Equal(first.Time), "date %s, not %s", date, first.Time)
	}
	var names []string
	f.get("attachments", &names)
	for _, name := range names {
		r.see(strings.Contains(said, plain(name)), "attachment %q", name)
	}
	if f.get("body_has", &words) {
		r.see(strings.Contains(said, plain(words)) || strings.Contains(said, plain(packed.TextOfHTML(words))), "text %q", words)
	}
}

// starts compares when events begin: the digits of the date stand in the text.
func (r *Found) starts(all []corpus.Extract, f Fixture) {
	var lines []string
	f.get("dtstart", &lines)
	for _, line := range lines {
		value := strings.TrimSpace(line[strings.LastIndexByte(line, ':')+1:])
		hit := false
		for _, x := range all {
			hit = hit || !x.Time.IsZero() && strings.HasPrefix(value, x.Time.Format("20060102")) || strings.Contains(string(x.Body), value)
		}
		r.see(hit, "start %s", line)
	}
}

// quotedFields finds what was said in the beginning of a list as Python prints one.
var quotedFields = regexp.MustCompile(`'(timestamp|author|message)': '([^']*)'`)

// said compares the first messages of a chat, as far as the fact shows them.
func (r *Found) said(said string, f Fixture) {
	var head string
	f.get("expected_head", &head)
	for _, m := range quotedFields.FindAllStringSubmatch(head, -1) {
		want := m[2]
		if m[1] == "timestamp" {
			at, err := time.Parse("2006-01-02T15:04:05", want)
			want = at.Format("15:04")
			r.see(err == nil && strings.Contains(said, plain(at.Format("2006-01-02"))) && strings.Contains(said, plain(want)), "time %s", m[2])
			continue
		}
		r.see(strings.Contains(said, plain(strings.ReplaceAll(want, `\n`, "\n"))), "%s %q", m[1], want)
	}
}
