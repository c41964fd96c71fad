package serve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/answer"
	"sluice/api"
	"sluice/cascade/flow"
)

// The kinds of event that Chat tells of.
const (
	ChatWorking  = "working"
	ChatFound    = "found"
	ChatSentence = "sentence"
)

// ChatModel is the name of Sluice among models.
const ChatModel = "sluice"

// Chat answers the last question of a conversation. Each sentence is released after its citations
// were checked; an error of release ends the answer. What is returned beside an error that says
// that not everything could be seen is an answer nevertheless, as with Ask.
func (s *Service) Chat(ctx context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error) {
	if r.Model != "" && r.Model != ChatModel {
		return nil, Usagef("there is no model %q here: use %q", r.Model, ChatModel)
	}
	text, err := lastQuestion(r.Messages)
	if err != nil {
		return nil, err
	}
	if err := release(api.ChatEvent{Kind: ChatWorking}); err != nil {
		return nil, err
	}
	q := question{text: text, operators: r.Operators, filters: r.Filters, effort: r.Effort, standard: flow.Balanced, deadlineMS: r.DeadlineMS, budget: r.Budget, vocab: r.Vocab}
	out, notices, missed := whole(ctx, s, r.DeadlineMS, func() (*api.Chat, error) { return s.chatOnce(ctx, q) })
	if out == nil {
		return nil, missed
	}
	out.Sluice.Notices = append(out.Sluice.Notices, notices...)
	if err := release(api.ChatEvent{Kind: ChatFound, Passages: out.Passages}); err != nil {
		return nil, err
	}
	for i := range out.Sentences {
		if err := release(api.ChatEvent{Kind: ChatSentence, Text: out.Sentences[i].Text, Sentence: &out.Sentences[i], Grounds: grounds(out, &out.Sentences[i])}); err != nil {
			return nil, err
		}
	}
	return out, missed
}

// lastQuestion is what the user said last.
func lastQuestion(messages []api.ChatMessage) (string, error) {
	for i := len(messages) - 1; i >= 0; i-- {
		if m := messages[i]; m.Role == "user" && strings.TrimSpace(m.Content) != "" {
			return m.Content, nil
		}
	}
	return "", Usagef("no message of role \"user\" asks anything")
}

// chatOnce is one try of an answer in the documents' own sentences.
func (s *Service) chatOnce(ctx context.Context, q question) (*api.Chat, error) {
	w, err := s.window(ctx, q, 0)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	a, err := answer.Stage{Before: w.before}.Run(w.res.Window, w.res.Gathered.Text, w.res.Gathered.Terms)
	if err != nil {
		return nil, err
	}
	out := &api.Chat{Model: ChatModel, Question: q.text, Finish: "stop", Sentences: []api.ChatSentence{}, Passages: w.citations()}
	out.Sluice = api.Grounds{Citations: []api.Ground{}, Degraded: degraded(w.degraded(w.res)), Coverage: w.sn.Coverage(), Sent: []api.Sent{}}
	out.Sluice.Funnel, out.Sluice.Nothing = w.account(ctx, w.res, len(out.Passages) > 0)
	out.Sluice.Notices = w.notices
	for i, e := range a.Cited {
		r := result(e.Passage, e.Judged, e.Text)
		r.Fresh = string(cmp.Or(w.states[documentOf(e.Passage)], unknown))
		out.Sluice.Citations = append(out.Sluice.Citations, ground(i+1, r))
	}
	say(out, a.Sentences)
	return out, incomplete(out.Sluice.Degraded)
}

func ground(n int, r api.Result) api.Ground {
	return api.Ground{N: n, ID: r.ID, Label: "supported", URI: r.URI, Bytes: r.Bytes, Title: r.Title, Source: r.Source, Path: r.Path,
		Lines: r.Lines, Where: r.Where, Fresh: r.Fresh, Flags: r.Flags}
}

// grounds are the citations of one sentence.
func grounds(of *api.Chat, s *api.ChatSentence) (all []api.Ground) {
	for _, g := range of.Sluice.Citations {
		if slices.Contains(s.Citations, g.N) {
			all = append(all, g)
		}
	}
	return all
}

// say words sentences as an answer.
func say(out *api.Chat, sentences []api.Sentence) {
	at := 0
	add := func(one api.ChatSentence) {
		one.Start, one.End = at, at+utf8.RuneCountInString(one.Text)
		at = one.End
		out.Answer += one.Text
		out.Sentences = append(out.Sentences, one)
	}
	if len(sentences) == 0 {
		add(api.ChatSentence{Text: Abstain, Citations: []int{}, Marks: []api.ChatMark{}})
	}
	for i, s := range sentences {
		one := api.ChatSentence{Text: answer.Shown(s.Text), Label: "supported", Citations: s.Citations, Marks: []api.ChatMark{}}
		if i > 0 {
			one.Text = "\n" + one.Text
		}
		for _, n := range s.Citations {
			from := at + utf8.RuneCountInString(one.Text) + 1
			one.Text += fmt.Sprintf(" [%d]", n)
			one.Marks = append(one.Marks, api.ChatMark{N: n, Start: from, End: at + utf8.RuneCountInString(one.Text)})
		}
		add(one)
	}
}
