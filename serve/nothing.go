package serve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// What is looked into where nothing was found.
const (
	reasonTime  = time.Second // that finding out why may take
	nearTime    = 300 * time.Millisecond
	nearWords   = 3 // that are offered for one that nothing holds
	unknownTold = 8 // words that nothing holds are told

	offerTime   = 100 * time.Millisecond // that offers beside results may take
	shortTerms  = 12                     // of a question that somebody typed
	slipLetters = 4                      // of a word that may be misspelt
)

// account words the accounts of the stages. Where something was found they offer words for slips;
// where not, nothing tells why.
func (s *session) account(ctx context.Context, res *cascade.Result, found bool) (stages []api.Stage, nothing *api.Nothing) {
	stages = funnel(res.Funnel)
	if !found {
		return stages, s.nothing(ctx, res)
	}
	stages[0].Notes = append(stages[0].Notes, s.misspelt(ctx, res.Gathered.Terms)...)
	return stages, nil
}

// nothing finds out why nothing was found: what is asked for is asked again without what may have
// kept it out, a filter, a phrase, an exclusion.
func (s *session) nothing(ctx context.Context, res *cascade.Result) *api.Nothing {
	f := facts(res.Funnel)
	out := &api.Nothing{Searched: f.in - f.dropped(flow.Filtered), Why: []api.Stopped{}}
	tell := func(stopped ...api.Stopped) { out.Why = append(out.Why, stopped...) }
	if f.in == 0 {
		tell(api.Stopped{What: "empty", Text: "the store is empty: `sluice add FOLDER` adds something"})
		return out
	}
	if n := f.dropped(flow.Timeout); n > 0 {
		tell(api.Stopped{What: "time", Text: fmt.Sprintf("there was no time for %s: a longer --deadline (deadline_ms) gives it more", Plural(n, "passage"))})
	}
	if n := f.dropped(flow.Gone); n > 0 {
		tell(api.Stopped{What: "gone", Text: fmt.Sprintf("%s, whose files are gone since: `sluice sync` brings the store up to date", matched(n))})
	}
	if f.needs > 0 {
		tell(api.Stopped{What: "budget", Needs: f.needs, Text: fmt.Sprintf("the budget is too small for any passage: the shortest one takes %d tokens (--budget %d or more; max_bytes about %d)",
			f.needs, f.needs, f.needs*bytesPerToken*2)})
	}
	if len(out.Why) > 0 {
		return out
	}
	tell(s.filtered(ctx)...)
	tell(s.unheld(ctx, res.Gathered.Terms)...)
	tell(s.demanded(ctx)...)
	if len(out.Why) == 0 && out.Searched > 0 {
		tell(api.Stopped{What: "apart", Text: "nothing that was searched matches: try fewer or other words"})
	}
	return out
}

// matched words how many passages match.
func matched(n int64) string {
	if n == 1 {
		return "1 passage matches"
	}
	return fmt.Sprintf("%d passages match", n)
}

// sums are what the stages' accounts say together.
type sums struct {
	in    int64
	needs int
	why   map[flow.Reason]int64
}

func facts(funnel []flow.Stats) sums {
	f := sums{why: map[flow.Reason]int64{}}
	for i, stage := range funnel {
		if i == 0 {
			f.in = stage.In
		}
		f.needs = max(f.needs, stage.Needs)
		for why, n := range stage.Dropped {
			f.why[why] += n
		}
	}
	return f
}

func (f sums) dropped(why flow.Reason) int64 { return f.why[why] }

// without asks once more, without something, and tells how many passages match.
func (s *session) without(ctx context.Context, change func(q *flow.Query)) int64 {
	q, o := s.query, s.options
	change(&q)
	o.Deadline = s.clock.Now().Add(reasonTime)
	res, err := s.cascade.Search(ctx, q, o)
	if err != nil {
		return 0
	}
	if len(q.Phrases)+len(q.Exclude) == 0 {
		return res.Funnel[0].Out
	}
	return int64(len(res.Judged))
}

// filtered tells which filters let nothing in, or nothing that matches.
func (s *session) filtered(ctx context.Context) (all []api.Stopped) {
	var alone []string
	for _, one := range single(s.query.Filter) {
		places, _, err := s.sn.Places(ctx, &one.filter)
		if err == nil && len(places) == 0 {
			all = append(all, api.Stopped{What: "filter", Which: one.name, Text: one.lets + "; `sluice status` lists what there is"})
		}
		alone = append(alone, one.name)
	}
	if len(all) > 0 || len(alone) == 0 {
		return all
	}
	n := s.without(ctx, func(q *flow.Query) { q.Filter = index.Filter{} })
	if n == 0 {
		return nil
	}
	return []api.Stopped{{What: "filter", Which: strings.Join(alone, ", "),
		Text: matched(n) + " without " + strings.Join(alone, ", ") + ", and none with it"}}
}

// oneFilter is one value of a filter.
type oneFilter struct {
	filter     index.Filter
	name, lets string // what it is called; what it means when it lets nothing in
}

