package serve

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// background is what a service does beside answering: of each name one work at a time. It ends
// before Close returns.
type background struct {
	mu      sync.Mutex
	closed  bool
	running map[string]*work // by name
}

// work is something that runs beside the questions.
type work struct {
	stop  context.CancelFunc
	ended chan struct{}
}

// start runs f until it returns or the service is closed. Where work of that name runs already, or
// the service is closed, it does nothing.
func (b *background) start(name string, f func(ctx context.Context)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.running[name] != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &work{stop, make(chan struct{})}
	if b.running == nil {
		b.running = map[string]*work{}
	}
	b.running[name] = w
	go func() {
		defer func() {
			stop()
			b.mu.Lock()
			delete(b.running, name)
			b.mu.Unlock()
			close(w.ended)
		}()
		f(ctx)
	}()
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
// it. Where work of that name runs already, it does nothing.
func (s *Service) Beside(name string, f func(ctx context.Context)) { s.background.start(name, f) }
