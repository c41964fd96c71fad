package serve

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// background is what a service does beside answering: of each name one work at a time. What is
// asked for while it runs is done once more when it has ended: it may have come too late for it. It
// ends before Close returns.
type background struct {
	mu      sync.Mutex
	closed  bool
	running map[string]*work // by name
}

// work is something that runs beside the questions.
type work struct {
	stop  context.CancelFunc
	again bool
	ended chan struct{}
}

// start runs f until it returns or the service is closed. Where work of that name runs already,
// that is run once more.
func (b *background) start(name string, f func(ctx context.Context)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.running[name]; w != nil {
		w.again = true
		return
	}
	if b.closed {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &work{stop: stop, ended: make(chan struct{})}
	if b.running == nil {
		b.running = map[string]*work{}
	}
	b.running[name] = w
	go func() {
		defer close(w.ended)
		defer stop()
		for more := true; more; more = b.goesOn(name, w) {
			f(ctx)
		}
	}()
}

// goesOn tells whether work that has ended is to be run once more; if not it is no longer listed.
func (b *background) goesOn(name string, w *work) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if again := w.again && !b.closed; again {
		w.again = false
		return true
	}
	delete(b.running, name)
	return false
}

// wait waits for the work of a name, if it runs.
func (b *background) wait(name string) {
	b.mu.Lock()
	w := b.running[name]
	b.mu.Unlock()
	if w != nil {
		<-w.ended
	}
}

// close ends all of it and waits.
func (b *background) close() {
	b.mu.Lock()
	b.closed = true
	all := slices.Collect(maps.Values(b.running))
	b.mu.Unlock()
	for _, w := range all {
		w.stop()
	}
	for _, w := range all {
		<-w.ended
	}
}

// Beside runs f beside the questions, until it returns or the service is closed: Close waits for
// it. Where work of that name runs already, that is run once more.
func (s *Service) Beside(name string, f func(ctx context.Context)) { s.background.start(name, f) }
