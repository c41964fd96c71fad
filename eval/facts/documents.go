package facts

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/chunk"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
)

// documentFacts compares a document with its facts.
func documentFacts(ctx context.Context, by extract.Runner, path string, f Fixture) (r Found, err error) {
	file, closes, err := open(path)
	if err != nil {
		return r, err
	}
	defer func() { _ = closes() }() // it was read only
	d, err := read(ctx, by, file)
	if err != nil {
		d = &extract.Document{}
	}
	var hostile string
	if f.get("hostile", &hostile) { // that it ends is the fact
		r.see(ctx.Err() == nil, "did not end")
		return r, nil
	}
	r.Text = len(d.Text)
	r.about(d, f)
	r.phrases(d, f)
	r.counts(d, f)
	r.cells(d, f)
	return r, err
}

// read extracts a document; one that is text is read as that.
func read(ctx context.Context, by extract.Runner, f extract.File) (*extract.Document, error) {
	d, err := extract.Text(ctx, by, f)
	if err == nil || !plainAllowed(f, err) {
		return d, err
	}
	t := source.NewText(io.NewSectionReader(f, 0, f.Size), f.Name)
	defer t.Close()
	text, err := io.ReadAll(t)
	about := extract.About{Title: chunk.Title(chunk.Detect(f.Name, text), f.Name, text)}
	return &extract.Document{About: about, Text: text}, err
}

func plainAllowed(f extract.File, err error) bool {
	head := make([]byte, min(f.Size, formats.HeadBytes))
	_, _ = f.ReadAt(head, 0)
	format := formats.Find(f.Name, f.Type, head)
	return format == nil || format.Text
}

// about compares what a document says of itself.
func (r *Found) about(d *extract.Document, f Fixture) {
	var s string
	if f.get("title", &s) {
		r.see(holds(d.Title, s) || plain(d.Title) != "" && holds(s, d.Title), "title %q, got %q", s, d.Title)
	}
	if f.get("published", &s) {
		t, err := time.Parse(time.RFC3339, s)
		r.see(err == nil && d.Time.Truncate(24*time.Hour).Equal(t.UTC().Truncate(24*time.Hour)), "published %q, got %v", s, d.Time)
	}
	if f.get("main_text_has", &s) {
		r.see(holds(string(d.Text), s), "main text %q", s)
	}
	if f.get("boilerplate_absent", &s) && plain(s) != plain(d.Title) {
		r.see(!holds(string(d.Text), s), "boilerplate %q", s)
	}
	if f.get("text", &s) {
		r.see(mostly(string(d.Text), s), "text %q, got %.120q", s, d.Text)
	}
}

// mostly tells whether nine in ten words of a text are there: programs put them in different
// orders.
func mostly(text, words string) bool {
	all, found := strings.Fields(words), 0
	have := plain(text)
	for _, w := range all {
		if strings.Contains(have, plain(w)) {
			found++
		}
	}
	return found*10 >= len(all)*9
}

// phrases compares what is said where.
func (r *Found) phrases(d *extract.Document, f Fixture) {
	var texts []string
	if f.get("phrases", &texts) {
		for _, p := range texts {
			r.see(holds(string(d.Text), p), "phrase %q", p)
		}
		return
	}
	var placed []struct {
		Page   int
		Phrase string
		Slide  string `json:"slide_file"`
	}
	f.get("phrases", &placed)
	for _, p := range placed {
		if n, ok := strings.CutPrefix(p.Slide, "ppt/slides/slide"); ok {
			p.Page, _ = strconv.Atoi(strings.TrimSuffix(n, ".xml"))
		}
		if p.Page == 0 {
			r.see(holds(string(d.Text), p.Phrase), "phrase %q", p.Phrase)
			continue
		}
		r.see(holds(under(d, func(m corpus.Mark) bool { return m.Kind == corpus.MarkPage && int(m.Number) == p.Page }), p.Phrase),
			"page %d: phrase %q", p.Page, p.Phrase)
	}
	var cell struct {
		Index int
		Text  string
	}
	if f.get("cell", &cell) {
		name := fmt.Sprintf("cell %d", cell.Index+1)
		r.see(holds(under(d, func(m corpus.Mark) bool { return m.Kind == corpus.MarkHeading && m.Name == name }), cell.Text), "%s: %q", name, cell.Text)
	}
}

