package formats

import (
	"bytes"
	"testing"

	"sluice/corpus/extract"
)

// readBytes extracts a document in this process.
func readBytes(t testing.TB, name string, b []byte) (*extract.Document, error) {
	t.Helper()
	return extract.Text(t.Context(), Local{}, extract.File{Name: name, Size: int64(len(b)), ReaderAt: bytes.NewReader(b)})
}
