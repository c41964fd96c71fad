package httpapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"sluice/api"
	"sluice/serve"
)

// completion is an answer of /v1/chat/completions, whole or a chunk of one.
type completion struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Created int64        `json:"created"`
	Model   string       `json:"model"`
	Choices []choice     `json:"choices"`
	Usage   *usage       `json:"usage,omitempty"`
	Sluice  *api.Grounds `json:"sluice,omitempty"`

	extra map[string]any // fields of the model's answer that Sluice does not know
}

// choice holds a message, or a delta of one.
type choice struct {
	Index    int      `json:"index"`
	Message  *message `json:"message,omitempty"`
	Delta    *message `json:"delta,omitempty"`
	Logprobs any      `json:"logprobs"`
	Finish   *string  `json:"finish_reason"`
}

type message struct {
	Role        string       `json:"role,omitempty"`
	Content     *string      `json:"content,omitempty"`
	Refusal     *string      `json:"refusal,omitempty"`
	Annotations []annotation `json:"annotations,omitempty"`
}

type annotation struct {
	Type string      `json:"type"`
	URL  urlCitation `json:"url_citation"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
	Details    struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

// MarshalJSON adds the fields that came with the answer; none of them takes the place of ours.
func (c completion) MarshalJSON() ([]byte, error) {
	type plain completion
	b, err := json.Marshal(plain(c))
	if err != nil || len(c.extra) == 0 {
		return b, err
	}
	ours := map[string]any{}
	if err := json.Unmarshal(b, &ours); err != nil {
		return nil, err
	}
	all := maps.Clone(c.extra)
	maps.Copy(all, ours)
	return json.Marshal(all)
}

func usageOf(u api.ChatUsage) *usage {
	out := &usage{Prompt: u.Prompt, Completion: u.Completion, Total: u.Total}
	out.Details.Cached = u.Cached
	return out
}

func annotationsOf(all []urlCitation) (out []annotation) {
	for _, c := range all {
		out = append(out, annotation{"url_citation", c})
	}
	return out
}

// completions serves /v1/chat/completions.
func (s *Server) completions(w http.ResponseWriter, r *http.Request) {
	t := s.turnOf(w, r, (*turn).readMessages)
	if t == nil {
		return
	}
	if t.tools {
		s.passOn(w, r, t)
		return
	}
	a := &answering{server: s, base: base(r), head: completion{ID: newID("chatcmpl"), Created: s.now().Unix(), Model: cmp.Or(t.Model, serve.ChatModel)}}
	if t.stream {
		a.streamed(w, r, t)
		return
	}
	out, err := s.backend.Chat(r.Context(), t.ChatRequest, a.heard)
	if out == nil {
		failWith(w, r, err)
		return
	}
	a.head.Object, a.head.Model, a.head.extra = "chat.completion", modelNamed(out), out.Extra
	text := out.Answer + sourcesText(a.base, out.Sluice.Citations)
	stop := out.Finish
	a.head.Choices = []choice{{Message: &message{Role: "assistant", Content: &text, Annotations: annotationsOf(a.cited)}, Finish: &stop}}
	a.head.Usage, a.head.Sluice = usageOf(out.Usage), &out.Sluice
	reply(w, a.head)
}

// turnOf reads a request that asks something; nil when it was refused.
func (s *Server) turnOf(w http.ResponseWriter, r *http.Request, messages func(*turn) error) *turn {
	raw, status, err := body(w, r, ChatBytesMax)
	if err != nil {
		fail(w, r, status, err.Error())
		return nil
	}
	t, err := readTurn(raw)
	if err == nil {
		err = messages(t)
	}
	if err != nil {
		fail(w, r, http.StatusBadRequest, err.Error())
		return nil
	}
	if err := s.answers(r, t.Model); err != nil {
		fail(w, r, http.StatusNotFound, err.Error())
		return nil
	}
	if t.tools && r.URL.Path != "/v1/chat/completions" {
		fail(w, r, http.StatusBadRequest, r.URL.Path+" takes no tools but file_search, which it always does: send others to /v1/chat/completions")
		return nil
	}
	if t.tools && !s.backend.Relays() {
		fail(w, r, http.StatusBadRequest, "tools need a model that calls them, and there is none behind this server: `sluice serve --upstream URL` names one")
		return nil
	}
	s.backend.Prepare(r.Context(), func(serve.Preparing) {})
	return t
}

// modelNamed is the model's name as the client would ask for it.
func modelNamed(out *api.Chat) string {
	if out.Model == serve.ChatModel || out.Model == "" {
		return serve.ChatModel
	}
	return serve.ChatModel + "/" + out.Model
}

// readMessages reads the messages of a chat.
func (t *turn) readMessages() error {
	var all []json.RawMessage
	if err := t.field("messages", &all); err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("messages are missing: send at least one of role \"user\"")
	}
	for i, raw := range all {
		var fields map[string]json.RawMessage
		var role string
		if err := json.Unmarshal(raw, &fields); err != nil {
			return fmt.Errorf("messages[%d] is no object", i)
		}
		if err := json.Unmarshal(fields["role"], &role); err != nil || role == "" {
			return fmt.Errorf("messages[%d] has no role", i)
		}
		text, more, err := contentOf(fields["content"])
		if err != nil {
			return fmt.Errorf("messages[%d]: %w", i, err)
		}
		m := api.ChatMessage{Role: role, Content: text}
		if more || slices.ContainsFunc(slices.Collect(maps.Keys(fields)), func(k string) bool { return k != "role" && k != "content" }) {
			m.Raw = raw
		}
		t.Messages = append(t.Messages, m)
	}
	return nil
}

// answering is one answer while it is made.
type answering struct {
	server *Server
	base   string
	head   completion
	cited  []urlCitation
}

// heard notes what an answer that is sent as a whole cites.
func (a *answering) heard(e api.ChatEvent) error {
	if e.Kind == serve.ChatSentence {
		a.cited = append(a.cited, citationsOf(a.base, e)...)
	}
	return nil
}

// streamed sends an answer sentence by sentence.
func (a *answering) streamed(w http.ResponseWriter, r *http.Request, t *turn) {
	out := newStream(w)
	defer out.close()
	a.head.Object = "chat.completion.chunk"
	chunk := func(m *message, finish *string) error {
		one := a.head
		one.Choices = []choice{{Delta: m, Finish: finish}}
		return out.send("", one)
	}
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		return chunk(&message{Role: "assistant", Content: new(string)}, nil)
	}
	done, err := a.server.backend.Chat(r.Context(), t.ChatRequest, func(e api.ChatEvent) error {
		if e.Kind == serve.ChatWorking {
			return nil // the stream keeps itself alive
		}
		if err := begin(); err != nil {
			return err
		}
		before := len(a.cited)
		_ = a.heard(e)
		if e.Kind != serve.ChatSentence {
			return nil
		}
		return chunk(&message{Content: &e.Text, Annotations: annotationsOf(a.cited[before:])}, nil)
	})
	if done == nil {
		a.server.broken(w, r, out, err)
		return
	}
	_ = begin()
	a.head.Model, a.head.extra = modelNamed(done), done.Extra
	if list := sourcesText(a.base, done.Sluice.Citations); list != "" {
		_ = chunk(&message{Content: &list}, nil)
	}
	last := a.head
	last.Choices = []choice{{Delta: &message{}, Finish: &done.Finish}}
	if t.withUsage {
		_ = out.send("", last)
		last.Choices, last.Usage = []choice{}, usageOf(done.Usage)
	}
	last.Sluice = &done.Sluice
	_ = out.send("", last)
	_ = out.end()
}

// broken ends a stream whose answer failed: with a status, where nothing was sent yet.
func (s *Server) broken(w http.ResponseWriter, r *http.Request, out *stream, err error) {
	if out.abandon() {
		failWith(w, r, err)
		return
	}
	if r.Context().Err() != nil {
		return // nobody listens
	}
	if err == nil {
		err = errors.New("no answer")
	}
	_ = out.send("", errorOf(statusOf(err), err.Error()))
	_ = out.end()
}
