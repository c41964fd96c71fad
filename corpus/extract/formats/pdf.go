package formats

import "sluice/corpus/extract"

// pdf is read by a program that takes a minute to build, so only the build full does: pdf_full.go.
var pdf = extract.Format{
	Name: "pdf", Endings: []string{".pdf"}, Media: []string{"application/pdf"}, Version: 1,
	Magic: isPDF, Read: readPDF, Prepare: preparePDF, Missing: pdfMissing,
}

// isPDF: the mark may stand behind something else, as some programs write it.
func isPDF(head []byte) bool {
	for i := range head {
		if len(head)-i >= 5 && string(head[i:i+5]) == "%PDF-" {
			return true
		}
	}
	return false
}
