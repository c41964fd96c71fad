package index

import (
	"sync"
	"time"
)

// recentFor is how long a generation that nobody asks any more is kept open. While it is, its files
// stay on disk, forgotten documents among them: so it is short.
const recentFor = 30 * time.Second

// recent keeps the snapshot that was opened last, so that the next question finds its files open
// and the blocks that it reads verified.
type recent struct {
	mu    sync.Mutex
	sn    *Snapshot
	timer *time.Timer
}

// get shares the kept snapshot if it is the generation with that hash.
func (r *recent) get(hash string) *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sn == nil || r.sn.hash != hash {
		return nil
	}
	r.timer.Reset(recentFor)
	r.sn.refs.Add(1)
	return r.sn
}

// put keeps sn in place of what was kept before.
func (r *recent) put(sn *Snapshot) {
	sn.refs.Add(1)
	r.mu.Lock()
	old := r.sn
	r.sn = sn
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer = time.AfterFunc(recentFor, r.drop)
	r.mu.Unlock()
	if old != nil {
		_ = old.Close()
	}
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
	if old != nil {
		_ = old.Close()
	}
}
