package serve

import (
	"cmp"
	"context"
	"strings"

	"sluice/answer"
	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// Abstain is the answer where the window says too little.
const Abstain = answer.Abstain

// Ask answers with the best sentences of the window, each with its citations.
func (s *Service) Ask(ctx context.Context, r api.AskRequest) (*api.Ask, error) {
	out, notices, err := whole(ctx, s, r.DeadlineMS, func() (*api.Ask, error) { return s.askOnce(ctx, r) })
	if out != nil {
		out.Notices = append(out.Notices, notices...)
	}
	return out, err
}

// askOnce is one try of Ask.
func (s *Service) askOnce(ctx context.Context, r api.AskRequest) (*api.Ask, error) {
	q := question{text: r.Query, operators: r.Operators, filters: r.Filters, effort: r.Effort, standard: flow.Balanced, deadlineMS: r.DeadlineMS, budget: r.Budget, vocab: r.Vocab}
	w, err := s.window(ctx, q, 0)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	a, err := answer.Stage{Before: w.before}.Run(w.res.Window, w.res.Gathered.Text, w.res.Gathered.Terms)
	if err != nil {
		return nil, err
	}
	out := &api.Ask{Query: r.Query, Answer: a.Text, Sentences: a.Sentences, Citations: []api.Citation{},
		Degraded: degraded(w.degraded(w.res))}
	if out.Sentences == nil {
		out.Sentences = []api.Sentence{}
	}
	out.Funnel, out.Nothing = w.account(ctx, w.res, len(w.res.Window.Passages) > 0)
	for i, e := range a.Cited {
		c := api.Citation{N: i + 1, Result: result(e.Passage, e.Judged, e.Text)}
		c.Rank, c.Fresh = e.N, string(cmp.Or(w.states[documentOf(e.Passage)], unknown))
		out.Citations = append(out.Citations, c)
	}
	out.Notices = w.notices
	return out, incomplete(out.Degraded)
}

// beforeBytesMax is how much of a document is read for the keys around a passage of it.
const beforeBytesMax = 1 << 20

// before is what precedes a passage in its document: all of it, or where that is long the
// document's first passage. What cannot be read is not shown.
func (s *session) before(p index.Passage) string {
	count := p.InDoc
	if p.Start > beforeBytesMax {
		count = min(count, 1)
	}
	var places []index.Place
	for n := range count {
		places = append(places, index.Place{Segment: p.Place.Segment, Passage: p.Place.Passage - p.InDoc + n})
	}
	texts := make([]string, len(places))
	skip := func(int, index.Degraded) {}
	if err := s.sn.Texts(context.Background(), places, func(k int, body []byte) error { texts[k] = string(body); return nil }, skip); err != nil {
		return ""
	}
	return strings.Join(texts, "")
}
