package facts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/corpus/source/photos"
	"sluice/corpus/source/warc"
)

// readMedium reads a photo, a film or subtitles as the connector of photos does.
func readMedium(ctx context.Context, by extract.Runner, path string) (*extract.Document, error) {
	src, err := photos.Open(source.Setting{Info: corpus.Info{Label: "facts", Kind: photos.Kind, Root: filepath.ToSlash(filepath.Dir(path))}, Extract: by})
	if err != nil {
		return nil, err
	}
	r, it, err := src.Open(ctx, filepath.Base(path))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	d := &extract.Document{About: extract.About{Title: it.Title, Time: it.Time, Type: it.Type}}
	if d.Text, err = io.ReadAll(r); err != nil {
		return nil, err
	}
	d.Marks, _ = corpus.MarksOf(r, len(d.Text))
	return d, nil
}

// imageFacts compares what a picture tells of itself, by the names that exiftool has for it.
func imageFacts(ctx context.Context, by extract.Runner, path string, f Fixture) (r Found, err error) {
	d, err := readMedium(ctx, by, path)
	if err != nil {
		d = &extract.Document{}
	}
	r.Text = len(d.Text)
	text := string(d.Text)
	for name, raw := range f.Facts {
		want := strings.Trim(string(raw), `"`)
		_ = json.Unmarshal(raw, &want)
		found := holds(text, want)
		switch key := name[strings.IndexByte(name, ':')+1:]; key {
		case "DateTimeOriginal":
			found = d.Time.Format("2006:01:02 15:04:05") == want
		case "OffsetTimeOriginal":
			found = d.Time.Format("-07:00") == want
		case "GPSLatitude", "GPSLongitude":
			found = near(coordinate(text, key == "GPSLongitude"), want)
		case "Orientation":
			found = strings.Contains(text, "Orientation: "+want+"\n")
		case "ImageWidth":
			found = strings.Contains(text, "Size: "+want+" x ")
		case "ImageHeight":
			found = strings.Contains(text, " x "+want+" pixels")
		case "MIMEType":
			found = strings.Contains(text, "Format: "+want)
		}
		r.see(found, "%s %q", name, want)
	}
	slices.Sort(r.Missed)
	return r, err
}

var coordinates = regexp.MustCompile(`Coordinates: (-?[0-9.]+), (-?[0-9.]+)`)

func coordinate(text string, second bool) float64 {
	m := coordinates.FindStringSubmatch(text)
	if m == nil {
		return math.NaN()
	}
	s := m[1]
	if second {
		s = m[2]
	}
	n, _ := strconv.ParseFloat(s, 64)
	return n
}

// near compares degrees, to a tenth of a metre.
func near(got float64, want string) bool {
	n, err := strconv.ParseFloat(want, 64)
	return err == nil && math.Abs(got-n) < 1e-6
}

// ocrFacts compares the words that are written in a picture.
func ocrFacts(ctx context.Context, by extract.Runner, path string, f Fixture) (r Found, err error) {
	d, err := readMedium(ctx, by, path)
	if err != nil {
		d = &extract.Document{}
	}
	r.Text = len(d.Text)
	var words []string
	f.get("tesseract_words", &words)
	for _, w := range words {
		r.see(holds(string(d.Text), w), "the word %q", w)
	}
	r.see(len(words) > 0 || !strings.Contains(string(d.Text), "Text in the picture"), "it has no words, and some were read")
	return r, err
}

var tags = regexp.MustCompile(`<[^>]*>`)

// subtitleFacts compares cues: how many there are, and when the first one says what.
func subtitleFacts(ctx context.Context, by extract.Runner, path string, f Fixture) (r Found, err error) {
	d, err := readMedium(ctx, by, path)
	if err != nil {
		d = &extract.Document{}
	}
	r.Text = len(d.Text)
	var cues int
	if f.get("cues", &cues) {
		r.see(len(d.Marks) == cues, "%d cues, got %d", cues, len(d.Marks))
	}
	var s string
	if f.get("first_start", &s) {
		got := "nothing"
		if len(d.Marks) > 0 {
			n := d.Marks[0].Number
			got = fmt.Sprintf("%02d:%02d:%02d.%03d", n/3600000, n/60000%60, n/1000%60, n%1000)
		}
		r.see(got == strings.ReplaceAll(s, ",", "."), "the first cue at %s, got %s", s, got)
	}
	if f.get("first_text", &s) {
		r.see(holds(string(d.Text), nethtml.UnescapeString(tags.ReplaceAllString(s, ""))), "the first cue %q", s)
	}
	return r, err
}

// warcFacts compares the records of a file by their types, and their addresses.
func warcFacts(ctx context.Context, _ extract.Runner, path string, f Fixture) (r Found, err error) {
	file, closes, err := open(path)
	if err != nil {
		return r, err
	}
	defer func() { _ = closes() }() // it was read only
	records, uris, damaged := map[string]int{}, map[string]bool{}, 0
	for w, at := warc.NewFile(file, file.Size), int64(0); ctx.Err() == nil; {
		rec, next, err := w.Next(at)
		if errors.Is(err, io.EOF) && !errors.Is(err, warc.ErrCorrupt) {
			break
		}
		if at = next; err != nil {
			damaged++
		}
		if rec != nil {
			records[rec.Type]++
			uris[rec.URI] = true
			r.Text += len(rec.Block)
		}
	}
	var want map[string]int
	f.get("records", &want)
	for kind, n := range want {
		if kind == "arc_header" {
			kind = "warcinfo"
		}
		r.see(records[kind] == n, "%d records of type %s, got %d", n, kind, records[kind])
	}
	var addresses []string
	f.get("uris", &addresses)
	for _, a := range addresses {
		r.see(uris[a], "the address %s", a)
	}
	var stops string
	r.see(f.get("stops_with", &stops) == (damaged > 0), "%d damaged records; an independent reader stops with %q", damaged, stops)
	slices.Sort(r.Missed)
	return r, nil
}
