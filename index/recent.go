package index

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// recentFor is how long a generation that nobody asks any more is kept open. While it is, its
	// files stay on disk.
	recentFor = 30 * time.Second
	// followEvery is how soon a generation that is kept open is let go after there is a newer one:
	// files that it keeps may hold what was forgotten.
	followEvery = time.Second
)

// recent keeps the snapshot that was opened last, so that the next question finds its files open
// and the blocks that it reads verified.
type recent struct {
	mu    sync.Mutex
	sn    *Snapshot
	used  time.Time
	timer *time.Timer
}

// shows is what the kept snapshot shows.
func (r *recent) shows() newest {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sn == nil {
		return newest{}
	}
	return r.sn.newest
}

// get shares the kept snapshot if it shows n, with as much of the manifest damaged as then.
func (r *recent) get(n newest) *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sn == nil || r.sn.hash != n.hash || !slices.Equal(r.sn.named, n.named) || r.sn.hurt() {
		return nil
	}
	r.used = time.Now()
	r.sn.refs.Add(1)
	return r.sn
}

// put keeps sn in place of what was kept before.
func (r *recent) put(sn *Snapshot) {
	sn.refs.Add(1)
	r.mu.Lock()
	old := r.sn
	r.sn, r.used = sn, time.Now()
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer = time.AfterFunc(followEvery, func() { r.follow(sn) })
	r.mu.Unlock()
	old.past()
}

// drop lets the kept snapshot go.
func (r *recent) drop() {
	r.mu.Lock()
	old := r.sn
	r.sn = nil
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	old.past()
}

// follow lets sn go when nobody has asked it for a while, or when there is a newer generation.
func (r *recent) follow(sn *Snapshot) {
	r.mu.Lock()
	if r.sn != sn { // another one took its place meanwhile
		r.mu.Unlock()
		return
	}
	idle := time.Since(r.used) >= recentFor
	r.mu.Unlock()
	if !idle {
		n, err := readAgain(sn.store.fs, sn.newest) // an error proves nothing
		idle = err == nil && n.hash != sn.hash
	}
	r.mu.Lock()
	if r.sn != sn {
		r.mu.Unlock()
		return
	}
	if !idle {
		r.timer.Reset(followEvery)
		r.mu.Unlock()
		return
	}
	r.sn = nil
	r.mu.Unlock()
	sn.past()
}

// past is Close for a snapshot that is kept no more. When somebody still works on it, the last one
// to close it sees to what only it had kept on disk.
func (sn *Snapshot) past() {
	if sn != nil {
		sn.followed.Store(true)
		_ = sn.Close()
	}
}

// lastReader removes what was forgotten and only a reader of this process kept on disk. Who cannot
// write leaves it to the next one who can.
func (s *Store) lastReader(generation uint64) {
	m, _, err := readManifest(s.fs)
	if err != nil || generation >= m.GoneBefore {
		return
	}
	lock, err := s.lockExclusive(context.Background(), commitLock, 0)
	if err != nil {
		return // whoever commits does the same
	}
	defer lock.Close()
	if m, _, err = readManifest(s.fs); err == nil && s.collect(m) == nil {
		_ = s.syncAll()
	}
}
