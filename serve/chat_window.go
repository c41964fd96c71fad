package serve

import (
	"context"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sluice/answer/check"
	"sluice/answer/talk"
	"sluice/api"
	"sluice/cascade/flow"
	"sluice/corpus/secret"
	"sluice/index"
)

// briefing is what a model is shown in a conversation: this turn's passages, and those of the turns
// before.
type briefing struct {
	hosts
	turns   map[int]talk.Turn // by message
	last    int               // the message that is answered
	key     talk.Key
	all     []talk.Passage
	records map[int]index.Passage // by number
	results map[int]api.Result
	sources []check.Source
	masked  int // secrets
}

const (
	// indexMax is how many passages the index behind them names.
	indexMax = 12
	// shownMax is how many bytes of earlier turns are shown again, for each token of this turn's
	// budget: beyond it a conversation begins anew.
	shownMax = 16
)

// show finds out what the model is shown: what it was shown before, as far as it still stands, and
// what is new.
func (c *chat) show(ctx context.Context) (*briefing, error) {
	s := &briefing{turns: map[int]talk.Turn{}, last: c.last, records: map[int]index.Passage{}, results: map[int]api.Result{}}
	filters, err := json.Marshal(c.request.Filters)
	if err != nil {
		return nil, err
	}
	keys := talk.Keys(callerOf(ctx)+"\x00"+string(filters), c.messages[:c.last+1])
	s.key = keys[c.last]
	bytes := 0
	for i, k := range keys[:c.last] {
		before, ok := c.talks.Get(k)
		if !ok || c.messages[i].Role != "user" {
			continue
		}
		t := talk.Turn{}
		for _, p := range before.Passages {
			if sees(ctx, p.Source) && c.remind(s, p) {
				t.Passages = append(t.Passages, p)
				bytes += len(p.Framed)
			}
		}
		for _, n := range before.Index {
			if _, ok := s.records[n]; ok {
				t.Index = append(t.Index, n)
			}
		}
		s.turns[i] = t
	}
	if bytes > shownMax*c.question.budget {
		*s = briefing{turns: map[int]talk.Turn{}, last: c.last, key: s.key, records: map[int]index.Passage{}, results: map[int]api.Result{}}
	}
	c.showNew(s)
	c.talks.Put(s.key, s.turns[s.last])
	return s, nil
}

// remind shows a passage of an earlier turn again, if the store still holds it and its text is the
// one that its id names: what was forgotten, or changed, is not repeated.
func (c *chat) remind(s *briefing, p talk.Passage) bool {
	var first index.Passage
	for i, id := range p.IDs {
		place, live, _, err := c.window.sn.Lookup(id)
		if err != nil || !live {
			return false
		}
		rec, err := c.window.sn.Passage(place)
		if err != nil {
			return false
		}
		body, err := c.window.sn.CitedText(&rec)
		if err != nil || !strings.Contains(p.Text, string(body)) && len(p.IDs) == 1 {
			return false
		}
		if i == 0 {
			first = rec
		}
	}
	s.put(p, first, place(first, p.Text))
	return true
}

// put makes a passage one that may be cited.
func (s *briefing) put(p talk.Passage, rec index.Passage, r api.Result) {
	s.all = append(s.all, p)
	s.records[p.N], s.results[p.N] = rec, r
	s.sources = append(s.sources, check.Source{N: p.N, Text: p.Text, Around: p.Around})
}

// showNew adds this turn's passages, but for those that were shown before, and the index of what
// matters now.
func (c *chat) showNew(s *briefing) {
	next := c.numbersUsed(s) + 1
	var turn talk.Turn
	number := map[int]int{} // in the window -> in the conversation
	for i, k := range c.window.res.Window.Passages {
		p := passageOf(k)
		if at := slices.IndexFunc(s.all, func(old talk.Passage) bool { return within(p.IDs, old.IDs) }); at >= 0 {
			number[k.N] = s.all[at].N
			continue
		}
		p.N = next + k.N - 1
		number[k.N] = p.N
		s.masked += mask(&p)
		turn.Passages = append(turn.Passages, p)
		s.put(p, k.Best.Passage, c.out.Passages[i].Result)
	}
	byRank := make([]int, 0, len(number))
	for n := range number {
		byRank = append(byRank, n)
	}
	slices.Sort(byRank)
	for _, n := range byRank[:min(len(byRank), indexMax)] {
		turn.Index = append(turn.Index, number[n])
	}
	s.turns[s.last] = turn
}

func within(ids, in [][10]byte) bool {
	return !slices.ContainsFunc(ids, func(id [10]byte) bool { return !slices.Contains(in, id) })
}