// single takes a filter apart.
func single(f index.Filter) (all []oneFilter) {
	for _, source := range f.Sources {
		all = append(all, oneFilter{index.Filter{Sources: []string{source}}, "source " + source, fmt.Sprintf("the source %q holds nothing", source)})
	}
	for _, p := range f.Paths {
		all = append(all, oneFilter{index.Filter{Paths: []string{p}}, "path " + p, fmt.Sprintf("no document's path matches %q", p)})
	}
	for _, w := range f.Within {
		all = append(all, oneFilter{index.Filter{Within: []index.Within{w}}, "path " + strings.TrimPrefix(w.Path, "/"),
			fmt.Sprintf("no document of the source %q has a path that matches %q", w.Source, strings.TrimPrefix(w.Path, "/"))})
	}
	for _, t := range f.Types {
		all = append(all, oneFilter{index.Filter{Types: []string{t}}, "type " + t, fmt.Sprintf("no document is of the type %s", t)})
	}
	if !f.After.IsZero() {
		when := f.After.Format(time.DateOnly)
		all = append(all, oneFilter{index.Filter{After: f.After}, "after " + when, "no document is of " + when + " or later"})
	}
	if !f.Before.IsZero() {
		when := f.Before.Format(time.DateOnly)
		all = append(all, oneFilter{index.Filter{Before: f.Before}, "before " + when, "no document is from before " + when})
	}
	return all
}

// missing are the words of a question that nothing holds. Function words count where it has no
// others: that nothing holds "what" says nothing of what is asked for.
func missing(terms []index.Term) (words []index.Term) {
	others := slices.ContainsFunc(terms, func(t index.Term) bool { return !t.Name && !index.FunctionWord(t.Text) })
	for _, t := range terms {
		if t.DF == 0 && !t.Name && !(others && index.FunctionWord(t.Text)) {
			words = append(words, t)
		}
	}
	return words
}

// unheld tells which words nothing holds, with those that are spelt most like them.
func (s *session) unheld(ctx context.Context, terms []index.Term) (all []api.Stopped) {
	if len(terms) == 0 && len(s.query.Phrases) == 0 {
		return []api.Stopped{{What: "signs", Which: s.query.Text, Text: "the question has no words: what stands in quotes is looked for sign by sign"}}
	}
	ctx, cancel := context.WithTimeout(ctx, nearTime)
	defer cancel()
	words := missing(terms)
	for _, t := range words[:min(len(words), unknownTold)] {
		typed := asTyped(s.query.Text, t.Text)
		one := api.Stopped{What: "words", Which: typed, Text: fmt.Sprintf("nothing holds %q", typed)}
		near, _ := s.sn.Nearest(ctx, t.Text, nearWords)
		for _, n := range near {
			one.Nearest = append(one.Nearest, n.Word)
		}
		if len(near) > 0 {
			one.Text += "; there is " + strings.Join(one.Nearest, ", ")
		}
		all = append(all, one)
	}
	return all
}

// asTyped is how a question spells a term: words are looked for in small letters, without accents,
// and identifiers as one word.
func asTyped(question, term string) string {
	for _, t := range index.NewAnalyzer().Tokens(nil, []byte(question)) {
		if string(t.Term) == term {
			return question[t.Start:t.End]
		}
	}
	return term
}

// misspelt offers words for those of a short question that nothing holds, where something was found
// without them. A word that has none like it is no slip.
func (s *session) misspelt(ctx context.Context, terms []index.Term) (notes []string) {
	if len(terms) > shortTerms {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, offerTime)
	defer cancel()
	words := missing(terms)
	for _, t := range words {
		part := slices.ContainsFunc(words, func(o index.Term) bool { return len(o.Text) > len(t.Text) && strings.Contains(o.Text, t.Text) })
		if len(t.Text) < slipLetters || part || t.Text[0]-'0' < 10 { // a number has no spelling
			continue
		}
		near, _ := s.sn.Nearest(ctx, t.Text, 1)
		if len(near) > 0 && (near[0].Edits == 1 || len(t.Text) >= 2*slipLetters) {
			notes = append(notes, fmt.Sprintf("nothing holds %q; there is %s", asTyped(s.query.Text, t.Text), near[0].Word))
		}
	}
	return notes
}

// demanded tells which phrases nothing holds, and whether what is excluded keeps all out.
func (s *session) demanded(ctx context.Context) (all []api.Stopped) {
	q := s.query
	unquoted := sync.OnceValue(func() int64 { return s.without(ctx, func(q *flow.Query) { q.Phrases, q.Exclude = nil, nil }) })
	for i, p := range q.Phrases {
		if s.without(ctx, func(q *flow.Query) { q.Phrases, q.Exclude = q.Phrases[i:i+1], nil }) > 0 {
			continue
		}
		text := fmt.Sprintf("nothing holds %q as written", p)
		if n := unquoted(); n > 0 {
			text += ": without the quotes " + matched(n)
		}
		all = append(all, api.Stopped{What: "phrase", Which: p, Text: text})
	}
	if len(all) > 0 {
		return all
	}
	if len(q.Phrases) > 1 {
		if n := unquoted(); n > 0 {
			all = append(all, api.Stopped{What: "phrase", Which: strings.Join(q.Phrases, ", "), Text: "nothing holds all that stands in quotes: without the quotes " + matched(n)})
		}
	}
	if len(q.Exclude) > 0 {
		if n := s.without(ctx, func(q *flow.Query) { q.Exclude = nil }); n > 0 {
			not := "-" + strings.Join(q.Exclude, " -")
			return []api.Stopped{{What: "exclusion", Which: not, Text: fmt.Sprintf("%s without %s, and each of them holds what that excludes", matched(n), not)}}
		}
	}
	return all
}
