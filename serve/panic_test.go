package serve

import (
	"strings"
	"testing"

	"sluice/api"
	"sluice/index"
	"sluice/internal/invariants"
	"sluice/internal/promise"
	"sluice/internal/vfs"
)

// panicking is a file system with a fault of the program: reading one file panics.
type panicking struct {
	vfs.FS
	name *string
}

type panickingFile struct {
	vfs.File
	name *string
}

// Open implements vfs.FS.
func (p panicking) Open(name string) (vfs.File, error) {
	f, err := p.FS.Open(name)
	return panickingFile{f, p.name}, err
}

// ReadAt implements vfs.File.
func (f panickingFile) ReadAt(b []byte, off int64) (int, error) {
	if f.Name() == *f.name {
		var none []int
		none[off]++
	}
	return f.File.ReadAt(b, off)
}

// TestAPanicCostsItsSegment: a fault of the program in reading one segment costs the answer that
// segment, which is named; the other segments answer, and the process goes on.
func TestAPanicCostsItsSegment(t *testing.T) {
	if invariants.Enabled {
		t.Skip("a build that checks invariants lets panics pass")
	}
	c := promise.For(t, 24, "panic while a segment is read")
	b := newBench(t, nil)
	more := b.add("mail")
	more.Put("torn.md", "# Mail\n\nA torn write was noticed in the mail.\n")
	b.sync()
	clean := b.search("torn write")
	b.Close()
	name := ""
	store, err := index.Open(panicking{b.files, &name}, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := b.opts
	o.Store, o.Ingest = store, nil
	s := New(o)
	defer s.Close()
	entries, err := b.files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name, ".text") {
			continue
		}
		name = "" // the files are open when it begins
		if _, err := s.Search(t.Context(), api.SearchRequest{Query: "torn write"}); err != nil {
			t.Fatal(err)
		}
		name = "files/" + e.Name
		c.Reached("panic while a segment is read", 1)
		out, err := s.Search(t.Context(), api.SearchRequest{Query: "torn write"})
		if ClassOf(err) != Partly || len(out.Degraded) == 0 || !strings.Contains(out.Degraded[0].Why, "fault of the program") {
			c.Missed("panic while a segment is read", "%s: %+v, %v", e.Name, out, err)
			continue
		}
		if n := len(out.Results); n == 0 || n >= len(clean.Results) {
			t.Errorf("without %s %d of %d results", e.Name, n, len(clean.Results))
		}
	}
}
