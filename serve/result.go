package serve

import (
	"strings"
	"time"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// result words one judged passage by the contract.
func result(p index.Passage, j flow.Judged, text string) api.Result {
	bm25 := j.BM25
	r := place(p, text)
	r.Score = j.Prob
	r.Scores.BM25 = &bm25
	if dense := float64(j.Near); dense == dense {
		r.Scores.Dense = &dense
	}
	r.Flags, r.Reasons = append(r.Flags, j.Flags...), j.Reasons
	return r
}

// place words a passage that no question ranked.
func place(p index.Passage, text string) api.Result {
	r := api.Result{
		ID: index.FormatID(p.ID), Source: p.Source, Path: p.Path, URI: p.URI, Title: p.Title, Context: p.Context,
		Lines: lines(p.Line, p.Lines), Bytes: [2]int64{int64(p.Start), int64(p.Start) + int64(p.Bytes)},
		Fresh: string(unknown), Flags: []string{}, Text: text,
	}
	if !strings.Contains(p.Context, p.Symbol) {
		r.Context = join(p.Context, p.Symbol)
	}
	if page := p.Marks.FirstPage(); page > 0 {
		r.Page = &page
	}
	if id := p.Marks.FirstMessage(); id != "" {
		r.MessageID = &id
	}
	r.Offset, r.Where = p.Marks.FirstOffset(), p.Marks.Where()
	when := p.Time
	if when.IsZero() {
		when = p.ModTime
	}
	if !when.IsZero() {
		t := when.UTC().Format(time.RFC3339)
		r.Time = &t
	}
	if p.SecretCut {
		r.Flags = append(r.Flags, secretFlag)
	}
	return r
}

// Lead is the part of a result's context that its first lines cannot be read without.
func Lead(r api.Result) string {
	p := index.Passage{Context: r.Context}
	return p.Lead()
}

// secretFlag says that something was cut out of a passage before it was stored.
const secretFlag = "secret_cut"

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " › " + b
}

// lines turns first line and count into the contract's first and last, both inclusive.
func lines(first, count uint32) [2]int {
	return [2]int{int(first), int(first) + max(int(count), 1) - 1}
}

// funnel words the accounts of the stages.
func funnel(stats []flow.Stats) []api.Stage {
	out := make([]api.Stage, 0, len(stats))
	for _, s := range stats {
		st := api.Stage{Stage: s.Stage, In: s.In, Out: s.Out, Dropped: map[string]int64{}, Bytes: s.Bytes,
			MS: milliseconds(s.Took), Notes: s.Notes, Words: s.Words, Operators: s.Read, AsText: s.AsText}
		for _, form := range s.Also {
			st.Also = append(st.Also, index.SpelledForm(form))
		}
		for reason, n := range s.Dropped {
			st.Dropped[string(reason)] = n
		}
		out = append(out, st)
	}
	return out
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// degraded words what could not be seen. It is never nil: the contract says list.
func degraded(all []index.Degraded) []api.Degraded {
	out := make([]api.Degraded, 0, len(all))
	for _, d := range all {
		out = append(out, api.Degraded(d))
	}
	return out
}

// incomplete is the error beside an answer that could not see everything, nil when it could.
func incomplete(all []api.Degraded) error {
	if len(all) == 0 {
		return nil
	}
	d := all[0]
	more := ""
	if len(all) > 1 {
		more = " and " + Plural(int64(len(all)-1), "more thing")
	}
	why := d.Why
	if d.Documents > 0 {
		why += ", " + Plural(d.Documents, "document")
	}
	return Partlyf("not everything could be seen: %s (%s)%s; %s", d.What, why, more, remedy(d))
}

// remedy says what to do about something that could not be seen.
func remedy(d api.Degraded) string {
	switch {
	case isFirst(d.Why):
		return "ask again in a moment"
	case strings.HasPrefix(d.What, modelWord):
		return "where it said nothing, the documents' own sentences answer"
	case strings.HasPrefix(d.What, "source "):
		return "`sluice sync` reads sources again"
	case d.What == index.NoEncoder && d.Why == index.ErrForeign.Error():
		return "words alone were compared; `sluice model pull ORG/NAME` fetches a model that knows it"
	case d.What == index.NoEncoder || d.What == index.NoReading:
		return "words alone were compared; `sluice model use` names a model that can be read"
	case d.Why == "timeout":
		return "a longer --deadline (deadline_ms) gives it more time"
	}
	return "`sluice check` reads the whole store"
}
