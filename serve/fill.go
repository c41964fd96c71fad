package serve

import (
	"context"
	"time"

	"sluice/ingest"
)

// Fill lets the model read what it has not read yet of what the store holds. Without a model there
// is nothing to do.
func (s *Service) Fill(ctx context.Context, progress func(done, total int64)) (*ingest.FillReport, error) {
	if s.opts.Encoder == nil {
		return &ingest.FillReport{}, nil
	}
	rep, err := s.ingest.Fill(ctx, ingest.FillOptions{Encoder: s.opts.Encoder, Readings: &s.vectors, Commit: s.betweenSyncs, Progress: progress})
	if err == nil && rep.Failed > 0 {
		err = Partlyf("%s cannot be read by the model (the first: %w): words find them; `sluice check` reads the whole store", Plural(rep.Failed, "passage"), rep.Failure)
	}
	return rep, err
}

// fillAtOnce is how many new passages a model reads while somebody waits for a sync: about two
// seconds of a processor.
const fillAtOnce = 100

// FillFew lets the model read what is new if that is little. More is read beside the questions.
func (s *Service) FillFew(ctx context.Context) error {
	if s.opts.Encoder == nil || s.opts.LongLived {
		return nil
	}
	_, err := s.ingest.Fill(ctx, ingest.FillOptions{Encoder: s.opts.Encoder, Most: fillAtOnce, Commit: s.betweenSyncs})
	return err
}

// FillBeside does so beside the questions, in a process that lives long enough: all passages as the
// model reads them first, then those that questions asked for and the rest as deeply as it can,
// with a share of the processor only.
func (s *Service) FillBeside() {
	if s.opts.Encoder == nil || !s.opts.LongLived {
		return
	}
	s.Beside("fill", func(ctx context.Context) {
		for i, level := range s.opts.Encoder.Levels() {
			o := ingest.FillOptions{Encoder: s.opts.Encoder, Level: level, Readings: &s.vectors, Commit: s.betweenSyncs, Rest: s.rest}
			if i > 0 {
				o.Rest = s.idle()
			}
			if _, err := s.ingest.Fill(ctx, o); err != nil {
				return // what is not read is found by words, and the next one goes on
			}
		}
	})
}

// idleShare is how many times as long as it worked a model rests where nobody waits for what it
// does.
const idleShare = 3

// idle rests by how long it is since it last did.
func (s *Service) idle() func(ctx context.Context) error {
	last := s.clock.Now()
	return func(ctx context.Context) error {
		worked := s.clock.Now().Sub(last)
		defer func() { last = s.clock.Now() }()
		if err := s.clock.Wait(ctx, min(idleShare*worked, restLong)); err != nil {
			return err
		}
		return s.rest(ctx)
	}
}

// restLong bounds such a rest: a machine that slept has not worked.
const restLong = 10 * time.Second

// betweenSyncs runs a commit of what was read while no sync of this process is under way: one that
// waits for no lock would be refused, as if another process wrote. A sync that begins meanwhile
// waits for the commit, which is short, and never for one that only wants to run.
func (s *Service) betweenSyncs(ctx context.Context, commit func() error) error {
	for !s.filling.TryLock() {
		if err := s.clock.Wait(ctx, restStep); err != nil {
			return err
		}
	}
	defer s.filling.Unlock()
	return commit()
}

// How long a model that reads beside the questions lets one that is being answered go first.
const (
	restMax  = time.Second
	restStep = 5 * time.Millisecond
)

// rest waits for the questions that are being answered: a model takes all processors that it gets.
func (s *Service) rest(ctx context.Context) error {
	for waited := time.Duration(0); s.open.Load() > 0 && waited < restMax; waited += restStep {
		if err := s.clock.Wait(ctx, restStep); err != nil {
			return err
		}
	}
	return ctx.Err()
}
