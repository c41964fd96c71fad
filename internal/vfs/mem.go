package vfs

import (
	"context"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// MemFS is a file system in memory for tests. It is strict: it remembers what was synced, and
// CrashClone loses what was not.
type MemFS struct {
	mu    sync.Mutex
	dirs  map[string]*memDir
	locks map[string]*memLock
	seq   uint64 // number of the last change to any folder
	mtime int64  // counts up instead of a clock: two writes never have the same time
}

// memDir is a folder: what it holds now, what of it would survive a crash, and the changes between.
type memDir struct {
	now     map[string]*memInode
	durable map[string]*memInode
	pending []memChange
}

// memChange is one change to a folder that SyncDir has not covered yet.
type memChange struct {
	seq   uint64
	name  string
	inode *memInode // nil removes the name
	after uint64    // the change of another folder that must survive if this one does; 0 for none
}

// memInode is a file's content, whatever names it has.
type memInode struct {
	data   []byte
	synced []byte
	mtime  int64
}

// memMtimeUnit spaces the times that a MemFS hands out.
const memMtimeUnit = int64(time.Second)

// Mem returns an empty file system in memory. Its root exists.
func Mem() *MemFS {
	return &MemFS{dirs: map[string]*memDir{"": newMemDir()}, locks: map[string]*memLock{}}
}

func newMemDir() *memDir {
	return &memDir{now: map[string]*memInode{}, durable: map[string]*memInode{}}
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

func split(name string) (dir, base string) {
	dir, base = path.Split(name)
	return strings.TrimSuffix(dir, "/"), base
}

// folder returns the folder that holds name, and name's last part.
func (m *MemFS) folder(op, name string) (*memDir, string, error) {
	if name == "" || !fs.ValidPath(name) {
		return nil, "", pathError(op, name, fs.ErrInvalid)
	}
	dir, base := split(name)
	d := m.dirs[dir]
	if d == nil {
		return nil, "", pathError(op, name, fs.ErrNotExist)
	}
	return d, base, nil
}

// change records that name now means inode in d.
func (m *MemFS) change(d *memDir, name string, inode *memInode, after uint64) uint64 {
	m.seq++
	if inode == nil {
		delete(d.now, name)
	} else {
		d.now[name] = inode
	}
	d.pending = append(d.pending, memChange{seq: m.seq, name: name, inode: inode, after: after})
	return m.seq
}

func (m *MemFS) open(op, name string, create, exclusive, write bool) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, base, err := m.folder(op, name)
	if err != nil {
		return nil, err
	}
	inode := d.now[base]
	switch {
	case m.dirs[name] != nil:
		return nil, pathError(op, name, fs.ErrInvalid)
	case inode != nil && exclusive:
		return nil, pathError(op, name, fs.ErrExist)
	case inode == nil && !create:
		return nil, pathError(op, name, fs.ErrNotExist)
	case inode == nil:
		inode = &memInode{}
		m.touch(inode)
		m.change(d, base, inode, 0)
	}
	return &memFile{fs: m, inode: inode, name: name, write: write}, nil
}

func (m *MemFS) touch(inode *memInode) {
	m.mtime++
	inode.mtime = m.mtime * memMtimeUnit
}

// Create implements FS.
func (m *MemFS) Create(name string) (File, error) { return m.open("create", name, true, true, true) }

// Open implements FS.
func (m *MemFS) Open(name string) (File, error) { return m.open("open", name, false, false, false) }

// OpenRW implements FS.
func (m *MemFS) OpenRW(name string) (File, error) { return m.open("open", name, true, false, true) }

// Rename implements FS. Folders cannot be renamed: the store never does.
func (m *MemFS) Rename(oldName, newName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, oldBase, err := m.folder("rename", oldName)
	if err != nil {
		return err
	}
	to, newBase, err := m.folder("rename", newName)
	if err != nil {
		return err
	}
	inode := from.now[oldBase]
	if inode == nil {
		return pathError("rename", oldName, fs.ErrNotExist)
	}
	if oldName == newName {
		return nil
	}
	arrived := m.change(to, newBase, inode, 0)
	m.change(from, oldBase, nil, arrived)
	return nil
}

// Remove implements FS.
func (m *MemFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, base, err := m.folder("remove", name)
	if err != nil {
		return err
	}
	if d.now[base] != nil {
		m.change(d, base, nil, 0)
		return nil
	}
	dir := m.dirs[name]
	if dir == nil {
		return pathError("remove", name, fs.ErrNotExist)
	}
	if len(dir.now) > 0 || m.hasFolders(name) {
		return pathError("remove", name, fs.ErrExist)
	}
	delete(m.dirs, name)
	return nil
}

func (m *MemFS) hasFolders(name string) bool {
	for dir := range m.dirs {
		if strings.HasPrefix(dir, name+"/") {
			return true
		}
	}
	return false
}

// MkdirAll implements FS. Folders survive a crash at once: only their content is in question.
func (m *MemFS) MkdirAll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := checkName("mkdir", name); err != nil {
		return err
	}
	for dir := name; dir != ""; dir, _ = split(dir) {
		parent, base := split(dir)
		if p := m.dirs[parent]; p != nil && p.now[base] != nil {
			return pathError("mkdir", dir, fs.ErrExist)
		}
		if m.dirs[dir] == nil {
			m.dirs[dir] = newMemDir()
		}
	}
	return nil
}

