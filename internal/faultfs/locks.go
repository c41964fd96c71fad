package faultfs

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path"
	"sync"
	"time"

	"sluice/internal/vfs"
)

// LockFault is what is wrong with a file system's locks.
type LockFault int

// The faults.
const (
	// EveryHost locks among those that share one Host, and knows nothing of other hosts, as network
	// file systems do that leave locks to each machine. Nobody can notice from within.
	EveryHost LockFault = iota
	// Lying gives every lock to everybody.
	Lying
	// Refused gives none.
	Refused
)

// Host is a file system as one machine of several sees it: the files are shared, the locks fail.
// Its operations wait for random times, so that those of several hosts interleave in many ways.
type Host struct {
	vfs.FS
	fault LockFault
	own   *vfs.MemFS // of its locks

	mu  sync.Mutex
	rng *rand.Rand
	max time.Duration
	// Renamed is called after a file was renamed, with what it holds; may be nil.
	Renamed func(newName string, content []byte)
}

// NewHost returns a machine's view of the files. Its operations wait for max at most.
func NewHost(under vfs.FS, fault LockFault, seed uint64, max time.Duration) *Host {
	return &Host{FS: under, fault: fault, own: vfs.Mem(), rng: rand.New(rand.NewPCG(seed, 0x1057)), max: max}
}

// pause lets others go first, most times for no time at all.
func (h *Host) pause() {
	h.mu.Lock()
	long := h.rng.IntN(8) == 0
	d := time.Duration(h.rng.Int64N(int64(h.max) + 1))
	h.mu.Unlock()
	if !long {
		d /= 64
	}
	if h.max > 0 {
		time.Sleep(d)
	}
}

// Create implements vfs.FS.
func (h *Host) Create(name string) (vfs.File, error) {
	h.pause()
	return h.FS.Create(name)
}

// Open implements vfs.FS.
func (h *Host) Open(name string) (vfs.File, error) {
	h.pause()
	return h.FS.Open(name)
}

// OpenRW implements vfs.FS.
func (h *Host) OpenRW(name string) (vfs.File, error) {
	h.pause()
	return h.FS.OpenRW(name)
}

// Remove implements vfs.FS.
func (h *Host) Remove(name string) error {
	h.pause()
	return h.FS.Remove(name)
}

// List implements vfs.FS.
func (h *Host) List(dir string) ([]vfs.Entry, error) {
	h.pause()
	return h.FS.List(dir)
}

// Rename implements vfs.FS.
func (h *Host) Rename(oldName, newName string) error {
	h.pause()
	var content []byte
	if h.Renamed != nil {
		if f, err := h.FS.Open(oldName); err == nil {
			content, _ = io.ReadAll(f)
			_ = f.Close()
		}
	}
	err := h.FS.Rename(oldName, newName)
	if err == nil && h.Renamed != nil {
		h.Renamed(newName, content)
	}
	return err
}

// Lock implements vfs.FS.
func (h *Host) Lock(name string, mode vfs.LockMode, wait time.Duration, ctx context.Context) (io.Closer, error) {
	h.pause()
	if h.fault == Refused {
		return nil, &vfs.NoLocksError{Name: name, Why: "no locks available"}
	}
	if mode == vfs.Exclusive {
		f, err := h.FS.OpenRW(name)
		if err = errors.Join(err, closed(f)); err != nil {
			return nil, err
		}
	} else if _, err := h.FS.Stat(name); err != nil {
		return nil, err
	}
	if h.fault == Lying {
		return io.NopCloser(nil), nil
	}
	if err := h.own.MkdirAll(path.Dir(name)); err != nil {
		return nil, err
	}
	f, err := h.own.OpenRW(name)
	if err = errors.Join(err, closed(f)); err != nil {
		return nil, err
	}
	return h.own.Lock(name, mode, wait, ctx)
}

func closed(f vfs.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}
