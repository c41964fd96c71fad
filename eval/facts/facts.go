// Package facts measures how much of documents of real programs is found: it reads a folder of
// files of which other programs have said what is in them, and compares.
//
// The folder has a file facts.json: a list of {"file", "kind", "facts"}. What the facts of a kind
// mean stands in Kinds.
package facts

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"sluice/corpus/extract"
)

// Fixture is one file and what is known of it.
type Fixture struct {
	File  string                     `json:"file"`
	Kind  string                     `json:"kind"`
	Facts map[string]json.RawMessage `json:"facts"`
}

// get reads one of the facts into v and tells whether it is there.
func (f Fixture) get(name string, v any) bool {
	return len(f.Facts[name]) > 0 && string(f.Facts[name]) != "null" && json.Unmarshal(f.Facts[name], v) == nil
}

// Found counts the facts of one file.
type Found struct {
	Found, There int
	Missed       []string
	Text         int // bytes of text that came out
}

// see counts one fact.
func (r *Found) see(found bool, format string, args ...any) {
	r.There++
	if found {
		r.Found++
		return
	}
	r.Missed = append(r.Missed, fmt.Sprintf(format, args...))
}

// Kind counts the facts of a file of a kind.
type Kind func(ctx context.Context, by extract.Runner, path string, f Fixture) (Found, error)

// Kinds are the kinds that are measured. A kind is a file of its own and a line here.
var Kinds = map[string]Kind{
	"image": imageFacts, "ocr-image": ocrFacts, "subtitle": subtitleFacts, "warc": warcFacts,
	"archive": archiveFacts, "docx": documentFacts, "epub": documentFacts, "html": documentFacts, "ipynb": documentFacts,
	"eml": lifeFacts, "mbox": lifeFacts, "chat": lifeFacts, "ics": lifeFacts, "feed": lifeFacts, "takeout": lifeFacts,
	"odt": documentFacts, "pdf": documentFacts, "pptx": documentFacts, "rtf": documentFacts, "xlsx": documentFacts,
}

// Row is what came of one kind.
type Row struct {
	Kind    string   `json:"kind"`
	Files   int      `json:"files"`
	Found   int      `json:"found"`
	There   int      `json:"there"`
	Refused int      `json:"refused"` // files that were not read, whatever the reason
	Bytes   int64    `json:"bytes"`
	Text    int64    `json:"text_bytes"`
	Ms      float64  `json:"ms"`
	Missed  []string `json:"missed,omitempty"`
}

// Measure reads the files of the kinds that are named, or of all that are known.
func Measure(ctx context.Context, by extract.Runner, dir string, kinds []string) ([]Row, error) {
	b, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		return nil, fmt.Errorf("%s holds no facts.json, which says what its files hold: %w", dir, err)
	}
	var all []Fixture
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("facts.json: %w", err)
	}
	rows := map[string]*Row{}
	for _, f := range all {
		kind := Kinds[f.Kind]
		if kind == nil || len(kinds) > 0 && !slices.Contains(kinds, f.Kind) {
			continue
		}
		r := rows[f.Kind]
		if r == nil {
			r = &Row{Kind: f.Kind}
			rows[f.Kind] = r
		}
		if err := r.add(ctx, by, filepath.Join(dir, filepath.FromSlash(f.File)), kind, f); err != nil {
			return nil, err
		}
	}
	var out []Row
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Compare(a.Kind, b.Kind) })
	return out, nil
}

// add counts one file.
func (r *Row) add(ctx context.Context, by extract.Runner, path string, kind Kind, f Fixture) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	began := time.Now()
	got, err := kind(ctx, by, path, f)
	r.Ms += float64(time.Since(began).Microseconds()) / 1000
	r.Files++
	r.Bytes += info.Size()
	r.Text += int64(got.Text)
	r.Found, r.There = r.Found+got.Found, r.There+got.There
	if err != nil {
		r.Refused++
		got.Missed = append(got.Missed, err.Error())
	}
	for _, m := range got.Missed {
		r.Missed = append(r.Missed, f.File+": "+m)
	}
	return ctx.Err()
}

// open opens a file for a Runner.
func open(path string) (f extract.File, closes func() error, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return f, nil, err
	}
	return extract.File{Name: filepath.Base(path), Size: info.Size(), ReaderAt: file}, file.Close, nil
}

// plain is a text as it is compared: letters and digits only, in lower case. What is a blank, a
// quote or a hyphen differs from program to program.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, s)
}

// holds tells whether a text says something.
func holds(text, what string) bool { return strings.Contains(plain(text), plain(what)) }

// Names are the kinds that are measured, in order.
func Names() (names []string) {
	for k := range Kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}