// List implements FS.
func (m *MemFS) List(dir string) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dirs[dir]
	if d == nil {
		return nil, pathError("list", dir, fs.ErrNotExist)
	}
	var entries []Entry
	for name, inode := range d.now {
		entries = append(entries, inode.entry(name))
	}
	for name := range m.dirs {
		if parent, base := split(name); name != "" && parent == dir {
			entries = append(entries, Entry{Name: base, Dir: true})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (i *memInode) entry(name string) Entry {
	return Entry{Name: name, Size: int64(len(i.data)), ModTime: time.Unix(0, i.mtime)}
}

// Stat implements FS.
func (m *MemFS) Stat(name string) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dirs[name] != nil {
		return Entry{Name: path.Base(name), Dir: true}, nil
	}
	d, base, err := m.folder("stat", name)
	if err != nil {
		return Entry{}, err
	}
	if inode := d.now[base]; inode != nil {
		return inode.entry(base), nil
	}
	return Entry{}, pathError("stat", name, fs.ErrNotExist)
}

// SyncDir implements FS.
func (m *MemFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dirs[dir]
	if d == nil {
		return pathError("sync", dir, fs.ErrNotExist)
	}
	m.settle(d, len(d.pending))
	return nil
}

// settle makes the first n pending changes of a folder durable, and with a file's departure its
// arrival elsewhere: a journal holds both halves of a rename.
func (m *MemFS) settle(d *memDir, n int) {
	changes := d.pending[:n]
	d.settle(n)
	for _, c := range changes {
		for _, other := range m.dirs {
			i := slices.IndexFunc(other.pending, func(o memChange) bool { return c.after != 0 && o.seq == c.after })
			if i >= 0 {
				m.settle(other, i+1)
			}
		}
	}
}

// settle makes the first n pending changes durable.
func (d *memDir) settle(n int) {
	for _, c := range d.pending[:n] {
		if c.inode == nil {
			delete(d.durable, c.name)
		} else {
			d.durable[c.name] = c.inode
		}
	}
	d.pending = slices.Clone(d.pending[n:])
}

// Free implements FS: memory has no end that a test would care about.
func (m *MemFS) Free(string) (int64, error) { return math.MaxInt64, nil }

// Lock implements FS.
func (m *MemFS) Lock(name string, mode LockMode, wait time.Duration, ctx context.Context) (io.Closer, error) {
	return waitLock(ctx, name, wait, func() (io.Closer, Holder, error) {
		return m.tryLock(name, mode, purpose(ctx))
	})
}

// memLock is the state of one lock.
type memLock struct {
	shared    int
	exclusive bool
	holder    Holder
}

func (m *MemFS) tryLock(name string, mode LockMode, what string) (io.Closer, Holder, error) {
	open := m.Open
	if mode == Exclusive {
		open = m.OpenRW
	}
	if _, err := open(name); err != nil {
		return nil, Holder{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.locks[name]
	if l == nil {
		l = &memLock{}
		m.locks[name] = l
	}
	if l.exclusive || (mode == Exclusive && l.shared > 0) {
		return nil, l.holder, ErrLocked
	}
	if mode == Exclusive {
		l.exclusive, l.holder = true, Holder{PID: 1, Since: time.Now(), What: what}
	} else {
		l.shared++
	}
	return &memUnlock{fs: m, lock: l, mode: mode}, Holder{}, nil
}

type memUnlock struct {
	fs   *MemFS
	lock *memLock
	mode LockMode
	once sync.Once
}

// Close releases the lock.
func (u *memUnlock) Close() error {
	u.once.Do(func() {
		u.fs.mu.Lock()
		defer u.fs.mu.Unlock()
		if u.mode == Exclusive {
			u.lock.exclusive, u.lock.holder = false, Holder{}
		} else {
			u.lock.shared--
		}
	})
	return nil
}
