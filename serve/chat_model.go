package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/answer/check"
	"sluice/answer/talk"
	"sluice/answer/upstream"
	"sluice/api"
	"sluice/index"
)

// workingEvery is how often a reader hears something while the model has nothing to say.
const workingEvery = 2 * time.Second

// answerMax bounds what is heard of a model, in bytes: one that goes on for longer loops.
const answerMax = 256 << 10

var errEndless = errors.New("its answer had no end")

// speech is what a model has said so far, on its way to the reader.
type speech struct {
	runes    int // that were released
	heard    int // bytes, thoughts among them
	thoughts check.Thoughts
	split    check.Splitter
	checker  *check.Checker
	held     []check.Result // nothing of the answer is supported yet: these wait
	stands   bool           // something is
	refuted  bool           // something was not, and waits
}

// ask has a model answer from the window. It says whether anything was said; what kept the model
// from answering is named, and is no error.
func (c *chat) ask(ctx context.Context) (said bool, err error) {
	shown, err := c.show(ctx)
	if err != nil || len(shown.all) == 0 {
		return false, err
	}
	late, cancel := context.WithTimeout(ctx, c.until.Add(-chatReserve).Sub(c.clock.Now()))
	defer cancel()
	for {
		call, err := c.call(ctx, shown)
		if err != nil {
			return false, err
		}
		words, told, err := c.listen(late, call, shown)
		c.booked(shown)
		switch {
		case err == nil:
			return true, c.conclude(ctx, words, shown)
		case told || ctx.Err() != nil: // the reader left
			return false, cmp.Or(ctx.Err(), err)
		case tooLong(err) && shown.halve():
			continue
		}
		if errors.Is(late.Err(), context.DeadlineExceeded) {
			err = context.DeadlineExceeded
		}
		c.miss(words.Host, err)
		if !c.speech.stands {
			return false, nil
		}
		words.Finish = "length"
		return true, c.conclude(ctx, words, shown)
	}
}

// tooLong tells whether a server refused, which it does when a prompt does not fit into its window.
func tooLong(err error) bool {
	var refused *upstream.StatusError
	if !errors.As(err, &refused) || refused.Status != 400 && refused.Status != 413 {
		return false
	}
	said := strings.ToLower(refused.Said)
	return refused.Status == 413 || strings.Contains(said, "context") || strings.Contains(said, "token") || strings.Contains(said, "too long")
}

// call is what is sent.
func (c *chat) call(ctx context.Context, shown *briefing) (upstream.Call, error) {
	messages, err := talk.Prompt(c.messages, shown.turns)
	if err != nil {
		return upstream.Call{}, err
	}
	fields := map[string]json.RawMessage{}
	for name, v := range c.request.Fields {
		fields[name] = v
	}
	fields["messages"] = messages
	delete(fields, "n") // one answer is checked
	return upstream.Call{Fields: fields, Model: c.model, Client: callerOf(ctx), Sent: shown.sent}, nil
}

