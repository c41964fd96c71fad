// Package takeout is the connector of stage 0 for what Google gives of an account: a zip or a
// compressed tar, often in several parts, or the folder of them, unpacked or not.
//
// Folders have names in the language of the account, so a file is recognized by what it holds:
// mails, chats, calendars, contacts, searches and watched videos, the history of a browser, notes,
// and what is said of photos. A file that should be one of these and is not is counted as not read.
package takeout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
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
)

// Kind is the Info.Kind of a takeout.
const Kind = "takeout"

// Connector introduces the connector.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "FILE.zip", Short: "Google Takeout, a part or the folder of all parts: mail, activity, notes, ...",
		Open: func(s source.Setting) (corpus.Source, error) {
			return packed.New(s, packed.Options{Forms: forms(s.Extract), Archives: true, Unknown: unknown}), nil
		},
	}
}

func forms(by extract.Runner) (all []packed.Form) {
	all = append(all, packed.Entries{Is: isNote, Parse: note}, packed.Entries{Is: isPhoto, Parse: photo})
	all = append(all, history.Forms()...)
	all = append(all, chats.Forms()...)
	all = append(all, calendar.Forms()...)
	all = append(all, mail.Forms(by)...)
	return append(all, packed.Entries{Is: isText, Parse: text})
}

// unknown tells that a file is data in a form that nobody here reads. Pictures, videos and pages
// that only show what is there in another form too are none.
func unknown(f *packed.File, head []byte) bool {
	name := strings.ToLower(f.Name())
	switch {
	case strings.HasSuffix(name, ".json"):
		return f.Size > emptyJSON
	case strings.HasSuffix(name, ".html"):
		return name != "archive_browser.html" && !bytes.Contains(head, []byte(`class="note"`)) && !bytes.Contains(head, []byte(`<div class="heading"`))
	}
	return strings.HasSuffix(name, ".mbox") || strings.HasSuffix(name, ".ics") || strings.HasSuffix(name, ".vcf")
}

// emptyJSON is the size up to which JSON holds nothing.
const emptyJSON = 4

func isObject(head []byte, words ...string) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	for _, w := range words {
		if !bytes.Contains(head, []byte(strconv.Quote(w))) {
			return false
		}
	}
	return true
}

func isNote(_ *packed.File, head []byte) bool {
	return isObject(head, "isTrashed", "isArchived") || isObject(head, "textContent") || isObject(head, "userEditedTimestampUsec")
}

// note reads a note of Google Keep.
func note(f *packed.File, b []byte, _ *source.Rules) ([]packed.Entry, error) {
	var n struct {
		Title, TextContent string
		ListContent        []struct {
			Text      string
			IsChecked bool
		}
		Labels      []struct{ Name string }
		Annotations []struct{ Title, URL string }
		Edited      int64 `json:"userEditedTimestampUsec"`
		Created     int64 `json:"createdTimestampUsec"`
		IsTrashed   bool
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	if n.IsTrashed {
		return nil, nil // its owner threw it away
	}
	e := packed.Entry{Name: packed.PathPart(strings.TrimSuffix(f.Name(), ".json")), Title: n.Title, Type: "note"}
	if n.Edited == 0 {
		n.Edited = n.Created
	}
	var out strings.Builder
	if n.Title != "" {
		out.WriteString(n.Title + "\n")
	}
	if n.Edited > 0 {
		e.Time = time.UnixMicro(n.Edited).UTC()
		out.WriteString(packed.InWords(e.Time) + "\n")
	}
	for _, l := range n.Labels {
		out.WriteString("Label: " + l.Name + "\n")
	}
	out.WriteString("\n" + n.TextContent + "\n")
	for _, item := range n.ListContent {
		box := "[ ] "
		if item.IsChecked {
			box = "[x] "
		}
		out.WriteString(box + item.Text + "\n")
	}
	for _, a := range n.Annotations {
		out.WriteString(a.Title + " <" + a.URL + ">\n")
	}
	e.Text = out.String()
	return []packed.Entry{e}, nil
}

func isPhoto(_ *packed.File, head []byte) bool { return isObject(head, "photoTakenTime", "title") }

// photo reads what is said of a photo or a video: when and where it was taken, who is on it. Its
// own name stands in it: the name of the file is cut, and numbered in several ways.
func photo(f *packed.File, b []byte, _ *source.Rules) ([]packed.Entry, error) {
	var p struct {
		Title, Description, URL string
		Taken                   struct{ Timestamp string } `json:"photoTakenTime"`
		GeoData                 struct{ Latitude, Longitude float64 }
		GeoDataExif             struct{ Latitude, Longitude float64 }
		People                  []struct{ Name string }
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	e := packed.Entry{Name: packed.PathPart(p.Title), Title: p.Title, Type: "photo"}
	if f.Name() != "" && numbered(f.Name()) != "" { // two photos of one name lie in one folder
		e.Name += " " + numbered(f.Name())
	}
	var out strings.Builder
	out.WriteString("Photo " + p.Title + "\n")
	if n, err := strconv.ParseInt(p.Taken.Timestamp, 10, 64); err == nil && n != 0 {
		e.Time = time.Unix(n, 0).UTC()
		out.WriteString("Taken: " + packed.InWords(e.Time) + "\n")
	}
	at := p.GeoData
	if at.Latitude == 0 && at.Longitude == 0 {
		at = p.GeoDataExif
	}
	if at.Latitude != 0 || at.Longitude != 0 {
		fmt.Fprintf(&out, "Place: %.5f,%.5f\n", at.Latitude, at.Longitude)
	}
	var who []string
	for _, person := range p.People {
		who = append(who, person.Name)
	}
	if len(who) > 0 {
		out.WriteString("People: " + strings.Join(who, ", ") + "\n")
	}
	if album := f.Folder(); album != "" {
		out.WriteString("Album: " + album[strings.LastIndexByte(album, '/')+1:] + "\n")
	}
	if p.Description != "" {
		out.WriteString("\n" + p.Description + "\n")
	}
	e.Text = out.String()
	return []packed.Entry{e}, nil
}

// numbered is the "(2)" in the name of a file, wherever it stands.
func numbered(name string) string {
	i := strings.LastIndexByte(name, '(')
	if i < 0 {
		return ""
	}
	number, _, ok := strings.Cut(name[i+1:], ")")
	if _, err := strconv.Atoi(number); err != nil || !ok {
		return ""
	}
	return "(" + number + ")"
}

func isText(f *packed.File, head []byte) bool {
	name := strings.ToLower(f.Name())
	return (strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".md")) && !source.LooksBinary(head)
}

// text takes a text as it is.
func text(f *packed.File, b []byte, _ *source.Rules) ([]packed.Entry, error) {
	s, _ := source.Decode(b, "utf-8")
	return []packed.Entry{{Name: f.Name(), Text: s}}, nil
}
