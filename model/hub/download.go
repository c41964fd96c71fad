package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"time"

	"sluice/internal/netx"
	"sluice/internal/vfs"
)

// download is one file on its way.
type download struct {
	hub      *Hub
	fsys     vfs.FS
	name     string
	file     file
	url      string
	progress func(done int64)
}

const (
	// partSuffix ends the name of a file that is not whole yet.
	partSuffix = ".part"
	// triesMax is how often in a row a file is asked for without a byte of it coming.
	triesMax  = 5
	firstWait = time.Second
	// chunk is how much is read before it is written.
	chunk = 256 << 10
)

// run fetches the file. What came of it before is kept, and asked for no more.
func (d *download) run(ctx context.Context) error {
	if e, err := d.fsys.Stat(d.name); err == nil && e.Size == d.file.size && d.check(d.name) == nil {
		d.progress(d.file.size)
		return nil
	}
	part, err := d.fsys.OpenRW(d.name + partSuffix)
	if err != nil {
		return err
	}
	err = d.fill(ctx, part)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := d.check(d.name + partSuffix); err != nil {
		return errors.Join(err, d.fsys.Remove(d.name+partSuffix))
	}
	return d.fsys.Rename(d.name+partSuffix, d.name)
}

// fill asks for what is missing until nothing is. A host that breaks off is asked again.
func (d *download) fill(ctx context.Context, part vfs.File) error {
	tries, wait := 0, firstWait
	for {
		before, err := part.Size()
		if err != nil {
			return err
		}
		if before > d.file.size {
			before = 0
		}
		if before == d.file.size {
			return nil
		}
		after, err := d.more(ctx, part, before)
		if err == nil || ctx.Err() != nil || !isPassing(err) {
			if err == nil && after < d.file.size {
				err = fmt.Errorf("%w: %d of %d bytes", ErrDamaged, after, d.file.size)
			}
			return errors.Join(err, ctx.Err())
		}
		if after > before {
			tries, wait = 0, firstWait
		}
		if tries++; tries == triesMax {
			return err
		}
		if err := d.hub.Clock.Wait(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
}

// isPassing tells whether it may be better next time.
func isPassing(err error) bool {
	return errors.Is(err, netx.ErrBroken) || errors.Is(err, errBusy) || errors.Is(err, netx.ErrOffline)
}

// more asks for the file from one byte on and writes what comes.
func (d *download) more(ctx context.Context, part vfs.File, from int64) (after int64, err error) {
	header := maps.Clone(d.hub.header())
	if header == nil {
		header = map[string]string{}
	}
	if from > 0 {
		header["Range"] = fmt.Sprintf("bytes=%d-", from)
	}
	reply, err := d.hub.client.Do(ctx, netx.Request{URL: d.url, Header: header})
	if err != nil {
		return from, err
	}
	defer reply.Body.Close()
	if reply.Status == 416 && from > 0 { // what is here is not what is there
		return 0, errors.Join(part.Truncate(0), netx.ErrBroken)
	}
	if err := statusError(reply.Status); err != nil {
		return from, err
	}
	if reply.Status == 200 {
		from = 0 // the host sends all of it
	} else if got := reply.Header("Content-Range"); got != fmt.Sprintf("bytes %d-%d/%d", from, d.file.size-1, d.file.size) {
		return from, fmt.Errorf("%w: %q of a file of %d bytes", ErrDamaged, got, d.file.size)
	}
	if err := part.Truncate(from); err != nil {
		return from, err
	}
	return d.copy(ctx, part, reply.Body, from)
}

// copy writes a body that begins at one byte of the file.
func (d *download) copy(ctx context.Context, part vfs.File, body io.Reader, at int64) (int64, error) {
	buf := make([]byte, chunk)
	for {
		n, err := io.ReadFull(body, buf)
		if at+int64(n) > d.file.size {
			return at, fmt.Errorf("%w: more than %d bytes", ErrDamaged, d.file.size)
		}
		if n > 0 {
			if _, err := part.WriteAt(buf[:n], at); err != nil {
				return at, err
			}
			at += int64(n)
			d.progress(at)
		}
		switch {
		case ctx.Err() != nil:
			return at, ctx.Err()
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if at == d.file.size {
				return at, nil
			}
			return at, netx.ErrBroken
		case err != nil:
			return at, fmt.Errorf("%w (%w)", netx.ErrBroken, err)
		}
	}
}

// check compares a file with what the hub promised.
func (d *download) check(name string) error {
	f, err := d.fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size != d.file.size {
		return fmt.Errorf("%w: %d bytes, not %d", ErrDamaged, size, d.file.size)
	}
	if d.file.sha256 == "" {
		return nil // the hub tells no hash of its small texts; what reads them checks them
	}
	sum := sha256.New()
	if err := copyAll(sum, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != d.file.sha256 {
		return fmt.Errorf("%w: its hash is %s, not %s", ErrDamaged, got, d.file.sha256)
	}
	return nil
}

func copyAll(sum hash.Hash, r io.Reader) error {
	_, err := io.CopyBuffer(sum, struct{ io.Reader }{r}, make([]byte, chunk))
	return err
}

// Discard removes a folder that was fetched, once its model is kept elsewhere.
func Discard(fsys vfs.FS, folder string) error {
	entries, err := fsys.List(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		name := folder + "/" + e.Name
		if e.Dir {
			err = errors.Join(err, Discard(fsys, name))
		} else {
			err = errors.Join(err, fsys.Remove(name))
		}
	}
	return errors.Join(err, fsys.Remove(folder))
}
