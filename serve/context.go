package serve

import (
	"context"
	"errors"
	"slices"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// Context answers with the packed window. Files that changed since they were indexed are brought up to
// date first; what cannot be is left out.
func (s *Service) Context(ctx context.Context, r api.ContextRequest) (*api.Context, error) {
	lim, err := limit(r.Effort, flow.Balanced, r.Budget, r.Vocab)
	if err != nil {
		return nil, err
	}
	w, err := s.window(ctx, r.Query, r.Filters, lim, r.MaxBytes)
	if err != nil {
		return nil, err
	}
	defer w.sn.Close()
	out := &api.Context{Query: r.Query, Window: w.res.Window.Text, Tokens: w.res.Window.Tokens, Vocab: w.res.Window.Vocab,
		Passages: w.citations, Funnel: funnel(w.res.Funnel), Degraded: w.degraded}
	if r.MaxBytes > 0 {
		for i := range out.Passages {
			out.Passages[i].Text = "" // it stands in the window
		}
	}
	return out, incomplete(out.Degraded)
}

// window is a packed window with what its citations need. Close its snapshot.
type window struct {
	sn        *index.Snapshot
	res       *cascade.Result
	states    map[document]state // of the documents that were asked about
	citations []api.Citation
	degraded  []api.Degraded
}

// window runs the cascade, with files that changed brought up to date before it packs.
func (s *Service) window(ctx context.Context, query string, f api.Filters, lim flow.Limits, maxBytes int) (*window, error) {
	late, err := s.syncFirst(ctx)
	if err != nil {
		return nil, err
	}
	var synced bool
	for {
		w, stale, err := s.tryWindow(ctx, query, f, lim, maxBytes, synced)
		if err != nil {
			return nil, err
		}
		if len(stale) == 0 {
			w.degraded = append(w.degraded, late...)
			return w, nil
		}
		late = append(late, s.syncStale(ctx, stale)...)
		synced = true
	}
}

// tryWindow makes a window. Unless the sources were just synced, it stops at the first sight of documents
// that are not what was indexed and names their sources.
func (s *Service) tryWindow(ctx context.Context, query string, f api.Filters, lim flow.Limits, maxBytes int, synced bool) (w *window, stale []string, err error) {
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if w == nil {
			_ = sn.Close()
		}
	}()
	q, err := s.parse(sn, query, f)
	if err != nil {
		return nil, nil, err
	}
	res, err := cascade.Search(ctx, sn, q, lim)
	if err != nil {
		return nil, nil, err
	}
	w = &window{sn: sn, res: res}
	if stale, err = s.packFresh(ctx, w, lim, maxBytes, synced); err != nil || len(stale) > 0 {
		w = nil
		return nil, stale, err
	}
	w.degraded = degraded(res.Degraded)
	return w, nil, nil
}

// packFresh packs and asks about the documents that came into the window. Before a sync it returns the
// sources of those that are not what was indexed. After one they cannot be helped: they are left out and
// the window is packed again, until everything in it stands.
func (s *Service) packFresh(ctx context.Context, w *window, lim flow.Limits, maxBytes int, synced bool) ([]string, error) {
	check, done := s.newChecker(ctx, w.sn)
	defer done()
	w.states = check.known
	judged, stages := w.res.Judged, len(w.res.Funnel)
	for {
		stats, err := w.leaveOut(judged)
		if err != nil {
			return nil, err
		}
		w.res.Funnel = append(w.res.Funnel[:stages], stats)
		if err := packWithin(ctx, w.sn, w.res, lim, maxBytes); err != nil {
			return nil, err
		}
		stale, err := w.cite(check)
		if err != nil {
			return nil, err
		}
		if len(stale) == 0 {
			if n := stats.Dropped[flow.Failed]; n > 0 {
				w.res.Degraded = append(w.res.Degraded, flow.Degraded{What: "files that changed", Why: "they could not be read again in time", Documents: w.count(changed)})
			}
			return nil, nil
		}
		if !synced {
			return stale, nil
		}
	}
}

