package warc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
	"sluice/corpus/source/sourcetest"
)

// pagesFile is a file that a test writes.
type pagesFile struct {
	path  string
	pages map[string]*Capture
	n     int
}

func newPagesFile(t testing.TB) (*pagesFile, corpus.Source) {
	t.Helper()
	f := &pagesFile{path: filepath.Join(t.TempDir(), "site.warc.gz"), pages: map[string]*Capture{}}
	f.save(t)
	k := Connector()
	src, err := k.Source(source.Setting{Info: corpus.Info{Label: "site", Kind: Kind, Root: filepath.ToSlash(f.path)}, Extract: formats.Local{}})
	if err != nil {
		t.Fatal(err)
	}
	return f, src
}

func (f *pagesFile) save(t testing.TB) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteInfo(&b, "sluice", when); err != nil {
		t.Fatal(err)
	}
	for _, uri := range slices.Sorted(maps.Keys(f.pages)) {
		if err := f.pages[uri].Write(&b); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(f.path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *pagesFile) Put(t testing.TB, name, text string) string {
	f.n++
	c := &Capture{URI: "https://site.example/" + strings.ReplaceAll(name, " ", "%20"), Date: when.Add(time.Duration(f.n) * time.Second), Status: 200,
		Header: Header{"content-type": "text/plain; charset=utf-8"}, Body: []byte(text)}
	f.pages[c.URI] = c
	f.save(t)
	return c.URI
}

func (f *pagesFile) Remove(t testing.TB, path string) {
	delete(f.pages, path)
	f.save(t)
}

func (f *pagesFile) RemoveRoot(t testing.TB) {
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		f, src := newPagesFile(t)
		return src, f
	})
}

// TestWhatIsTaken: pages are documents, with their text and headings; what says where a page is,
// what is no text, and what a newer capture replaces is not.
func TestWhatIsTaken(t *testing.T) {
	f, src := newPagesFile(t)
	add := func(uri string, status int, contentType, body string, at time.Duration) {
		f.pages[fmt.Sprint(len(f.pages))] = &Capture{URI: uri, Date: when.Add(at), Status: status, Header: Header{"content-type": contentType}, Body: []byte(body)}
	}
	add("https://a.example/page", 200, "text/html", "<h1>The lake</h1><p>It is deep &amp; cold.</p>", 0)
	add("https://a.example/page", 200, "text/html", "<h1>The lake</h1><p>It is very deep.</p>", time.Hour)
	add("https://a.example/page", 200, "text/html", "<p>older</p>", -time.Hour)
	add("https://a.example/moved", 301, "text/html", "moved", 0)
	add("https://a.example/nothing", 404, "text/html", "nothing", 0)
	add("https://a.example/secret", 403, "text/html", "no", 0)
	add("https://a.example/picture", 200, "image/png", "\x89PNG", 0)
	add("https://a.example/umlaut", 200, "text/html; charset=iso-8859-1", "<p>gr\xfc\xdfe", 0)
	add("https://a.example/empty", 200, "text/html", "", 0)
	f.save(t)
	got := map[string]string{}
	report, err := src.Walk(t.Context(), func(it corpus.Item) error {
		r, _, err := src.Open(t.Context(), it.Path)
		if err != nil {
			t.Errorf("%s: %v", it.Path, err)
			return nil
		}
		b, _ := io.ReadAll(r)
		got[it.Path] = string(b)
		if marks, _ := corpus.MarksOf(r, len(b)); strings.HasSuffix(it.Path, "/page") && (len(marks) == 0 || marks[0].Name != "The lake") {
			t.Errorf("%s has the marks %+v", it.Path, marks)
		}
		return nil
	})
	if err != nil || report.FailureN != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if len(got) != 2 || !strings.Contains(got["https://a.example/page"], "very deep") || !strings.Contains(got["https://a.example/umlaut"], "grüße") {
		t.Errorf("%q", got)
	}
	for why, n := range map[corpus.Reason]int64{corpus.Duplicate: 2, corpus.Refused: 1, corpus.Binary: 2} {
		if c := report.LeftOut[why]; c == nil || c.Files != n {
			t.Errorf("left out as %s: %+v, not %d", why, c, n)
		}
	}
}

// TestDamagedRecordsAreCounted: a source with damaged records has all others, and says which are
// not.
func TestDamagedRecordsAreCounted(t *testing.T) {
	f, src := newPagesFile(t)
	for i := range 300 {
		f.pages[page(i).URI] = page(i)
	}
	f.save(t)
	b, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	file := NewFile(bytes.NewReader(b), int64(len(b)))
	lost := map[string]bool{}
	for at, n := int64(0), 0; ; n++ {
		rec, next, err := file.Next(at)
		if errors.Is(err, io.EOF) {
			break
		}
		if n%100 == 50 {
			b[at+rec.Length-30] ^= 1
			lost[rec.URI] = true
		}
		at = next
	}
	if err := os.WriteFile(f.path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	got := 0
	report, err := src.Walk(t.Context(), func(it corpus.Item) error {
		if got++; lost[it.Path] {
			t.Errorf("%s is damaged and listed", it.Path)
		}
		return nil
	})
	if err != nil || got != 297 || report.FailureN != 3 || len(lost) != 3 || !strings.Contains(report.Failures[0].Path, "site.warc.gz at byte ") {
		t.Errorf("%d documents, %d lost, %+v, %v", got, len(lost), report, err)
	}
}
