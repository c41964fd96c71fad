package chats

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
	"sluice/corpus/source/sourcetest"
)

// editor writes each document as a conversation of one day.
type editor struct{ root string }

func (e editor) file(name string) string {
	return filepath.Join(e.root, filepath.FromSlash(name)+".txt")
}

func (e editor) Put(t testing.TB, name, text string) string {
	file := e.file(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("05/03/2024, 14:32 - Anna: "+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name + "/2024-03-05"
}

func (e editor) Remove(t testing.TB, path string) {
	if err := os.Remove(e.file(strings.TrimSuffix(path, "/2024-03-05"))); err != nil {
		t.Fatal(err)
	}
}

func (e editor) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(e.root); err != nil {
		t.Fatal(err)
	}
}

func opened(t testing.TB, root string, rules source.Rules) corpus.Source {
	t.Helper()
	src, err := Connector().Source(source.Setting{Info: corpus.Info{Label: "chats", Kind: Kind, Root: filepath.ToSlash(root)}, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		root := t.TempDir()
		return opened(t, root, source.Rules{}), editor{root}
	})
}

// TestForms: who said what and when, in the form of each program.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       []string // day, then lines
	}{
		"android":           {"WhatsApp Chat with Anna.txt", "05/03/24, 14:32 - Anna: Hi\nall\n06/03/24, 09:01 - Bo: : x\n", []string{"Anna/2024-03-05", "14:32 Anna: Hi\nall", "Anna/2024-03-06", "09:01 Bo: : x"}},
		"american":          {"c.txt", "3/5/24, 2:32 PM - Anna: Hi\n3/15/24, 12:01 AM - Bo: x\n", []string{"c/2024-03-05", "14:32 Anna: Hi", "c/2024-03-15", "00:01 Bo: x"}},
		"american by order": {"c.txt", "3/5/24, 14:32 - A: a\n3/9/24, 14:32 - A: b\n4/1/24, 14:32 - A: c\n", []string{"c/2024-03-05", "14:32 A: a", "c/2024-03-09", "14:32 A: b", "c/2024-04-01", "14:32 A: c"}},
		"ios":               {"Family/_chat.txt", "\ufeff[05.03.24, 14:32:05] Anna: \u200eHi\n", []string{"Family/Family/2024-03-05", "14:32 Anna: Hi"}},
		"narrow spaces":     {"c.txt", "[3/25/24, 2:32:05\u202fPM] Anna: Hi\n", []string{"c/2024-03-25", "14:32 Anna: Hi"}},
		"signal":            {"c.txt", "[2024-03-05, 14:32] Anna: Hi\n", []string{"c/2024-03-05", "14:32 Anna: Hi"}},
		"the program":       {"c.txt", "05/03/2024, 14:32 - Anna: x\n05/03/2024, 14:33 - You created group \"a: b\"\n", []string{"c/2024-03-05", "14:32 Anna: x\n14:33 You created group \"a: b\""}},
		"telegram":          {"result.json", `{"chats":{"list":[{"name":"C","messages":[{"id":7,"date_unixtime":"1709649120","from":"Anna","text":["see",{"type":"link","text":"https://x.y/"}]}]}]}}`, []string{"C/2024-03-05", "14:32 Anna: see https://x.y/"}},
		"telegram, one":     {"result.json", `{"name":"C","type":"personal_chat","messages":[{"id":7,"date":"2024-03-05T14:32:00","date_unixtime":"1709649120","from":"Anna","text":"Hi"}]}`, []string{"C/2024-03-05", "14:32 Anna: Hi"}},
		"discord":           {"x.json", `{"guild":{"name":"G"},"channel":{"name":"c"},"messages":[{"id":"1","timestamp":"2024-03-05T14:32:00+00:00","content":"Hi","author":{"name":"a","nickname":"Anna"},"attachments":[{"fileName":"p.png"}]}]}`, []string{"G c/2024-03-05", "14:32 Anna: Hi [p.png]"}},
		"discord's own":     {"c1/messages.json", `[{"ID":1,"Timestamp":"2024-03-05 14:32:00","Contents":"Hi"}]`, []string{"c1/2024-03-05", "14:32 Hi"}},
		"slack":             {"general/2024-03-05.json", `[{"type":"message","user":"U1","text":"Hi","ts":"1709649120.000100","user_profile":{"real_name":"Anna"}}]`, []string{"general/2024-03-05", "14:32 Anna: Hi"}},
	} {
		root := t.TempDir()
		put(t, filepath.Join(root, filepath.FromSlash(c.file)), c.text)
		src := opened(t, root, source.Rules{})
		var got []string
		report, err := src.Walk(context.Background(), func(it corpus.Item) error {
			x, err := corpus.Read(context.Background(), src, it.Path, nil)
			_, said, _ := strings.Cut(string(x.Body), "\n\n")
			got = append(got, it.Path, strings.TrimSuffix(said, "\n"))
			if len(x.Marks) == 0 || it.Time.IsZero() || it.Type != "chat" {
				t.Errorf("%s: %s has marks %v, time %v, type %q", name, it.Path, x.Marks, it.Time, it.Type)
			}
			return err
		})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %q, %+v, %v", name, got, report, err)
		}
	}
}

