package formats

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/corpus/extract"
)

// pdfOf is a PDF whose pages say what is given.
func pdfOf(pages ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(at))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), strings.Join(kids, " "))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	for i, text := range pages {
		draw := ""
		if text != "" {
			draw = "BT /F1 12 Tf 72 700 Td (" + text + ") Tj ET"
		}
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", 5+2*i)
		object("<</Length %d>>\nstream\n%s\nendstream", len(draw), draw)
	}
	object("<</Title(A report)/CreationDate(D:20210304120000Z)>>")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, len(at), start)
	return b.Bytes()
}

// TestPDF: the build full reads pages, each marked; another one says which build does.
func TestPDF(t *testing.T) {
	d, err := readBytes(t, "a.pdf", pdfOf("The first page", "", "The third page"))
	if pdfMissing != "" {
		if no := (*extract.Refusal)(nil); !errors.As(err, &no) || !strings.Contains(no.Why, "-tags full") {
			t.Errorf("%v, want a refusal that says what to do", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want := corpus.Marks{corpus.Page(1).Over(0, 14), corpus.Page(3).Over(16, 30)}
	if string(d.Text) != "The first page\n\nThe third page\n" || d.Title != "A report" || d.Time.Format("2006-01-02") != "2021-03-04" || d.Blank != 1 ||
		len(d.Marks) != 2 || d.Marks[0] != want[0] || d.Marks[1] != want[1] {
		t.Errorf("%q, %+v, %+v", d.Text, d.About, d.Marks)
	}
	whole := pdfOf("The first page")
	for _, damaged := range [][]byte{whole[:20], append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("<<"), 10_000)...)} {
		if d, err := readBytes(t, "a.pdf", damaged); err == nil {
			t.Errorf("a damaged file: %q", d.Text)
		}
	}
}