// listen checks and releases what the model says, as it says it. told: it was the reader that ended
// it.
func (c *chat) listen(ctx context.Context, call upstream.Call, shown *briefing) (words upstream.Words, told bool, err error) {
	c.speech, c.cites = speech{checker: shown.checker(c)}, shown.result
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	texts := make(chan string)
	type ending struct {
		words upstream.Words
		err   error
	}
	end := make(chan ending, 1)
	go func() {
		w, err := c.opts.Upstream.Chat(ctx, call, func(text string) error {
			select {
			case texts <- text:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		end <- ending{w, err}
	}()
	ticker := time.NewTicker(workingEvery)
	defer ticker.Stop()
	for err == nil {
		select {
		case text := <-texts:
			err = c.hear(ctx, text, shown)
		case <-ticker.C:
			err = c.tell(api.ChatEvent{Kind: ChatWorking})
		case e := <-end:
			return e.words, false, e.err
		}
	}
	told = ctx.Err() == nil && !errors.Is(err, errEndless)
	stop()
	e := <-end
	return e.words, told, err
}

// hear takes more of what the model says.
func (c *chat) hear(ctx context.Context, text string, shown *briefing) error {
	if c.speech.heard += len(text); c.speech.heard > answerMax {
		return errEndless
	}
	for _, sentence := range c.speech.split.Add(c.speech.thoughts.Add(text)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.sentence(ctx, sentence, shown); err != nil {
			return err
		}
	}
	return nil
}

// sentence checks one and releases it. While nothing of an answer is supported, what is not waits:
// if it stays so, the answer is that nothing answers.
func (c *chat) sentence(ctx context.Context, text string, shown *briefing) error {
	sp := &c.speech
	shown.refute(ctx, c, text)
	r := sp.checker.Sentence(ctx, text)
	switch r.Label {
	case check.Supported, check.Misattributed, check.Partly:
		sp.stands = true
	case check.NotFound:
		sp.refuted = true
	}
	if sp.held = append(sp.held, r); !sp.stands {
		return nil
	}
	return c.releaseHeld()
}

func (c *chat) releaseHeld() error {
	for _, r := range c.speech.held {
		if c.speech.runes == 0 {
			r = r.TrimLeft()
		}
		if r.Text == "" {
			continue
		}
		if err := c.add(r); err != nil {
			return err
		}
	}
	c.speech.held = nil
	return nil
}

// overtime is how long what a model said last may be checked after the deadline.
const overtime = time.Second

// conclude ends the answer: with what was still held, by the documents' own sentences where nothing
// of it may be shown, or by saying that nothing answers. Of an answer that was cut the half
// sentence at its end is left out: it may say the opposite of the whole one.
func (c *chat) conclude(ctx context.Context, words upstream.Words, shown *briefing) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(c.until.Sub(c.clock.Now()), overtime))
	defer cancel()
	rest := append(c.speech.split.Add(c.speech.thoughts.End()), c.speech.split.End()...)
	if n := len(rest); n > 0 && words.Finish == "length" && !check.Ended(rest[n-1]) {
		rest = rest[:n-1]
	}
	for _, text := range rest {
		if err := c.sentence(ctx, text, shown); err != nil {
			return err
		}
	}
	if !c.speech.stands && (c.speech.refuted || !c.speech.owns()) {
		return c.withhold(words)
	}
	if err := c.releaseHeld(); err != nil {
		return err
	}
	c.out.Model, c.out.Usage = words.Model, words.Usage
	if words.Finish != "" && words.Finish != "tool_calls" {
		c.out.Finish = words.Finish
	}
	for _, n := range c.cited() {
		c.out.Sluice.Citations = append(c.out.Sluice.Citations, ground(n, c.labelOf(n), shown.result(n)))
	}
	return nil
}

// withhold answers with the documents' own sentences, where those of the model may not be shown,
// and says so.
func (c *chat) withhold(words upstream.Words) error {
	n := 0
	for _, r := range c.speech.held {
		n += map[bool]int{true: 1}[r.Label == check.NotFound]
	}
	why := "it said nothing that could be checked"
	if n > 0 {
		why = fmt.Sprintf("withheld, the passages do not say it (sentences: %d)", n)
	}
	c.out.Sluice.Degraded = append(c.out.Sluice.Degraded, api.Degraded(index.Degraded{What: "the model's answer", Why: why}))
	c.out.Usage, c.speech.held = words.Usage, nil
	return c.extract()
}

// owns tells whether what is held may stand without any support: words of the model's own that cite
// nothing, such as that the passages do not say.
func (s *speech) owns() bool {
	says := func(r check.Result) bool { return strings.TrimSpace(r.Text) != "" }
	return slices.ContainsFunc(s.held, says) && !slices.ContainsFunc(s.held, func(r check.Result) bool { return len(r.Citations) > 0 })
}

// cited are the numbers that the answer cites.
func (c *chat) cited() (all []int) {
	for _, s := range c.out.Sentences {
		for _, n := range s.Citations {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	slices.Sort(all)
	return all
}

// labelOf is the worst label of the sentences that cite a number.
func (c *chat) labelOf(n int) (label string) {
	for _, s := range c.out.Sentences {
		if slices.Contains(s.Citations, n) {
			label = check.Worse(label, s.Label)
		}
	}
	return label
}

// booked says which hosts received how much.
func (c *chat) booked(shown *briefing) {
	shown.mu.Lock()
	defer shown.mu.Unlock()
	for _, host := range shown.hosts.hosts {
		if !slices.ContainsFunc(c.out.Sluice.Sent, func(s api.Sent) bool { return s.Host == host }) {
			c.out.Sluice.Sent = append(c.out.Sluice.Sent, api.Sent{Host: host, Passages: len(shown.all), Masked: shown.masked})
		}
	}
}

// hosts collects who was sent something; hedged requests tell at once.
type hosts struct {
	mu    sync.Mutex
	hosts []string
}

func (h *hosts) sent(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.hosts, host) {
		h.hosts = append(h.hosts, host)
	}
}
