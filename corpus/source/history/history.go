// Package history is the connector of stage 0 for what browsers and phones note of their own:
// visits, searches and bookmarks as they are exported, feeds, and places (GPX, KML).
//
// A document is a day of visits, all bookmarks of a file, an entry of a feed, or a place.
package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// Kind is the Info.Kind of histories.
const Kind = "history"

// Connector introduces the connector.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "DIR", Short: "exported browser history, activity, bookmarks, feeds, GPX and KML",
		Open: func(s source.Setting) (corpus.Source, error) {
			return packed.New(s, packed.Options{Forms: Forms(), Archives: true}), nil
		},
	}
}

// Forms are the forms of histories.
func Forms() []packed.Form {
	return []packed.Form{
		packed.Entries{Is: isVisits, Parse: visits}, packed.Entries{Is: isActivityJSON, Parse: activityJSON}, packed.Entries{Is: isActivity, Parse: activity},
		packed.Entries{Is: isBookmarks, Parse: bookmarks}, packed.Entries{Is: isMarkup("<rss", "<feed", "<rdf:RDF", "<channel"), Parse: feed},
		packed.Entries{Is: isMarkup("<gpx", "<kml"), Parse: places},
	}
}

// isJSON tells JSON that begins so and has all of the words in its first bytes.
func isJSON(head []byte, with byte, words ...string) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != with {
		return false
	}
	for _, w := range words {
		if !bytes.Contains(head, []byte(strconv.Quote(w))) {
			return false
		}
	}
	return true
}

func isVisits(_ *packed.File, head []byte) bool { return isJSON(head, '{', "time_usec", "url") }

// visits reads the history of a browser as Google's Takeout has it. The list's name is in the
// language of the account, so it is found by what it holds.
func visits(_ *packed.File, b []byte, rules *source.Rules) ([]packed.Entry, error) {
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(b, &lists); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	var all []packed.Message
	for _, raw := range lists {
		var list []struct {
			Title, URL string
			Micros     int64 `json:"time_usec"`
		}
		if json.Unmarshal(raw, &list) != nil {
			continue
		}
		for _, v := range list {
			if v.URL != "" {
				all = append(all, packed.Message{At: time.UnixMicro(v.Micros).UTC(), Text: packed.OneLine(v.Title) + " <" + v.URL + ">"})
			}
		}
	}
	return typed("visits", packed.Days("browser history", all, rules)), nil
}

func typed(kind string, all []packed.Entry) []packed.Entry {
	for i := range all {
		all[i].Type = kind
	}
	return all
}

func isActivityJSON(_ *packed.File, head []byte) bool {
	return isJSON(head, '[', "header", "title", "time")
}

// activityJSON reads searches and watched videos as Google's Takeout has them on demand.
func activityJSON(_ *packed.File, b []byte, rules *source.Rules) (days []packed.Entry, err error) {
	var list []struct {
		Header, Title, TitleURL, Time string
		Subtitles                     []struct{ Name string }
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	by := newByName()
	for _, v := range list {
		at, _ := time.Parse(time.RFC3339Nano, v.Time)
		text := v.Title
		for _, s := range v.Subtitles {
			text += " (" + s.Name + ")"
		}
		if v.TitleURL != "" {
			text += " <" + v.TitleURL + ">"
		}
		by.add(v.Header, packed.Message{At: at.UTC(), Text: text})
	}
	return by.days(rules), nil
}

// byName keeps messages by what they belong to, in the order in which that came first.
type byName struct {
	names []string
	all   map[string][]packed.Message
}

func newByName() *byName { return &byName{all: map[string][]packed.Message{}} }

func (b *byName) add(name string, m packed.Message) {
	if _, ok := b.all[name]; !ok {
		b.names = append(b.names, name)
	}
	b.all[name] = append(b.all[name], m)
}

func (b *byName) days(rules *source.Rules) (days []packed.Entry) {
	for _, name := range b.names {
		days = append(days, typed("activity", packed.Days(name, b.all[name], rules))...)
	}
	return days
}

// cell begins one event of an activity page.
const cell = `<div class="outer-cell`

func isActivity(f *packed.File, head []byte) bool {
	name := strings.ToLower(f.Name())
	page := strings.HasSuffix(name, ".html") || strings.HasSuffix(name, ".htm")
	return page && (bytes.Contains(head, []byte(cell)) || bytes.Contains(head, []byte("content-cell")) && bytes.Contains(head, []byte("mdl-")))
}

// activity reads an activity page, as Google's Takeout has it if nothing else is asked for. Each
// event is a cell; every cell becomes a line, whatever language it is in.
func activity(f *packed.File, b []byte, rules *source.Rules) ([]packed.Entry, error) {
	text, _ := source.Decode(b, "utf-8")
	by := newByName()
	before, rest, _ := strings.Cut(text, cell)
	page := packed.OneLine(html.UnescapeString(between(before, "<title>", "<")))
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, cell)
		name := between(one, `mdl-typography--title">`, "<")
		if name == "" {
			name = strings.TrimSuffix(f.Name(), ".html")
		}
		if page != "" && page != name {
			name = page + ": " + name
		}
		body := between(one, `mdl-typography--body-1">`, "</div>")
		lines := strings.Split(withLinks(body), "\n")
		var at time.Time
		for i := len(lines) - 1; i >= 0 && at.IsZero(); i-- {
			if at = spokenTime(lines[i]); !at.IsZero() {
				lines = append(lines[:i], lines[i+1:]...)
			}
		}
		by.add(packed.OneLine(html.UnescapeString(name)), packed.Message{At: at, Text: strings.Join(lines, " ")})
	}
	return by.days(rules), nil
}

