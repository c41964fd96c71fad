package chunk

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// kernelFiles returns the files below dir of an unpacked Linux kernel in SLUICE_KERNEL_SOURCE.
func kernelFiles(tb testing.TB, dir string) map[string][]byte {
	root := os.Getenv("SLUICE_KERNEL_SOURCE")
	if root == "" {
		tb.Skip("SLUICE_KERNEL_SOURCE names no unpacked Linux kernel")
	}
	files := make(map[string][]byte)
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		files[rel] = text
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// TestKernel holds the rules of Split on every file of the kernel and prints what came out.
func TestKernel(t *testing.T) {
	files := kernelFiles(t, os.Getenv("SLUICE_KERNEL_DIR"))
	type sum struct {
		files, passages int
		bytes, covered  int
		sizes           [7]int
		spent           time.Duration
	}
	langs := map[string]*sum{"all": {}}
	var dst []Passage
	for path, text := range files {
		lang := Detect(path, text)
		start := time.Now()
		dst = Split(dst[:0], lang, text)
		spent := time.Since(start)
		check(t, path, text, dst)
		if langs[lang] == nil {
			langs[lang] = &sum{}
		}
		for _, s := range []*sum{langs["all"], langs[lang]} {
			s.files++
			s.bytes += len(text)
			s.passages += len(dst)
			s.spent += spent
			for _, p := range dst {
				s.covered += p.End - p.Start
				s.sizes[(p.End-p.Start)/200]++
			}
		}
	}
	for lang, s := range langs {
		if s.passages > 1000 {
			t.Logf("%-12s %6d files %8d passages, mean %4d bytes; by 200: %v; under 200: %.1f %%; %.0f MB/s", lang, s.files, s.passages,
				s.covered/s.passages, s.sizes, 100*float64(s.sizes[0])/float64(s.passages),
				float64(s.bytes)/1e6/s.spent.Seconds())
		}
	}
}