// under is the text under the marks that are chosen.
func under(d *extract.Document, chosen func(corpus.Mark) bool) string {
	var s strings.Builder
	for _, m := range d.Marks {
		if chosen(m) && int(m.End) <= len(d.Text) && m.Start <= m.End {
			s.Write(d.Text[m.Start:m.End])
			s.WriteByte('\n')
		}
	}
	return s.String()
}

// counts compares how many pages, slides and cells there are, as far as they hold text.
func (r *Found) counts(d *extract.Document, f Fixture) {
	var n int
	pages := 0
	for _, m := range d.Marks {
		if m.Kind == corpus.MarkPage {
			pages = max(pages, int(m.Number))
		}
	}
	if f.get("pages", &n) {
		r.see(pages == n || pages < n && pages+d.Blank >= n, "%d pages, got %d, %d of them without text", n, pages, d.Blank)
	}
	if f.get("slides", &n) {
		r.see(pages <= n && (pages > 0 || len(d.Text) == 0), "%d slides, got %d", n, pages)
	}
}

// cells compares what stands in sheets.
func (r *Found) cells(d *extract.Document, f Fixture) {
	var sheets []string
	f.get("sheets", &sheets)
	for _, s := range sheets {
		r.see(slices.ContainsFunc(d.Marks, func(m corpus.Mark) bool { return m.Kind == corpus.MarkHeading && m.Name == s }), "sheet %q", s)
	}
	var cells []struct{ Part, Cell, Value string }
	f.get("cells", &cells)
	for _, c := range cells {
		row, _ := strconv.Atoi(strings.TrimLeft(c.Cell, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(c.Part, "xl/worksheets/sheet"), ".xml"))
		sheet := ""
		if n >= 1 && n <= len(sheets) {
			sheet = sheets[n-1]
		}
		line := under(d, func(m corpus.Mark) bool { return m.Kind == corpus.MarkCell && m.Name == sheet && int(m.Number) == row })
		r.see(inRow(line, c.Value), "sheet %q, cell %s: %q, row %q", sheet, c.Cell, c.Value, line)
	}
}

// inRow tells whether a cell of the row says it: a date stands in files as a number of days.
func inRow(row, value string) bool {
	x, err := strconv.ParseFloat(value, 64)
	for _, c := range strings.Split(row, " | ") {
		c = strings.TrimSpace(c)
		if plain(c) == plain(value) {
			return true
		}
		if y, yerr := strconv.ParseFloat(c, 64); err == nil && yerr == nil && math.Abs(x-y) <= 1e-9*math.Abs(x) {
			return true
		}
		if t, terr := time.Parse("2006-01-02", c); err == nil && terr == nil && t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() == 24*x {
			return true
		}
	}
	return false
}

// archiveFacts compares the names of files in an archive.
func archiveFacts(ctx context.Context, by extract.Runner, path string, f Fixture) (r Found, err error) {
	file, closes, err := open(path)
	if err != nil {
		return r, err
	}
	defer func() { _ = closes() }() // it was read only
	var unreadable bool
	if f.get("unreadable", &unreadable) && unreadable {
		_, err := members(ctx, by, file)
		r.see(err != nil, "it should be refused")
		return r, nil
	}
	all, err := members(ctx, by, file)
	var names []string
	f.get("names", &names)
	names = slices.DeleteFunc(names, func(n string) bool { // folders count by what lies in them
		return slices.ContainsFunc(names, func(o string) bool { return strings.HasPrefix(o, n+"/") })
	})
	for _, name := range names {
		if strings.HasSuffix(file.Name, ".tgz") && strings.HasSuffix(name, ".tar") { // the tar in it is looked through
			r.see(len(all) > 0, "%q", name)
			continue
		}
		r.see(slices.ContainsFunc(all, func(m extract.Member) bool {
			return m.Left == "" && (m.Path == name || strings.HasPrefix(m.Path, name+"/") || strings.ContainsRune(name, '\uFFFD') && filepath.Ext(m.Path) == filepath.Ext(name))
		}), "%q", name)
	}
	return r, err
}

// members lists an archive, whichever it is.
func members(ctx context.Context, by extract.Runner, f extract.File) ([]extract.Member, error) {
	if formats.HasTable(f.Name) {
		return extract.List(ctx, by, f)
	}
	spool, err := os.CreateTemp("", "sluice-facts-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(spool.Name()) }() // scratch
	defer spool.Close()
	if err := extract.Flatten(ctx, by, f, spool); err != nil {
		return nil, err
	}
	size, err := spool.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	return extract.List(ctx, by, extract.File{Name: "flat.tar", Size: size, ReaderAt: spool})
}
