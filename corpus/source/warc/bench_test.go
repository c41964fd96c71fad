package warc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// BenchmarkScan reads a file of 1,000 pages of 20 kB, with every checksum and digest.
func BenchmarkScan(b *testing.B) {
	var file bytes.Buffer
	rng, body := rand.New(rand.NewPCG(1, 1)), []byte{}
	for len(body) < 20_000 {
		body = fmt.Appendf(body, "<p>word%d speaks of word%d</p>\n", rng.IntN(5000), rng.IntN(5000))
	}
	unpacked := 0
	for i := range 1000 {
		c := page(i)
		c.Body = append(c.Body, body...)
		unpacked += len(c.Body)
		if err := c.Write(&file); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(unpacked))
	for b.Loop() {
		n := 0
		for f, at := NewFile(bytes.NewReader(file.Bytes()), int64(file.Len())), int64(0); ; n++ {
			_, next, err := f.Next(at)
			if errors.Is(err, io.EOF) {
				break
			}
			if at = next; err != nil {
				b.Fatal(err)
			}
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
