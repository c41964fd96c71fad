package sandbox

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"sluice/corpus/extract"
)

// zipped packs files: name, text, name, text ...
func zipped(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// body is a letter whose text is given.
func body(t *testing.T, xml string) string { return zipped(t, "word/document.xml", xml) }

// TestHostileDocuments: of what is made to break a reader, each file costs itself. What is refused
// says why; what is read is read without what it wanted.
func TestHostileDocuments(t *testing.T) {
	laughs := `<!DOCTYPE x [<!ENTITY a "lol">`
	for c := 'b'; c < 'l'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	big := strings.Repeat("a", 80<<20)
	for _, c := range []struct {
		what, name, bytes string
		text, why         string // what is read, or why it is not
	}{
		{"entities that grow", "a.docx", body(t, laughs+`]><w:document><w:p><w:t>before &k; after</w:t></w:p></w:document>`), "before &k; after\n", ""},
		{"an entity that is a file", "a.docx", body(t, `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document><w:p><w:t>before &e; after</w:t></w:p></w:document>`), "before &e; after\n", ""},
		{"one word without an end", "a.docx", body(t, `<w:document><w:p><w:t>`+big+`</w:t></w:p></w:document>`), "", "unpacks"},
		{"many small elements", "a.docx", body(t, `<w:document>`+strings.Repeat(`<w:p><w:t>aaaaaaaa</w:t></w:p>`, 400_000)+`</w:document>`), "", "unpacks"},
		{"a million levels", "a.docx", body(t, strings.Repeat(`<w:p>`, 1_000_000)), "", "nested"},
		{"a page of a million levels", "a.html", "<html><body>" + strings.Repeat("<style>x</style>", 100) + strings.Repeat("<div>", 1_000_000) + strings.Repeat("x", 300), "", "read as a page"},
		{"groups in groups", "a.rtf", `{\rtf1 ` + strings.Repeat("{", 1_000_000), "", "nested"},
		{"numbers that are too large", "a.rtf", `{\rtf1 start \fs99999999999999999999 end}`, "start end\n", ""},
		{"lists in lists", "a.ipynb", `{"cells":` + strings.Repeat("[", 1_000_000), "", "nothing more"},
		{"a table that is cut off", "a.xlsx", zipped(t, "xl/workbook.xml", "<a/>")[:60], "", "damaged"},
		{"a book of nothing", "a.epub", zipped(t, "x", "y"), "", "damaged"},
		{"a script in a title", "a.fodt", `<office:document><office:meta><dc:title>&lt;script&gt;alert(1)&lt;/script&gt;</dc:title></office:meta><office:body><text:p>said` + "\x1b[31m\u202e" + `</text:p></office:body></office:document>`, "said [31m\u202e\n", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := pool(t)
			d, err := extract.Text(t.Context(), p, file(c.name, c.bytes))
			var no *extract.Refusal
			switch {
			case c.why == "" && (err != nil || string(d.Text) != c.text):
				t.Errorf("%+v, %v, want %q", d, err, c.text)
			case c.why != "" && (!errors.As(err, &no) || !strings.Contains(no.Why, c.why)):
				t.Errorf("%v, want a refusal that says %q", err, c.why)
			}
			read(t, p)
			p.Close()
			if peak := p.Used().PeakBytes; peak > extract.MemoryBytesMax {
				t.Errorf("it cost %d bytes of memory, and may cost %d", peak, extract.MemoryBytesMax)
			}
		})
	}
}

// TestHostileArchives: what is made to fill a disk is not unpacked, and paths that lead elsewhere
// are none.
func TestHostileArchives(t *testing.T) {
	p := pool(t)
	zeros := strings.Repeat("\x00", 20<<20)
	bomb := zipped(t, "x.txt", zeros)
	all, err := extract.List(t.Context(), p, file("a.zip", bomb))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := extract.CopyMember(t.Context(), p, file("a.zip", bomb), all[0], io.Discard); err == nil || err.Error() != extract.ErrExpands.Error() {
		t.Errorf("a file of zeros: %v", err)
	}
	if err := extract.Flatten(t.Context(), p, gzipped(t, "x", zeros), io.Discard); err == nil || err.Error() != extract.ErrExpands.Error() {
		t.Errorf("a packed file of zeros: %v", err)
	}
	numbers := ""
	for i := range 1000 {
		numbers += fmt.Sprint(i*i, " ")
	}
	one := zipped(t, "a", numbers)
	table := strings.Index(one, "PK\x01\x02")
	end := strings.Index(one, "PK\x05\x06")
	if _, err := extract.List(t.Context(), p, file("a.zip", one[:end+12]+"\x00\x00\x00\x7f"+one[end+16:])); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("an archive with a table of two gigabytes: %v", err)
	}
	twice := one[:table] + one[table:end] + one[table:end] + one[end:end+8] + "\x02\x00\x02\x00" +
		string([]byte{byte(2 * (end - table)), 0, 0, 0}) + one[end+16:]
	if _, err := extract.List(t.Context(), p, file("a.zip", twice)); err == nil || !strings.Contains(err.Error(), "in each other") {
		t.Errorf("files that lie in each other: %v", err)
	}
	all, err = extract.List(t.Context(), p, file("a.zip", zipped(t, "../out", "x", "/abs", "x", `C:\win`, "x", "a/../../out", "x", "a//b/./c", "x", "dir/", "", "a/../d", "x")))
	var paths []string
	left := 0
	for _, m := range all {
		if m.Left != "" {
			left++
			continue
		}
		paths = append(paths, m.Path)
	}
	if got := strings.Join(paths, " "); err != nil || got != "a/b/c d" || left != 4 {
		t.Errorf("%q and %d left out, %v; a folder is no file", got, left, err)
	}
	read(t, p)
}
