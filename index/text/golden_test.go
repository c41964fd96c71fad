package text

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/vfs"
)

// goldenRef is a file under testdata: what small makes. It is kept as it is for as long as its
// format is read.
const goldenRef = `{"kind":"text","id":"07000000000000000000000000000000","hash":"f3e2cb498ad8da1cff281bf2d2d1ee826cd4f75509c263ffcebb4213bfd818b6","size":1636}`

// goldenRef1 is a file under testdata that the first format made, without marks.
const goldenRef1 = `{"kind":"text","id":"07000000000000000000000000000000","hash":"e6f9e05d6555c53e95e3729199d3a54976d2f9a3e8a5f6050b8a2df7d2236d0d","size":1380}`

// largeHash is the hash of a file of 40 documents: enough text for the compressor to make choices.
const largeHash = "768153d396ce3efa11fecb20ccc6b4d54fe16f573cf811ecd9615c09765cf69d"

// The golden file is read, and the same documents give the same bytes on every machine: when they
// do not, because the compressor changed for one, Builder must be raised.
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
	if !strings.Contains(golden, "noticed by its checksum") || strings.Count(golden, "dir/file") != 3 || strings.Count(golden, "a.letter@example") != 2 {
		t.Errorf("the golden file reads %q", golden)
	}
	if built, err := outcome(t, files, now); err != nil || built != golden {
		t.Errorf("what is written now reads %q, %v", built, err)
	}
	docs, passages := sampleCorpus(rand.New(rand.NewPCG(1, 1)), 40)
	if large := write(t, vfs.Mem(), docs, passages); now != ref || large.Hash.String() != largeHash {
		t.Log(large.Hash)
		t.Errorf("this program writes other bytes for the same documents: raise Builder (%d)", Builder)
	}
}

// A file of the first format is older, not damaged: its store is built again from its sources.
func TestTheFirstFormatIsOlder(t *testing.T) {
	var ref blockfile.Ref
	if err := json.Unmarshal([]byte(goldenRef1), &ref); err != nil {
		t.Fatal(err)
	}
	f, err := blockfile.Open(vfs.OS("."), "testdata", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Open(f); !errors.Is(err, blockfile.ErrOlder) {
		t.Error(err)
	}
}
