package httpapi

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"sluice/api"
	"sluice/internal/tokens"
	"sluice/serve"
)

// scribe is a backend that answers every chat alike and notes what it was asked.
type scribe struct {
	everything
	asked *api.ChatRequest
	err   error // in place of the second sentence
}

// said is an answer of two sentences, in characters of more than one byte.
var said = &api.Chat{Model: serve.ChatModel, Question: "q", Answer: "Wälrusse pfeifen. [1]\nNachts. [1] [2]", Finish: "stop", Usage: api.ChatUsage{Prompt: 10, Completion: 4, Total: 14, Cached: 8},
	Extra: map[string]any{"system_fingerprint": "fp", "id": "theirs"},
	Sentences: []api.ChatSentence{
		{Text: "Wälrusse pfeifen. [1]", Start: 0, End: 21, Citations: []int{1}, Marks: []api.ChatMark{{N: 1, Start: 18, End: 21}}},
		{Text: "\nNachts. [1] [2]", Start: 21, End: 37, Citations: []int{1, 2}, Marks: []api.ChatMark{{N: 1, Start: 30, End: 33}, {N: 2, Start: 34, End: 37}}}},
	Passages: []api.Citation{{N: 1, Result: api.Result{ID: "wrong", Path: "wrong.md"}}, {N: 7, Result: api.Result{ID: "aaaa", Path: "a.md", Text: "text", Score: .5, Source: "notes"}}},
	Sluice:   api.Grounds{Citations: []api.Ground{{N: 1, ID: "aaaa", Path: "a.md", Lines: [2]int{3, 4}, Title: "On\nwalruses"}, {N: 2, ID: "bbbb", Path: "b.pdf", Lines: [2]int{1, 1}, Where: "page 3"}}}}

