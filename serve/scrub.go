package serve

import (
	"context"
	"time"

	"sluice/api"
	"sluice/index"
)

const (
	// scrubRest is how long a process waits before it asks again whether a scrub is due, or whether
	// another process still does it.
	scrubRest = 10 * time.Minute
	// scrubStart is how long it lets pass before the first one: whoever started it has a question.
	scrubStart = 10 * time.Second
)

// KeepScrubbed reads all of the store from time to time, at most rate bytes a second, until Close.
func (s *Service) KeepScrubbed(rate int64) {
	s.Beside("scrub", func(ctx context.Context) {
		for pause := scrubStart; s.clock.Wait(ctx, pause) == nil; pause = scrubRest {
			// A disk that fails now may not the next time; status tells how old the last scrub is.
			_, _ = s.store.Scrub(ctx, index.ScrubOptions{Clock: s.clock, Rate: rate})
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
