package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"sluice/api"
	"sluice/serve"
)

// Events that end a stream, beside those of a chat.
const (
	chatDone   = "done"
	chatFailed = "failed"
)

// chat streams an answer as it is made: a line of JSON for each event, flushed at once. The last
// one is "done" with all of it, or "failed" with why there is none.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	raw, status, err := body(w, r, RequestBytesMax)
	if err != nil {
		fail(w, r, status, err.Error())
		return
	}
	var in api.ChatRequest
	if err := json.Unmarshal(raw, &in); err != nil {
		fail(w, r, http.StatusBadRequest, "the request is no chat: "+err.Error())
		return
	}
	s.backend.Prepare(r.Context(), func(serve.Preparing) {})
	stream := &eventStream{w: w}
	out, err := s.backend.Chat(r.Context(), in, stream.send)
	switch {
	case out != nil:
		_ = stream.send(api.ChatEvent{Kind: chatDone, Chat: out})
	case stream.begun:
		_ = stream.send(api.ChatEvent{Kind: chatFailed, Error: oneLine(err)})
	default:
		failWith(w, r, err)
	}
}

// eventStream writes events as lines.
type eventStream struct {
	w     http.ResponseWriter
	begun bool
}

func (s *eventStream) send(e api.ChatEvent) error {
	if !s.begun {
		s.w.Header().Set("Content-Type", "application/x-ndjson")
		s.w.Header().Set("Cache-Control", "no-store")
		s.begun = true
	}
	enc := json.NewEncoder(s.w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return err // nobody listens any more: the answer ends
	}
	return http.NewResponseController(s.w).Flush()
}

func oneLine(err error) string {
	if err == nil {
		return "no answer"
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
