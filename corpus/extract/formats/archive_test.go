package formats

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/corpus/extract"
)

// counted counts what is read of a file.
type counted struct {
	io.ReaderAt
	bytes int64
}

func (c *counted) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.bytes += int64(n)
	return n, err
}

func textOf(i int) string { return fmt.Sprintf("what file %d says\n", i) }

// manyZip and manyTar are archives of n files.
func manyZip(t *testing.T, method uint16, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		w, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%05d.txt", i), Method: method})
		if err == nil {
			_, err = io.WriteString(w, textOf(i))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func manyTar(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range n {
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("%05d.txt", i), Size: int64(len(textOf(i))), Mode: 0o600})
		if _, werr := io.WriteString(w, textOf(i)); err != nil || werr != nil {
			t.Fatal(err, werr)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMembersAreReadByThemselves: to read all files of an archive one by one costs what the archive
// holds, and not its table for each of them.
func TestMembersAreReadByThemselves(t *testing.T) {
	const n = 500
	for name, b := range map[string][]byte{
		"stored.zip": manyZip(t, zip.Store, n), "packed.zip": manyZip(t, zip.Deflate, n), "plain.tar": manyTar(t, n),
	} {
		t.Run(name, func(t *testing.T) {
			in := &counted{ReaderAt: bytes.NewReader(b)}
			f := extract.File{Name: name, Size: int64(len(b)), ReaderAt: in}
			all, err := extract.List(t.Context(), Local{}, f)
			if err != nil || len(all) != n {
				t.Fatal(len(all), err)
			}
			in.bytes = 0
			for i, m := range all {
				var text strings.Builder
				if err := extract.CopyMember(t.Context(), Local{}, f, m, &text); err != nil || text.String() != textOf(i) {
					t.Fatalf("%s: %q, %v", m.Path, text.String(), err)
				}
			}
			if most := int64(2 * len(b)); in.bytes > most {
				t.Errorf("%d bytes were read of an archive of %d, want at most %d", in.bytes, len(b), most)
			}
		})
	}
}

// TestMembersAreChecked: where a file lies is told by a process that read what a stranger wrote, of
// an archive that may have changed.
func TestMembersAreChecked(t *testing.T) {
	b := manyZip(t, zip.Deflate, 3)
	f := extract.File{Name: "a.zip", Size: int64(len(b)), ReaderAt: bytes.NewReader(b)}
	all, err := extract.List(t.Context(), Local{}, f)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(m *extract.Member){
		"before the beginning": func(m *extract.Member) { m.At = -1 },
		"behind the end":       func(m *extract.Member) { m.At = f.Size + 1 },
		"longer than the file": func(m *extract.Member) { m.Packed = f.Size },
		"less than nothing":    func(m *extract.Member) { m.Packed = -1 },
		"more than a number":   func(m *extract.Member) { m.At, m.Packed = 1<<62, 1<<62 },
		"another file":         func(m *extract.Member) { m.At, m.Packed = all[0].At, all[0].Packed },
		"another sum":          func(m *extract.Member) { m.Sum++ },
		"another length":       func(m *extract.Member) { m.Size++ },
		"not packed":           func(m *extract.Member) { m.Method = "" },
		"packed otherwise":     func(m *extract.Member) { m.Method = "zip 99" },
		"with holes":           func(m *extract.Member) { m.Method = holes },
	} {
		m := all[1]
		change(&m)
		if err := extract.CopyMember(t.Context(), Local{}, f, m, io.Discard); !errors.As(err, new(*extract.Refusal)) {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
}

// TestWhatIsNoFileIsTold: what of an archive is not read is told with the reason, but for folders.
func TestWhatIsNoFileIsTold(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Typeflag: tar.TypeReg, Name: "a.txt"}, {Typeflag: tar.TypeDir, Name: "dir/"}, {Typeflag: tar.TypeSymlink, Name: "link", Linkname: "a.txt"},
		{Typeflag: tar.TypeLink, Name: "hard", Linkname: "a.txt"}, {Typeflag: tar.TypeFifo, Name: "pipe"}, {Typeflag: tar.TypeReg, Name: "a.txt"},
		{Typeflag: tar.TypeReg, Name: "../out"}, {Typeflag: tar.TypeReg, Name: "/abs"},
	} {
		h.Mode = 0o600
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := extract.List(t.Context(), Local{}, extract.File{Name: "a.tar", Size: int64(b.Len()), ReaderAt: bytes.NewReader(b.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	got := map[corpus.Reason]int{}
	for _, m := range all {
		got[m.Left]++
	}
	want := map[corpus.Reason]int{"": 1, corpus.Symlink: 2, corpus.Special: 1, corpus.Duplicate: 1, corpus.Unread: 2}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
