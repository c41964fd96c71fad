package packed

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"github.com/klauspost/compress/gzip"
	"io"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"sluice/corpus"
)

const (
	// membersMax is how many files are looked at in one archive.
	membersMax = 10_000_000
	// expandsMax is how many times an archive may be as large unpacked as it is packed, once that
	// is more than freeBytes: beyond it, it was made to fill a disk.
	expandsMax = 100
	freeBytes  = 1 << 30
	// heldBytes is how much of an archive's members is held in memory; what is more lies in a file
	// without a name.
	heldBytes = 32 << 20
)

// errExpands says that an archive is not what it seems.
var errExpands = errors.New("it unpacks to more than a hundred times its size: the rest of it is not read")

// archived tells from its name whether a file is an archive that can be read.
func archived(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".zip", ".tgz", ".tar.gz", ".tar"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// member is a file in an archive.
type member struct {
	path    string
	modTime time.Time
	start   int64 // in the spool
	size    int64
}

func (m *member) file(r io.ReaderAt) *File {
	return &File{Path: m.path, Size: m.size, ModTime: m.modTime, ReaderAt: r}
}

// unpack lists the documents in an archive. The members that a form claims are unpacked: documents
// are read in the order of their paths, and a packed file can be read from its beginning only.
func (s *Source) unpack(ctx context.Context, open *File, out *file) (*spool, error) {
	sp := &spool{most: max(freeBytes, expandsMax*open.Size)}
	visit := func(name string, size int64, at time.Time, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return s.member(ctx, out, sp, &member{path: name, modTime: at, size: size}, r)
	}
	var err error
	if strings.HasSuffix(strings.ToLower(open.Path), ".zip") {
		err = eachZip(open, out, visit)
	} else {
		err = eachTar(open, out, visit)
	}
	return sp, err
}

// eachZip visits the files in a zip. One that cannot be read costs itself.
func eachZip(open *File, out *file, visit func(string, int64, time.Time, io.Reader) error) error {
	z, err := zip.NewReader(open, open.Size)
	if err != nil {
		return err
	}
	if len(z.File) > membersMax {
		return fmt.Errorf("it holds %d files, more than are looked at", len(z.File))
	}
	for _, m := range z.File {
		name, ok := memberName(m.Name)
		if !m.Mode().IsRegular() || !ok {
			continue
		}
		r, err := m.Open()
		if err == nil {
			err = errors.Join(visit(name, int64(m.UncompressedSize64), m.Modified, r), r.Close()) //nolint:gosec // it is what the archive says, and held against what comes
		}
		if errors.Is(err, errExpands) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err != nil {
			out.own.Fail(name, err)
		}
	}
	return nil
}

// eachTar visits the files in a tar, which may be packed as a whole.
func eachTar(open *File, out *file, visit func(string, int64, time.Time, io.Reader) error) error {
	var r io.Reader = bufio.NewReader(io.NewSectionReader(open, 0, open.Size))
	if !strings.HasSuffix(strings.ToLower(open.Path), ".tar") {
		packed, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		r = packed
	}
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, ok := memberName(h.Name)
		if h.Typeflag != tar.TypeReg || !ok {
			continue
		}
		if err := visit(name, h.Size, h.ModTime, t); err != nil {
			return err
		}
	}
}

// memberName is the path of a member; one that leads out of the archive is none.
func memberName(name string) (string, bool) {
	name = path.Clean(strings.ToValidUTF8(strings.ReplaceAll(name, `\`, "/"), "\uFFFD"))
	return name, name != "." && name != ".." && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "../") && !strings.ContainsRune(name, 0)
}

// member lists a file in an archive, if a form claims it by its beginning.
func (s *Source) member(ctx context.Context, out *file, sp *spool, m *member, r io.Reader) error {
	head := make([]byte, HeadBytes)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	form, err := s.claim(m.file(bytes.NewReader(head)))
	switch {
	case err != nil:
		out.own.Fail(m.path, err)
		return nil
	case form == nil:
		out.own.LeaveOut(corpus.Foreign, m.size)
		return nil
	}
	m.start = sp.size
	if err := sp.add(io.MultiReader(bytes.NewReader(head), r)); err != nil {
		return err
	}
	m.size = sp.size - m.start
	at, err := sp.open(m)
	if err == nil {
		s.listPart(ctx, m.file(at), &part{in: out, member: m})
	}
	return err
}

// spool holds the bytes of an archive's members: the first ones in memory, and all of them in a
// file without a name when they are many.
type spool struct {
	most int64

	mu   sync.RWMutex
	held []byte
	file *os.File
	size int64
}

// add appends all of r.
func (sp *spool) add(r io.Reader) error {
	n, err := io.Copy(sp, io.LimitReader(r, sp.most-sp.size+1))
	if err == nil && sp.size > sp.most {
		sp.size -= n
		err = errExpands
	}
	return err
}

// Write implements io.Writer.
func (sp *spool) Write(p []byte) (n int, err error) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if sp.file == nil && sp.size+int64(len(p)) > heldBytes {
		if sp.file, err = os.CreateTemp("", "sluice-"); err != nil {
			return 0, err
		}
		_ = os.Remove(sp.file.Name()) // where an open file cannot be removed, close does
		if _, err = sp.file.WriteAt(sp.held, 0); err != nil {
			return 0, err
		}
		sp.held = nil
	}
	if sp.file == nil {
		sp.held = append(sp.held[:sp.size], p...)
		n = len(p)
	} else {
		n, err = sp.file.WriteAt(p, sp.size)
	}
	sp.size += int64(n)
	return n, err
}

// open returns the bytes of a member.
func (sp *spool) open(m *member) (io.ReaderAt, error) {
	if sp == nil {
		return nil, errors.New("its archive could not be read")
	}
	return io.NewSectionReader(sp, m.start, m.size), nil
}

// ReadAt implements io.ReaderAt.
func (sp *spool) ReadAt(p []byte, at int64) (int, error) {
	sp.mu.RLock()
	defer sp.mu.RUnlock()
	switch {
	case sp.file != nil:
		return sp.file.ReadAt(p, at)
	case at > int64(len(sp.held)):
		return 0, io.EOF
	}
	n := copy(p, sp.held[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// close lets the file go. Who still reads from it is told so.
func (sp *spool) close() {
	if sp == nil {
		return
	}
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if sp.file != nil {
		_ = sp.file.Close()
		_ = os.Remove(sp.file.Name())
	}
}
