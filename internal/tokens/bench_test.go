package tokens

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"
)

// goSource is a package of the Go installation, the same for every run of it.
func goSource(b *testing.B) []byte {
	paths, err := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", "net", "http", "*.go"))
	if err != nil || len(paths) == 0 {
		b.Skip("the Go installation's sources are not here")
	}
	var all []byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// kernelSource is the C files of one folder of Linux.
func kernelSource(b *testing.B) []byte {
	root := os.Getenv("SLUICE_KERNEL_SOURCE")
	paths, _ := filepath.Glob(filepath.Join(root, "kernel", "sched", "*.[ch]"))
	if root == "" || len(paths) == 0 {
		b.Skip("SLUICE_KERNEL_SOURCE does not name an unpacked kernel")
	}
	var all []byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

func BenchmarkCount(b *testing.B) {
	for _, name := range Names() {
		v, err := Get(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/go", func(b *testing.B) { benchCount(b, v, goSource(b)) })
		b.Run(name+"/kernel", func(b *testing.B) { benchCount(b, v, kernelSource(b)) })
		b.Run(name+"/passage", func(b *testing.B) { benchCount(b, v, goSource(b)[40000:41000]) })
		b.Run(name+"/multilingual", func(b *testing.B) { benchCount(b, v, []byte(strings.Repeat(strings.Join(samples[:60], "\n"), 100))) })
		b.Run(name+"/onepiece", func(b *testing.B) { benchCount(b, v, []byte(strings.Repeat("abcdefghij", 10000))) })
	}
}

func benchCount(b *testing.B, v *Vocab, text []byte) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		v.Count(text)
	}
}

func BenchmarkEncode(b *testing.B) {
	text := goSource(b)
	for _, name := range Names() {
		v, err := Get(name)
		if err != nil {
			b.Fatal(err)
		}
		var ids []int32
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				ids = v.Encode(ids[:0], text)
			}
		})
	}
}

// BenchmarkReference is what there was.
func BenchmarkReference(b *testing.B) {
	text := string(goSource(b))
	reference, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := reference.Count(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.Run(O200kBase, func(b *testing.B) { benchLoad(b, O200kBase, o200kBaseFile) })
	b.Run(Cl100kBase, func(b *testing.B) { benchLoad(b, Cl100kBase, cl100kBaseFile) })
}

func benchLoad(b *testing.B, name string, packed []byte) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := load(name, packed, name == O200kBase); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEstimate(b *testing.B) {
	text := goSource(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Estimate(text)
	}
}

// BenchmarkMerge is for choosing scanBytesMax.
func BenchmarkMerge(b *testing.B) {
	v, err := Get(Default)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{32, 64, 128, 256} {
		piece := []byte(strings.Repeat("qualitytransmogrificationist", 10))[:n]
		b.Run(fmt.Sprintf("scan/%d", n), func(b *testing.B) {
			parts := make([]part, 0, n+1)
			for b.Loop() {
				v.table.mergeScan(parts, piece, n)
			}
		})
		b.Run(fmt.Sprintf("heap/%d", n), func(b *testing.B) {
			var c chain
			for b.Loop() {
				c.merge(v.table, piece)
			}
		})
	}
}
