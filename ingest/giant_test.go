package ingest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"sluice/corpus"
	"sluice/index"
	"sluice/internal/limits"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// streams is a source that has, beside the documents of its memory, some that are made while they
// are read.
type streams struct {
	*testkit.Source
	unit map[string]string // what a stream repeats
	size int64
	read atomic.Int64
}

// Open implements corpus.Source.
func (s *streams) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	r, item, err := s.Source.Open(ctx, path)
	if unit := s.unit[path]; err == nil && unit != "" {
		_ = r.Close()
		return io.NopCloser(&stream{unit: unit, left: s.size, read: &s.read}), item, nil
	}
	return r, item, err
}

// stream repeats a text.
type stream struct {
	unit string
	at   int
	left int64
	read *atomic.Int64
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (n int, err error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	for n < len(p) && s.left > 0 {
		c := copy(p[n:min(int64(len(p)), int64(n)+s.left)], s.unit[s.at:])
		n, s.at, s.left = n+c, (s.at+c)%len(s.unit), s.left-int64(c)
	}
	s.read.Add(int64(n))
	return n, nil
}

// TestTextsWithoutMeasure syncs documents that go on and on, made while they are read. Each is
// refused by its reason, what is held meanwhile is bounded, and the documents beside them are in.
func TestTextsWithoutMeasure(t *testing.T) {
	const grownMax = 64 << 20
	size := int64(limits.DocumentBytesMax + 1)
	if s := os.Getenv("SLUICE_LINE"); s != "" {
		var err error
		if size, err = strconv.ParseInt(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	src := &streams{Source: testkit.NewSource("notes"), size: size, unit: map[string]string{
		"line.txt": "a walrus whistles and whistles; ", "token.txt": "abcdefghijklmnop", "nul.txt": "\x00", "bytes.bin": "\xff\xfe\x80\xc3(",
	}}
	var kinds []string
	for path := range src.unit {
		kinds = append(kinds, path)
		src.Put(path, "x")
	}
	c := promise.For(t, 17, kinds...)
	src.Put("a.md", "An otter sleeps.\n")
	src.Put("z.md", "A lynx waits.\n")
	s := newStore(t, vfs.Mem())
	addSource(t, s, src)
	runtime.GC()
	before, stop := heap(), make(chan struct{})
	peak := make(chan uint64)
	go func() {
		top := uint64(0)
		for {
			top = max(top, heap())
			select {
			case <-stop:
				peak <- top
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	rep, err := s.Sync(t.Context(), src, SyncOptions{})
	close(stop)
	grown := int64(<-peak) - int64(before)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		c.Reached(kind, 1)
	}
	if grown > grownMax {
		c.Missed("line.txt", "the heap grew by %d MiB", grown>>20)
	}
	if n := rep.Report.LeftOut[corpus.TooLarge]; n == nil || n.Files != int64(len(kinds)) || rep.Added != 2 {
		c.Missed("token.txt", "%v left out, %d added", rep.Report.LeftOut, rep.Added)
	}
	if src.read.Load() < limits.DocumentBytesMax {
		t.Errorf("only %d bytes were read", src.read.Load())
	}
	t.Logf("%d streams of %d MiB: the heap grew by %d MiB", len(kinds), size>>20, grown>>20)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// oddTexts are texts of one line that somebody could put into a folder.
func oddTexts(seed uint64, bytesEach int) map[string]string {
	r := rand.New(rand.NewPCG(seed, 17))
	random := make([]byte, bytesEach)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	mutated := []byte(strings.Repeat("Grüße, 世界, und 🦭 dazu. ", bytesEach/32+1))
	for range bytesEach / 50 {
		mutated[r.IntN(len(mutated))] = byte(1 + r.IntN(255)) // a NUL would make it binary
	}
	return map[string]string{
		"line":    strings.Repeat("a walrus whistles ", bytesEach/18+1),
		"token":   strings.Repeat("abcdefghij", bytesEach/10+1),
		"nul":     strings.Repeat("a\x00b", bytesEach/3+1),
		"mutated": string(mutated),
		"random":  string(random),
		"cut":     strings.Repeat("世", bytesEach/3)[:bytesEach/3*3-1],
		"lone":    strings.Repeat("\x80\xbf", bytesEach/2),
	}
}

// putOdd puts such texts of several sizes into a source.
func putOdd(src *testkit.Source, rounds, size int) (texts map[string]string, kinds []string) {
	texts = map[string]string{}
	for i := range rounds {
		for kind, text := range oddTexts(uint64(i), size>>(i%6)) {
			if i == 0 {
				kinds = append(kinds, kind)
				text = strings.Repeat(text, 16)
			}
			path := kind + strconv.Itoa(i)
			texts[path] = text
			src.Put(path, text)
		}
	}
	return texts, kinds
}

// TestSpansOfOddTexts reads every passage of long lines, endless words and broken encodings out of
// the store: it is the document's own bytes at the span that it names, it is no longer than a
// passage may be, and nothing but white space lies between two.
func TestSpansOfOddTexts(t *testing.T) {
	rounds, size := 12, 64<<10
	if testing.Short() {
		rounds = 4
	}
	src := testkit.NewSource("notes")
	texts, kinds := putOdd(src, rounds, size)
	c := promise.For(t, 17, kinds...)
	s := newStore(t, vfs.Mem())
	addSource(t, s, src)
	rep := syncSource(t, s, src)
	sn, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	ends := map[string]int{}
	for k, seg := range sn.Segments() {
		for i := range seg.Entry().Passages {
			place := index.Place{Segment: uint32(k), Passage: uint32(i)}
			p, err := sn.Passage(place)
			if err != nil {
				t.Fatal(err)
			}
			text, kind := texts[p.Path], strings.TrimRight(p.Path, "0123456789")
			start, end := int(p.Start), int(p.Start+p.Bytes)
			if start < ends[p.Path] || end <= start || end > len(text) || end-start > 1200 || strings.TrimSpace(text[ends[p.Path]:start]) != "" {
				c.Missed(kind, "%s: a passage of [%d, %d) behind %d", p.Path, start, end, ends[p.Path])
				return
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[start:end]) {
				c.Missed(kind, "%s: [%d, %d) cuts a character", p.Path, start, end)
			}
			if err := sn.Texts(t.Context(), []index.Place{place}, func(_ int, b []byte) error {
				if !bytes.Equal(b, []byte(text[start:end])) {
					c.Missed(kind, "%s: [%d, %d) is not what is stored", p.Path, start, end)
				}
				return nil
			}, nil); err != nil {
				t.Fatal(err)
			}
			ends[p.Path] = end
			c.Reached(kind, 1)
		}
	}
	binary := int64(0)
	for path, text := range texts {
		kind := strings.TrimRight(path, "0123456789")
		if (kind == "nul" || kind == "random") && ends[path] == 0 {
			c.Reached(kind, 1)
			binary++ // it has a reason: see below
			continue
		}
		if strings.TrimSpace(text[ends[path]:]) != "" {
			c.Missed(kind, "%s ends at %d of %d", path, ends[path], len(text))
		}
	}
	if n := rep.Report.LeftOut[corpus.Binary]; binary > 0 && (n == nil || n.Files != binary) {
		t.Errorf("%d texts are not there, %+v were left out", binary, n)
	}
}
