package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
)

// Context answers with the packed window. Files that changed since they were indexed are brought up
// to date first; what cannot be is left out.
func (s *Service) Context(ctx context.Context, r api.ContextRequest) (*api.Context, error) {
	out, notices, err := whole(ctx, s, r.DeadlineMS, func() (*api.Context, error) { return s.contextOnce(ctx, r) })
	if out != nil {
		out.Notices = append(out.Notices, notices...)
	}
	return out, err
}

// contextOnce is one try of Context.
func (s *Service) contextOnce(ctx context.Context, r api.ContextRequest) (*api.Context, error) {
	if err := enough(r.MaxBytes); err != nil {
		return nil, err
	}
	q := question{text: r.Query, operators: r.Operators, filters: r.Filters, effort: r.Effort, standard: flow.Balanced, deadlineMS: r.DeadlineMS, budget: r.Budget, vocab: r.Vocab}
	w, err := s.window(ctx, q, r.MaxBytes)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	out := &api.Context{Query: r.Query, Window: w.res.Window.Text, Tokens: w.res.Window.Tokens, Vocab: w.res.Window.Vocab,
		Passages: w.citations(), Degraded: degraded(w.degraded(w.res))}
	out.Funnel, out.Nothing = w.account(ctx, w.res, len(out.Passages) > 0)
	if r.MaxBytes > 0 {
		for i := range out.Passages {
			out.Passages[i].Text = "" // it stands in the window
		}
	}
	out.Notices = w.notices
	return out, incomplete(out.Degraded)
}

// window is a packed window with what is known of its documents. Close it.
type window struct {
	*session
	res    *cascade.Result
	states map[document]state // of the documents that were asked about
}

// window runs the cascade. Where documents of the window are not what was indexed, their sources
// are read again and the cascade runs once more; what then still is not what was indexed is left
// out.
func (s *Service) window(ctx context.Context, q question, maxBytes int) (*window, error) {
	session, err := s.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	w, stale, err := session.tryWindow(ctx, maxBytes, false)
	if err != nil {
		session.Close()
		return nil, err
	}
	if len(stale) == 0 {
		return w, nil
	}
	late := s.syncStale(ctx, stale)
	session.behind = slices.DeleteFunc(session.behind, func(c *catching) bool { return slices.Contains(stale, c.label) })
	if session, err = session.again(ctx, q, late); err != nil {
		return nil, err
	}
	if w, _, err = session.tryWindow(ctx, maxBytes, true); err != nil {
		session.Close()
	}
	return w, err
}

// tryWindow searches, packs, and asks about the documents that came into the window. Before a sync
// it returns the sources of those that are not what was indexed. After one they cannot be helped:
// they are left out and the window is packed again, until everything in it stands.
func (s *session) tryWindow(ctx context.Context, maxBytes int, synced bool) (w *window, stale []string, err error) {
	found, err := s.cascade.Search(ctx, s.query, s.options)
	if err != nil {
		return nil, nil, err
	}
	if found, err = s.weigh(ctx, found, flow.PackDefault); err != nil {
		return nil, nil, err
	}
	check := s.newChecker()
	for {
		fresh, err := s.leaveOut(found, check.known)
		if err != nil {
			return nil, nil, err
		}
		packed, err := s.packWithin(ctx, fresh, maxBytes)
		if err != nil {
			return nil, nil, err
		}
		stale := check.window(ctx, packed.Window)
		if len(stale) == 0 {
			return &window{session: s, res: packed, states: check.known}, nil, nil
		}
		if !synced {
			return nil, stale, nil
		}
	}
}

// leaveOut is the result without what belongs to documents that are known to be stale.
func (s *session) leaveOut(found *cascade.Result, states map[document]state) (*cascade.Result, error) {
	stats := flow.NewStats("fresh", int64(len(found.Judged)))
	if known(states, gone)+known(states, changed) == 0 {
		stats.Out = stats.In
		return found.Narrow(found.Judged, stats), nil
	}
	var kept []flow.Judged
	for _, j := range found.Judged {
		p, err := s.sn.Passage(j.Place)
		if _, damaged := index.Unreadable(err); err != nil && !damaged { // pack says what is damaged
			return nil, err
		}
		switch states[documentOf(p)] {
		case gone:
			stats.Drop(flow.Gone, 1)
		case changed:
			stats.Drop(flow.Failed, 1)
		default:
			kept = append(kept, j)
		}
	}
	if stats.Dropped[flow.Failed] > 0 {
		stats.Miss(index.Degraded{What: "files that changed", Why: "they could not be read again in time", Documents: known(states, changed)})
	}
	stats.Out = int64(len(kept))
	return found.Narrow(kept, stats), nil
}

// known counts the documents that are known to be in a state.
func known(states map[document]state, is state) (n int64) {
	for _, s := range states {
		if s == is {
			n++
		}
	}
	return n
}

// bytesPerToken is a low guess of what a token holds, to start from.
const bytesPerToken = 3

