package vfs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

const (
	lockPollMin = time.Millisecond // first pause between two tries; doubled up to lockPollMax
	lockPollMax = 50 * time.Millisecond

	holderBytesMax = 4 << 10 // longer is no holder's note
)

// holderMagic starts what an exclusive holder writes into a lock file. A locked file that starts
// with anything else has content of its own, which is left alone.
const holderMagic = "sluice lock "

func (o osFS) Lock(name string, mode LockMode, wait time.Duration, ctx context.Context) (io.Closer, error) {
	path, err := o.path("lock", name)
	if err != nil {
		return nil, err
	}
	if err := o.unlinked("lock", name, path); err != nil {
		return nil, err
	}
	return waitLock(ctx, name, wait, func() (io.Closer, Holder, error) {
		return lockFile(path, mode, purpose(ctx))
	})
}

// waitLock tries until it gets the lock, wait has passed or ctx ends. A try that finds the lock
// taken returns ErrLocked and who has it.
func waitLock(ctx context.Context, name string, wait time.Duration, try func() (io.Closer, Holder, error)) (io.Closer, error) {
	started := time.Now()
	for pause := lockPollMin; ; pause = min(2*pause, lockPollMax) {
		lock, holder, err := try()
		if !errors.Is(err, ErrLocked) {
			return lock, err
		}
		left := wait - time.Since(started)
		if left <= 0 {
			return nil, &LockedError{Name: name, Holder: holder, Waited: time.Since(started)}
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
}

// lockFile tries once.
func lockFile(path string, mode LockMode, what string) (io.Closer, Holder, error) {
	for {
		f, err := openLock(path, mode)
		if err != nil {
			return nil, Holder{}, err
		}
		lock, holder, err := lockOpen(f, path, mode, what)
		if err != nil {
			_ = f.Close()
		}
		if !errors.Is(err, errRemoved) {
			return lock, holder, err
		}
	}
}

// errRemoved says that the last holder of a lock removed its file: a lock on it excludes nobody.
var errRemoved = errors.New("the locked file was removed")

// lockOpen locks a file that was opened by path.
func lockOpen(f *os.File, path string, mode LockMode, what string) (io.Closer, Holder, error) {
	got, err := tryLock(f, mode)
	switch {
	case err != nil:
		return nil, Holder{}, err
	case !got:
		return nil, readHolder(f), ErrLocked
	case !sameFile(f, path):
		return nil, Holder{}, errRemoved
	case mode == Shared:
		return f, Holder{}, nil
	}
	return signLock(f, what), Holder{}, nil
}

func openLock(path string, mode LockMode) (*os.File, error) {
	flag := os.O_RDONLY
	if mode == Exclusive {
		flag = os.O_CREATE | os.O_RDWR
	}
	return openRegular("lock", path, flag|openFlags)
}

func sameFile(f *os.File, path string) bool {
	have, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err != nil || os.SameFile(have, named)
}

// heldLock is an exclusive lock. signed tells that the file carries our note, which is wiped at the
// end.
type heldLock struct {
	*os.File
	signed bool
}

// signLock writes who holds the lock into its file. That it cannot be written costs only the name
// in another process's message.
func signLock(f *os.File, what string) io.Closer {
	start := make([]byte, len(holderMagic))
	n, _ := f.ReadAt(start, 0)
	if n != 0 && string(start[:n]) != holderMagic {
		return f
	}
	note, err := json.Marshal(Holder{PID: os.Getpid(), Since: time.Now().Round(0), What: what})
	if err != nil {
		return f
	}
	_ = f.Truncate(0)
	_, _ = f.WriteAt(append([]byte(holderMagic), note...), 0)
	return &heldLock{File: f, signed: true}
}

// Close releases the lock.
func (l *heldLock) Close() error {
	if l.signed {
		_ = l.Truncate(0)
	}
	return l.File.Close()
}

// readHolder reads the note of the exclusive holder; the zero Holder when there is none.
func readHolder(f io.ReaderAt) Holder {
	buf := make([]byte, holderBytesMax)
	n, _ := f.ReadAt(buf, 0)
	note, ok := bytes.CutPrefix(buf[:n], []byte(holderMagic))
	var h Holder
	if !ok || json.Unmarshal(note, &h) != nil {
		return Holder{}
	}
	return h
}
