package serve

import (
	"context"
	"fmt"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// Kept is the reason in `why` for a passage that came through to the window.
const Kept = "kept"

// Why tells what became of each passage of a document: at which stage it was dropped, why, at which
// rank and by how much; or that it came through.
func (s *Service) Why(ctx context.Context, r api.WhyRequest) (*api.Why, error) {
	out, notices, err := whole(ctx, s, r.DeadlineMS, func() (*api.Why, error) { return s.whyOnce(ctx, r) })
	if out != nil {
		out.Notices = append(out.Notices, notices...)
	}
	return out, err
}

// whyOnce is one try of Why.
func (s *Service) whyOnce(ctx context.Context, r api.WhyRequest) (*api.Why, error) {
	if err := enough(r.MaxBytes); err != nil {
		return nil, err
	}
	if r.Path == "" {
		return nil, Usagef("name the file to explain")
	}
	session, err := s.ask(ctx, question{text: r.Query, operators: r.Operators, filters: r.Filters, effort: r.Effort, standard: flow.Balanced, deadlineMS: r.DeadlineMS})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	found, err := s.resolve(session.sn, "", r.Path, false)
	if err != nil {
		return nil, err
	}
	out := &api.Why{Query: r.Query, Path: r.Path, Passages: []api.WhyPassage{}, Funnel: []api.Stage{}}
	if len(found) == 0 {
		out.Note = s.absent(ctx, session.sn, r.Path)
		out.Degraded = degraded(session.unopened())
		return out, session.unfound(Nothingf("%s", out.Note))
	}
	res, unread, err := session.explain(ctx, found, out)
	if err != nil {
		return nil, err
	}
	if r.MaxBytes > 0 {
		cutWhy(out.Passages, r.MaxBytes)
	}
	out.Funnel = funnel(res.Funnel)
	out.Degraded = degraded(index.AddDegraded(session.degraded(res), unread...))
	out.Notices = session.notices
	return out, incomplete(out.Degraded)
}

// explain runs the cascade with the documents' passages watched and words each one's last step.
// unread is what could not be read of them.
func (s *session) explain(ctx context.Context, found []named, out *api.Why) (res *cascade.Result, unread []index.Degraded, err error) {
	var places []index.Place
	for _, n := range found {
		sortPlaces(n.places)
		places = append(places, n.places...)
	}
	res, steps, err := s.cascade.Why(ctx, s.query, s.options, places)
	if err != nil {
		return nil, nil, err
	}
	last := map[index.Place]flow.Step{}
	for _, st := range steps {
		if old, ok := last[st.Place]; !ok || old.Reason == "" {
			last[st.Place] = st
		}
	}
	for _, n := range found {
		for _, p := range n.places {
			w, err := s.whyPassage(n, p, last[p])
			if d, damaged := index.Unreadable(err); damaged {
				d.What = fmt.Sprintf("%s:%d", w.Path, w.Lines[0])
				unread = append(unread, d)
			} else if err != nil {
				return nil, nil, err
			}
			out.Passages = append(out.Passages, w)
		}
	}
	return res, unread, nil
}

// whyPassage words what became of a passage. Beside an error stands what is known without what
// could not be read.
func (s *session) whyPassage(of named, p index.Place, st flow.Step) (api.WhyPassage, error) {
	w := api.WhyPassage{Source: of.source, Path: of.path, Stage: st.Stage, Reason: string(st.Reason),
		Rank: st.Rank, CutRank: st.CutRank, Score: st.Score, CutScore: st.CutScore}
	if st.Reason == "" {
		w.Reason = Kept
	}
	rec, err := s.sn.Passage(p)
	if err != nil {
		return w, err
	}
	w.ID, w.Source, w.Path, w.Lines = index.FormatID(rec.ID), rec.Source, rec.Path, lines(rec.Line, rec.Lines)
	body, err := s.sn.Text(p)
	w.Text = string(body)
	return w, err
}

// cutWhy shares a number of bytes among the texts.
func cutWhy(all []api.WhyPassage, maxBytes int) {
	for i := range all {
		share := max(0, maxBytes) / (len(all) - i)
		all[i].Text = cutText(all[i].Text, share)
		maxBytes -= len(all[i].Text)
	}
}
