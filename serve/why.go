package serve

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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
		cutWhy(out, r.MaxBytes)
	}
	out.Funnel = funnel(res.Funnel)
	out.Degraded = degraded(index.AddDegraded(session.degraded(res), unread...))
	out.Notices = session.notices
	return out, incomplete(out.Degraded)
}

// explain runs the cascade with the documents' passages watched and words each one's last step, the
// nearest to the window first. unread is what could not be read of them.
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
	speaker := s.newSpeaker(res)
	if unread, err = speaker.measure(ctx, res, places); err != nil {
		return nil, nil, err
	}
	for _, n := range found {
		for _, p := range n.places {
			w, err := s.whyPassage(n, p, last[p], speaker)
			if d, damaged := index.Unreadable(err); damaged {
				d.What = fmt.Sprintf("%s:%d", w.Path, w.Lines[0])
				unread = append(unread, d)
			} else if err != nil {
				return nil, nil, err
			}
			out.Passages = append(out.Passages, w)
		}
	}
	slices.SortStableFunc(out.Passages, nearer)
	out.Advice = speaker.advice(out.Passages)
	return res, unread, nil
}

// stagesFromEnd are the stages that drop passages, the last one first.
var stagesFromEnd = []string{"pack", "judge", "gather"}

// nearer orders passages by how near to the window they came.
func nearer(a, b api.WhyPassage) int {
	if kept := (a.Reason == Kept); kept != (b.Reason == Kept) {
		if kept {
			return -1
		}
		return 1
	}
	rank := func(p api.WhyPassage) int { return cmp.Or(p.Rank, 1<<31) }
	return cmp.Or(cmp.Compare(slices.Index(stagesFromEnd, a.Stage), slices.Index(stagesFromEnd, b.Stage)), cmp.Compare(rank(a), rank(b)))
}

// whyPassage words what became of a passage. Beside an error stands what is known without what
// could not be read.
func (s *session) whyPassage(of named, p index.Place, st flow.Step, speaker *speaker) (api.WhyPassage, error) {
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
	w.Holds, w.Lacks = speaker.compare(w.Text + "\n" + rec.Path + "\n" + rec.Title + "\n" + rec.Context + "\n" + rec.Symbol)
	w.Said = speaker.say(p, st, w)
	if near, ok := speaker.near[p]; ok {
		w.Dense = &near
	}
	return w, err
}

// whyBytes is what a passage takes beside its text.
const whyBytes = 256

// cutWhy keeps the passages that came nearest, as many as there is room for, counts the rest, and
// shares what is left among the texts.
func cutWhy(w *api.Why, maxBytes int) {
	n := min(len(w.Passages), max(1, maxBytes/whyBytes))
	if rest := w.Passages[n:]; len(rest) > 0 {
		fell := map[string]int64{}
		for _, p := range rest {
			fell[p.Stage+": "+p.Reason]++
		}
		var words []string
		for _, why := range slices.Sorted(maps.Keys(fell)) {
			words = append(words, fmt.Sprintf("%d %s", fell[why], why))
		}
		w.Advice = append(w.Advice, fmt.Sprintf("%s came less near (%s)", Plural(int64(len(rest)), "more passage"), strings.Join(words, ", ")))
	}
	w.Passages = w.Passages[:n]
	left := max(0, maxBytes-n*whyBytes)
	for i := range w.Passages {
		p := &w.Passages[i]
		p.Text = cutText(p.Text, left/(n-i))
		left -= len(p.Text)
	}
}
