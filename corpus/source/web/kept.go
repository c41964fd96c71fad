package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"sluice/corpus"
	"sluice/corpus/source/warc"
	"sluice/internal/vfs"
)

// fileOf is where the body of a page is kept: a WARC file of one record, so that its digest is
// checked whenever it is read, and that all of them behind each other are a WARC file again.
func fileOf(address string) string {
	name := fmt.Sprintf("%016x", corpus.Digest([]byte(address)))
	return path.Join("pages", name[:2], name+".warc.gz")
}

// keptHeaders are the fields of an answer that are kept with its body.
var keptHeaders = []string{"content-type", "last-modified", "etag", "content-language"}

// writePage keeps an answer.
func writePage(fsys vfs.FS, address string, a *answer) error {
	c := warc.Capture{URI: address, Date: a.begun, Status: a.status, Header: warc.Header{}, Body: a.body}
	for _, name := range keptHeaders {
		if v := a.header[name]; v != "" {
			c.Header[name] = v
		}
	}
	name := fileOf(address)
	if err := fsys.MkdirAll(path.Dir(name)); err != nil {
		return err
	}
	draft := name + ".new"
	if err := fsys.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := fsys.Create(draft)
	if err != nil {
		return err
	}
	if err := errors.Join(c.Write(f), f.Close()); err != nil {
		return errors.Join(err, fsys.Remove(draft))
	}
	return fsys.Rename(draft, name)
}

// removePage lets go of what is kept of an address.
func removePage(fsys vfs.FS, address string) (err error) {
	for _, end := range []string{"", ".new", damagedEnd} {
		if e := fsys.Remove(fileOf(address) + end); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// damagedEnd is what is put behind the name of a file that was found damaged: its page is fetched
// again.
const damagedEnd = ".damaged"

// errDamaged says that what is kept of a page is not what was fetched.
var errDamaged = errors.New("what was fetched of it is damaged on the disk: the next sync fetches it again")

// readKept reads the body of a page and checks it.
func readKept(fsys vfs.FS, address string) ([]byte, error) {
	name := fileOf(address)
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errDamaged
	}
	if err != nil {
		return nil, err
	}
	body, err := readRecord(f, address)
	if err := errors.Join(err, f.Close()); err != nil {
		if errors.Is(err, warc.ErrCorrupt) || errors.Is(err, io.EOF) {
			_ = fsys.Rename(name, name+damagedEnd) // else it is met again
			return nil, errDamaged
		}
		return nil, err
	}
	return body, nil
}

// readRecord reads the one record of a file.
func readRecord(f vfs.File, address string) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); int64(n) < size {
		return nil, err
	}
	rec, _, err := warc.NewFile(bytes.NewReader(b), size).Next(0)
	if err != nil {
		return nil, err
	}
	m, err := warc.ParseMessage(rec.Block)
	if err != nil || rec.URI != address {
		return nil, warc.ErrCorrupt
	}
	return m.Raw, nil
}

// modified is when a page was changed last, as far as its server tells.
func (p *page) modified() time.Time {
	if at, err := time.Parse(time.RFC1123, p.Modified); err == nil && at.UnixNano() <= p.Fetched {
		return at.UTC()
	}
	return time.Unix(0, p.Changed).UTC()
}
