package serve

import (
	"context"
	"fmt"
	"slices"

	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// session is one request's view of the store: one generation, and a cascade on it. Close it.
type session struct {
	*Service
	sn      *index.Snapshot
	cascade *cascade.Cascade
	encoder index.Encoder // that the cascade has; nil: words alone are compared
	query   flow.Query    // of requests that ask something
	options flow.Options  // of the same
	unseen  []index.Degraded
	behind  []*catching // sources that were not up to date when the generation was opened
	missed  []index.Degraded
	notices []string
}

// Close lets the generation go.
func (s *session) Close() {
	s.open.Add(-1)
	_ = s.sn.Close()
}

// begin brings up to date what must be before every request, and of the sources that it can reach
// (nil: all) what can be in time, and opens the newest generation.
func (s *Service) begin(ctx context.Context, reach []string) (*session, error) {
	unseen, err := s.syncFirst(ctx)
	if err != nil {
		return nil, err
	}
	behind := s.catchUp(ctx, reach)
	session, err := s.view(ctx, unseen)
	if err == nil {
		session.behind = behind
	}
	return session, err
}

// only says that the answer comes from one source: what another one is behind does not matter.
func (s *session) only(label string) {
	s.behind = slices.DeleteFunc(s.behind, func(c *catching) bool { return c.label != label })
}

// late asks, once, how far the sources have come that were behind when the question began.
func (s *session) late() []index.Degraded {
	for _, c := range s.behind {
		missed, notice := c.late()
		s.missed = index.AddDegraded(s.missed, missed...)
		if notice != "" {
			s.notices = append(s.notices, notice)
		}
	}
	s.behind = nil
	return s.missed
}

// view opens the newest generation. unseen is what could not be brought up to date before.
func (s *Service) view(ctx context.Context, unseen []index.Degraded) (*session, error) {
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if sources, cut := scopeOf(ctx); cut {
		sn = sn.Only(sources)
	}
	s.open.Add(1)
	parts := cascade.Parts{Index: sn, Ranker: s.ranker, Readings: &s.vectors, Clock: s.clock}
	if e := s.opts.Encoder; e != nil && (s.opts.LongLived || sn.Read(e.Space())) { // for one question a model is not read that knows nothing here
		parts.Encoder = e
	}
	return &session{Service: s, sn: sn, encoder: parts.Encoder, cascade: cascade.New(parts), unseen: unseen}, nil
}

// ask is begin for a request that asks something.
func (s *Service) ask(ctx context.Context, q question) (*session, error) {
	o, err := q.options()
	if err != nil {
		return nil, err
	}
	session, err := s.begin(ctx, q.filters.Source)
	if err != nil {
		return nil, err
	}
	return session.put(q, o)
}

// again asks the same of a newer generation. The session that it is called on is closed.
func (s *session) again(ctx context.Context, q question, unseen []index.Degraded) (*session, error) {
	s.Close()
	next, err := s.view(ctx, index.AddDegraded(s.unseen, unseen...))
	if err != nil {
		return nil, err
	}
	next.behind = slices.DeleteFunc(s.behind, (*catching).current)
	return next.put(q, s.options)
}

// put makes the question one of the session's. The time that it may take begins here: what was read
// again before is not counted.
func (s *session) put(q question, o flow.Options) (_ *session, err error) {
	s.options = o
	if l, ok := s.encoder.(interface{ Load() }); ok {
		l.Load() // the time begins when what answers is there
	}
	s.options.Deadline = s.clock.Now().Add(q.time(o.Effort))
	if s.query, err = s.parse(s.sn, q.text, q.operators, q.filters); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// degraded words all that an answer could not see.
func (s *session) degraded(of *cascade.Result) []index.Degraded {
	return index.AddDegraded(index.AddDegraded(slices.Clone(of.Degraded), s.unseen...), s.late()...)
}

// unopened is what of the store could not be opened for this request.
func (s *session) unopened() []index.Degraded {
	return index.AddDegraded(index.AddDegraded(slices.Clone(s.unseen), s.late()...), s.sn.Degraded()...)
}

// unfound is the error for something that is not there. Where not all of the store could be opened
// it may lie there, and the error says so.
func (s *session) unfound(err error) error {
	missing := incomplete(degraded(s.unopened()))
	if missing == nil {
		return err
	}
	return &Error{Partly, fmt.Errorf("%w; but %w", err, missing)}
}
