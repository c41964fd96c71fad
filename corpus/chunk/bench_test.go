package chunk

import (
	"strings"
	"testing"
)

// BenchmarkSplit cuts the C files of the kernel's kernel and mm folders.
func BenchmarkSplit(b *testing.B) {
	var files [][]byte
	total := 0
	for _, dir := range []string{"kernel", "mm"} {
		for path, text := range kernelFiles(b, dir) {
			if strings.HasSuffix(path, ".c") {
				files = append(files, text)
				total += len(text)
			}
		}
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	var dst []Passage
	for b.Loop() {
		for _, text := range files {
			dst = Split(dst[:0], "c", text)
		}
	}
}
