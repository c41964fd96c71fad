package calendar

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
	return filepath.Join(e.root, filepath.FromSlash(name)+".ics")
}

func (e editor) Put(t testing.TB, name, text string) string {
	put(t, e.file(name), fmt.Sprintf("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nSUMMARY:s\nDTSTART:20240305T143200Z\nDESCRIPTION:%s\nEND:VEVENT\nEND:VCALENDAR\n", strings.ReplaceAll(text, "\n", `\n`)))
	return fmt.Sprintf("%s/2024-03-05 s %08x", name, uint32(corpus.Digest([]byte("u"))))
}

func (e editor) Remove(t testing.TB, path string) {
	if err := os.Remove(e.file(path[:strings.LastIndexByte(path, 0x2f)])); err != nil {
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

// TestEvents: what an event says is found in words, whoever wrote the file.
func TestEvents(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		words      []string
	}{
		"event": {"home.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Dinner\\, late\r\nDTSTART;TZID=Europe/Berlin:20240305T193000\r\nDTEND:20240305T213000Z\r\nLOCATION:Café\r\n  am See\r\nATTENDEE;CN=\"Bo: B\":mailto:bo@x.y\r\nDESCRIPTION:one\\ntwo\r\nBEGIN:VALARM\r\nDESCRIPTION:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			[]string{"event 2024-03-05 19:30", "Dinner, late", "Tuesday, 5 March 2024 19:30", "Café am See", "bo@x.y", "one\ntwo"}},
		"a day":         {"a.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART;VALUE=DATE:20240305\nEND:VEVENT\nEND:VCALENDAR", []string{"event 2024-03-05 00:00", "Starts: Tuesday, 5 March 2024 (2024-03-05)"}},
		"no date":       {"a.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:INVALID\nEND:VEVENT\nEND:VCALENDAR", []string{"event \n", "Starts: INVALID"}},
		"no end":        {"a.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nBEGIN:VEVENT\nSUMMARY:y\n", []string{"y"}},
		"task":          {"a.ics", "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:pay\nDUE:20240305\nEND:VTODO\nEND:VCALENDAR", []string{"pay", "Due: Tuesday, 5 March 2024"}},
		"contact":       {"a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Anna Berg\nORG:Works;Mills\nitem1.EMAIL;TYPE=home:anna@x.y\nTEL:+49 30 1\nBDAY:19800305\nPHOTO;ENCODING=B:AAAA\n BBBB\nEND:VCARD", []string{"contact", "Anna Berg", "Works, Mills", "anna@x.y", "+49 30 1", "5 March 1980"}},
		"old contact":   {"a.vcf", "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:K=C3=B6ln;J=C3=\n=BCrgen\nEND:VCARD", []string{"Köln Jürgen"}},
		"latin letters": {"a.vcf", "BEGIN:VCARD\nFN:J\xfcrgen Stra\xdfe\nEND:VCARD", []string{"Jürgen Straße"}},
	} {
		all, report := texts(t, c.file, c.text)
		if report.FailureN != 0 {
			t.Errorf("%s: %+v", name, report)
		}
		has(t, name, all, c.words...)
		for _, text := range all {
			if strings.Contains(text, "alarm") || strings.Contains(text, "BBBB") {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}
