package serve

import (
	"context"
	"time"

	"sluice/corpus"
	"sluice/health"
	"sluice/index"
	"sluice/ingest"
)

const (
	// reviveTries bounds how often a question is asked again because a file that it met was damaged
	// and was made anew: a disk that fails everywhere would never come to an end.
	reviveTries = 8
	// reviveWait is how long files may take to be made anew where the question has no deadline.
	reviveWait = 5 * time.Second
)

// whole asks, and where the answer missed something because a file is damaged, has the file made
// anew in memory and asks again. So the answer is the clean one, and notices tell why it took
// longer. What cannot be made anew in time stays in the answer's list of what was not seen.
func whole[T any](ctx context.Context, s *Service, deadlineMS float64, ask func() (T, error)) (out T, notices []string, err error) {
	wait := reviveWait
	if deadlineMS > 0 {
		wait = time.Duration(deadlineMS * float64(time.Millisecond))
	}
	begun := len(s.store.Revived(0))
	for try := 0; ; try++ {
		out, err = ask()
		if ctx.Err() != nil || try == reviveTries {
			break
		}
		if !s.revive(ctx, wait) {
			break
		}
	}
	made := s.store.Revived(begun)
	for _, r := range made {
		notices = append(notices, r.String())
	}
	if len(made) > 0 || s.store.Wounded() && s.opts.LongLived {
		s.Mend()
	}
	return out, notices, err
}

func (s *Service) revive(ctx context.Context, wait time.Duration) (again bool) {
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	return s.store.Revive(ctx)
}

// mending is the name of the work that Mend begins.
const mending = "mend"

// Rest waits until what was made anew is written back.
func (s *Service) Rest() { s.background.wait(mending) }

// Mend writes back what was made anew in memory. A long-lived process makes anew what a question
// had no time for, too, and what other processes met damaged and left. It runs beside the
// questions, once at a time, and ends with Close.
func (s *Service) Mend() {
	s.Beside(mending, func(ctx context.Context) {
		whole := context.WithoutCancel(ctx) // Close waits for what is being written
		_ = s.ingest.WriteBack(whole)       // what cannot be written stays in memory, and check names the file
		if s.opts.LongLived {
			s.store.Revive(ctx)
			_ = s.ingest.WriteBack(whole)
			// What nothing brings back stays in the list of what ails, and status names it.
			_, _ = s.ingest.Mend(ctx, ingest.RepairOptions{Source: func(label string) (corpus.Source, error) { return s.sourceOf(ctx, label) }})
		}
		s.record()
	})
}

// noticed is told of what turns out damaged, whoever reads it.
func (s *Service) noticed(d index.Damage) {
	s.mu.Lock()
	s.met = append(s.met, d)
	s.mu.Unlock()
	if s.opts.LongLived {
		s.Mend()
	}
}

// record enters what was met in the log of the machine's health: as corrected where the right bytes
// are there by now. It waits for the disk, so no question does it.
func (s *Service) record() {
	s.mu.Lock()
	met := s.met
	s.met = nil
	s.mu.Unlock()
	var found []health.Finding
	for _, d := range met {
		found = append(found, health.Finding{File: d.File, Block: d.Block, Corrected: d.Corrected || !s.store.Ails(d.File)})
	}
	if len(found) > 0 {
		s.opts.Health.Damaged(found...)
	}
}
