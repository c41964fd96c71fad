package folder

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestSamplesOfEverySize: a file of any size has a sample, and its first and last byte are part of
// it; of a file that fits the blocks every byte is.
func TestSamplesOfEverySize(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := filepath.Join(dir, "a.txt")
	sample := func(text []byte) uint64 {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		sum, err := f.Sample(context.Background(), "a.txt")
		if err != nil {
			t.Fatalf("%d bytes: %v", len(text), err)
		}
		return sum
	}
	const all = sampleBlocks * sampleBlock
	sizes := []int{1, 2, sampleBlock - 1, sampleBlock, sampleBlock + 1, all - 1, all, all + 1, all + sampleBlock, 84869, 1 << 20}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		sizes = append(sizes, 1+rng.IntN(4*all))
	}
	for _, size := range sizes {
		text := make([]byte, size)
		for i := range text {
			text[i] = 'a' + byte(rng.IntN(26))
		}
		was := sample(text)
		at := []int{0, size - 1}
		if size <= all {
			at = append(at, rng.IntN(size), rng.IntN(size))
		}
		for _, i := range at {
			text[i] ^= 1
			if sample(text) == was {
				t.Errorf("%d bytes: a change of byte %d does not show", size, i)
			}
			text[i] ^= 1
		}
	}
}
