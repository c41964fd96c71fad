//go:build !full

package formats

import "sluice/corpus/extract"

const pdfMissing = "PDF is not read by this build, because its reader is large: `go install -tags full ./cmd/sluice` makes one that reads it"

var preparePDF func() error

func readPDF(extract.File, *extract.Writer) error { return extract.Refusef("%s", pdfMissing) }
