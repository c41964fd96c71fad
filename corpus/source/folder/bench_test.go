package folder

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"testing"

	"sluice/corpus"
)

// kernel is an unpacked Linux source tree, the largest folder that is measured.
func kernel(tb testing.TB) *Folder {
	root := os.Getenv("SLUICE_KERNEL_SOURCE")
	if root == "" {
		tb.Skip("SLUICE_KERNEL_SOURCE does not name an unpacked kernel source")
	}
	f, err := Open(root, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

func BenchmarkWalkKernel(b *testing.B) {
	f := kernel(b)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if _, err := f.Walk(b.Context(), func(corpus.Item) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n), "files")
	}
}

func BenchmarkStatKernel(b *testing.B) {
	f := kernel(b)
	items := itemsOf(b, f)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := f.Stat(b.Context(), items[i%len(items)].Path); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkOpenKernel(b *testing.B) {
	f := kernel(b)
	items := itemsOf(b, f)
	b.ReportAllocs()
	i, bytes := 0, int64(0)
	for b.Loop() {
		r, _, err := f.Open(b.Context(), items[i%len(items)].Path)
		i++
		if out := (*corpus.LeftOutError)(nil); errors.As(err, &out) {
			continue
		}
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
		bytes += n
	}
	b.ReportMetric(float64(bytes)/b.Elapsed().Seconds()/1e6, "MB/s")
}

func itemsOf(tb testing.TB, f *Folder) (items []corpus.Item) {
	if _, err := f.Walk(tb.Context(), func(it corpus.Item) error { items = append(items, it); return nil }); err != nil {
		tb.Fatal(err)
	}
	return items
}

func BenchmarkPreviewKernel(b *testing.B) {
	f := kernel(b)
	for b.Loop() {
		p, err := f.Preview(b.Context(), false, nil)
		if err != nil {
			b.Fatal(err)
		}
		if testing.Verbose() {
			for _, l := range p.LeftOut {
				b.Log(l)
			}
			b.Log(p.Taken, p.Types[:5])
		}
	}
}

func BenchmarkListKernel(b *testing.B) {
	f := kernel(b)
	b.ReportAllocs()
	for b.Loop() {
		var n atomic.Int64
		if _, err := f.List(b.Context(), func(corpus.Item) error { n.Add(1); return nil }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n.Load()), "files")
	}
}
