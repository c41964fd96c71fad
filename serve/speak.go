package serve

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// speaker words what became of passages, to somebody who knows the question and not the stages.
type speaker struct {
	*session
	h      *Highlighter
	terms  []index.Term
	judged []flow.Judged       // judge's order
	rank   map[index.Place]int // in it, from 0
	near   map[index.Place]float64
	meant  bool // vectors were compared
}

func (s *session) newSpeaker(res *cascade.Result) *speaker {
	sp := &speaker{session: s, h: NewHighlighter(s.query.Text), judged: res.Judged, rank: map[index.Place]int{}}
	forms := map[string][]string{} // that were looked for
	for _, t := range res.Gathered.Terms {
		forms[string(t.Key)] = t.Forms
	}
	for _, t := range sp.h.analyzer.Question([]byte(s.query.Text)) {
		if !t.Stop && !t.Name {
			t.Forms = append(t.Forms, forms[string(t.Key)]...)
			sp.terms = append(sp.terms, t)
		}
	}
	for i, j := range res.Judged {
		sp.rank[j.Place] = i
	}
	return sp
}

// measure looks up how near the vectors of passages are to the question's, if it has one. What
// could not be read of them is returned.
func (sp *speaker) measure(ctx context.Context, res *cascade.Result, places []index.Place) ([]index.Degraded, error) {
	sp.near, sp.meant = map[index.Place]float64{}, res.Gathered.Vector != nil
	if !sp.meant {
		return nil, nil
	}
	out := make([]float32, len(places))
	bad, err := sp.sn.Near(ctx, &index.Question{Vector: res.Gathered.Vector, Space: res.Gathered.Space}, places, out)
	for i, p := range places {
		sp.isNear(p, out[i])
	}
	for _, j := range sp.judged { // the model may have read some for this question
		sp.isNear(j.Place, j.Near)
	}
	return bad, err
}

// isNear notes how near a passage is; one that no model has read is not a number.
func (sp *speaker) isNear(p index.Place, near float32) {
	if near == near {
		sp.near[p] = float64(near)
	}
}

// meaning tells how near the passage's meaning is to the question's, beside that of the last one
// that came through.
func (sp *speaker) meaning(p index.Place, st flow.Step) string {
	near, read := sp.near[p]
	switch {
	case !sp.meant:
		return ""
	case !read:
		return "no model has read it yet, so only its words count"
	case st.Reason == flow.BelowCut && st.CutRank > 0 && st.CutRank <= len(sp.judged):
		if last, ok := sp.near[sp.judged[st.CutRank-1].Place]; ok {
			return fmt.Sprintf("its meaning is %.2f near, that of the %s %.2f", near, ordinal(st.CutRank), last)
		}
	}
	return fmt.Sprintf("its meaning is %.2f near", near)
}

// compare tells which words of the question a text holds, and which it lacks.
func (sp *speaker) compare(text string) (holds, lacks []string) {
	seen := map[string]bool{}
	for _, t := range sp.h.analyzer.Tokens(nil, []byte(text)) {
		seen[string(t.Stem)] = true
	}
	for _, t := range sp.terms {
		if slices.ContainsFunc(t.Forms, func(f string) bool { return seen[f] }) {
			holds = append(holds, t.Text)
		} else {
			lacks = append(lacks, t.Text)
		}
	}
	return holds, lacks
}

// whyWords are the reasons in words. What a rank or another passage decided is worded by say.
var whyWords = map[flow.Reason]string{
	flow.Filtered: "a filter of the question leaves it out", flow.Quarantined: "the part of the store that holds it is damaged",
	flow.Gone: "its file is gone", flow.Timeout: "there was no time left to look at it", flow.Failed: "it could not be read, or does not hold what must occur",
	flow.Budget: "the budget of tokens had no room for it", flow.NoMatch: "no word of the question brings it in",
}

// say tells one passage's fate.
func (sp *speaker) say(p index.Place, st flow.Step, w api.WhyPassage) string {
	parts := []string{sp.fate(st)}
	if held := heldWords(w.Holds, w.Lacks); held != "" {
		parts = append(parts, held)
	}
	if scores := sp.scores(p, st); scores != "" {
		parts = append(parts, scores)
	}
	if meaning := sp.meaning(p, st); meaning != "" {
		parts = append(parts, meaning)
	}
	return strings.Join(parts, "; ")
}

// fate is what became of the passage, and what decided it.
func (sp *speaker) fate(st flow.Step) string {
	switch st.Reason {
	case "":
		return fmt.Sprintf("in the window as [%d]", st.Rank)
	case flow.BelowCut:
		return "dropped by " + st.Stage + ": below_cut, others matched better"
	case flow.Duplicate:
		return "dropped by " + st.Stage + ": duplicate, it says what is shown of " + sp.at(st.CutRank)
	case flow.Merged:
		return "in the window, merged with its neighbour " + sp.at(st.CutRank)
	}
	why := cmp.Or(whyWords[st.Reason], "no more is known")
	if st.Reason == flow.NoMatch && sp.meant {
		why += ", and its meaning does not either"
	}
	return fmt.Sprintf("dropped by %s: %s, %s", st.Stage, st.Reason, why)
}

