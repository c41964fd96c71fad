package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
)

const (
	// smallRead is how much a process that answers one question reads before it: more is left to a
	// sync.
	smallRead = 4 << 20
	// lookMax is how long a look may take before an answer goes without what it finds. It goes on
	// beside the answer after the time that the question waits for it.
	lookMax = 400 * time.Millisecond
)

// following is what a service does to keep sources current. One at a time works on a source.
type following struct {
	mu      sync.Mutex
	running map[string]*catching // by label
	closed  bool
	all     sync.WaitGroup
}

// catching is one attempt to bring a source up to date: a look, and a sync where that finds
// something.
type catching struct {
	label  string
	began  time.Time
	stop   context.CancelFunc // of the look, and in a long-lived process of the sync
	looked chan struct{}      // closed when look stands
	synced chan struct{}      // closed when the store holds what the source does, if it comes to that
	done   chan struct{}      // closed when err stands
	look   *ingest.Look       // nil: it failed
	err    error
	early  bool // stands for one that began before the question, and was not over in time
}

// ended tells whether a channel is closed.
func ended(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// catchUp brings sources up to date before a question that can reach them (nil: all), for as long
// as the question may wait. It returns what is not up to date then; work on it goes on beside the
// question.
func (s *Service) catchUp(ctx context.Context, reach []string) (behind []*catching) {
	if s.opts.LookWait <= 0 {
		return nil
	}
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return nil // whoever opens the store for the question says why
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.opts.LookWait)
	defer cancel()
	var mine []index.SourceState
	var all []*catching
	for _, st := range sources {
		if len(reach) > 0 && !slices.Contains(reach, st.Label) {
			continue
		}
		if sees(ctx, st.Label) && !slices.Contains(s.opts.SyncFirst, st.Label) && !s.first.making(st.Label) {
			mine, all = append(mine, st), append(all, s.catch(st))
		}
	}
	for i, c := range all {
		if c.began.Before(began) { // it may have looked before the last change
			select {
			case <-c.done:
				c = s.catch(mine[i])
			case <-ctx.Done():
				behind = append(behind, &catching{label: c.label, early: true})
				continue
			}
		}
		select {
		case <-c.synced:
		case <-c.done:
		case <-ctx.Done():
		}
		if !c.current() {
			behind = append(behind, c)
		}
	}
	return behind
}

// current tells that the store now holds what the source does.
func (c *catching) current() bool { return ended(c.synced) || ended(c.done) && c.err == nil }

// catch begins to bring a source up to date, or joins who is at it.
func (s *Service) catch(st index.SourceState) *catching {
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.running[st.Label]; c != nil {
		return c
	}
	ctx, stop := context.WithCancel(context.Background()) // it outlives the question
	c := &catching{label: st.Label, began: time.Now(), stop: stop, looked: make(chan struct{}), synced: make(chan struct{}), done: make(chan struct{})}
	if f.closed {
		stop()
		c.err = ctx.Err()
		close(c.looked)
		close(c.done)
		return c
	}
	if f.running == nil {
		f.running = map[string]*catching{}
	}
	f.running[st.Label] = c
	f.all.Go(func() {
		defer stop()
		s.bring(ctx, st, c)
		f.mu.Lock()
		delete(f.running, st.Label)
		f.mu.Unlock()
		close(c.done)
	})
	return c
}

// bring looks, and syncs where that finds something. It waits for no lock: whoever writes to the
// source now is at it.
func (s *Service) bring(ctx context.Context, st index.SourceState, c *catching) {
	src, err := s.source(st.SourceConfig)
	if err == nil {
		c.look, err = s.ingest.Look(vfs.WithPurpose(ctx, "look at "+st.Label), src)
	}
	close(c.looked)
	switch {
	case err != nil:
		c.err = err
	case c.look.Current():
	case c.look.Half:
		c.err = ingest.ErrHalfGone
	case !s.opts.LongLived && c.look.Bytes > smallRead:
		c.err = errMuch
	default:
		if !s.opts.LongLived { // it is little, and Close waits for it
			ctx = context.WithoutCancel(ctx)
		}
		once := sync.OnceFunc(func() { close(c.synced) })
		_, c.err = s.syncOne(vfs.WithoutWaiting(ctx), st.Label, ingest.SyncOptions{Small: !s.opts.LongLived, Committed: once})
	}
}

// errMuch says that what is newer takes longer than a question can wait.
var errMuch = errors.New("that is more than a question has time for")

// end ends what is under way and waits for it.
func (f *following) end() {
	f.mu.Lock()
	f.closed = true
	for _, c := range f.running {
		c.stop()
	}
	f.mu.Unlock()
	f.all.Wait()
}

// late words what an answer does not know of the source, if anything: as something that it misses,
// or, where nobody can tell, as a notice. A look that is still under way is waited for, as long as
// one may take.
func (c *catching) late() (missed []index.Degraded, notice string) {
	if c.early {
		return nil, fmt.Sprintf("source %s is being read: files may be newer than this answer", c.label)
	}
	rest := time.NewTimer(max(0, lookMax-time.Since(c.began)))
	defer rest.Stop()
	select {
	case <-c.looked:
	case <-rest.C:
	}
	what := "source " + c.label
	if ended(c.looked) && c.look == nil {
		<-c.done // there is nothing else to do
	}
	var err error
	if ended(c.done) {
		err = c.err
	}
	switch {
	case !ended(c.looked):
		return nil, fmt.Sprintf("%s is large or slow: it was not looked through in time, and files may be newer than this answer", what)
	case c.look == nil:
		return []index.Degraded{lateSource(c.label, err)}, ""
	case c.look.Newer() == 0 && !c.look.Half:
		return nil, "" // at most there was something that nobody can tell without reading it
	}
	why := newer(c.look.Newer())
	switch {
	case errors.Is(err, vfs.ErrLocked):
		why += ": another process writes to the source"
	case err != nil && !errors.Is(err, errMuch):
		why += ": " + err.Error()
	}
	return []index.Degraded{{What: what, Why: why, Documents: c.look.Newer()}}, ""
}

func newer(n int64) string {
	if n == 1 {
		return "1 file is newer than this answer"
	}
	return Plural(n, "file") + " are newer than this answer"
}