func put(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestForgotten: what one person said, or what was said in some days, stays out of a conversation;
// the rest stays.
func TestForgotten(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "c.txt"), "05/03/2024, 14:32 - Anna: one\n05/03/2024, 14:33 - Bo: two\n06/03/2024, 10:00 - Anna: three\n")
	day := time.Date(2024, 3, 5, 14, 33, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		rules source.Rules
		want  string
	}{
		"nobody":     {source.Rules{}, "one two three"},
		"Anna":       {source.Rules{ForgottenWhere: []corpus.Where{{From: "anna"}}}, "two"},
		"a time":     {source.Rules{ForgottenWhere: []corpus.Where{{After: day, Before: day.Add(time.Minute)}}}, "one three"},
		"all now":    {source.Rules{ForgottenWhere: []corpus.Where{{After: day}}}, "one"},
		"Anna later": {source.Rules{ForgottenWhere: []corpus.Where{{From: "Anna", After: day}}}, "one two"},
	} {
		src := opened(t, root, c.rules)
		var got []string
		_, err := src.Walk(context.Background(), func(it corpus.Item) error {
			x, err := corpus.Read(context.Background(), src, it.Path, nil)
			for _, w := range []string{"one", "two", "three"} {
				if strings.Contains(string(x.Body), w) {
					got = append(got, w)
				}
			}
			return err
		})
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestBroken: an export that was cut is named, and costs nothing but itself.
func TestBroken(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "a.json"), `{"chats":{"list":[{"name":"C","messages":[{"id":7,`)
	put(t, filepath.Join(root, "b.txt"), "05/03/2024, 14:32 - Anna: one\n")
	put(t, filepath.Join(root, "c.txt"), "no chat\n")
	n := 0
	report, err := opened(t, root, source.Rules{}).Walk(context.Background(), func(corpus.Item) error { n++; return nil })
	if err != nil || n != 1 || report.FailureN != 1 || report.Failures[0].Path != "a.json" || report.LeftOut[corpus.Foreign].Files != 1 {
		t.Errorf("%d documents, %+v, %v", n, report, err)
	}
}

// FuzzLines: whatever lies there is read without a panic, and its days are in order.
func FuzzLines(f *testing.F) {
	f.Add("05/03/2024, 14:32 - Anna: one\nmore")
	f.Add("[3/25/24, 2:32:05 PM] Anna: Hi")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := lines(&packed.File{Path: "c.txt"}, []byte(text), &source.Rules{})
		for i, e := range all {
			if _, bad := e.Marks.Clean(len(e.Text)); bad > 0 || i > 0 && e.Time.Before(all[i-1].Time) {
				t.Fatalf("%+v, %v", all, err)
			}
		}
	})
}
