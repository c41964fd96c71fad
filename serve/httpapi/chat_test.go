package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluice/api"
	"sluice/serve"
)

// talker is a backend that only talks.
type talker struct {
	Backend
	chat func(api.ChatRequest, func(api.ChatEvent) error) (*api.Chat, error)
}

func (talker) Prepare(context.Context, func(serve.Preparing)) {}

func (b talker) Chat(_ context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error) {
	return b.chat(r, release)
}

// TestAChatComesLineByLine: each event is sent when it happens, and the last one tells how it
// ended.
func TestAChatComesLineByLine(t *testing.T) {
	sentence := api.ChatSentence{Text: "<b>Yes.</b> [1]", Label: "supported", Citations: []int{1}, Marks: []api.ChatMark{{N: 1, Start: 12, End: 15}}}
	for _, c := range []struct {
		name string
		out  *api.Chat
		err  error
		last string
	}{
		{"whole", &api.Chat{Answer: sentence.Text, Model: "sluice"}, nil, "done"},
		{"in part", &api.Chat{Answer: sentence.Text}, errors.New("a segment is damaged"), "done"},
		{"broken off", nil, errors.New("the model\nwent away"), "failed"},
	} {
		flushed := 0
		w := httptest.NewRecorder()
		server := New(talker{chat: func(r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error) {
			if len(r.Messages) != 1 || r.Messages[0].Content != "why" || r.Source[0] != "notes" {
				t.Errorf("%s: asked for %+v", c.name, r)
			}
			if err := release(api.ChatEvent{Kind: serve.ChatSentence, Text: sentence.Text, Sentence: &sentence}); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if w.Flushed && strings.Count(w.Body.String(), "\n") == 1 {
				flushed++
			}
			return c.out, c.err
		}}, Options{Private: true, Page: http.NotFoundHandler()})
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/chat", strings.NewReader(`{"messages":[{"role":"user","content":"why"}],"source":["notes"]}`))
		r.Header.Set("Content-Type", "application/json")
		server.ServeHTTP(w, r)
		lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
		var first, last api.ChatEvent
		if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[1]), &last) != nil {
			t.Fatalf("%s: %q", c.name, lines)
		}
		if flushed != 1 || first.Kind != "sentence" || first.Sentence.Text != sentence.Text {
			t.Errorf("%s: the sentence was not sent before the answer's end: %+v", c.name, first)
		}
		if last.Kind != c.last || (c.out != nil) != (last.Chat != nil) || strings.Contains(last.Error, "\n") || (c.last == "failed") != (last.Error != "") {
			t.Errorf("%s: ends with %+v", c.name, last)
		}
	}
}

// TestAChatThatCannotBegin is answered as every request that cannot: with a status.
func TestAChatThatCannotBegin(t *testing.T) {
	server := New(talker{chat: func(api.ChatRequest, func(api.ChatEvent) error) (*api.Chat, error) {
		return nil, serve.Usagef("no message asks anything")
	}}, Options{Private: true, Page: http.NotFoundHandler()})
	for body, status := range map[string]int{`{"messages":[]}`: 400, `{"messages":7}`: 400, `{`: 400} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/chat", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != status || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}
