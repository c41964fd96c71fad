package serve

import (
	"context"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// Search answers with ranked passages. What is gone from its source is not shown; what has changed
// is shown as the store holds it and says so.
func (s *Service) Search(ctx context.Context, r api.SearchRequest) (*api.Search, error) {
	out, notices, err := whole(ctx, s, r.DeadlineMS, func() (*api.Search, error) { return s.searchOnce(ctx, r) })
	if out != nil {
		out.Notices = append(out.Notices, notices...)
	}
	return out, err
}

// searchOnce is one try of Search.
func (s *Service) searchOnce(ctx context.Context, r api.SearchRequest) (*api.Search, error) {
	if err := enough(r.MaxBytes); err != nil {
		return nil, err
	}
	begun := s.clock.Now()
	n, err := count(r.N)
	if err != nil {
		return nil, err
	}
	perFile, err := ofOneFile(r.PerFile)
	if err != nil {
		return nil, err
	}
	session, err := s.ask(ctx, question{text: r.Query, operators: r.Operators, filters: r.Filters, effort: r.Effort, standard: flow.Fast, deadlineMS: r.DeadlineMS})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	res, err := session.cascade.Search(ctx, session.query, session.options)
	if err != nil {
		return nil, err
	}
	if res, err = session.weigh(ctx, res, min(2*n, flow.PackDefault)); err != nil {
		return nil, err
	}
	results, res, err := session.show(ctx, res, newShortlist(n, perFile, r.KeepDuplicates))
	if err != nil {
		return nil, err
	}
	if r.MaxBytes > 0 {
		CutTexts(results, r.MaxBytes, NewHighlighter(res.Gathered.Text))
	}
	out := &api.Search{Query: r.Query, Results: results, Degraded: degraded(session.degraded(res))}
	out.Funnel, out.Nothing = session.account(ctx, res, len(results) > 0)
	out.TookMS = milliseconds(s.clock.Now().Sub(begun))
	out.Notices = session.notices
	return out, incomplete(out.Degraded)
}

// show turns the best n judged passages into results and books the stage: what is gone, and what
// says the same again, makes room for what comes after it.
func (s *session) show(ctx context.Context, res *cascade.Result, l *shortlist) ([]api.Result, *cascade.Result, error) {
	begun := s.clock.Now()
	stats := flow.NewStats("show", int64(len(res.Judged)))
	check := s.newChecker()
	rest := res.Judged
	for len(rest) > 0 && !l.full() {
		take := min(l.lacks(), len(rest))
		some, err := s.showSome(ctx, rest[:take], check, &stats)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range some {
			l.offer(m)
		}
		rest = rest[take:]
	}
	shown := l.shown()
	if err := s.countDuplicates(ctx, l, shown, rest, &stats); err != nil {
		return nil, nil, err
	}
	results, judged := []api.Result{}, make([]flow.Judged, 0, len(shown))
	for _, one := range shown {
		r := one.result()
		r.Rank, r.Fresh = len(results)+1, string(check.of(one.Passage))
		results, judged = append(results, r), append(judged, one.Judged)
	}
	stats.Out = int64(len(results))
	stats.Drop(flow.Duplicate, duplicates(shown))
	stats.Drop(flow.BelowCut, stats.In-stats.Out-stats.Dropped[flow.Duplicate]-stats.Dropped[flow.Gone]-stats.Dropped[flow.Failed])
	stats.Took = s.clock.Now().Sub(begun)
	return results, res.Narrow(judged, stats), nil
}

// showSome reads those of judged that can be shown.
func (s *session) showSome(ctx context.Context, judged []flow.Judged, check *checker, stats *flow.Stats) (shown []flow.Member, err error) {
	all, err := s.read(ctx, judged, stats)
	if err != nil {
		return nil, err
	}
	passages := make([]index.Passage, len(all))
	for i := range all {
		passages[i] = all[i].Passage
	}
	check.ask(ctx, passages)
	for _, m := range all {
		if check.of(m.Passage) == gone {
			stats.Drop(flow.Gone, 1)
			continue
		}
		stats.Bytes += int64(len(m.Text))
		shown = append(shown, m)
	}
	return shown, nil
}

// read reads the records and texts of judged passages. What cannot be read is dropped and named.
func (s *session) read(ctx context.Context, judged []flow.Judged, stats *flow.Stats) (all []flow.Member, err error) {
	var places []index.Place
	for _, j := range judged {
		p, err := s.sn.Passage(j.Place)
		unseen, damaged := index.Unreadable(err)
		switch {
		case damaged:
			stats.Miss(unseen)
		case err != nil:
			return nil, err
		default:
			all, places = append(all, flow.Member{Judged: j, Passage: p}), append(places, j.Place)
		}
	}
	found := make([]bool, len(all))
	err = s.sn.Texts(ctx, places, func(k int, body []byte) error {
		all[k].Text, found[k] = string(body), s.sn.Names(&all[k].Passage, body)
		if !found[k] {
			stats.Miss(index.Misnamed())
		}
		return nil
	}, func(_ int, why index.Degraded) { stats.Miss(why) })
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for i, m := range all {
		if found[i] {
			kept = append(kept, m)
		}
	}
	stats.Drop(flow.Failed, int64(len(judged)-len(kept)))
	return kept, nil
}
