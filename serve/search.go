package serve

import (
	"context"
	"fmt"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// Search answers with ranked passages. What is gone from its source is not shown; what has changed is
// shown as the store holds it and says so.
func (s *Service) Search(ctx context.Context, r api.SearchRequest) (*api.Search, error) {
	begun := s.clock.Now()
	n, err := count(r.N)
	if err != nil {
		return nil, err
	}
	lim, err := limit(r.Effort, flow.Fast, 0, "")
	if err != nil {
		return nil, err
	}
	late, err := s.syncFirst(ctx)
	if err != nil {
		return nil, err
	}
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	q, err := s.parse(sn, r.Query, r.Filters)
	if err != nil {
		return nil, err
	}
	res, err := cascade.Search(ctx, sn, q, lim)
	if err != nil {
		return nil, err
	}
	results, err := s.show(ctx, sn, res, n)
	if err != nil {
		return nil, err
	}
	if r.MaxBytes > 0 {
		CutTexts(results, r.MaxBytes, NewHighlighter(q.Text))
	}
	out := &api.Search{Query: r.Query, Results: results, Funnel: funnel(res.Funnel), Degraded: append(degraded(res.Degraded), late...)}
	out.TookMS = milliseconds(s.clock.Now().Sub(begun))
	return out, incomplete(out.Degraded)
}

// show turns the best n judged passages into results and books the stage: what is gone makes room for
// what comes after it.
func (s *Service) show(ctx context.Context, sn *index.Snapshot, res *cascade.Result, n int) ([]api.Result, error) {
	begun := s.clock.Now()
	stats := flow.NewStats("show", int64(len(res.Judged)))
	check, done := s.newChecker(ctx, sn)
	defer done()
	results := []api.Result{}
	rest := res.Judged
	for len(rest) > 0 && len(results) < n {
		take := min(n-len(results), len(rest))
		if err := s.showSome(ctx, sn, rest[:take], check, &stats, &results); err != nil {
			return nil, err
		}
		rest = rest[take:]
	}
	for i := range results {
		results[i].Rank = i + 1
	}
	stats.Out = int64(len(results))
	stats.Drop(flow.BelowCut, int64(len(rest)))
	stats.Took = s.clock.Now().Sub(begun)
	if stats.Dropped[flow.Failed] > 0 {
		res.Degraded = append(res.Degraded, flow.Degraded{What: "texts of passages", Why: "checksum", Documents: stats.Dropped[flow.Failed]})
	}
	res.Funnel = append(res.Funnel, stats)
	return results, nil
}

// showSome appends those of judged that can be shown.
func (s *Service) showSome(ctx context.Context, sn *index.Snapshot, judged []flow.Judged, check *checker, stats *flow.Stats, results *[]api.Result) error {
	passages := make([]index.Passage, len(judged))
	for i, j := range judged {
		var err error
		if passages[i], err = sn.Passage(index.Place(j.Place)); err != nil {
			return fmt.Errorf("read the record of a passage: %w", err)
		}
	}
	check.ask(passages)
	texts, err := s.texts(ctx, sn, passages)
	if err != nil {
		return err
	}
	for i, p := range passages {
		is := check.of(p)
		text, ok := texts[p.Place]
		switch {
		case is == gone:
			stats.Drop(flow.Gone, 1)
		case !ok:
			stats.Drop(flow.Failed, 1)
		default:
			r := result(p, judged[i], text)
			r.Fresh = string(is)
			stats.Bytes += int64(len(text))
			*results = append(*results, r)
		}
	}
	return nil
}

// texts reads the texts of passages; one that cannot be read is missing from the result.
func (s *Service) texts(ctx context.Context, sn *index.Snapshot, passages []index.Passage) (map[index.Place]string, error) {
	places := make([]index.Place, len(passages))
	for i, p := range passages {
		places[i] = p.Place
	}
	out := make(map[index.Place]string, len(places))
	err := sn.Texts(ctx, places, func(k int, body []byte) error {
		out[places[k]] = string(body)
		return nil
	}, func(int, error) {})
	return out, err
}