func (s scribe) Chat(_ context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error) {
	*s.asked = r
	for _, e := range []api.ChatEvent{{Kind: serve.ChatWorking}, {Kind: serve.ChatFound, Passages: said.Passages},
		{Kind: serve.ChatSentence, Text: said.Sentences[0].Text, Sentence: &said.Sentences[0], Grounds: said.Sluice.Citations[:1]}} {
		if err := release(e); err != nil {
			return nil, err
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return said, release(api.ChatEvent{Kind: serve.ChatSentence, Text: said.Sentences[1].Text, Sentence: &said.Sentences[1], Grounds: said.Sluice.Citations})
}

// cited are the annotations that the answer has: each cuts out its own mark.
func cited(t *testing.T, text string, all []urlCitation) {
	t.Helper()
	runes, want := []rune(text), []string{"[1] aaaa", "[1] aaaa", "[2] bbbb"}
	if len(all) != len(want) {
		t.Fatalf("%d annotations: %+v", len(all), all)
	}
	for i, c := range all {
		id := strings.TrimPrefix(c.URL, "http://localhost/?read=")
		if got := string(runes[c.Start:c.End]) + " " + id[:4]; got != want[i] {
			t.Errorf("annotation %d marks %q, not %q", i, got, want[i])
		}
		if strings.ContainsAny(c.Title, "\n\r") {
			t.Errorf("a title of two lines: %q", c.Title)
		}
	}
}

const list = "\n\nSources:\n[1] On walruses (a.md:3-4) http://localhost/?read=aaaa&lines=3-4\n[2] b.pdf, page 3 http://localhost/?read=bbbb&lines=1-1"

// TestACompletion: what the client sends goes on as it came, and citations come back three ways.
func TestACompletion(t *testing.T) {
	var asked api.ChatRequest
	body := `{"model":"sluice","temperature":0.25,"top_logprobs":2,"their_own":{"a":[1]},"sluice":{"source":["notes"],"effort":"deep"},
		"messages":[{"role":"system","content":"be short"},{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"data:"}}],"name":"me"}]}`
	w := ask(server(scribe{asked: &asked}), "POST", "/v1/chat/completions", body)
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	var got struct {
		completion
		Fingerprint string `json:"system_fingerprint"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	text := *got.Choices[0].Message.Content
	if text != said.Answer+list || *got.Choices[0].Finish != "stop" || got.Object != "chat.completion" || got.Usage.Details.Cached != 8 || got.Sluice.Citations[1].ID != "bbbb" {
		t.Errorf("%s", w.Body)
	}
	if got.Fingerprint != "fp" || got.ID == "theirs" {
		t.Errorf("fields of the model's answer: %q, id %q", got.Fingerprint, got.ID)
	}
	var all []urlCitation
	for _, a := range got.Choices[0].Message.Annotations {
		all = append(all, a.URL)
	}
	cited(t, text, all)
	if string(asked.Fields["temperature"]) != "0.25" || string(asked.Fields["their_own"]) != `{"a":[1]}` || len(asked.Fields) != 3 {
		t.Errorf("fields that went on: %s", asked.Fields)
	}
	last := asked.Messages[1]
	if asked.Source[0] != "notes" || asked.Effort != "deep" || last.Content != "q" || !strings.Contains(string(last.Raw), "image_url") || asked.Messages[0].Raw != nil {
		t.Errorf("asked: %+v", asked)
	}
}

// TestAStreamedCompletion puts the same together, and ends as clients expect; a failure on the way
// is told on the stream, one before it by a status.
func TestAStreamedCompletion(t *testing.T) {
	var asked api.ChatRequest
	body := `{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"q"}]}`
	w := ask(server(scribe{asked: &asked}), "POST", "/v1/chat/completions", body)
	var text, finish string
	var all []urlCitation
	var chunks []completion
	lines := bufio.NewScanner(w.Body)
	ended := false
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			ended = true
			continue
		}
		var c completion
		if err := json.Unmarshal([]byte(data), &c); err != nil || ended || c.Object != "chat.completion.chunk" {
			t.Fatalf("%s: %v", data, err)
		}
		chunks = append(chunks, c)
		for _, choice := range c.Choices {
			if choice.Delta.Content != nil {
				text += *choice.Delta.Content
			}
			for _, a := range choice.Delta.Annotations {
				all = append(all, a.URL)
			}
			if choice.Finish != nil {
				finish = *choice.Finish
			}
		}
	}
	last := chunks[len(chunks)-1]
	if text != said.Answer+list || finish != "stop" || !ended || len(last.Choices) != 0 || last.Usage.Total != 14 || last.Sluice == nil || chunks[0].Choices[0].Delta.Role != "assistant" {
		t.Errorf("%q, %q, ended %v, last %+v", text, finish, ended, last)
	}
	cited(t, text, all)
	w = ask(server(scribe{asked: &asked, err: errors.New("the model went away")}), "POST", "/v1/chat/completions", body)
	if !strings.Contains(w.Body.String(), `data: {"error":{"message":"the model went away","type":"server_error"`) || !strings.HasSuffix(w.Body.String(), "data: [DONE]\n\n") {
		t.Errorf("broken off: %s", w.Body)
	}
	if w = ask(server(refusing{}), "POST", "/v1/chat/completions", body); w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "data:") {
		t.Errorf("refused before anything was sent: %d %s", w.Code, w.Body)
	}
}

type refusing struct{ everything }

func (refusing) Chat(context.Context, api.ChatRequest, func(api.ChatEvent) error) (*api.Chat, error) {
	return nil, serve.Usagef("there is no source %q", "x")
}

// TestAStreamedResponse: each item is opened, filled and closed, in the order of the numbers, and
// the last event has all of it.
func TestAStreamedResponse(t *testing.T) {
	var asked api.ChatRequest
	w := ask(server(scribe{asked: &asked}), "POST", "/v1/responses", `{"stream":true,"model":"sluice","instructions":"be short","input":[{"role":"user","content":[{"type":"input_text","text":"q"}]}],"tools":[{"type":"file_search","vector_store_ids":["x"]}]}`)
	if len(asked.Messages) != 2 || asked.Messages[0].Content != "be short" || asked.Messages[1].Content != "q" || asked.Fields["tools"] != nil {
		t.Errorf("asked: %+v", asked)
	}
	var kinds []string
	var deltas string
	var final response
	for i, event := range strings.Split(strings.TrimSpace(w.Body.String()), "\n\n") {
		name, data, _ := strings.Cut(strings.TrimPrefix(event, "event: "), "\ndata: ")
		var e struct {
			Type   string   `json:"type"`
			Number int      `json:"sequence_number"`
			Delta  string   `json:"delta"`
			Whole  response `json:"response"`
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil || e.Type != name || e.Number != i {
			t.Fatalf("event %d: %v %s", i, err, event)
		}
		kinds, deltas, final = append(kinds, strings.TrimPrefix(name, "response.")), deltas+e.Delta, e.Whole
	}
	want := "created in_progress output_item.added file_search_call.in_progress file_search_call.searching file_search_call.completed output_item.done output_item.added content_part.added " +
		"output_text.delta output_text.annotation.added output_text.delta output_text.annotation.added output_text.annotation.added output_text.done content_part.done output_item.done completed"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("events:\n%s\nwant:\n%s", got, want)
	}
	if deltas != said.Answer || final.Status != "completed" || final.Usage.Details.Cached != 8 {
		t.Errorf("%q, %+v", deltas, final)
	}
	raw, _ := json.Marshal(final.Output)
	var items []struct {
		Type    string       `json:"type"`
		Results []fileResult `json:"results"`
		Content []outputText `json:"content"`
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		t.Fatal(err)
	}
	if items[0].Type != "file_search_call" || items[0].Results[1].FileID != "aaaa" || items[1].Content[0].Text != said.Answer {
		t.Errorf("%s", raw)
	}
	var all []urlCitation
	for _, a := range items[1].Content[0].Annotations {
		all = append(all, a.urlCitation)
	}
	cited(t, said.Answer, all)
}

// TestWhatCannotBeAnswered is refused with what to do.
func TestWhatCannotBeAnswered(t *testing.T) {
	user := `"messages":[{"role":"user","content":"q"}]`
	for body, want := range map[string]string{
		`[]`: "not a JSON object", `{"messages":[]}`: "messages are missing", `{"messages":[{"content":"q"}]}`: "messages[0] has no role", `{"messages":["q"]}`: "messages[0] is no object",
		`{"messages":[{"role":"user","content":7}]}`: "neither a string nor a list", `{"n":2,` + user + `}`: "one answer is given", `{"sluice":{"sources":["a"]},` + user + `}`: "it takes source, path",
		`{"model":"gpt-5",` + user + `}`: "there is no model", `{"stream":"yes",` + user + `}`: "stream", `{"tools":[{"type":"function","function":{"name":"f"}}],` + user + `}`: "tools need a model",
	} {
		var asked api.ChatRequest
		w := ask(server(scribe{asked: &asked}), "POST", "/v1/chat/completions", body)
		var failed map[string]openaiError
		if err := json.Unmarshal(w.Body.Bytes(), &failed); err != nil || w.Code/100 != 4 || !strings.Contains(failed["error"].Message, want) || asked.Messages != nil {
			t.Errorf("%s: %d %s, want %q", body, w.Code, w.Body, want)
		}
	}
}

// embedder makes vectors that tell which text they are of.
type embedder struct{ everything }

func (embedder) Embed(_ context.Context, texts []string, questions bool) (all [][]float32, err error) {
	for _, text := range texts {
		kind := float32(.6)
		if questions {
			kind = -.6
		}
		all = append(all, []float32{kind, .8, float32(len(text)), 0})
	}
	return all, nil
}

// TestEmbeddings: in every form of input and output that OpenAI's clients use.
func TestEmbeddings(t *testing.T) {
	v, err := tokens.Get(tokens.Cl100kBase)
	if err != nil {
		t.Fatal(err)
	}
	ids, _ := json.Marshal(v.EncodeString(nil, "walrus"))
	for _, c := range []struct {
		fields string
		want   [][]float32
	}{
		{`"input":"walrus"`, [][]float32{{.6, .8, 6, 0}}},
		{`"input":["walrus","a"]`, [][]float32{{.6, .8, 6, 0}, {.6, .8, 1, 0}}},
		{`"input":` + string(ids), [][]float32{{.6, .8, 6, 0}}},
		{`"input":[` + string(ids) + `,` + string(ids) + `]`, [][]float32{{.6, .8, 6, 0}, {.6, .8, 6, 0}}},
		{`"input":"walrus","input_type":"query"`, [][]float32{{-.6, .8, 6, 0}}},
		{`"input":"walrus","dimensions":2`, [][]float32{{.6, .8}}},
		{`"input":"walrus","dimensions":1`, [][]float32{{1}}},
	} {
		for _, format := range []string{"float", "base64"} {
			w := ask(server(embedder{}), "POST", "/v1/embeddings", fmt.Sprintf(`{"model":"sluice-embed","encoding_format":%q,%s}`, format, c.fields))
			var out struct {
				Data []struct {
					Index  int             `json:"index"`
					Vector json.RawMessage `json:"embedding"`
				} `json:"data"`
				Usage map[string]int `json:"usage"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Data) != len(c.want) || out.Usage["total_tokens"] == 0 {
				t.Errorf("%s %s: %v %s", c.fields, format, err, w.Body)
				continue
			}
			for i, one := range out.Data {
				got := numbers(t, format, one.Vector)
				same := len(got) == len(c.want[i]) && one.Index == i
				for k := range min(len(got), len(c.want[i])) {
					same = same && math.Abs(float64(got[k]-c.want[i][k])) < 1e-6
				}
				if !same {
					t.Errorf("%s %s: %v, want %v", c.fields, format, got, c.want[i])
				}
			}
		}
	}
	for fields, want := range map[string]string{`"input":""`: "empty", `"input":[]`: "missing", `"input":[[]]`: "empty", `"input":null`: "missing", `"input":[-1]`: "no token", `"input":{"a":1}`: "missing",
		`"input":"a","dimensions":5`: "have 4", `"input":"a","dimensions":-1`: "have 4", `"input":"a","encoding_format":"int8"`: "float or base64", `"input":"a","model":"text-embedding-3-small"`: "the one in use"} {
		if w := ask(server(embedder{}), "POST", "/v1/embeddings", `{"model":"sluice-embed",`+fields+`}`); w.Code/100 != 4 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", fields, w.Code, w.Body)
		}
	}
}

func numbers(t *testing.T, format string, raw json.RawMessage) (v []float32) {
	t.Helper()
	if format == "float" {
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Error(err)
		}
		return v
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		t.Error(err)
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Error(err)
	}
	for ; len(b) >= 4; b = b[4:] {
		v = append(v, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return v
}