func between(s, begin, end string) string {
	_, s, ok := strings.Cut(s, begin)
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, end)
	return s
}

// withLinks is the text of a piece of HTML, with where its links lead.
func withLinks(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, `<a href="`)
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		rest := s[i+len(`<a href="`):]
		link, _, ok := strings.Cut(rest, `"`)
		inner, after, closed := strings.Cut(rest, "</a>")
		if !ok || !closed {
			s = rest
			continue
		}
		_, shown, _ := strings.Cut(inner, ">")
		if html.UnescapeString(shown) == html.UnescapeString(link) {
			shown = ""
		}
		b.WriteString(shown + " &lt;" + link + "&gt;")
		s = after
	}
	b.WriteString(s)
	return packed.TextOfHTML(b.String())
}

// spokenTime reads a time as activity pages write it, in the forms of a few languages.
func spokenTime(s string) time.Time {
	s = packed.OneLine(s)
	for _, layout := range []string{
		"Jan 2, 2006, 3:04:05 PM", "2 Jan 2006, 15:04:05", "02.01.2006, 15:04:05", "2 Jan 2006, 3:04:05 pm", "02/01/2006, 15:04:05", "2006-01-02, 15:04:05", "2006/01/02 15:04:05",
	} {
		try := s
		if words := strings.Fields(s); len(words) > len(strings.Fields(layout)) { // a zone, by its name
			try = strings.Join(words[:len(words)-1], " ")
		}
		if at, err := time.Parse(layout, strings.ReplaceAll(try, "Sept ", "Sep ")); err == nil {
			return at
		}
	}
	return time.Time{}
}

func isBookmarks(_ *packed.File, head []byte) bool {
	return bytes.Contains(bytes.ToUpper(head[:min(len(head), 512)]), []byte("NETSCAPE-BOOKMARK-FILE"))
}

// bookmarks reads the bookmarks of a browser, with the folders that they lie in.
func bookmarks(f *packed.File, b []byte, _ *source.Rules) ([]packed.Entry, error) {
	text, _ := source.Decode(b, "utf-8")
	var out strings.Builder
	e := packed.Entry{Name: packed.PathPart(f.Name()), Title: "Bookmarks", Type: "bookmarks"}
	for line := range strings.Lines(text) {
		upper := strings.ToUpper(line)
		start := out.Len()
		switch i := strings.Index(upper, "<A "); {
		case strings.Contains(upper, "<H3"):
			name := packed.OneLine(packed.TextOfHTML(line))
			out.WriteString("\n" + name + "\n")
			e.Marks = append(e.Marks, corpus.Heading(2, name).Over(start+1, out.Len()))
		case i >= 0:
			link := between(line[i:], `="`, `"`)
			out.WriteString(packed.OneLine(packed.TextOfHTML(line[i:])) + " <" + html.UnescapeString(link) + ">\n")
		}
	}
	e.Text = out.String()
	return []packed.Entry{e}, nil
}
