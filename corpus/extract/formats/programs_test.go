package formats

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesOfPrograms: what stands in a file that a program wrote is found, and cited where it
// stands. testdata/make says how the files were made.
func TestFilesOfPrograms(t *testing.T) {
	const tide, lines, heron = "The spring tide of the ninth of March rose to 4.31 metres", "Two mooring lines parted", "größere Schäden blieben aus"
	report := map[string]string{tide: "section Tides", lines: "section Damage", heron: "section Damage", "Ask the surveyor about the pier": "section Outlook"}
	slides := map[string]string{tide: "page", lines: "page", "Replace the lines before April": "page"}
	costs := map[string]string{"7 | Heron | 412.5 | 2024-03-09": "sheet costs, row 2", "9 | Plover | 88 | 2024-03-10": "sheet costs, row 3"}
	pages := map[string]string{tide: "page 1", lines: "page 1", heron: "page 1", "Ask the surveyor about the pier": "page 1"}
	for _, c := range []struct {
		name  string
		title string
		where map[string]string // of a phrase
	}{
		{"pandoc.docx", "The harbour report", report}, {"office.docx", "", report}, {"pandoc.odt", "The harbour report", report},
		{"pandoc.epub", "The harbour report", report}, {"pandoc.rtf", "", map[string]string{tide: "", lines: "", heron: ""}},
		{"office.rtf", "The harbour report", map[string]string{tide: "", lines: "", heron: ""}},
		{"pandoc.html", "The harbour report", report}, {"pandoc.pptx", "The harbour report", slides}, {"office.odp", "", slides},
		{"pandoc.ipynb", "", map[string]string{tide: "section cell 1", lines: "section cell 1"}},
		{"ffmpeg.vtt", "", map[string]string{tide: "0:03", lines: "12:41"}},
		{"office.xlsx", "", costs}, {"office.ods", "", costs}, {"office.pdf", "", pages}, {"chromium.pdf", "The harbour report", pages},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", c.name))
			if err != nil {
				t.Fatal(err)
			}
			if f := ByName(c.name); f.Missing != "" {
				t.Skip(f.Missing)
			}
			d, err := readBytes(t, c.name, b)
			if err != nil {
				t.Fatal(err)
			}
			if c.title != "" && d.Title != c.title {
				t.Errorf("title %q", d.Title)
			}
			text := strings.ReplaceAll(string(d.Text), "\n", " ")
			for phrase, want := range c.where {
				at := strings.Index(text, phrase)
				if at < 0 {
					t.Errorf("%q is not in %q", phrase, d.Text)
					continue
				}
				marks, bad := d.Marks.Clean(len(d.Text))
				got := marks.Within(uint32(at), uint32(at+len(phrase))).Where()
				if !strings.Contains(got, want) || bad > 0 {
					t.Errorf("%q stands at %q, want %q; %d bad marks", phrase, got, want, bad)
				}
			}
		})
	}
}

// TestEveryFormatIsTested: each format has a file that a program wrote.
func TestEveryFormatIsTested(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range files {
		if f := ByName(f.Name()); f != nil {
			have[f.Name] = true
		}
	}
	for _, f := range Table {
		if !have[f.Name] && len(f.Endings) > 0 { // what is asked for by media type alone is tested with who asks
			t.Errorf("testdata has no file of format %s: let a program write one, and look for a phrase of it in TestFilesOfPrograms", f.Name)
		}
	}
}
