package history

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/sourcetest"
)

func put(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func opened(t testing.TB, root string) corpus.Source {
	t.Helper()
	src, err := Connector().Source(source.Setting{Info: corpus.Info{Label: Kind, Kind: Kind, Root: filepath.ToSlash(root)}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// texts reads a file by the name of its form: what is found, by path, and what could not be read.
func texts(t testing.TB, file, text string) (all map[string]string, report *corpus.Report) {
	t.Helper()
	root := t.TempDir()
	put(t, filepath.Join(root, filepath.FromSlash(file)), text)
	src := opened(t, root)
	all = map[string]string{}
	report, err := src.Walk(context.Background(), func(it corpus.Item) error {
		x, err := corpus.Read(context.Background(), src, it.Path, nil)
		when := ""
		if !it.Time.IsZero() {
			when = it.Time.Format("2006-01-02 15:04")
		}
		all[it.Path] = it.Type + " " + when + "\n" + string(x.Body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, report
}

// has checks that one document holds all of the words.
func has(t *testing.T, name string, all map[string]string, words ...string) {
	t.Helper()
	for _, text := range all {
		n := 0
		for _, w := range words {
			if strings.Contains(text, w) {
				n++
			}
		}
		if n == len(words) {
			return
		}
	}
	t.Errorf("%s: no document holds all of %q: %q", name, words, all)
}

// editor writes each document into a file of its own.
type editor struct{ root string }

func (e editor) file(name string) string {
	return filepath.Join(e.root, filepath.FromSlash(name)+".gpx")
}

func (e editor) Put(t testing.TB, name, text string) string {
	put(t, e.file(name), fmt.Sprintf(`<gpx><wpt lat="1" lon="2"><name>n</name><desc>%s</desc></wpt></gpx>`, text))
	return name + "/n 1"
}

func (e editor) Remove(t testing.TB, path string) {
	if err := os.Remove(e.file(strings.TrimSuffix(path, "/n 1"))); err != nil {
		t.Fatal(err)
	}
}

func (e editor) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(e.root); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		root := t.TempDir()
		return opened(t, root), editor{root}
	})
}

// TestForms: each event, entry and place is found with its time and where it leads.
func TestForms(t *testing.T) {
	page := `<html><head><style>.content-cell.mdl-cell{}</style></head><body><div class="mdl-grid">`
	one := func(what, at string) string {
		return `<div class="outer-cell mdl-cell"><div class="mdl-grid"><div class="header-cell"><p class="mdl-typography--title">Search<br></p></div><div class="content-cell mdl-cell mdl-typography--body-1">` +
			what + `<br>` + at + `</div><div class="content-cell mdl-typography--caption"><b>Products:</b><br>&emsp;Search<br></div></div></div>`
	}
	for name, c := range map[string]struct {
		file, text string
		n          int
		words      []string
	}{
		"visits":        {"a.json", `{"Browserverlauf":[{"title":"A page","url":"https://x.y/","time_usec":1709649120000000}]}`, 1, []string{"visits 2024-03-05 14:32", "14:32 A page <https://x.y/>"}},
		"activity json": {"a.json", `[{"header":"YouTube","title":"Watched A","titleUrl":"https://y/1","time":"2024-03-05T14:32:00.5Z","subtitles":[{"name":"Channel"}]}]`, 1, []string{"activity 2024-03-05 14:32", "YouTube", "Watched A (Channel) <https://y/1>"}},
		"activity":      {"MyActivity.html", page + one(`Searched for&nbsp;<a href="https://g/?q=a&amp;b">a &amp; b</a>`, "Mar 5, 2024, 2:32:05 PM UTC") + one("Visited x", "Mar 5, 2024, 2:40:05\u202fPM CET"), 1, []string{"activity 2024-03-05 14:32", "Searched for a & b <https://g/?q=a&b>", "14:40 Visited x"}},
		"german":        {"MeineAktivitäten.html", page + one("Besucht", "05.03.2024, 14:32:05 MEZ"), 1, []string{"activity 2024-03-05 14:32", "Besucht"}},
		"unknown time":  {"a.html", page + one("One", "sometime"), 1, []string{"activity \n", "One sometime"}},
		"bookmarks":     {"b.html", "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DT><H3>News</H3>\n<DT><A HREF=\"https://x.y/?a&amp;b\" ADD_DATE=\"1\">The &lt;X&gt;</A>\n", 1, []string{"News\nThe <X> <https://x.y/?a&b>"}},
		"rss":           {"f.xml", `<rss version="2.0"><channel><title>Fish & Chips</title><item><title>One</title><link>https://x/1</link><pubDate>Tue, 05 Mar 2024 14:32:00 GMT</pubDate><description>&lt;p&gt;Body&lt;/p&gt;</description></item></channel></rss>`, 2, []string{"entry 2024-03-05 14:32", "One", "https://x/1", "Body"}},
		"atom":          {"f.xml", `<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title type="html">A &lt;b&gt;B&lt;/b&gt;</title><link href="https://x/1"/><updated>2024-03-05T14:32:00Z</updated><content type="application/octet-stream">PHA+SGk8L3A+</content></entry></feed>`, 2, []string{"A B", "https://x/1", "Hi"}},
		"gpx":           {"w.gpx", `<gpx><trk><name>Lake</name><trkseg><trkpt lat="52.5" lon="13.4"><time>2024-03-05T14:32:00Z</time></trkpt><trkpt lat="52.6" lon="13.5"><time>2024-03-05T15:00:00Z</time></trkpt></trkseg></trk></gpx>`, 1, []string{"place 2024-03-05 14:32", "Lake", "Place: 52.5,13.4", "2 points", "15:00"}},
		"kml":           {"w.kml", `<kml><Document><Placemark><name>Café</name><description>good</description><Point><coordinates>13.4,52.5,0</coordinates></Point></Placemark></Document></kml>`, 1, []string{"Café", "good", "13.4,52.5,0"}},
	} {
		all, report := texts(t, c.file, c.text)
		if report.FailureN != 0 || len(all) != c.n {
			t.Errorf("%s: %d documents, %+v", name, len(all), report)
		}
		has(t, name, all, c.words...)
	}
}

// TestNothingLost: every event of a page becomes a line, also those whose time is in no known form.
func TestNothingLost(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<html><div class="mdl-grid">`)
	for i := range 3000 {
		fmt.Fprintf(&b, `<div class="outer-cell mdl"><p class="mdl-typography--title">S</p><div class="x mdl-typography--body-1">event-%d<br>%d. dies %d</div></div>`, i, i%28, i)
	}
	all, _ := texts(t, "a.html", b.String())
	n := 0
	for _, text := range all {
		n += strings.Count(text, "event-")
	}
	if n != 3000 {
		t.Errorf("%d of 3000 events", n)
	}
}

// TestHostileMarkup: entities do not grow, and depth has an end.
func TestHostileMarkup(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>T &b; &x;</title></channel></rss>`
	all, _ := texts(t, "f.xml", bomb)
	for _, text := range all {
		if strings.Contains(text, "aaaa") || strings.Contains(text, "root:") {
			t.Errorf("%q", text)
		}
	}
	_, report := texts(t, "g.xml", "<rss >"+strings.Repeat("<a>", 100_000))
	if report.FailureN != 1 {
		t.Errorf("%+v", report)
	}
}