// packTries bounds how often a window is packed again to fit into a number of bytes.
const packTries = 6

// packWithin packs; with maxBytes it does so again with smaller budgets until the window fits.
func (s *session) packWithin(ctx context.Context, res *cascade.Result, maxBytes int) (*cascade.Result, error) {
	o := s.options
	if maxBytes <= 0 {
		return s.cascade.Pack(ctx, res, o)
	}
	fits := max(maxBytes/bytesPerToken, 1)
	if o.Budget == 0 || o.Budget > fits {
		o.Budget = fits
	}
	needs := 0
	for range packTries {
		packed, err := s.cascade.Pack(ctx, res, o)
		if err != nil {
			return nil, err
		}
		size := len(packed.Window.Text)
		if len(packed.Window.Passages) == 0 && len(res.Judged) > 0 {
			if s.options.Budget > 0 && o.Budget == s.options.Budget { // it is the budget that is too small
				return packed, nil
			}
			needs = packed.Funnel[len(packed.Funnel)-1].Needs
			break
		}
		if size <= maxBytes {
			return packed, nil
		}
		o.Budget = max(1, min(o.Budget*4/5, o.Budget*maxBytes/size))
	}
	if needs > 0 {
		return nil, Usagef("a window of %d bytes is too small for any passage; raise max_bytes, to about %d", maxBytes, needs*bytesPerToken*2)
	}
	return nil, Usagef("a window of %d bytes is too small for any passage; raise max_bytes", maxBytes)
}

// citations words the window's passages, in the order in which they stand in it.
func (w *window) citations() []api.Citation {
	all := make([]api.Citation, len(w.res.Window.Passages))
	for i, k := range w.res.Window.Passages {
		p := k.Best.Passage
		p.Marks = nil
		for _, m := range k.Members {
			p.Marks = append(p.Marks, m.Passage.Marks...)
		}
		r := result(p, k.Best.Judged, k.Text)
		r.Fresh = string(cmp.Or(w.states[documentOf(k.Best.Passage)], unknown))
		r.Bytes = [2]int64{int64(k.Start), int64(k.End)}
		r.Lines = lines(k.Line, k.Lines)
		r.Rank = k.N // numbers go by rank; the window's order is made for a model's eyes
		all[i] = api.Citation{N: k.N, Result: r}
	}
	return all
}

// syncStale brings sources up to date within the time that a question may spend on it.
func (s *Service) syncStale(ctx context.Context, labels []string) (late []index.Degraded) {
	ctx, cancel := context.WithTimeout(vfs.WithoutWaiting(ctx), s.opts.SyncWait)
	defer cancel()
	for _, label := range labels {
		if _, err := s.syncOne(ctx, label, ingest.SyncOptions{}); err != nil {
			late = append(late, lateSource(label, err))
		}
	}
	return late
}

func lateSource(label string, err error) index.Degraded {
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = "timeout"
	}
	return index.Degraded{What: "source " + label, Why: why}
}

// syncAsked brings a source up to date before a question, however long that takes. Once it was
// read to its end, a look comes first, and no other process is waited for: the store answers.
func (s *Service) syncAsked(ctx context.Context, label string) (*ingest.Report, error) {
	st, err := s.state(ctx, label)
	if err != nil {
		return nil, err
	}
	if st.Synced.IsZero() {
		return s.syncOne(ctx, label, ingest.SyncOptions{})
	}
	src, err := s.source(st.SourceConfig)
	if err != nil {
		return nil, err
	}
	look, err := s.ingest.Look(ctx, src)
	if err == nil && look.Current() && st.FailureN == 0 {
		return &ingest.Report{}, nil
	}
	rep, err := s.syncOne(vfs.WithoutWaiting(ctx), label, ingest.SyncOptions{})
	if errors.Is(err, vfs.ErrLocked) && look != nil {
		err = fmt.Errorf("%s: another process writes to the source", newer(look.Newer()))
	}
	return rep, err
}

// syncFirst brings up to date what must be before every question. A source that cannot be read is
// named; what the store holds of it still answers.
func (s *Service) syncFirst(ctx context.Context) (late []index.Degraded, err error) {
	late = slices.DeleteFunc(s.first.missing(), func(d index.Degraded) bool { return !sees(ctx, strings.TrimPrefix(d.What, "source ")) })
	for _, label := range s.opts.SyncFirst {
		if s.first.making(label) || !sees(ctx, label) {
			continue
		}
		rep, err := s.syncAsked(ctx, label)
		if interrupted(ctx, err) {
			return nil, err
		}
		if err != nil {
			late = append(late, lateSource(label, err))
		} else if rep.Report != nil && rep.Report.FailureN > 0 {
			first := rep.Report.Failures[0]
			late = append(late, index.Degraded{What: "source " + label, Why: first.Path + ": " + first.Err, Documents: int64(rep.Report.FailureN)})
		}
	}
	return late, nil
}