// leaveOut keeps of judged what does not belong to documents that are known to be stale.
func (w *window) leaveOut(judged []flow.Judged) (flow.Stats, error) {
	stats := flow.NewStats("fresh", int64(len(judged)))
	w.res.Judged = judged
	if w.count(gone)+w.count(changed) > 0 {
		w.res.Judged = nil
		for _, j := range judged {
			p, err := w.sn.Passage(index.Place(j.Place))
			if err != nil {
				return stats, err
			}
			switch w.states[documentOf(p)] {
			case gone:
				stats.Drop(flow.Gone, 1)
			case changed:
				stats.Drop(flow.Failed, 1)
			default:
				w.res.Judged = append(w.res.Judged, j)
			}
		}
	}
	stats.Out = int64(len(w.res.Judged))
	return stats, nil
}

// count tells how many documents are known to be in a state.
func (w *window) count(is state) (n int64) {
	for _, s := range w.states {
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
func packWithin(ctx context.Context, sn *index.Snapshot, res *cascade.Result, lim flow.Limits, maxBytes int) error {
	if maxBytes <= 0 {
		return res.Pack(ctx, sn, lim)
	}
	fits := max(maxBytes/bytesPerToken, 1)
	if lim.Budget == 0 || lim.Budget > fits {
		lim.Budget = fits
	}
	stages := len(res.Funnel)
	for range packTries {
		res.Funnel = res.Funnel[:stages]
		if err := res.Pack(ctx, sn, lim); err != nil {
			return err
		}
		size := len(res.Window.Text)
		if len(res.Window.Passages) == 0 && len(res.Judged) > 0 {
			break
		}
		if size <= maxBytes {
			return nil
		}
		lim.Budget = max(1, min(lim.Budget*4/5, lim.Budget*maxBytes/size))
	}
	return Usagef("a window of %d bytes is too small for any passage; raise max_bytes", maxBytes)
}

// cite words the window's passages as citations, in the order in which they stand in it, and names the
// sources of those that are not what was indexed.
func (w *window) cite(check *checker) (stale []string, err error) {
	packed := w.res.Window.Passages
	passages := make([]index.Passage, len(packed))
	for i, k := range packed {
		if passages[i], err = w.sn.Passage(index.Place(k.Place)); err != nil {
			return nil, err
		}
	}
	check.ask(passages)
	w.citations = make([]api.Citation, len(packed))
	for i, k := range packed {
		r := result(passages[i], k.Judged, k.Text)
		is := check.of(passages[i])
		if (is == gone || is == changed) && !slices.Contains(stale, r.Source) {
			stale = append(stale, r.Source)
		}
		r.Fresh = string(is)
		r.Bytes = [2]int64{int64(k.Start), int64(k.End)}
		r.Lines = lines(k.Line, k.Lines)
		r.Rank = k.N // numbers go by rank; the window's order is made for a model's eyes
		w.citations[i] = api.Citation{N: k.N, Result: r}
	}
	return stale, nil
}

// syncStale brings sources up to date within the time that a question may spend on it.
func (s *Service) syncStale(ctx context.Context, labels []string) []api.Degraded {
	ctx, cancel := context.WithTimeout(ctx, s.opts.SyncWait)
	defer cancel()
	var late []api.Degraded
	for _, label := range labels {
		if _, err := s.syncOne(ctx, label, index.SyncOptions{}); err != nil {
			late = append(late, lateSource(label, err))
		}
	}
	return late
}

func lateSource(label string, err error) api.Degraded {
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = "timeout"
	}
	return api.Degraded{What: "source " + label, Why: why}
}

// syncFirst brings up to date what must be before every question. A source that cannot be read is named;
// what the store holds of it still answers.
func (s *Service) syncFirst(ctx context.Context) ([]api.Degraded, error) {
	var late []api.Degraded
	for _, label := range s.opts.SyncFirst {
		rep, err := s.syncOne(ctx, label, index.SyncOptions{})
		if interrupted(ctx, err) {
			return nil, err
		}
		if err != nil {
			late = append(late, lateSource(label, err))
		} else if rep.Report != nil && rep.Report.FailureN > 0 {
			late = append(late, api.Degraded{What: "source " + label, Why: rep.Report.Failures[0].Path + ": " + rep.Report.Failures[0].Err, Documents: int64(rep.Report.FailureN)})
		}
	}
	return late, nil
}
