package lexical

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"sluice/index/arm"
	"strings"
	"testing"
)

// kernelFile is a file of the kernel's source.
type kernelFile struct {
	path string
	text []byte
}

// kernelSource reads up to limit bytes of the kernel's source (0: all), or skips.
func kernelSource(t testing.TB, limit int) (files []kernelFile, size int) {
	root := os.Getenv("SLUICE_KERNEL_SOURCE")
	if root == "" {
		t.Skip("SLUICE_KERNEL_SOURCE does not name an unpacked kernel")
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		files = append(files, kernelFile{rel, text})
		if size += len(text); limit > 0 && size >= limit {
			return filepath.SkipAll
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, size
}

// linesOf cuts a text at line ends into passages of about 1,000 bytes: enough like corpus/chunk,
// which this package may not import.
func linesOf(text []byte, visit func([]byte)) {
	for len(text) > 0 {
		n := min(len(text), 1100)
		if n < len(text) {
			if at := bytes.LastIndexByte(text[:n], '\n'); at > 0 {
				n = at + 1
			}
		}
		visit(text[:n])
		text = text[n:]
	}
}

// addFile adds the passages of a file to b.
func addFile(b *Builder, f kernelFile) {
	title := f.path[strings.LastIndexByte(f.path, '/')+1:]
	linesOf(f.text, func(p []byte) { b.Add(arm.Fields{Body: p, Title: title, Path: f.path}) })
}
