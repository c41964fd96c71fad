package serve

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sluice/answer"
	"sluice/answer/check"
	"sluice/answer/talk"
	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
)

// The kinds of event that Chat tells of.
const (
	ChatWorking  = "working"
	ChatFound    = "found"
	ChatSentence = "sentence"
)

// ChatModel is the name of Sluice among models; behind a slash stands that of the model that words
// the answer.
const ChatModel = "sluice"

const (
	chatDeadline = 10 * time.Second
	// chatReserve of the time is left for an answer without the model, where that is late.
	chatReserve = 30 * time.Millisecond
	// modelWord begins the name of a model's server in what an answer could not see.
	modelWord = "model server"
)

// Chat answers the last question of a conversation. Where there is a model, it words the answer
// from the passages that are found, and each sentence is released after its citations were checked;
// where it fails or is late, and where there is none, the documents' own sentences answer. An error
// of release ends the answer. What is returned beside an error that says that not everything could
// be seen is an answer nevertheless, as with Ask.
func (s *Service) Chat(ctx context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error) {
	c, err := s.newChat(ctx, r, release)
	if err != nil {
		return nil, err
	}
	if err := release(api.ChatEvent{Kind: ChatWorking}); err != nil {
		return nil, err
	}
	defer c.close()
	_, notices, err := whole(ctx, s, r.DeadlineMS, func() (struct{}, error) { return struct{}{}, c.look(ctx) })
	if err != nil && (c.window == nil || ClassOf(err) != Partly) {
		return nil, err
	}
	c.out.Sluice.Notices = append(c.out.Sluice.Notices, notices...)
	if err := release(api.ChatEvent{Kind: ChatFound, Passages: c.out.Passages}); err != nil {
		return nil, err
	}
	if err := c.answer(ctx); err != nil {
		return nil, err
	}
	return c.out, incomplete(c.out.Sluice.Degraded)
}

// chat is one answer on its way.
type chat struct {
	*Service
	request  api.ChatRequest
	model    string // that was asked for; "": any
	messages []talk.Message
	last     int // of the messages, the question
	question question
	until    time.Time
	tell     func(api.ChatEvent) error
	window   *window
	out      *api.Chat
	speech   speech
	cites    func(n int) api.Result // the passage of a citation
}

func (s *Service) newChat(ctx context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*chat, error) {
	c := &chat{Service: s, request: r, tell: release}
	name, model, named := strings.Cut(r.Model, "/")
	if r.Model != "" && name != ChatModel || named && model == "" {
		return nil, Usagef("there is no model %q here: use %q", r.Model, ChatModel)
	}
	if c.model = model; model != "" && s.opts.Upstream == nil {
		return nil, Usagef("no model server is there for %q: name one with --upstream, or use %q", r.Model, ChatModel)
	}
	var asked []string
	for i, m := range r.Messages {
		c.messages = append(c.messages, talk.Message{Role: m.Role, Content: m.Content, Raw: m.Raw})
		if m.Role == "user" && strings.TrimSpace(m.Content) != "" {
			asked = append(asked, m.Content)
			c.last = i
		}
	}
	if len(asked) == 0 {
		return nil, Usagef("no message of role \"user\" asks anything")
	}
	time := chatDeadline
	if r.DeadlineMS > 0 {
		time = question{deadlineMS: r.DeadlineMS}.time("")
	}
	c.until = s.clock.Now().Add(time)
	c.question = question{text: talk.Standalone(asked), operators: r.Operators, filters: r.Filters, effort: r.Effort, standard: flow.Balanced,
		deadlineMS: float64(time.Milliseconds()) / 2, budget: cmp.Or(r.Budget, s.opts.ChatBudget), vocab: r.Vocab}
	return c, nil
}

func (c *chat) close() {
	if c.window != nil {
		c.window.Close()
		c.window = nil
	}
}

