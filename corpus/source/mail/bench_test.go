package mail

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkParse reads the mails of a folder: SLUICE_MAILS names it.
func BenchmarkParse(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("SLUICE_MAILS"), "*"))
	if os.Getenv("SLUICE_MAILS") == "" || len(files) == 0 {
		b.Skip("SLUICE_MAILS names no folder of mails")
	}
	var all [][]byte
	n := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		all, n = append(all, raw), n+len(raw)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		for _, raw := range all {
			m := parse(raw)
			m.render(m.id(raw))
		}
	}
}
