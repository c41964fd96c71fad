// Package sourcetest is the suite of stage 0 that every connector passes: what the store relies on,
// whatever the documents are.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"sluice/corpus"
)

// Editor changes what a source holds, behind its back.
type Editor interface {
	// Put writes a document of the given text, anew or over an older one, and returns its path.
	// name is a slash-separated wish: a connector that names its documents otherwise may use it as
	// it likes, but one name is always one document.
	Put(t testing.TB, name, text string) (path string)
	// Remove deletes the document of that path.
	Remove(t testing.TB, path string)
	// RemoveRoot deletes the whole source.
	RemoveRoot(t testing.TB)
}

// Make returns a source that holds nothing yet, and its editor.
type Make func(t *testing.T) (corpus.Source, Editor)

// Marker is an Editor of a source whose documents have marks.
type Marker interface {
	Editor
	// MovePages changes the marks of the document of that path and nothing of its text.
	MovePages(t testing.TB, path string)
}

// Run runs the suite.
func Run(t *testing.T, make Make) {
	for name, test := range map[string]func(*testing.T, corpus.Source, Editor){
		"empty":        testEmpty,
		"info":         testInfo,
		"order":        testOrder,
		"agreement":    testAgreement,
		"gone":         testGone,
		"changed":      testChanged,
		"visit error":  testVisitError,
		"cancelled":    testCancelled,
		"concurrent":   testConcurrent,
		"list":         testList,
		"foreign path": testForeignPath,
		"root gone":    testRootGone,
		"marks":        testMarks,
		"secrets":      testSecrets,
	} {
		t.Run(name, func(t *testing.T) {
			src, edit := make(t)
			test(t, src, edit)
		})
	}
}

