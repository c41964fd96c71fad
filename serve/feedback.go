package serve

import (
	"context"
	"strings"
	"time"

	"sluice/api"
	"sluice/index"
	"sluice/learn/feedback"
)

// Listener writes down what users say of answers.
type Listener interface {
	Append(ctx context.Context, e feedback.Event) error
}

// idsMax is how many passages may be named at once.
const idsMax = 1000

// Feedback writes down what an answer was worth. Nothing is learnt from it yet.
func (s *Service) Feedback(ctx context.Context, r api.FeedbackRequest) (*api.Feedback, error) {
	if s.opts.Feedback == nil {
		return nil, Nothingf("feedback is not kept here")
	}
	if strings.TrimSpace(r.Query) == "" {
		return nil, Usagef("the question is missing: say what was asked")
	}
	if r.Verdict != "" && r.Verdict != "good" && r.Verdict != "bad" {
		return nil, Usagef("the verdict is %q: write good or bad, or leave it out", r.Verdict)
	}
	if r.Verdict == "" && len(r.Useful)+len(r.Useless) == 0 && r.Expected == "" && r.Note == "" {
		return nil, Usagef("nothing is said of the answer: give a verdict, passages that were useful or useless, what was expected, or a note")
	}
	if len(r.Useful)+len(r.Useless) > idsMax {
		return nil, Usagef("%d passages are named: name at most %d", len(r.Useful)+len(r.Useless), idsMax)
	}
	for _, id := range append(append([]string{}, r.Useful...), r.Useless...) {
		if _, err := index.ParseID(id); err != nil {
			return nil, Usagef("%q is no passage's id: they stand in the results", id)
		}
	}
	err := s.opts.Feedback.Append(ctx, feedback.Event{Query: r.Query, Verdict: r.Verdict, Useful: r.Useful, Useless: r.Useless,
		Expected: r.Expected, Note: r.Note, By: callerOf(ctx)})
	if err != nil {
		return nil, err
	}
	return &api.Feedback{Recorded: true, Time: s.clock.Now().UTC().Format(time.RFC3339)}, nil
}
