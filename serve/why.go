package serve

import (
	"context"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// Kept is the reason in `why` for a passage that came through to the window.
const Kept = "kept"

// Why tells what became of each passage of a document: at which stage it was dropped, why, at which rank
// and by how much; or that it came through.
func (s *Service) Why(ctx context.Context, r api.WhyRequest) (*api.Why, error) {
	lim, err := limit(r.Effort, flow.Balanced, 0, "")
	if err != nil {
		return nil, err
	}
	if r.Path == "" {
		return nil, Usagef("name the file to explain")
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
	found, err := s.resolve(sn, "", r.Path, false)
	if err != nil {
		return nil, err
	}
	out := &api.Why{Query: r.Query, Path: r.Path, Passages: []api.WhyPassage{}, Funnel: []api.Stage{}}
	if len(found) == 0 {
		out.Note = s.absent(ctx, sn, r.Path)
		out.Degraded = append(degraded(nil), late...)
		return out, Nothingf("%s", out.Note)
	}
	res, err := s.explain(ctx, sn, q, lim, found, out)
	if err != nil {
		return nil, err
	}
	if r.MaxBytes > 0 {
		cutWhy(out.Passages, r.MaxBytes)
	}
	out.Funnel = funnel(res.Funnel)
	out.Degraded = append(degraded(res.Degraded), late...)
	return out, incomplete(out.Degraded)
}

// explain runs the cascade with the documents' passages watched and words each one's last step.
func (s *Service) explain(ctx context.Context, sn *index.Snapshot, q flow.Query, lim flow.Limits, found []named, out *api.Why) (*cascade.Result, error) {
	var places []flow.Place
	for _, n := range found {
		sortPlaces(n.places)
		for _, p := range n.places {
			places = append(places, flow.Place(p))
		}
	}
	res, steps, err := cascade.Why(ctx, sn, q, lim, places)
	if err != nil {
		return nil, err
	}
	last := map[flow.Place]flow.Step{}
	for _, st := range steps {
		if old, ok := last[st.Place]; !ok || old.Reason == "" {
			last[st.Place] = st
		}
	}
	for _, p := range places {
		w, err := s.whyPassage(sn, index.Place(p), last[p])
		if err != nil {
			return nil, err
		}
		out.Passages = append(out.Passages, w)
	}
	return res, nil
}

func (s *Service) whyPassage(sn *index.Snapshot, p index.Place, st flow.Step) (api.WhyPassage, error) {
	rec, err := sn.Passage(p)
	if err != nil {
		return api.WhyPassage{}, err
	}
	body, err := sn.Text(p)
	if err != nil {
		return api.WhyPassage{}, err
	}
	w := api.WhyPassage{ID: index.FormatID(rec.ID), Source: rec.Source, Path: rec.Path, Lines: lines(rec.Line, rec.Lines),
		Stage: st.Stage, Reason: string(st.Reason), Rank: st.Rank, CutRank: st.CutRank, Score: st.Score, CutScore: st.CutScore, Text: string(body)}
	if st.Reason == "" {
		w.Reason = Kept
	}
	return w, nil
}

// cutWhy shares a number of bytes among the texts.
func cutWhy(all []api.WhyPassage, maxBytes int) {
	for i := range all {
		share := max(0, maxBytes) / (len(all) - i)
		all[i].Text = cutText(all[i].Text, share)
		maxBytes -= len(all[i].Text)
	}
}