// look finds the passages, and words all of the answer but its sentences. It is tried again where
// something was damaged.
func (c *chat) look(ctx context.Context) error {
	c.close()
	w, err := c.Service.window(ctx, c.question, 0)
	if err != nil {
		return err
	}
	c.window = w
	c.out = &api.Chat{Model: ChatModel, Question: c.question.text, Finish: "stop", Sentences: []api.ChatSentence{}, Passages: w.citations()}
	c.out.Sluice = api.Grounds{Citations: []api.Ground{}, Degraded: degraded(w.degraded(w.res)), Coverage: w.sn.Coverage(), Sent: []api.Sent{}}
	c.out.Sluice.Funnel, c.out.Sluice.Nothing = w.account(ctx, w.res, len(c.out.Passages) > 0)
	c.out.Sluice.Notices = w.notices
	return incomplete(c.out.Sluice.Degraded)
}

// answer has the model answer, or the documents.
func (c *chat) answer(ctx context.Context) error {
	if c.opts.Upstream != nil {
		said, err := c.ask(ctx)
		if err != nil || said {
			return err
		}
	}
	return c.extract()
}

// extract answers with the best sentences of the window.
func (c *chat) extract() error {
	w := c.window
	a, err := answer.Stage{Before: w.before}.Run(w.res.Window, w.res.Gathered.Text, w.res.Gathered.Terms)
	if err != nil {
		return err
	}
	if len(a.Sentences) == 0 {
		return c.add(check.Result{Text: Abstain, Citations: []int{}, Marks: []api.ChatMark{}})
	}
	c.cites = func(n int) api.Result {
		e := a.Cited[n-1]
		r := result(e.Passage, e.Judged, e.Text)
		r.Fresh = string(cmp.Or(w.states[documentOf(e.Passage)], unknown))
		return r
	}
	for i := range a.Cited {
		c.out.Sluice.Citations = append(c.out.Sluice.Citations, ground(i+1, check.Supported, c.cites(i+1)))
	}
	inert := check.New("", c.said(), nil)
	for i, s := range a.Sentences {
		text := inert.Inert(answer.Shown(s.Text))
		if i > 0 {
			text = "\n" + text
		}
		if err := c.add(check.Cited(text, check.Supported, s.Citations)); err != nil {
			return err
		}
	}
	return nil
}

// add puts a sentence on the end of the answer and releases it.
func (c *chat) add(r check.Result) error {
	at := c.speech.runes
	one := api.ChatSentence{Text: r.Text, Label: r.Label, Why: r.Why, Citations: r.Citations, Marks: []api.ChatMark{}}
	for _, m := range r.Marks {
		one.Marks = append(one.Marks, api.ChatMark{N: m.N, Start: at + m.Start, End: at + m.End})
	}
	c.speech.runes += len([]rune(r.Text))
	one.Start, one.End = at, c.speech.runes
	c.out.Answer += one.Text
	c.out.Sentences = append(c.out.Sentences, one)
	e := api.ChatEvent{Kind: ChatSentence, Text: one.Text, Sentence: &c.out.Sentences[len(c.out.Sentences)-1]}
	for _, n := range one.Citations {
		e.Grounds = append(e.Grounds, ground(n, one.Label, c.cites(n)))
	}
	return c.tell(e)
}

func ground(n int, label string, r api.Result) api.Ground {
	return api.Ground{N: n, ID: r.ID, Label: label, URI: r.URI, Bytes: r.Bytes, Title: r.Title, Source: r.Source, Path: r.Path,
		Lines: r.Lines, Where: r.Where, Fresh: r.Fresh, Flags: r.Flags}
}

// miss enters a model server that failed into what the answer could not see.
func (c *chat) miss(host string, err error) {
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = "timeout"
	}
	d := api.Degraded(index.Degraded{What: strings.TrimSpace(modelWord + " " + host), Why: why})
	if !slices.Contains(c.out.Sluice.Degraded, d) {
		c.out.Sluice.Degraded = append(c.out.Sluice.Degraded, d)
	}
}
