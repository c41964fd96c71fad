package serve

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sluice/cascade/flow"
	"sluice/corpus"
	"sluice/index"
)

// state is what a source says now of a document that is cited.
type state string

const (
	fresh   state = "fresh"
	changed state = "changed"
	gone    state = "gone"
	unknown state = "unknown" // there was no time to ask, or the source cannot be asked
)

// document names a document across sources.
type document struct{ source, path string }

func documentOf(p index.Passage) document { return document{p.Source, p.Path} }

// statJobs is how many files are asked for at once: network folders answer slowly, one by one.
const statJobs = 8

// checker asks sources about the documents of one answer, within one time for all of them. It is
// used by one goroutine.
type checker struct {
	service *Service
	sn      *index.Snapshot
	left    time.Duration // that asking may still take
	known   map[document]state
}

func (s *session) newChecker() *checker {
	return &checker{service: s.Service, sn: s.sn, left: s.opts.StatWait, known: map[document]state{}}
}

// ask finds out about the documents of the passages. What is not known when the time is up is
// unknown, however long a file system takes to answer.
func (c *checker) ask(ctx context.Context, passages []index.Passage) {
	begun := c.service.clock.Now()
	defer func() { c.left -= c.service.clock.Now().Sub(begun) }()
	ctx, cancel := context.WithTimeout(ctx, c.left)
	defer cancel()
	var due []index.Passage
	for _, p := range passages {
		if _, ok := c.known[documentOf(p)]; !ok {
			c.known[documentOf(p)] = unknown
			due = append(due, p)
		}
	}
	type answer struct {
		doc document
		is  state
	}
	answers := make(chan answer, len(due)) // so that a late one finds room and its goroutine ends
	queue := make(chan index.Passage, len(due))
	for _, p := range due {
		queue <- p
	}
	close(queue)
	for range min(statJobs, len(due)) {
		go func() {
			for p := range queue {
				answers <- answer{documentOf(p), c.one(ctx, p)}
			}
		}()
	}
	for range due {
		select {
		case a := <-answers:
			c.known[a.doc] = a.is
		case <-ctx.Done():
			return
		}
	}
}

// of tells what is known of a passage's document.
func (c *checker) of(p index.Passage) state {
	if is, ok := c.known[documentOf(p)]; ok {
		return is
	}
	return unknown
}

// window asks about the documents of a window and names the sources of those that are not what was
// indexed.
func (c *checker) window(ctx context.Context, w *flow.Window) (stale []string) {
	passages := make([]index.Passage, len(w.Passages))
	for i, k := range w.Passages {
		passages[i] = k.Best.Passage
	}
	c.ask(ctx, passages)
	for _, p := range passages {
		if is := c.of(p); (is == gone || is == changed) && !slices.Contains(stale, p.Source) {
			stale = append(stale, p.Source)
		}
	}
	return stale
}

// one asks about one document.
func (c *checker) one(ctx context.Context, p index.Passage) state {
	if ctx.Err() != nil {
		return unknown
	}
	st, ok := c.sn.Source(p.Source)
	if !ok {
		return unknown
	}
	src, err := c.service.source(st.SourceConfig)
	if err != nil {
		return unknown
	}
	item, err := src.Stat(ctx, p.Path)
	switch {
	case errors.Is(err, corpus.ErrGone):
		return gone
	case err != nil:
		return unknown
	case item.Size != p.Size:
		return changed
	case asListed(item, p, st.Started.Add(-corpus.RacyWindow)):
		return fresh
	}
	return hashed(ctx, src, p)
}

// asListed tells whether nothing of a document was changed since the last sync looked at it, at
// rest. Where its source does not tell when that was, it is read, unless it is large.
func asListed(now corpus.Item, p index.Passage, rest time.Time) bool {
	if now.ModTime.IsZero() || !now.ModTime.Equal(p.ModTime) || !now.ModTime.Before(rest) {
		return false
	}
	if now.Changed == 0 {
		return now.Size > hashedApart
	}
	return time.Unix(0, now.Changed).Before(rest)
}

// hashed compares a document's text with what was indexed. It gives up when the time is up.
func hashed(ctx context.Context, src corpus.Source, p index.Passage) state {
	if p.Size > hashedApart {
		large.Lock()
		defer large.Unlock()
	}
	x, err := corpus.Read(ctx, src, p.Path, nil)
	switch {
	case errors.Is(err, corpus.ErrGone) || errors.As(err, new(*corpus.LeftOutError)):
		return gone
	case err != nil:
		return unknown
	case x.Version() == p.Hash:
		return fresh
	}
	return changed
}

// hashedApart is the size from which documents are read one after the other: their texts are in
// memory meanwhile.
const hashedApart = 1 << 20

var large sync.Mutex
