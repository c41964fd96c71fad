package httpapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"sluice/api"
	"sluice/serve"
)

// response is an answer of /v1/responses.
type response struct {
	ID           string                     `json:"id"`
	Object       string                     `json:"object"`
	Created      int64                      `json:"created_at"`
	Status       string                     `json:"status"`
	Model        string                     `json:"model"`
	Output       []any                      `json:"output"`
	Error        any                        `json:"error"`
	Incomplete   any                        `json:"incomplete_details"`
	Instructions json.RawMessage            `json:"instructions"`
	Metadata     json.RawMessage            `json:"metadata"`
	Parallel     bool                       `json:"parallel_tool_calls"`
	ToolChoice   string                     `json:"tool_choice"`
	Tools        []any                      `json:"tools"`
	Temperature  json.RawMessage            `json:"temperature"`
	TopP         json.RawMessage            `json:"top_p"`
	Store        bool                       `json:"store"`
	Text         map[string]json.RawMessage `json:"text"`
	Usage        *responseUsage             `json:"usage"`
	Sluice       *api.Grounds               `json:"sluice,omitempty"`
}

type responseUsage struct {
	Input   int `json:"input_tokens"`
	Details struct {
		Cached int `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	Output        int `json:"output_tokens"`
	OutputDetails struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
	Total int `json:"total_tokens"`
}

// fileSearch tells what was looked up, in the form in which OpenAI's clients know it.
type fileSearch struct {
	Type    string       `json:"type"`
	ID      string       `json:"id"`
	Status  string       `json:"status"`
	Queries []string     `json:"queries"`
	Results []fileResult `json:"results"`
}

type fileResult struct {
	FileID     string         `json:"file_id"`
	Filename   string         `json:"filename"`
	Score      float64        `json:"score"`
	Text       string         `json:"text"`
	Attributes map[string]any `json:"attributes"`
}

// outputMessage is the answer among the items of a response.
type outputMessage struct {
	Type    string       `json:"type"`
	ID      string       `json:"id"`
	Status  string       `json:"status"`
	Role    string       `json:"role"`
	Content []outputText `json:"content"`
}

type outputText struct {
	Type        string           `json:"type"`
	Text        string           `json:"text"`
	Annotations []flatAnnotation `json:"annotations"`
	Logprobs    []any            `json:"logprobs"`
}

// flatAnnotation is an annotation as responses have it.
type flatAnnotation struct {
	Type string `json:"type"`
	urlCitation
}

// readInput reads the input of a response: a text, or items.
func (t *turn) readInput() error {
	if id := string(t.asked["previous_response_id"]); id != "" && id != "null" {
		return errors.New("previous_response_id: no answers are kept here; send the conversation as input")
	}
	var instructions string
	if err := t.field("instructions", &instructions); err != nil {
		return err
	}
	if instructions != "" {
		t.Messages = append(t.Messages, api.ChatMessage{Role: "system", Content: instructions})
	}
	var text string
	if json.Unmarshal(t.asked["input"], &text) == nil {
		t.Messages = append(t.Messages, api.ChatMessage{Role: "user", Content: text})
		return nil
	}
	var items []struct {
		Type    string          `json:"type"`
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(t.asked["input"], &items); err != nil || len(items) == 0 {
		return errors.New("input is missing: send a string, or a list of messages")
	}
	for i, item := range items {
		if item.Type != "" && item.Type != "message" {
			continue // what was looked up before is looked up again
		}
		text, _, err := contentOf(item.Content)
		if err != nil || item.Role == "" {
			return fmt.Errorf("input[%d] is no message with role and content", i)
		}
		t.Messages = append(t.Messages, api.ChatMessage{Role: item.Role, Content: text})
	}
	return nil
}

// onlyLooksUp tells whether the tools of a response are those that Sluice does anyway.
func (t *turn) onlyLooksUp() bool {
	var tools []struct {
		Type string `json:"type"`
	}
	if t.field("tools", &tools) != nil {
		return false
	}
	for _, tool := range tools {
		if tool.Type != "file_search" {
			return false
		}
	}
	return true
}

// replying is one response while it is made.
type replying struct {
	base    string
	head    response
	search  fileSearch
	message outputMessage
	text    outputText
}

// responses serves /v1/responses.
func (s *Server) responses(w http.ResponseWriter, r *http.Request) {
	t := s.turnOf(w, r, func(t *turn) error {
		if t.tools && t.onlyLooksUp() {
			t.tools = false
			delete(t.Fields, "tools")
		}
		return t.readInput()
	})
	if t == nil {
		return
	}
	a := &replying{base: base(r), head: response{ID: newID("resp"), Object: "response", Created: s.now().Unix(), Status: "in_progress", Model: cmp.Or(t.Model, serve.ChatModel), Output: []any{},
		Instructions: orNull(t.asked["instructions"]), Metadata: or(t.asked["metadata"], "{}"), Parallel: true, ToolChoice: "auto", Tools: []any{},
		Temperature: orNull(t.asked["temperature"]), TopP: orNull(t.asked["top_p"]), Text: map[string]json.RawMessage{"format": json.RawMessage(`{"type":"text"}`)}}}
	a.search = fileSearch{Type: "file_search_call", ID: newID("fs"), Status: "in_progress", Queries: []string{}, Results: []fileResult{}}
	a.message = outputMessage{Type: "message", ID: newID("msg"), Status: "in_progress", Role: "assistant", Content: []outputText{}}
	a.text = outputText{Type: "output_text", Annotations: []flatAnnotation{}, Logprobs: []any{}}
	if t.stream {
		s.streamResponse(w, r, t, a)
		return
	}
	out, err := s.backend.Chat(r.Context(), t.ChatRequest, func(e api.ChatEvent) error { a.heard(e); return nil })
	if out == nil {
		failWith(w, r, err)
		return
	}
	a.complete(out)
	reply(w, a.head)
}

func orNull(raw json.RawMessage) json.RawMessage { return or(raw, "null") }

func or(raw json.RawMessage, otherwise string) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage(otherwise)
	}
	return raw
}

// heard notes what happened.
func (a *replying) heard(e api.ChatEvent) (cited []flatAnnotation) {
	switch e.Kind {
	case serve.ChatFound:
		a.search.Status = "completed"
		for _, c := range e.Passages {
			a.search.Results = append(a.search.Results, fileResultOf(c.Result))
		}
	case serve.ChatSentence:
		a.text.Text += e.Text
		for _, c := range citationsOf(a.base, e) {
			cited = append(cited, flatAnnotation{"url_citation", c})
		}
		a.text.Annotations = append(a.text.Annotations, cited...)
	}
	return cited
}

func fileResultOf(r api.Result) fileResult {
	return fileResult{FileID: r.ID, Filename: r.Path, Score: r.Score, Text: r.Text, Attributes: map[string]any{
		"source": r.Source, "uri": r.URI, "first_line": r.Lines[0], "last_line": r.Lines[1], "fresh": r.Fresh}}
}

// complete makes the whole response.
func (a *replying) complete(out *api.Chat) {
	a.search.Queries = []string{out.Question}
	a.message.Status, a.message.Content = "completed", []outputText{a.text}
	a.head.Status, a.head.Model, a.head.Sluice = "completed", modelNamed(out), &out.Sluice
	a.head.Output = []any{a.search, a.message}
	a.head.Usage = &responseUsage{Input: out.Usage.Prompt, Output: out.Usage.Completion, Total: out.Usage.Total}
	a.head.Usage.Details.Cached = out.Usage.Cached
	if out.Finish == "length" {
		a.head.Status, a.message.Status = "incomplete", "incomplete"
		a.head.Incomplete = map[string]string{"reason": "max_output_tokens"}
		a.head.Output[1] = a.message
	}
}

// streamResponse sends a response while it is made: the items one after the other, each opened,
// filled and closed, as OpenAI's clients put them together.
func (s *Server) streamResponse(w http.ResponseWriter, r *http.Request, t *turn, a *replying) {
	out := newStream(w)
	defer out.close()
	e := &events{to: out}
	found := false
	begin := func() {
		if found {
			return
		}
		found = true
		e.tell("response.created", map[string]any{"response": a.head})
		e.tell("response.in_progress", map[string]any{"response": a.head})
		e.tell("response.output_item.added", map[string]any{"output_index": 0, "item": a.search})
		for _, state := range []string{"in_progress", "searching", "completed"} {
			e.tell("response.file_search_call."+state, map[string]any{"output_index": 0, "item_id": a.search.ID})
		}
	}
	opened := false
	open := func() {
		if opened {
			return
		}
		opened = true
		e.tell("response.output_item.done", map[string]any{"output_index": 0, "item": a.search})
		e.tell("response.output_item.added", map[string]any{"output_index": 1, "item": a.message})
		e.part("response.content_part.added", a, map[string]any{"part": outputText{Type: "output_text", Annotations: []flatAnnotation{}, Logprobs: []any{}}})
	}
	done, err := s.backend.Chat(r.Context(), t.ChatRequest, func(ev api.ChatEvent) error {
		if ev.Kind == serve.ChatWorking {
			return nil
		}
		begin()
		before := len(a.text.Annotations)
		cited := a.heard(ev)
		if ev.Kind == serve.ChatSentence {
			open()
			e.part("response.output_text.delta", a, map[string]any{"delta": ev.Text, "logprobs": []any{}})
			for i, c := range cited {
				e.part("response.output_text.annotation.added", a, map[string]any{"annotation_index": before + i, "annotation": c})
			}
		}
		return e.err
	})
	if done == nil {
		s.brokenResponse(w, r, e, a, err)
		return
	}
	begin()
	open()
	e.part("response.output_text.done", a, map[string]any{"text": a.text.Text, "logprobs": []any{}})
	e.part("response.content_part.done", a, map[string]any{"part": a.text})
	a.complete(done)
	e.tell("response.output_item.done", map[string]any{"output_index": 1, "item": a.message})
	e.tell("response."+a.head.Status, map[string]any{"response": a.head})
}

// brokenResponse ends a stream whose answer failed.
func (s *Server) brokenResponse(w http.ResponseWriter, r *http.Request, e *events, a *replying, err error) {
	if e.to.abandon() {
		failWith(w, r, err)
		return
	}
	if r.Context().Err() != nil {
		return // nobody listens
	}
	if err == nil {
		err = errors.New("no answer")
	}
	a.head.Status, a.head.Error = "failed", map[string]string{"code": "server_error", "message": err.Error()}
	e.tell("response.failed", map[string]any{"response": a.head})
}

// events numbers what is sent.
type events struct {
	to  *stream
	n   int
	err error
}

func (e *events) tell(kind string, fields map[string]any) {
	all := maps.Clone(fields)
	all["type"], all["sequence_number"] = kind, e.n
	e.n++
	if err := e.to.send(kind, all); e.err == nil {
		e.err = err
	}
}

// part tells something of the text of the answer.
func (e *events) part(kind string, a *replying, fields map[string]any) {
	all := maps.Clone(fields)
	all["item_id"], all["output_index"], all["content_index"] = a.message.ID, 1, 0
	e.tell(kind, all)
}
