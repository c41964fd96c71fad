package serve_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// kept is a store as some version of the program wrote it, with the documents that it was made of.
type kept struct {
	Format uint32            `json:"format"` // of its manifest
	Dirs   []string          `json:"dirs"`
	Files  map[string][]byte `json:"files"`
	Texts  map[string]string `json:"texts"` // of the documents, by source and path
}

const keptDir = "testdata/stores"

// manifestFormat is what the newest slot says of its own format.
func (g *golden) manifestFormat() uint32 {
	return binary.LittleEndian.Uint32(g.files["manifest.0"][8:])
}

// keep writes the golden store of this version, beside those of the versions before.
func keep(t *testing.T, name string) {
	t.Helper()
	g := newGolden(t, 1)
	k := kept{Format: g.manifestFormat(), Dirs: g.dirs, Files: g.files, Texts: map[string]string{}}
	for doc, text := range g.texts {
		if doc != "papers\x00report.pdf" { // its marks are not in its text
			k.Texts[doc] = text
		}
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(k), z.Close(), os.MkdirAll(keptDir, 0o755), os.WriteFile(name, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func readKept(t *testing.T, name string) *golden {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var k kept
	b, err := io.ReadAll(z)
	if err := errors.Join(err, json.Unmarshal(b, &k)); err != nil {
		t.Fatal(err)
	}
	g := &golden{files: k.Files, dirs: k.Dirs, texts: k.Texts, sources: map[string]*testkit.Source{}}
	for doc, text := range k.Texts {
		label, path, _ := strings.Cut(doc, "\x00")
		if g.sources[label] == nil {
			g.sources[label] = testkit.NewSource(label)
		}
		g.sources[label].Put(path, text)
	}
	return g
}

// readsAll reads every document of a store, and tells what could not be seen.
func (g *golden) readsAll(t *testing.T, disk vfs.FS) (unseen []api.Degraded) {
	t.Helper()
	svc, err := g.open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	for doc, text := range g.texts {
		label, path, _ := strings.Cut(doc, "\x00")
		out, err := svc.Read(context.Background(), api.ReadRequest{Target: path, Source: label})
		if out == nil || !slices.Equal(strings.Fields(out.Text), strings.Fields(text)) {
			t.Errorf("%s of %s: %v", path, label, err)
			continue
		}
		unseen = out.Degraded
	}
	return unseen
}

// TestStoresOfEveryFormat: a store of each version that was ever kept is read, or is rebuilt from
// its sources and says so; after a sync nothing of it is missing. SLUICE_UPDATE=1 keeps one of a
// format that has none.
func TestStoresOfEveryFormat(t *testing.T) {
	c := promise.For(t, 25, "store of a format that was kept")
	names, err := filepath.Glob(filepath.Join(keptDir, "*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if g := newGolden(t, 1); os.Getenv("SLUICE_UPDATE") != "" {
		name := filepath.Join(keptDir, "manifest-"+string(rune('0'+g.manifestFormat()))+".json.gz")
		if !slices.Contains(names, name) {
			keep(t, name)
			names = append(names, name)
		}
	}
	for _, name := range names {
		g := readKept(t, name)
		c.Reached("store of a format that was kept", 1)
		disk := g.disk(nil)
		_, err := index.Open(disk, index.Options{})
		if errors.Is(err, index.ErrOlder) {
			s, err := index.Renew(t.Context(), disk, index.Options{})
			if err != nil {
				c.Missed("store of a format that was kept", "%s is not rebuilt: %v", name, err)
				continue
			}
			_ = s.Close()
		} else if err != nil {
			c.Missed("store of a format that was kept", "%s: %v", name, err)
			continue
		} else {
			for _, d := range g.readsAll(t, disk) {
				if !strings.Contains(d.Why, "sluice sync") { // an arm whose version went on is built anew
					c.Missed("store of a format that was kept", "%s: %+v", name, d)
				}
			}
		}
		for _, label := range []string{"notes", "papers"} {
			g.sync(t, disk, g.sources[label])
		}
		if unseen := g.readsAll(t, disk); len(unseen) > 0 {
			c.Missed("store of a format that was kept", "%s after a sync: %+v", name, unseen)
		}
		if out, err := g.check(t, disk, checkAll); err != nil {
			c.Missed("store of a format that was kept", "%s after a sync: %+v, %v", name, out, err)
		}
		if n := withoutParity(t, disk); n > 0 {
			c.Missed("store of a format that was kept", "%s after a sync: %d segments have no parity of the present version", name, n)
		}
	}
}

// withoutParity is how many segments have no parity, or one of an older version.
func withoutParity(t *testing.T, disk vfs.FS) (n int) {
	t.Helper()
	s, err := index.Open(disk, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	entries, err := s.Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if s.LacksParity(e) {
			n++
		}
	}
	return n
}

// TestANewerStoreIsRefused: a manifest of a later format is not read, and the sentence says what to
// do; a file of one is left out and named.
func TestANewerStoreIsRefused(t *testing.T) {
	g := newGolden(t, 1)
	c := promise.For(t, 25, "newer manifest", "newer backup")
	for _, slot := range []string{"manifest.0", "manifest.1"} {
		b := slices.Clone(g.files[slot])
		binary.LittleEndian.PutUint32(b[8:], g.manifestFormat()+1)
		end := len(b) - sha256.Size
		sum := sha256.Sum256(b[:end])
		copy(b[end:], sum[:])
		disk := g.disk(map[string][]byte{slot: b})
		c.Reached("newer manifest", 1)
		if _, err := g.open(disk); !errors.Is(err, index.ErrNewer) || !strings.Contains(err.Error(), "update sluice") {
			c.Missed("newer manifest", "%s: %v", slot, err)
		}
	}
	to := vfs.Mem()
	mustBackUp(t, g.disk(nil), to)
	b := testkit.ReadFile(t, to, "backup")
	binary.LittleEndian.PutUint32(b[8:], 99)
	end := len(b) - sha256.Size
	sum := sha256.Sum256(b[:end])
	copy(b[end:], sum[:])
	testkit.Overwrite(t, to, "backup", b)
	c.Reached("newer backup", 1)
	if _, err := restore(to, vfs.Mem(), false); !errors.Is(err, index.ErrNewer) || serve.ClassOf(err) == serve.Corrupt {
		c.Missed("newer backup", "%v", err)
	}
}
