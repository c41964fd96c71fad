package sandbox

import (
	"bytes"
	"compress/gzip"
	"testing"

	"sluice/corpus/extract"
)

func gzipped(t *testing.T, name, text string) extract.File {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return extract.File{Name: name + ".gz", Size: int64(b.Len()), ReaderAt: bytes.NewReader(b.Bytes())}
}
