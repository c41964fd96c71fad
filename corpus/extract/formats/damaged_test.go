package formats

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/corpus/extract"
)

// TestDamagedFiles: a file that was damaged anywhere is read, or refused with a reason. No reader
// breaks down, and the marks fit the text.
func TestDamagedFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for _, name := range names {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if f := ByName(name); f == nil || f.Missing != "" || f.Prepare != nil { // what WebAssembly does breaks nothing
			continue
		}
		for range 40 {
			b := append([]byte{}, whole...)
			for n := 1 + chance.IntN(8); n > 0 && len(b) > 0; n-- {
				switch at := chance.IntN(len(b)); chance.IntN(3) {
				case 0:
					b[at] ^= byte(1 + chance.IntN(255))
				case 1:
					b = append(b[:at:at], b[min(len(b), at+chance.IntN(100)):]...)
				case 2:
					b = b[:max(at, len(b)/2)]
				}
			}
			d, err := readBytes(t, name, b)
			var no *extract.Refusal
			switch {
			case err == nil:
				if _, bad := d.Marks.Clean(len(d.Text)); bad > 0 {
					t.Errorf("%s: %d marks that the text cannot have", name, bad)
				}
			case !errors.As(err, &no) || strings.Contains(no.Why, "broke down"):
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
