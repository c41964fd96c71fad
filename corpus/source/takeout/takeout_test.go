package takeout

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
	return filepath.Join(e.root, filepath.FromSlash(name)+".json")
}

func (e editor) Put(t testing.TB, name, text string) string {
	put(t, e.file(name), fmt.Sprintf("{\"isTrashed\":false,\"textContent\":%q}", text))
	return name
}

func (e editor) Remove(t testing.TB, path string) {
	if err := os.Remove(e.file(path)); err != nil {
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

// TestForms: what lies in a takeout is recognized by what it holds, whatever its folders are
// called.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		words      []string
	}{
		"note":     {"Takeout/Notizen/a.json", `{"color":"DEFAULT","isTrashed":false,"isArchived":false,"title":"List","listContent":[{"text":"milk","isChecked":true}],"labels":[{"name":"home"}],"userEditedTimestampUsec":1709649120000000}`, []string{"note 2024-03-05 14:32", "List", "[x] milk", "Label: home"}},
		"photo":    {"Takeout/Google Fotos/Am See/IMG_1(2).jpg.supplemental-metada.json", `{"title":"IMG_1.jpg","description":"swimming","photoTakenTime":{"timestamp":"1709649120"},"geoData":{"latitude":52.5,"longitude":13.4},"people":[{"name":"Anna"}]}`, []string{"photo 2024-03-05 14:32", "IMG_1.jpg", "swimming", "52.50000,13.40000", "People: Anna", "Album: Am See"}},
		"mail":     {"Takeout/Mail/Alle.mbox", "From 1@xxx Tue Mar 05 14:32:00 +0000 2024\nFrom: a@b\nSubject: Hi\nDate: Tue, 5 Mar 2024 14:32:00 +0000\n\nText\n", []string{"mail 2024-03-05 14:32", "Hi", "Text"}},
		"events":   {"Takeout/Kalender/x.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Dinner\nDTSTART:20240305T143200Z\nEND:VEVENT\nEND:VCALENDAR", []string{"event 2024-03-05 14:32", "Dinner"}},
		"activity": {"Takeout/Meine Aktivitäten/Suche/a.json", `[{"header":"Suche","title":"Gesucht: x","time":"2024-03-05T14:32:00Z"}]`, []string{"activity", "Gesucht: x"}},
		"text":     {"Takeout/Tasks/a.csv", "a,b\n1,2\n", []string{"a,b\n1,2"}},
	} {
		all, report := texts(t, c.file, c.text)
		if report.FailureN != 0 {
			t.Errorf("%s: %+v", name, report)
		}
		has(t, name, all, c.words...)
	}
}

// TestUnknown: what should be readable and is not is counted as not read; what is no text is left
// out; what was thrown away is no document.
func TestUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		failed     int
		left       int64
	}{
		"other json":  {"a.json", `{"locations":[{"latitudeE7":1}]}`, 1, 0},
		"other page":  {"a.html", "<html><body>what is this</body></html>", 1, 0},
		"its index":   {"archive_browser.html", "<html></html>", 0, 1},
		"a picture":   {"a.jpg", "\xff\xd8\x00", 0, 1},
		"trash":       {"a.json", `{"isTrashed":true,"isArchived":false,"textContent":"x"}`, 0, 0},
		"broken json": {"a.json", `{"isTrashed":false,"isArchived":`, 1, 0},
	} {
		all, report := texts(t, c.file, c.text)
		left := int64(0)
		if n := report.LeftOut[corpus.Foreign]; n != nil {
			left = n.Files
		}
		if len(all) != 0 || report.FailureN != c.failed || left != c.left {
			t.Errorf("%s: %q, %+v", name, all, report)
		}
	}
}
