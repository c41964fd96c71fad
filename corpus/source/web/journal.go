package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"time"

	"sluice/internal/vfs"
)

// state is what came of an address.
type state string

const (
	waiting   state = ""
	taken     state = "taken"     // its body is kept
	moved     state = "moved"     // it leads to another one
	refused   state = "refused"   // its server, or robots.txt, keeps it
	duplicate state = "duplicate" // another one says the same
	trapped   state = "trapped"   // one of a row without an end
	other     state = "other"     // no text
	missing   state = "missing"   // nothing is there
	failed    state = "failed"    // it should be there, and was not given
)

// page is what is known of an address. One line of the journal holds one, as it was after a visit
// or when it was found.
type page struct {
	URL   string `json:"u"`
	State state  `json:"s,omitempty"`
	Depth int    `json:"d,omitempty"` // links from the start
	Row   int    `json:"n,omitempty"` // how many pages of its shape that said nothing new led here
	Hops  int    `json:"h,omitempty"` // redirects that led here
	Round int    `json:"r,omitempty"` // of the crawl that visited it last
	Why   string `json:"w,omitempty"`

	ETag     string `json:"e,omitempty"`
	Modified string `json:"m,omitempty"` // Last-Modified
	Fetched  int64  `json:"f,omitempty"` // unix ns, as is
	Changed  int64  `json:"c,omitempty"` // when it was seen to say something else

	// Of what is kept.
	Size int64  `json:"b,omitempty"`
	Type string `json:"t,omitempty"` // the whole Content-Type
	Sum  uint64 `json:"x,omitempty"`
	Says uint64 `json:"y,omitempty"`
	Core uint64 `json:"z,omitempty"`

	tries     int
	notBefore time.Time
}

// holds tells that a body of the page is kept, which may be older than what came last.
func (p *page) holds() bool { return p.Size > 0 }

// journal is what a crawl has found out so far: an append-only file of lines, each with its own
// checksum. A line that does not hold costs itself: its page is visited again.
type journal struct {
	fs    vfs.FS
	pages map[string]*page
	round int  // the number of the crawl
	ended bool // that crawl came to its end
	bad   int  // lines that did not hold
	file  vfs.File
	end   int64
}

const (
	journalName = "crawl"
	nextName    = "crawl.next"
	// lineBytesMax is longer than any line that is written.
	lineBytesMax = 64 << 10
)

// line is what stands in the journal: a page, the beginning or the end of a crawl.
type line struct {
	*page
	Gone  string `json:"gone,omitempty"`  // an address of which nothing is known any more
	Began int    `json:"began,omitempty"` // number of a crawl
	Ended int    `json:"ended,omitempty"`
}

// errNothing says that nothing was fetched yet.
var errNothing = errors.New("nothing of it was fetched yet: run `sluice sync`")

// loadJournal reads a journal. One that is not there is errNothing, and an empty one beside it.
func loadJournal(fsys vfs.FS) (*journal, error) {
	j := &journal{fs: fsys, pages: map[string]*page{}}
	if fsys == nil {
		return j, errNothing
	}
	f, err := fsys.Open(journalName)
	if errors.Is(err, fs.ErrNotExist) {
		return j, errNothing
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, lineBytesMax)
	for {
		b, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			j.bad++
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
		case len(b) > 0 && !j.take(b):
			j.bad++
		}
		if errors.Is(err, io.EOF) {
			return j, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// take takes a line.
func (j *journal) take(b []byte) bool {
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(b, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || !bytes.HasSuffix(b, []byte("\n")) || uint32(want) != crc32.Checksum(text, castagnoli) {
		return false
	}
	l := line{page: &page{}}
	if json.Unmarshal(text, &l) != nil {
		return false
	}
	switch {
	case l.Gone != "":
		delete(j.pages, l.Gone)
	case l.Began > 0:
		j.round, j.ended = l.Began, false
	case l.Ended > 0:
		j.ended = true
	case l.URL != "":
		j.pages[l.URL] = l.page
	}
	return true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (l line) bytes() ([]byte, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text), nil
}

// write appends a line.
func (j *journal) write(l line) error {
	if j.file == nil {
		f, err := j.fs.OpenRW(journalName)
		if err != nil {
			return err
		}
		if j.end, err = f.Size(); err != nil {
			return errors.Join(err, f.Close())
		}
		j.file = f
	}
	b, err := l.bytes()
	if err != nil {
		return err
	}
	n, err := j.file.WriteAt(b, j.end)
	j.end += int64(n)
	return err
}

// note writes down what is known of a page now.
func (j *journal) note(p *page) error {
	j.pages[p.URL] = p
	return j.write(line{page: p})
}

// sorted lists the pages by their addresses.
func (j *journal) sorted() []*page {
	all := make([]*page, 0, len(j.pages))
	for _, url := range slices.Sorted(maps.Keys(j.pages)) {
		all = append(all, j.pages[url])
	}
	return all
}

// compact writes the journal anew, one line a page, in place of the one that grew.
func (j *journal) compact() error {
	if err := j.close(); err != nil {
		return err
	}
	if err := j.fs.MkdirAll(""); err != nil {
		return err
	}
	if err := j.fs.Remove(nextName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := j.fs.Create(nextName)
	if err != nil {
		return err
	}
	lines := []line{{page: &page{}, Began: j.round}}
	for _, p := range j.sorted() {
		lines = append(lines, line{page: p})
	}
	if j.ended {
		lines = append(lines, line{page: &page{}, Ended: j.round})
	}
	w := bufio.NewWriter(f)
	for _, l := range lines {
		b, err := l.bytes()
		if err != nil {
			return errors.Join(err, f.Close())
		}
		_, _ = w.Write(b) // Flush says what failed
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := j.fs.Rename(nextName, journalName); err != nil {
		return err
	}
	return j.fs.SyncDir("")
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.file.Sync(), j.file.Close())
	j.file = nil
	return err
}
