package chunk

import (
	"strings"
	"testing"
)

// BenchmarkSplit cuts the files of some of the kernel's folders, by their language.
func BenchmarkSplit(b *testing.B) {
	for _, c := range []struct{ lang, ext, dir string }{
		{"c", ".c", "kernel"}, {"rst", ".rst", "Documentation"}, {"python", ".py", "tools"}, {"asm", ".S", "arch"},
	} {
		b.Run(c.lang, func(b *testing.B) {
			var files [][]byte
			total := 0
			eachKernelFile(b, c.dir, func(path string, text []byte) {
				if strings.HasSuffix(path, c.ext) {
					files = append(files, text)
					total += len(text)
				}
			})
			b.SetBytes(int64(total))
			b.ReportAllocs()
			var dst []Passage
			for b.Loop() {
				for _, text := range files {
					dst = Split(dst[:0], c.lang, text)
				}
			}
		})
	}
}