// testSecrets reads documents as a store does: what looks like a credential is gone, wherever it
// stands, and the rest is there.
func testSecrets(t *testing.T, src corpus.Source, edit Editor) {
	token := "gh" + "p_iR54dhCYg9Tfmoywi9xLmmKZrrnAw438BYh3"
	for _, before := range []int{0, 1 << 10, 64<<10 - 20, 1 << 20} {
		text := strings.Repeat("word word\n", before/10) + "before " + token + " behind\n"
		path := edit.Put(t, fmt.Sprintf("behind-%d", before), text)
		x, err := corpus.Read(context.Background(), src, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		raw, _, err := read(src, path)
		if err != nil {
			t.Fatal(err)
		}
		body := string(x.Body)
		if len(x.Secrets) != 1 || strings.Contains(body, token[8:]) || !strings.Contains(body, "before ") || !strings.Contains(body, " behind\n") || len(body) != len(raw) {
			t.Errorf("behind %d bytes: %d secrets, %d bytes of %d, ends in %q", before, len(x.Secrets), len(body), len(raw), body[max(0, len(body)-60):])
		}
	}
	path := edit.Put(t, "nothing-else", token+"\n")
	x, err := corpus.Read(context.Background(), src, path, nil)
	if strings.Contains(string(x.Body), token[8:]) {
		t.Errorf("a document that is a secret reads %q, %v", x.Body, err)
	}
}

// names are ordinary ones and those whose order as paths is not that of a folder-by-folder walk.
var names = []string{"a1", "a.txt", "a-b/c", "b/x", "b-/y", "b.c", "b0", "c/d/e/f", "c/d/e.f", "c/d-e", "é", "z z", "ab/a", "ab.a"}

// fill puts every name and returns text by path.
func fill(t *testing.T, edit Editor) map[string]string {
	texts := map[string]string{}
	for i, name := range names {
		text := fmt.Sprintf("Document number %d is about %s.\n", i, name)
		texts[edit.Put(t, name, text)] = text
	}
	if len(texts) != len(names) {
		t.Fatalf("%d names gave %d documents", len(names), len(texts))
	}
	return texts
}

// walk returns the items of a whole walk and checks the report against them.
func walk(t testing.TB, src corpus.Source) []corpus.Item {
	t.Helper()
	var items []corpus.Item
	var taken corpus.Count
	report, err := src.Walk(context.Background(), func(it corpus.Item) error {
		items = append(items, it)
		taken.Add(it.Size)
		return nil
	})
	if err != nil {
		t.Fatalf("walk: %v", err)
	}
	if report == nil || report.Taken != taken {
		t.Fatalf("the report %+v does not say what was visited: %+v", report, taken)
	}
	if report.FailureN != 0 {
		t.Fatalf("failures: %+v", report.Failures)
	}
	return items
}

func pathsOf(items []corpus.Item) (paths []string) {
	for _, it := range items {
		paths = append(paths, it.Path)
	}
	return paths
}

// read returns a document's whole text.
func read(src corpus.Source, path string) (string, corpus.Item, error) {
	r, it, err := src.Open(context.Background(), path)
	if err != nil {
		return "", it, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), it, err
}

func testEmpty(t *testing.T, src corpus.Source, _ Editor) {
	if items := walk(t, src); len(items) != 0 {
		t.Fatalf("an empty source lists %v", items)
	}
}

func testInfo(t *testing.T, src corpus.Source, _ Editor) {
	info := src.Info()
	if info.Label == "" || info.Kind == "" || info.Root == "" || info != src.Info() {
		t.Fatalf("info: %+v", info)
	}
	if strings.HasPrefix(info.Label, "/") || strings.ContainsRune(info.Label, '\n') {
		t.Fatalf("the label %q is part of every passage's id and may be no path", info.Label)
	}
}

func testOrder(t *testing.T, src corpus.Source, edit Editor) {
	texts := fill(t, edit)
	paths := pathsOf(walk(t, src))
	if !slices.IsSorted(paths) {
		t.Errorf("not in bytewise order: %q", paths)
	}
	if n := len(slices.Compact(slices.Clone(paths))); n != len(texts) {
		t.Errorf("%d documents listed, %d put", n, len(texts))
	}
	for _, p := range paths {
		if _, ok := texts[p]; !ok || !utf8.ValidString(p) {
			t.Errorf("%q was not put, or is not UTF-8", p)
		}
	}
	if again := pathsOf(walk(t, src)); !slices.Equal(paths, again) {
		t.Errorf("a second walk differs: %q, %q", paths, again)
	}
}

func same(a, b corpus.Item) bool {
	return a.Path == b.Path && a.Size == b.Size && a.ModTime.Equal(b.ModTime)
}

func testAgreement(t *testing.T, src corpus.Source, edit Editor) {
	texts := fill(t, edit)
	for _, it := range walk(t, src) {
		stat, err := src.Stat(context.Background(), it.Path)
		if err != nil || !same(stat, it) {
			t.Errorf("walk says %+v, stat %+v, %v", it, stat, err)
		}
		text, opened, err := read(src, it.Path)
		if err != nil || !same(opened, it) {
			t.Errorf("walk says %+v, open %+v, %v", it, opened, err)
		}
		if !strings.Contains(text, strings.TrimSpace(texts[it.Path])) || !utf8.ValidString(text) {
			t.Errorf("%s: read %q, put %q", it.Path, text, texts[it.Path])
		}
	}
}

func wantGone(t *testing.T, src corpus.Source, path string) {
	t.Helper()
	if _, err := src.Stat(context.Background(), path); !errors.Is(err, corpus.ErrGone) {
		t.Errorf("stat of %q: %v, want ErrGone", path, err)
	}
	if _, _, err := read(src, path); !errors.Is(err, corpus.ErrGone) {
		t.Errorf("open of %q: %v, want ErrGone", path, err)
	}
}

func testGone(t *testing.T, src corpus.Source, edit Editor) {
	texts := fill(t, edit)
	victim := edit.Put(t, "c/d/e/f", "soon gone\n")
	walk(t, src)
	if _, err := src.Stat(context.Background(), victim); err != nil {
		t.Fatal(err)
	}
	edit.Remove(t, victim)
	wantGone(t, src, victim)
	wantGone(t, src, "never/was/here")
	if paths := pathsOf(walk(t, src)); len(paths) != len(texts)-1 || slices.Contains(paths, victim) {
		t.Errorf("after the removal of %q: %q", victim, paths)
	}
	edit.Put(t, "c/d/e/f", "back again\n")
	if text, _, err := read(src, victim); err != nil || !strings.Contains(text, "back again") {
		t.Errorf("put again: %q, %v", text, err)
	}
}

func testChanged(t *testing.T, src corpus.Source, edit Editor) {
	path := edit.Put(t, "b/x", "the first text\n")
	before, err := src.Stat(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	edit.Put(t, "b/x", "the second text, which is longer\n")
	text, after, err := read(src, path)
	if err != nil || !strings.Contains(text, "second") || same(before, after) {
		t.Errorf("after a change: %q, %+v, %v; before: %+v", text, after, err, before)
	}
}

func testVisitError(t *testing.T, src corpus.Source, edit Editor) {
	fill(t, edit)
	stop, n := errors.New("stop"), 0
	_, err := src.Walk(context.Background(), func(corpus.Item) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if err != stop || n != 3 { //nolint:errorlint // unchanged, and not wrapped
		t.Errorf("the visitor's error came back as %v after %d visits", err, n)
	}
}

func testCancelled(t *testing.T, src corpus.Source, edit Editor) {
	path := edit.Put(t, "b/x", "text\n")
	fill(t, edit)
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err := src.Walk(ctx, func(corpus.Item) error { n++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("a walk cancelled at the first visit: %v after %d visits", err, n)
	}
	if _, err := src.Stat(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("stat: %v", err)
	}
	if _, _, err := src.Open(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
}

func testConcurrent(t *testing.T, src corpus.Source, edit Editor) {
	texts := fill(t, edit)
	items := walk(t, src)
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			for i := range 4 * len(items) {
				it := items[(i*(k+1)+k)%len(items)]
				text, _, err := read(src, it.Path)
				if err != nil || !strings.Contains(text, strings.TrimSpace(texts[it.Path])) {
					t.Errorf("%s: %q, %v", it.Path, text, err)
				}
				if _, err := src.Stat(context.Background(), it.Path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func testForeignPath(t *testing.T, src corpus.Source, edit Editor) {
	fill(t, edit)
	for _, path := range []string{"", ".", "..", "/", "/etc/passwd", "../b/x", "b/../b/x", "./b/x", "b//x", "b/x/", "b/x/..", "b\x00x", "b/\xff",
		strings.Repeat("x/", 1<<16), "b"} {
		if it, err := src.Stat(context.Background(), path); err == nil {
			t.Errorf("stat of %.20q gives %+v", path, it)
		}
		if text, _, err := read(src, path); err == nil {
			t.Errorf("open of %.20q gives %q", path, text)
		}
	}
}

func testRootGone(t *testing.T, src corpus.Source, edit Editor) {
	path := edit.Put(t, "b/x", "text\n")
	walk(t, src)
	if _, _, err := read(src, path); err != nil {
		t.Fatal(err)
	}
	edit.RemoveRoot(t)
	_, err := src.Walk(context.Background(), func(it corpus.Item) error { t.Errorf("visited %+v", it); return nil })
	if !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("walk: %v, want ErrRootGone", err)
	}
	if _, err := src.Stat(context.Background(), path); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("stat: %v, want ErrRootGone: ErrGone would delete the document", err)
	}
	if _, _, err := src.Open(context.Background(), path); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("open: %v, want ErrRootGone", err)
	}
}

// readMarked returns a document's text, which is read in small pieces, and its marks as they are.
func readMarked(t testing.TB, src corpus.Source, path string) (text string, marks corpus.Marks) {
	t.Helper()
	r, _, err := src.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b strings.Builder
	if _, err := io.CopyBuffer(&b, struct{ io.Reader }{r}, make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	if m, ok := r.(corpus.Marked); ok {
		marks = m.Marks()
	}
	return b.String(), marks
}

// testMarks checks that marks fit their text and come again with it. What a source that is a text
// itself has, no marks, passes too.
func testMarks(t *testing.T, src corpus.Source, edit Editor) {
	fill(t, edit)
	for _, it := range walk(t, src) {
		text, marks := readMarked(t, src, it.Path)
		good, bad := marks.Clean(len(text))
		if bad != 0 || len(good) != len(marks) {
			t.Errorf("%s: %d of the marks %+v cannot be marks of %d bytes, and %d are kept", it.Path, bad, marks, len(text), len(good))
		}
		if _, again := readMarked(t, src, it.Path); !slices.Equal(marks, again) {
			t.Errorf("%s: marks %+v, and then %+v", it.Path, marks, again)
		}
	}
	if m, ok := edit.(Marker); ok {
		testMovedPages(t, src, m)
	}
}

// testMovedPages checks that the source notices what changes the marks alone.
func testMovedPages(t *testing.T, src corpus.Source, edit Marker) {
	path := edit.Put(t, "b/x", "the first page and the second one\n")
	before, err := src.Stat(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	text, marks := readMarked(t, src, path)
	edit.MovePages(t, path)
	text2, marks2 := readMarked(t, src, path)
	after, err := src.Stat(context.Background(), path)
	if err != nil || text != text2 || len(marks) == 0 || slices.Equal(marks, marks2) || same(before, after) {
		t.Errorf("after its pages moved: %q with %+v, %q with %+v; %+v, %+v, %v", text, marks, text2, marks2, before, after, err)
	}
}

// testList: a source that lists documents faster than it walks lists the same ones, and fails as a
// walk does.
func testList(t *testing.T, src corpus.Source, edit Editor) {
	lister, ok := src.(corpus.Lister)
	if !ok {
		t.Skip("the source walks only")
	}
	fill(t, edit)
	want := walk(t, src)
	var mu sync.Mutex
	var got []corpus.Item
	report, err := lister.List(context.Background(), func(it corpus.Item) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, it)
		return nil
	})
	if err != nil || report.FailureN != 0 || report.Taken.Files != int64(len(want)) {
		t.Fatalf("%+v, %v", report, err)
	}
	slices.SortFunc(got, func(a, b corpus.Item) int { return strings.Compare(a.Path, b.Path) })
	if !slices.Equal(got, want) {
		t.Errorf("list gives %+v\nwalk gives %+v", got, want)
	}
	enough := errors.New("enough")
	if _, err := lister.List(context.Background(), func(corpus.Item) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("an error of visit comes back as %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := lister.List(ctx, func(corpus.Item) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a list that was called off gives %v", err)
	}
	edit.RemoveRoot(t)
	if _, err := lister.List(context.Background(), func(corpus.Item) error { return nil }); !errors.Is(err, corpus.ErrRootGone) {
		t.Errorf("without its root it gives %v", err)
	}
}
