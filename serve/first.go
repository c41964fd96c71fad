package serve

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"sluice/index"
	"sluice/ingest"
)

// first keeps account of the first indexes that are being made beside the questions. A folder of a
// million files must not keep an agent waiting: what is in already answers, and the answer says
// what is missing.
type first struct {
	mu      sync.Mutex
	running []*Preparing
	ended   chan struct{} // closed, and made anew, whenever one has ended
}

// Preparing is how far the first index of a source has come. Totals are 0 while they are unknown.
type Preparing struct {
	Label             string
	Done, Total       int64 // bytes
	Files, FilesTotal int64
}

// String says so in words.
func (p Preparing) String() string { return fmt.Sprintf("source %s: %s", p.Label, p.soFar()) }

const firstIndex = "its first index is being made"

func (p Preparing) soFar() string {
	if p.FilesTotal == 0 {
		return firstIndex
	}
	return fmt.Sprintf("%s, %d of %s so far", firstIndex, p.Files, Plural(p.FilesTotal, "file"))
}

// IndexFirst makes the first index of all sources that have none, beside the questions. It ends
// with Close; what it has committed by then stays.
func (s *Service) IndexFirst(ctx context.Context) error {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return err
	}
	var all []*Preparing
	for _, src := range sources {
		if src.Synced.IsZero() {
			all = append(all, &Preparing{Label: src.Label})
		}
	}
	if len(all) == 0 {
		return nil
	}
	s.first.mu.Lock()
	s.first.running, s.first.ended = all, make(chan struct{})
	s.first.mu.Unlock()
	s.Beside("first index", func(ctx context.Context) {
		for _, p := range all {
			// What goes wrong is met, and told, by the next question: it reads the source itself.
			_, _ = s.syncOne(ctx, p.Label, ingest.SyncOptions{Progress: func(now ingest.Progress) { s.first.note(p, now) }})
			s.first.end(p)
		}
	})
	return nil
}

func (f *first) note(p *Preparing, now ingest.Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.Done, p.Total, p.Files, p.FilesTotal = now.BytesDone, now.BytesAll, now.Indexed, now.FilesTotal
}

func (f *first) end(p *Preparing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, r := range f.running {
		if r == p {
			f.running = append(f.running[:i:i], f.running[i+1:]...)
			break
		}
	}
	close(f.ended)
	f.ended = make(chan struct{})
}

// state is what is being made, and what is closed when one of it has ended.
func (f *first) state() (now []Preparing, ended <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.running {
		now = append(now, *p)
	}
	return now, f.ended
}

// missing names the sources whose first index is being made.
func (f *first) missing() (all []index.Degraded) {
	now, _ := f.state()
	for _, p := range now {
		all = append(all, index.Degraded{What: "source " + p.Label, Why: p.soFar(), Documents: max(0, p.FilesTotal-p.Files)})
	}
	return all
}

// making tells whether the first index of a source is being made.
func (f *first) making(label string) bool {
	now, _ := f.state()
	for _, p := range now {
		if p.Label == label {
			return true
		}
	}
	return false
}

// tellEvery is how often a wait tells how far it has come.
const tellEvery = 500 * time.Millisecond

// Prepare waits for the first index of sources, no longer than a question may wait for a sync, and
// tells how far it has come.
func (s *Service) Prepare(ctx context.Context, say func(Preparing)) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.SyncWait)
	defer cancel()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		now, ended := s.first.state()
		if len(now) == 0 {
			return
		}
		say(now[0])
		select {
		case <-tick.C:
		case <-ended:
		case <-ctx.Done():
			return
		}
	}
}

// isFirst tells whether something was not seen because its first index is being made.
func isFirst(why string) bool { return strings.HasPrefix(why, firstIndex) }
