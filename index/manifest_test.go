package index

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/vfs"
)

func newTestStore(t *testing.T, files vfs.FS) *Store {
	t.Helper()
	s, err := Create(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func readAll(t *testing.T, files vfs.FS, name string) []byte {
	t.Helper()
	f, err := files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func overwrite(t *testing.T, files vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := files.OpenRW(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(len(b))); err != nil {
		t.Fatal(err)
	}
}

// TestEveryBitOfTheManifest: whatever bit of the newer slot flips, the store opens at the generation
// before, or, when the other slot is gone too, refuses with ErrCorrupt; never anything else.
func TestEveryBitOfTheManifest(t *testing.T) {
	files := vfs.Mem()
	s := newTestStore(t, files)
	for _, label := range []string{"notes", "mail"} {
		if err := s.AddSource(context.Background(), SourceConfig{Label: label, Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
	}
	m, _, err := readManifest(files)
	if err != nil {
		t.Fatal(err)
	}
	name := slotName(m.Generation)
	good := readAll(t, files, name)
	for bit := range len(good) * 8 {
		bad := append([]byte(nil), good...)
		bad[bit/8] ^= 1 << (bit % 8)
		overwrite(t, files, name, bad)
		got, _, err := readManifest(files)
		if err != nil || got.Generation != m.Generation-1 {
			t.Fatalf("bit %d: %+v %v", bit, got, err)
		}
	}
	for cut := range len(good) {
		overwrite(t, files, name, good[:cut])
		if got, _, err := readManifest(files); err != nil || got.Generation != m.Generation-1 {
			t.Fatalf("cut at %d: %+v %v", cut, got, err)
		}
	}
	if err := files.Remove(slotName(m.Generation + 1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readManifest(files); !errors.Is(err, blockfile.ErrCorrupt) {
		t.Fatalf("no valid slot: %v", err)
	}
}

// TestTwoStatesOfOneGeneration: equal numbers with different content are refused, and both are named.
func TestTwoStatesOfOneGeneration(t *testing.T) {
	files := vfs.Mem()
	newTestStore(t, files)
	for slot, parent := range []string{"aa", "bb"} {
		b, err := (&Manifest{Generation: 8, Parent: parent}).encode()
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, files, slotName(uint64(slot)), b)
	}
	if _, _, err := readManifest(files); !errors.Is(err, blockfile.ErrCorrupt) || !strings.Contains(err.Error(), "generation 8") {
		t.Fatal(err)
	}
}
