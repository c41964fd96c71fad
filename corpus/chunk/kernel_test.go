package chunk

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

// eachKernelFile calls visit for every file below dir of the unpacked Linux kernel that
// SLUICE_KERNEL_SOURCE names.
func eachKernelFile(tb testing.TB, dir string, visit func(path string, text []byte)) {
	tb.Helper()
	root := os.Getenv("SLUICE_KERNEL_SOURCE")
	if root == "" {
		tb.Skip("SLUICE_KERNEL_SOURCE names no unpacked Linux kernel")
	}
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		visit(rel, text)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// tally counts what came out of the files of one language.
type tally struct {
	files, passages, bytes, covered int
	sizes                           [passageBytesMax/200 + 1]int
	spent                           time.Duration
}

func (s *tally) add(text []byte, passages []Passage, spent time.Duration) {
	s.files++
	s.bytes += len(text)
	s.passages += len(passages)
	s.spent += spent
	for _, p := range passages {
		s.covered += p.End - p.Start
		s.sizes[(p.End-p.Start)/200]++
	}
}

// TestKernel holds the rules of Split on every file of the kernel, and that C functions stay whole
// and with their comments. It prints what came out; MB/s are of the wall clock.
func TestKernel(t *testing.T) {
	langs := map[string]*tally{"all": {}}
	var functions, whole, documented, together int
	eachKernelFile(t, os.Getenv("SLUICE_KERNEL_DIR"), func(path string, text []byte) {
		lang := Detect(path, text)
		start := time.Now()
		passages, scopes, _ := run(lang, text)
		spent := time.Since(start)
		check(t, path, text, passages)
		if langs[lang] == nil {
			langs[lang] = &tally{}
		}
		langs["all"].add(text, passages, spent)
		langs[lang].add(text, passages, spent)
		for _, s := range scopes {
			if lang != "c" || s.kind != kindFunc {
				continue
			}
			first := holder(passages, s.start)
			if s.end-s.start <= passageBytesMax {
				functions++
				whole += count(holder(passages, s.end-1) == first)
			}
			if bytes.HasPrefix(text[s.start:], docStart) {
				documented++
				together += count(holder(passages, s.head) == first)
			}
		}
	})
	for lang, s := range langs {
		if s.passages > 1000 {
			t.Logf("%-12s %6d files %8d passages, mean %4d bytes; by 200: %v; under 200: %.1f %%; %.0f MB/s", lang,
				s.files, s.passages, s.covered/s.passages, s.sizes, 100*float64(s.sizes[0])/float64(s.passages),
				float64(s.bytes)/1e6/s.spent.Seconds())
		}
	}
	t.Logf("C functions that fit a passage: %d, of them whole %d; with a doc comment: %d, starting with it %d",
		functions, whole, documented, together)
	if whole*1000 < functions*995 || together*100 < documented*96 {
		t.Errorf("too many functions are cut, or parted from their comments")
	}
}

// holder returns the number of the passage that holds off, or of the next one.
func holder(passages []Passage, off int) int {
	return sort.Search(len(passages), func(i int) bool { return passages[i].End > off })
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
