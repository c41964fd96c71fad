package unpack_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source/folder"
	"sluice/corpus/source/sourcetest"
	"sluice/corpus/source/unpack"
)

// over makes a source over a folder.
func over(t *testing.T, root string, opts folder.Options) *unpack.Source {
	t.Helper()
	f, err := folder.Open(root, opts)
	if err != nil {
		t.Fatal(err)
	}
	s := unpack.New(f, formats.Local{})
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t testing.TB, root, name string, b []byte) {
	t.Helper()
	p := filepath.Join(root, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// zipOf packs files: name, text, name, text ...
func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tgzOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(files); i += 2 {
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: files[i], Size: int64(len(files[i+1])), Mode: 0o600})
		if _, werr := io.WriteString(w, files[i+1]); err != nil || werr != nil {
			t.Fatal(err, werr)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const letter = `{\rtf1\ansi{\info{\title A letter}{\creatim\yr2021\mo3\dy4}}Dear reader,\par this is it.\par}`

// paths are what a walk visits, and its report.
func paths(t *testing.T, s corpus.Source) (all []string, report *corpus.Report) {
	t.Helper()
	var taken corpus.Count
	report, err := s.Walk(t.Context(), func(it corpus.Item) error {
		all = append(all, it.Path)
		taken.Add(it.Size)
		if _, err := s.Stat(t.Context(), it.Path); err != nil {
			t.Errorf("%s: walk visits it, stat says %v", it.Path, err)
		}
		return nil
	})
	if err != nil || report.Taken != taken {
		t.Fatal(err, report.Taken, taken)
	}
	if !slices.IsSorted(all) {
		t.Errorf("not in bytewise order: %q", all)
	}
	return all, report
}

// filled is a folder of files and archives whose names sort among each other.
func filled(t *testing.T) string {
	root := t.TempDir()
	inner := string(zipOf(t, "deep/x.txt", "the deepest text\n", "y.rtf", letter))
	put(t, root, "a.zip", zipOf(t, "notes/n.md", "# Notes\n\nof the meeting\n", "b.zip", inner, "b.zip-x", "between\n", ".hidden", "h", "../out.txt", "o", "/abs.txt", "o", "dir/", "", "pic.bin", "\x00\x01\x02\x00", "store.p12", "x"))
	put(t, root, "a.zip-b", []byte("a file whose name sorts between\n"))
	put(t, root, "a.zip.txt", []byte("another\n"))
	put(t, root, "c.tgz", tgzOf(t, "one.txt", "first\n", "sub/two.rtf", letter))
	put(t, root, "d.txt.gz", gzipOf(t, "a log that was packed\n"))
	put(t, root, "letter.rtf", []byte(letter))
	put(t, root, "real.zip/plain.txt", []byte("a folder that is called as an archive is\n"))
	return root
}

func gzipOf(t *testing.T, text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDocumentsInArchives: what lies in an archive has a path below it, in the order of a walk, and
// is read as if it lay in a folder.
func TestDocumentsInArchives(t *testing.T) {
	s := over(t, filled(t), folder.Options{})
	got, report := paths(t, s)
	want := []string{"a.zip-b", "a.zip.txt", "a.zip/b.zip-x", "a.zip/b.zip/deep/x.txt", "a.zip/b.zip/y.rtf", "a.zip/notes/n.md", "a.zip/pic.bin",
		"c.tgz/one.txt", "c.tgz/sub/two.rtf", "d.txt.gz/d.txt", "letter.rtf", "real.zip/plain.txt"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if report.LeftOut[corpus.Hidden].Files != 1 || report.LeftOut[corpus.Secret].Files != 1 || report.FailureN != 0 {
		t.Errorf("%+v", report)
	}
	var listed []string
	listReport, err := s.List(t.Context(), func(it corpus.Item) error { listed = append(listed, it.Path); return nil })
	slices.Sort(listed)
	if err != nil || !slices.Equal(listed, got) || listReport.Taken != report.Taken {
		t.Errorf("list: %q, %+v, %v", listed, listReport, err)
	}
	for path, text := range map[string]string{
		"a.zip/b.zip/deep/x.txt": "the deepest text\n", "a.zip/b.zip-x": "between\n", "c.tgz/one.txt": "first\n", "d.txt.gz/d.txt": "a log that was packed\n",
		"a.zip/b.zip/y.rtf": "Dear reader,\nthis is it.\n", "c.tgz/sub/two.rtf": "Dear reader,\nthis is it.\n", "letter.rtf": "Dear reader,\nthis is it.\n",
		"real.zip/plain.txt": "a folder that is called as an archive is\n",
	} {
		x, err := corpus.Read(t.Context(), s, path, nil)
		if err != nil || string(x.Body) != text {
			t.Errorf("%s: %q, %v", path, x.Body, err)
		}
		if strings.HasSuffix(path, ".rtf") && (x.Title != "A letter" || x.Type != "rtf" || x.Time.Year() != 2021) {
			t.Errorf("%s: %+v", path, x.Item)
		}
	}
	if _, err := corpus.Read(t.Context(), s, "a.zip/pic.bin", nil); corpus.ReasonOf(err) != corpus.Binary {
		t.Errorf("a picture in an archive: %v", err)
	}
	for _, path := range []string{"a.zip", "a.zip/out.txt", "a.zip/../out.txt", "a.zip/b.zip", "a.zip/b.zip/none", "a.zip/.hidden", "a.zip/store.p12", "a.zip/notes"} {
		if _, err := s.Stat(t.Context(), path); !errors.Is(err, corpus.ErrGone) {
			t.Errorf("stat of %s: %v, want gone", path, err)
		}
		if r, _, err := s.Open(t.Context(), path); !errors.Is(err, corpus.ErrGone) {
			t.Errorf("open of %s: %v, %v, want gone", path, r, err)
		}
	}
}

// TestRulesHoldInArchives: what the owner leaves out stays out in archives.
func TestRulesHoldInArchives(t *testing.T) {
	s := over(t, filled(t), folder.Options{Exclude: []string{"*.md", "deep/"}, Forgotten: []string{"a.zip/b.zip/y.rtf", "c.tgz"}, Hidden: true})
	got, _ := paths(t, s)
	want := []string{"a.zip-b", "a.zip.txt", "a.zip/.hidden", "a.zip/b.zip-x", "a.zip/pic.bin", "d.txt.gz/d.txt", "letter.rtf", "real.zip/plain.txt"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestArchiveChanges: another archive under the same name is other documents, and the stamp of
// each says so.
func TestArchiveChanges(t *testing.T) {
	root := t.TempDir()
	s := over(t, root, folder.Options{})
	stamp := func(text string) corpus.Stamp {
		put(t, root, "a.zip", zipOf(t, "x.txt", text))
		x, err := corpus.Read(t.Context(), s, "a.zip/x.txt", nil)
		if err != nil || string(x.Body) != text {
			t.Fatalf("%q, %v, want %q", x.Body, err, text)
		}
		it, err := s.Stat(t.Context(), "a.zip/x.txt")
		if err != nil {
			t.Fatal(err)
		}
		st, err := corpus.StampOf(t.Context(), s, it)
		if opened, oerr := corpus.StampOf(t.Context(), s, x.Item); err != nil || oerr != nil || opened != st {
			t.Errorf("stat and open differ: %v, %v, %+v %+v", err, oerr, it, x.Item)
		}
		return st
	}
	if a, b := stamp("one text\n"), stamp("two text\n"); a == b {
		t.Error("the archive changed, and the stamps of what lies in it did not")
	}
	if err := os.Remove(filepath.Join(root, "a.zip")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), "a.zip/x.txt"); !errors.Is(err, corpus.ErrGone) {
		t.Errorf("the archive is gone: %v", err)
	}
}

// TestDamagedDocuments: one that cannot be read fails by itself and says why, and its documents are
// not taken for deleted.
func TestDamagedDocuments(t *testing.T) {
	root := t.TempDir()
	whole := zipOf(t, "x.txt", "some text\n")
	put(t, root, "cut.zip", whole[:len(whole)-30])
	put(t, root, "cut.docx", whole[:len(whole)-30])
	put(t, root, "cut.tgz", tgzOf(t, "x.txt", "some text\n")[:20])
	put(t, root, "fine.txt", []byte("fine\n"))
	s := over(t, root, folder.Options{})
	got, report := paths(t, s)
	if !slices.Equal(got, []string{"cut.docx", "fine.txt"}) || report.FailureN != 2 || !strings.Contains(report.Failures[0].Err, "damaged") {
		t.Errorf("%q %+v", got, report)
	}
	var no *extract.Refusal
	if _, err := corpus.Read(t.Context(), s, "cut.docx", nil); !errors.As(err, &no) {
		t.Errorf("a damaged document: %v", err)
	}
	if _, err := s.Stat(t.Context(), "cut.zip/x.txt"); err == nil || errors.Is(err, corpus.ErrGone) {
		t.Errorf("in a damaged archive: %v, want an error that says nothing of the document", err)
	}
}

// TestFullDisk: a document that failed because there was no room to unpack it is not refused, and
// is read when there is.
func TestFullDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder for temporary files is named otherwise")
	}
	root := t.TempDir()
	numbers := &strings.Builder{}
	for i := range 600_000 {
		fmt.Fprintln(numbers, i*7)
	}
	put(t, root, "a.zip", zipOf(t, "x.txt", numbers.String()))
	s := over(t, root, folder.Options{})
	t.Run("full", func(t *testing.T) {
		t.Setenv("TMPDIR", filepath.Join(root, "none"))
		_, err := corpus.Read(t.Context(), s, "a.zip/x.txt", nil)
		if err == nil || errors.As(err, new(*extract.Refusal)) || corpus.ReasonOf(err) != "" || errors.Is(err, corpus.ErrGone) {
			t.Errorf("%v, want an error that says nothing of the document", err)
		}
	})
	x, err := corpus.Read(t.Context(), s, "a.zip/x.txt", nil)
	if err != nil || string(x.Body) != numbers.String() {
		t.Errorf("%d bytes, %v", len(x.Body), err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "sluice-*")); err != nil || slices.ContainsFunc(left, func(n string) bool {
		info, err := os.Stat(n)
		return err == nil && info.Size() == int64(numbers.Len())
	}) {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// folderEditor changes documents of a folder, those in an archive among them.
type folderEditor struct{ root string }

func (e folderEditor) Put(t testing.TB, name, text string) string {
	put(t, e.root, name, []byte(text))
	return name
}
func (e folderEditor) Remove(t testing.TB, path string) {
	if err := os.Remove(filepath.Join(e.root, filepath.FromSlash(path))); err != nil {
		t.Fatal(err)
	}
}
func (e folderEditor) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(e.root); err != nil {
		t.Fatal(err)
	}
}

// packed keeps each document in an archive of its own.
type packed struct{ folderEditor }

func (e packed) Put(t testing.TB, name, text string) string {
	put(t, e.root, name+".zip", zipOf(t, "doc.txt", text))
	return name + ".zip/doc.txt"
}
func (e packed) Remove(t testing.TB, path string) {
	e.folderEditor.Remove(t, strings.TrimSuffix(path, "/doc.txt"))
}

// TestSource runs the suite of connectors over a folder of files, and over one of archives.
func TestSource(t *testing.T) {
	t.Run("files", func(t *testing.T) {
		sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
			root := t.TempDir()
			return over(t, root, folder.Options{}), folderEditor{root}
		})
	})
	t.Run("archives", func(t *testing.T) {
		sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
			root := t.TempDir()
			return over(t, root, folder.Options{}), packed{folderEditor{root}}
		})
	})
}

// TestWhatArchivesDoNotGiveIsCounted: what of an archive is no document is in the report, with the
// reason.
func TestWhatArchivesDoNotGiveIsCounted(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a.zip", zipOf(t, "a.txt", "text\n", "a.txt", "again\n", "../out", "x", "/abs", "x", "dir/", ""))
	got, report := paths(t, over(t, root, folder.Options{}))
	twice, unread := report.LeftOut[corpus.Duplicate], report.LeftOut[corpus.Unread]
	if !slices.Equal(got, []string{"a.zip/a.txt"}) || twice == nil || twice.Files != 1 || unread == nil || unread.Files != 2 || len(report.LeftOut) != 2 {
		t.Errorf("%q, left out: %v", got, report.LeftOut)
	}
}