var bracketed = regexp.MustCompile(`\[(\d{1,5})\]`)

// numbersUsed is the highest number that the conversation has used: one that was said in an earlier
// turn never comes to mean something else.
func (c *chat) numbersUsed(s *briefing) (most int) {
	for _, p := range s.all {
		most = max(most, p.N)
	}
	for _, m := range c.messages {
		if m.Role == "assistant" {
			for _, found := range bracketed.FindAllStringSubmatch(m.Content, -1) {
				n, _ := strconv.Atoi(found[1])
				most = max(most, n)
			}
		}
	}
	return most
}

// passageOf is a citation of the window without its number.
func passageOf(k flow.Packed) talk.Passage {
	rec := &k.Best.Passage
	p := talk.Passage{Source: rec.Source, Path: rec.Path, Text: k.Text}
	_, p.Framed, _ = strings.Cut(k.Framed, "] ")
	name := strings.TrimSuffix(path.Base(rec.Path), path.Ext(rec.Path))
	p.Around = strings.Join([]string{name, rec.Title, rec.Context, rec.Symbol, rec.Marks.Where()}, "\n")
	for _, m := range k.Members {
		p.IDs = append(p.IDs, m.Passage.ID)
	}
	return p
}

// mask cuts out what looks like a credential, before a passage leaves. What is stored was cut when
// it was read; this is the second look, by the rules of today. The rules for files whose names are
// those of credentials hold for their text and not for the line above it, by which they are cited.
func mask(p *talk.Passage) int {
	header, body, ok := strings.Cut(p.Framed, "\n")
	if !ok {
		header, body = "", p.Framed
	}
	n := 0
	cut := func(name, text string) string {
		b := []byte(text)
		found := secret.Find(name, b)
		secret.Cut(b, found)
		n += len(found)
		return string(b)
	}
	if body = cut(p.Path, body); ok {
		header = cut("", header) + "\n"
	}
	p.Framed = header + body
	return n
}

// halve shows the better half of this turn's passages and nothing of earlier turns, for a model
// with a small window. false: there is no half left.
func (s *briefing) halve() bool {
	turn := s.turns[s.last]
	keep := len(turn.Passages) / 2
	if len(s.turns) > 1 {
		keep = len(turn.Passages)
	}
	if keep == 0 {
		return false
	}
	best := slices.Clone(turn.Passages)
	slices.SortFunc(best, func(a, b talk.Passage) int { return a.N - b.N })
	best = best[:keep]
	stays := func(n int) bool {
		return slices.ContainsFunc(best, func(p talk.Passage) bool { return p.N == n })
	}
	turn.Passages = slices.DeleteFunc(slices.Clone(turn.Passages), func(p talk.Passage) bool { return !stays(p.N) })
	turn.Index = slices.DeleteFunc(slices.Clone(turn.Index), func(n int) bool { return !stays(n) })
	s.turns = map[int]talk.Turn{s.last: turn}
	s.all = turn.Passages
	s.sources = slices.DeleteFunc(s.sources, func(src check.Source) bool { return !stays(src.N) })
	return true
}

// said is what the user wrote: addresses in it may stand in an answer.
func (c *chat) said() string {
	var said strings.Builder
	for _, m := range c.messages {
		if m.Role == "user" || m.Role == "system" {
			said.WriteString(m.Content + "\n")
		}
	}
	return said.String()
}

// checker makes the checker of an answer.
func (s *briefing) checker(c *chat) *check.Checker {
	return check.New(c.question.text, c.said(), s.sources)
}

// result is the passage of a number.
func (s *briefing) result(n int) api.Result { return s.results[n] }

// refute asks the sources about the files that a sentence cites, at the moment at which it is
// shown.
func (s *briefing) refute(ctx context.Context, c *chat, text string) {
	var cited []index.Passage
	numbers := check.Numbers(text)
	for _, n := range numbers {
		if rec, ok := s.records[n]; ok {
			cited = append(cited, rec)
		}
	}
	if len(cited) == 0 {
		return
	}
	asked := c.window.newChecker()
	asked.ask(ctx, cited)
	for _, n := range numbers {
		rec, ok := s.records[n]
		if !ok {
			continue
		}
		r := s.results[n]
		switch is := asked.of(rec); is {
		case changed, gone:
			r.Fresh = string(is)
			c.speech.checker.Refute(n, "its file has "+map[state]string{changed: "changed", gone: "gone"}[is]+" since it was read")
		case fresh:
			r.Fresh = string(is)
		}
		s.results[n] = r
	}
}
