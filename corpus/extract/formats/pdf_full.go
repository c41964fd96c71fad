//go:build full

package formats

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"sluice/corpus"
	"sluice/corpus/extract"
)

const pdfMissing = ""

// pdfMemoryPages is how much memory the reader may have, in units of 64 KiB.
const pdfMemoryPages = 1536

// pdfPool makes readers, each of which sees one document. It is there once preparePDF was called.
var pdfPool pdfium.Pool

// preparePDF compiles the reader, or takes what was compiled before from the user's cache.
func preparePDF() error {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(pdfMemoryPages).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	if dir, err := os.UserCacheDir(); err == nil {
		// Without a cache each process compiles the reader anew: a second or two.
		if cache, err := wazero.NewCompilationCacheWithDir(filepath.Join(dir, "sluice-pdf")); err == nil {
			config = config.WithCompilationCache(cache)
		}
	}
	pool, err := webassembly.Init(webassembly.Config{
		MinIdle: 0, MaxIdle: 1, MaxTotal: 1, FSConfig: wazero.NewFSConfig(), RuntimeConfig: config, Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return err
	}
	pdfPool = pool
	return nil
}

// readPDF writes the text of each page, in the order of the file: in most, that of columns.
func readPDF(f extract.File, w *extract.Writer) error {
	if pdfPool == nil {
		if err := preparePDF(); err != nil {
			return err
		}
	}
	reader, err := pdfPool.GetInstance(time.Minute)
	if err != nil {
		return err
	}
	defer reader.Close()
	opened, err := reader.OpenDocument(&requests.OpenDocument{FileReader: io.NewSectionReader(f, 0, f.Size), FileReaderSize: f.Size})
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return extract.ErrPassword
	case err != nil:
		return extract.Refusef("it is damaged: %v", err)
	}
	p := pdfText{Pdfium: reader, doc: opened.Document, w: w}
	p.about()
	count, err := reader.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: p.doc})
	if err != nil {
		return extract.Refusef("it is damaged: %v", err)
	}
	for i := range min(count.PageCount, pdfPagesMax) {
		p.page(i)
	}
	return nil
}

// pdfPagesMax is how many pages of one document are read.
const pdfPagesMax = 100_000

// pdfText writes the text of one document.
type pdfText struct {
	pdfium.Pdfium
	doc references.FPDF_DOCUMENT
	w   *extract.Writer
}

// about takes what a document says of itself.
func (p *pdfText) about() {
	meta, err := p.GetMetaData(&requests.GetMetaData{Document: p.doc})
	if err != nil {
		return
	}
	dates := map[string]string{}
	for _, t := range meta.Tags {
		if t.Tag == "Title" {
			p.w.Title(t.Value)
		}
		dates[t.Tag] = t.Value
	}
	p.w.Time(pdfTime(dates["ModDate"]))
	p.w.Time(pdfTime(dates["CreationDate"]))
}

// pdfTime reads a date as PDF writes it: D:20240131120000+01'00'.
func pdfTime(s string) time.Time {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "D:"), "'", "")
	for _, form := range []string{"20060102150405Z0700", "20060102150405", "200601021504", "20060102"} {
		if t, err := time.Parse(form, s[:min(len(s), len(form))]); err == nil {
			return t
		}
	}
	return time.Time{}
}

// page writes one page. One that cannot be read costs itself.
func (p *pdfText) page(i int) {
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: i}}
	id := p.w.Begin(corpus.Page(i + 1))
	before := p.w.At()
	text, err := p.GetPageText(&requests.GetPageText{Page: at})
	if err == nil {
		p.w.String(joined(text.Text))
	}
	p.notes(at)
	p.w.Block()
	p.w.End(id)
	if p.w.At() == before {
		p.w.BlankPage()
	}
}

// joined puts words together that the end of a line divides: the reader marks the hyphens.
func joined(s string) string {
	for _, mark := range []string{"\ufffe", "\x02"} {
		for _, end := range []string{"\r\n", "\n", ""} {
			s = strings.ReplaceAll(s, mark+end, "")
		}
	}
	return s
}

// pdfNotesMax is how many notes of one page are read.
const pdfNotesMax = 1000

// notes writes what was noted on a page.
func (p *pdfText) notes(at requests.Page) {
	count, err := p.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: at})
	if err != nil {
		return
	}
	for i := range min(count.Count, pdfNotesMax) {
		note, err := p.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: at, Index: i})
		if err != nil {
			continue
		}
		said, err := p.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: note.Annotation, Key: "Contents"})
		if err == nil && said.Value != "" {
			p.w.Break()
			p.w.String(said.Value)
		}
		_, _ = p.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: note.Annotation})
	}
}
