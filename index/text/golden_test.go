package text

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/vfs"
)

// goldenRef is a file under testdata: what small makes. It is kept as it is for as long as its format is
// read.
const goldenRef = `{"kind":"text","id":"07000000000000000000000000000000","hash":"e6f9e05d6555c53e95e3729199d3a54976d2f9a3e8a5f6050b8a2df7d2236d0d","size":1380}`

// largeHash is the hash of a file of 40 documents: enough text for the compressor to make choices.
const largeHash = "2ef344f293d20bb6c0796d2886165dd93534d78903e7cc8febf47053f0fdf2f8"

// The golden file is read, and the same documents give the same bytes on every machine: when they do not,
// because the compressor changed for one, Builder must be raised.
func TestGoldenFile(t *testing.T) {
	var ref blockfile.Ref
	files, now := small(t)
	if err := json.Unmarshal([]byte(goldenRef), &ref); err != nil {
		b, _ := json.Marshal(now)
		t.Fatalf("%v (this program writes %s)", err, b)
	}
	f, err := blockfile.Open(vfs.OS("."), "testdata", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	golden, err := readAll(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(golden, "noticed by its checksum") || strings.Count(golden, "dir/file") != 3 {
		t.Errorf("the golden file reads %q", golden)
	}
	if built, err := outcome(t, files, now); err != nil || built != golden {
		t.Errorf("what is written now reads %q, %v", built, err)
	}
	docs, passages := corpus(rand.New(rand.NewPCG(1, 1)), 40)
	if large := write(t, vfs.Mem(), docs, passages); now != ref || large.Hash.String() != largeHash {
		t.Log(large.Hash)
		t.Errorf("this program writes other bytes for the same documents: raise Builder (%d)", Builder)
	}
}
