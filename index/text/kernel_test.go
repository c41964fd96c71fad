//go:build unix

package text

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/vfs"
)

// kernelBytes is how much of the kernel's source is measured: every 20th file, so that all of its
// parts are among them.
const (
	kernelFileStride  = 20
	kernelPassageGoal = 1045 // mean length of a passage of kernel source
)

type kernelFile struct {
	path     string
	passages [][]byte
}

// kernelSource reads a sample of an unpacked Linux source, cut at line ends.
func kernelSource(t testing.TB) (files []kernelFile, total int64) {
	root := os.Getenv("SLUICE_KERNEL_SOURCE")
	if root == "" {
		t.Skip("SLUICE_KERNEL_SOURCE does not name an unpacked Linux source")
	}
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if n++; n%kernelFileStride != 0 {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(b, 0) >= 0 {
			return err
		}
		rel, err := filepath.Rel(root, path)
		files = append(files, kernelFile{filepath.ToSlash(rel), lines(b)})
		total += int64(len(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, total
}

// lines cuts at line ends into pieces of about kernelPassageGoal bytes.
func lines(b []byte) (pieces [][]byte) {
	for len(b) > 0 {
		n := min(kernelPassageGoal, len(b))
		if end := bytes.IndexByte(b[n:], '\n'); end >= 0 && end < kernelPassageGoal {
			n += end + 1
		}
		pieces = append(pieces, b[:n])
		b = b[n:]
	}
	return pieces
}

// cpu returns the processor time that the process has used: the machine is shared.
func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func writeKernel(t testing.TB, store vfs.FS, source []kernelFile) blockfile.Ref {
	w := NewWriter(blockfile.NewWriter(store, "", blockfile.KindText, blockfile.ID{1}, FileBlockBytes), "linux")
	for _, f := range source {
		d := Document{Path: f.path, Title: filepath.Base(f.path), Type: filepath.Ext(f.path), Hash: sha256.Sum256([]byte(f.path))}
		if err := w.AddDocument(d, nil); err != nil {
			t.Fatal(err)
		}
		start := 0
		for n, p := range f.passages {
			id := PassageID("linux", f.path, sha256.Sum256(p), 0)
			context := fmt.Sprintf("%s > function_%d", f.path, n/3)
			err := w.AddPassage(Passage{ID: id, Start: uint32(start), SimHash: SimHash(p)}, context, fmt.Sprint("function_", n/3), p)
			if err != nil {
				t.Fatal(err)
			}
			start += len(p)
		}
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// perCPUSecond reports bytes of text for each second of processor time.
func perCPUSecond(b *testing.B, bytes int64, used time.Duration) {
	b.ReportMetric(float64(bytes)*float64(b.N)/1e6/used.Seconds(), "MB/cpu-s")
}

func BenchmarkKernelWrite(b *testing.B) {
	source, total := kernelSource(b)
	store := vfs.OS(b.TempDir())
	b.SetBytes(total)
	used := cpu()
	var ref blockfile.Ref
	for b.Loop() {
		ref = writeKernel(b, store, source)
	}
	perCPUSecond(b, total, cpu()-used)
	for part, n := range open(b, store, ref).Sizes() {
		b.ReportMetric(float64(n)/float64(total), part+"/text")
	}
	b.ReportMetric(float64(ref.Size)/float64(total), "file/text")
}

func kernelReader(b *testing.B) (*Reader, int64) {
	source, total := kernelSource(b)
	store := vfs.OS(b.TempDir())
	return open(b, store, writeKernel(b, store, source)), total
}

func BenchmarkKernelEach(b *testing.B) {
	r, total := kernelReader(b)
	b.SetBytes(total)
	used := cpu()
	for b.Loop() {
		err := r.Each(func(uint32, Passage, string, string, []byte) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	perCPUSecond(b, total, cpu()-used)
}

// BenchmarkKernelRandom measures what a question asks for, at random places.
func BenchmarkKernelRandom(b *testing.B) {
	r, _ := kernelReader(b)
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []uint32 {
		ids := make([]uint32, n)
		for k := range ids {
			ids[k] = uint32(rng.IntN(r.Passages()))
		}
		return ids
	}
	read := map[string]func(ids []uint32) error{
		"texts": func(ids []uint32) error {
			return r.Texts(context.Background(), ids, func(int, []byte) error { return nil })
		},
		"contexts": func(ids []uint32) error {
			for _, i := range ids {
				if _, _, err := r.Context(i); err != nil {
					return err
				}
			}
			return nil
		},
		"records": func(ids []uint32) error {
			var sum uint64
			for _, i := range ids {
				rec, err := r.Record(i)
				if err != nil {
					return err
				}
				sum += rec.SimHash() + uint64(rec.Doc())
			}
			return nil
		},
	}
	for _, c := range []struct {
		what string
		n    int
	}{{"texts", 100}, {"texts", 1000}, {"contexts", 100}, {"contexts", 1000}, {"records", 25_000}} {
		b.Run(fmt.Sprint(c.what, c.n), func(b *testing.B) {
			lists := make([][]uint32, 16)
			for i := range lists {
				lists[i] = draw(c.n)
			}
			if slices.Contains([]string{"records"}, c.what) {
				_ = read[c.what](draw(c.n))
			}
			used := cpu()
			for i := 0; b.Loop(); i++ {
				if err := read[c.what](lists[i%len(lists)]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu()-used).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}
