package serve

import (
	"context"
	"errors"
	"time"

	"sluice/api"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/vfs"
)

const (
	// scrubRest is how long a process waits before it asks again whether a scrub is due, or whether
	// another process still does it.
	scrubRest = 10 * time.Minute
	// scrubStart is how long it lets pass before the first one: whoever started it has a question.
	scrubStart = 10 * time.Second
)

// KeepScrubbed reads all of the store from time to time, at most rate bytes a second, until Close.
// found may be nil; it is told of each damaged part, from one goroutine at a time.
func (s *Service) KeepScrubbed(rate int64, found func(index.BadBlock)) {
	wait, ok := s.clock.(clock.Waiter)
	if !ok {
		wait = clock.System{}
	}
	s.background.Go(func(ctx context.Context) {
		for pause := scrubStart; wait.Wait(ctx, pause) == nil; pause = scrubRest {
			_, err := s.store.Scrub(ctx, index.ScrubOptions{Clock: wait, Rate: rate, Found: func(b index.BadBlock) {
				s.opts.Health.Damaged(b.File, b.Block, b.Once)
				if found != nil {
					found(b)
				}
			}})
			if err != nil && !errors.Is(err, vfs.ErrLocked) && ctx.Err() == nil {
				continue // a disk that fails now may not fail the next time; status tells how old the last one is
			}
		}
	})
}

// scrubOf words the record of the scrubs.
func scrubOf(r index.Scrubbed) (last string, out api.Scrub) {
	out.Found, out.FoundN = []api.BadBlock{}, r.FoundN
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	out.Began = stamp(r.Began)
	found := r.Found
	if p := r.Pass; p != nil {
		out.Since, out.Bytes, out.FoundN = stamp(p.Began), p.Bytes, out.FoundN+p.FoundN
		found = append(found[:len(found):len(found)], p.Found...)
	}
	for _, b := range found {
		out.Found = append(out.Found, api.BadBlock(b))
	}
	return stamp(r.Finished), out
}
