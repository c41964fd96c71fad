package blockfile

import (
	"bytes"
	"encoding/json"
	"path"
	"testing"

	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// goldenRefs are the files under testdata, one for each format that was ever written, as build
// makes them with seed 1. They are never made again: a new format adds its own.
var goldenRefs = map[int]string{
	1: `{"kind":"text","id":"2aa6fd1b90bc9595ad32f9f1fc7775df","hash":"25b5c42bbed18dcf08d5149d369cbaade1e8db117364e4e6337ca06678a84a43","size":2904}`,
}

// Every format from FormatMin on is read; the newest is what this program writes, byte for byte, on
// every machine.
func TestGoldenFiles(t *testing.T) {
	fresh := newDir(t)
	newest := build(t, fresh, KindText, 1)
	for format := FormatMin; format <= Format; format++ {
		var ref Ref
		if err := json.Unmarshal([]byte(goldenRefs[format]), &ref); err != nil {
			b, _ := json.Marshal(newest)
			t.Fatalf("format %d has no golden file: %v (this program writes %s)", format, err, b)
		}
		stored := vfs.OS(".")
		f, err := Open(stored, "testdata", ref)
		must(t, err)
		defer f.Close()
		s, err := f.Section("first")
		must(t, err)
		got, err := s.All()
		must(t, err)
		if !bytes.Equal(got, noise(1, 1000)) {
			t.Errorf("format %d: the section reads differently", format)
		}
		if format == Format && (ref != newest || !bytes.Equal(testkit.ReadFile(t, stored, path.Join("testdata", ref.Name())), testkit.ReadFile(t, fresh, path.Join("d", ref.Name())))) {
			t.Errorf("this program writes other bytes as format %d: it needs a new number", format)
		}
	}
}
