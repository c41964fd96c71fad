package serve

import (
	"context"
	"sync"
)

// background is what a service does beside answering. It ends before Close returns.
type background struct {
	mu    sync.Mutex
	stops []func()
	wg    sync.WaitGroup
}

// Go runs work until it returns or the service is closed.
func (b *background) Go(work func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	b.mu.Lock()
	b.stops = append(b.stops, cancel)
	b.mu.Unlock()
	b.wg.Go(func() {
		defer cancel()
		work(ctx)
	})
}

// stop ends all of it and waits.
func (b *background) stop() {
	b.mu.Lock()
	for _, cancel := range b.stops {
		cancel()
	}
	b.mu.Unlock()
	b.wg.Wait()
}