// heldWords puts what is held and what is lacking together: holds *memory* and *group*, not
// *limit*.
func heldWords(holds, lacks []string) string {
	switch {
	case len(holds)+len(lacks) == 0:
		return ""
	case len(holds) == 0:
		return "holds no word of the question"
	case len(lacks) == 0:
		return "holds all words of the question"
	}
	return "holds " + starred(holds, " and ") + ", not " + starred(lacks, " or ")
}

// wordsNamed is how many words are named at a place.
const wordsNamed = 8

func starred(words []string, last string) string {
	var all []string
	for i, w := range words {
		if i == wordsNamed {
			all = append(all, fmt.Sprintf("%d more", len(words)-i))
			break
		}
		all = append(all, "*"+w+"*")
	}
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + last + all[len(all)-1]
}

// scores compares the passage with the last one that came through, where both were judged.
func (sp *speaker) scores(p index.Place, st flow.Step) string {
	rank, ok := sp.rank[p]
	switch {
	case ok && st.Reason == flow.BelowCut && st.CutRank > 0 && st.CutRank <= len(sp.judged):
		return fmt.Sprintf("rank %d; the %s scored %.2f, this %.2f", rank+1, ordinal(st.CutRank), sp.judged[st.CutRank-1].Prob, sp.judged[rank].Prob)
	case ok:
		return fmt.Sprintf("rank %d, score %.2f", rank+1, sp.judged[rank].Prob)
	case st.Rank > 0 && st.CutRank > 0:
		return fmt.Sprintf("rank %d; %d came through", st.Rank, st.CutRank)
	}
	return ""
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		suffix = [...]string{"th", "st", "nd", "rd", "th", "th", "th", "th", "th", "th"}[n%10]
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// at names the place of a passage by its rank, from 1.
func (sp *speaker) at(rank int) string {
	if rank < 1 || rank > len(sp.judged) {
		return "another passage"
	}
	p, err := sp.sn.Passage(sp.judged[rank-1].Place)
	if err != nil {
		return "another passage"
	}
	l := lines(p.Line, p.Lines)
	return fmt.Sprintf("%s:%d-%d", p.Path, l[0], l[1])
}

// advice tells what beat the document and what would bring it in. all are its passages, the nearest
// first.
func (sp *speaker) advice(all []api.WhyPassage) (out []string) {
	if len(all) == 0 || all[0].Reason == Kept {
		return nil
	}
	near := all[0]
	if first := sp.winner(); first != "" {
		out = append(out, first)
	}
	switch flow.Reason(near.Reason) {
	case flow.Filtered:
		return append(out, "to bring it in: drop the filter")
	case flow.Budget:
		return append(out, "to bring it in: raise the budget of tokens")
	case flow.NoMatch, flow.BelowCut:
		return append(out, "to bring it in: "+strings.Join(sp.ways(near), ", or "))
	case flow.Timeout:
		return append(out, "to bring it in: allow a longer deadline")
	}
	return out
}

// winner names the best passage of the question and the words that it holds; "" where there is
// none.
func (sp *speaker) winner() string {
	if len(sp.judged) == 0 {
		return ""
	}
	best := sp.judged[0]
	body, err := sp.sn.Text(best.Place)
	if err != nil { // pack has read it too, and named what is damaged
		return ""
	}
	holds, lacks := sp.compare(string(body))
	return fmt.Sprintf("first came %s with %.2f: it %s", sp.at(1), best.Prob, cmp.Or(heldWords(holds, lacks), "is what was asked for"))
}

// ways lists what would bring a passage in that others matched better.
func (sp *speaker) ways(p api.WhyPassage) (all []string) {
	if own := sp.ownWords(p.Text); len(own) > 0 {
		all = append(all, "ask with words that it holds, such as "+starred(own, " and "))
	}
	if len(p.Lacks) > 0 && len(p.Holds) > 0 {
		all = append(all, "leave out "+starred(p.Lacks, " and "))
	}
	if dir := path.Dir(p.Path); dir != "." && len(p.Holds) > 0 {
		all = append(all, "look only in its folder (path "+dir+"/**)")
	}
	if p.Stage == "pack" && p.Rank <= ResultsMax {
		all = append(all, fmt.Sprintf("search for %d results (n)", p.Rank))
	}
	return all
}

// ownWords are words that a text is about, and the question did not ask for: those that it repeats,
// the longer ones first.
func (sp *speaker) ownWords(text string) []string {
	const named, long = 3, 4
	count, words := map[string]int{}, []string{}
	for _, t := range sp.h.analyzer.Tokens(nil, []byte(text)) {
		word := strings.ToLower(text[t.Start:t.End])
		if t.Stop || t.Kind.Beside() || len(word) < long || sp.h.terms[string(t.Stem)] != "" {
			continue
		}
		if count[word]++; count[word] == 1 {
			words = append(words, word)
		}
	}
	slices.SortStableFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(len(b), len(a)))
	})
	return words[:min(named, len(words))]
}
