package httpapi

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"sluice/api"
	"sluice/serve"
)

// ChatBytesMax is the longest request of /v1 that is read: a long conversation, pictures in it.
const ChatBytesMax = 16 << 20

// openaiError is an error as OpenAI's clients expect it.
type openaiError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// openaiFailure is what holds it.
type openaiFailure struct {
	Error openaiError `json:"error"`
}

// errorOf words an error of a status as OpenAI does.
func errorOf(status int, message string) openaiFailure {
	e := openaiError{Message: message, Type: "invalid_request_error"}
	code := map[int]string{http.StatusUnauthorized: "invalid_api_key", http.StatusNotFound: "not_found", http.StatusMethodNotAllowed: "method_not_allowed", http.StatusTooManyRequests: "rate_limit_exceeded",
		http.StatusRequestEntityTooLarge: "request_too_large", http.StatusForbidden: "forbidden"}[status]
	switch {
	case status == http.StatusTooManyRequests:
		e.Type = "rate_limit_error"
	case status >= http.StatusInternalServerError:
		e.Type, code = "server_error", "server_error"
	}
	if code != "" {
		e.Code = &code
	}
	return openaiFailure{e}
}

// turn is a request of /v1 that asks something: what Sluice knows of it, and all else as it came.
type turn struct {
	api.ChatRequest
	stream    bool
	withUsage bool // a last chunk tells the usage
	tools     bool // the client brought some
	asked     map[string]json.RawMessage
}

// own are the fields of a request that are Sluice's business; what else there is goes to the model.
var own = []string{"model", "messages", "stream", "stream_options", "sluice", "n", "input", "instructions", "store", "include", "previous_response_id"}

// readTurn reads a request's fields. messages are read by its endpoint.
func readTurn(raw json.RawMessage) (*turn, error) {
	t := &turn{asked: map[string]json.RawMessage{}}
	if err := json.Unmarshal(raw, &t.asked); err != nil || t.asked == nil {
		return nil, errors.New("the request is not a JSON object")
	}
	var options struct {
		Usage bool `json:"include_usage"`
	}
	n := 1
	for name, into := range map[string]any{"model": &t.Model, "stream": &t.stream, "stream_options": &options, "n": &n} {
		if err := t.field(name, into); err != nil {
			return nil, err
		}
	}
	if n != 1 {
		return nil, fmt.Errorf("n is %d: one answer is given, ask again for another one", n)
	}
	if given, ok := t.asked["sluice"]; ok {
		dec := json.NewDecoder(strings.NewReader(string(given)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&t.ChatRequest); err != nil {
			return nil, fmt.Errorf("sluice: %w: it takes source, path, type, after, before, effort, deadline_ms, budget, vocab, operators", err)
		}
	}
	t.withUsage = options.Usage
	var tools []json.RawMessage
	if err := t.field("tools", &tools); err != nil {
		return nil, err
	}
	t.tools = len(tools) > 0
	t.Fields = map[string]json.RawMessage{}
	for name, value := range t.asked {
		t.Fields[name] = value
	}
	for _, name := range own {
		delete(t.Fields, name)
	}
	return t, nil
}

// field reads one field, if it is there and not null.
func (t *turn) field(name string, into any) error {
	raw, ok := t.asked[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// contentOf is the text of a message's content: a string, or parts.
func contentOf(raw json.RawMessage) (text string, more bool, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", false, nil
	}
	if json.Unmarshal(raw, &text) == nil {
		return text, false, nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", false, errors.New("content is neither a string nor a list of parts")
	}
	var texts []string
	for _, p := range parts {
		switch p.Type {
		case "text", "input_text", "output_text":
			texts = append(texts, p.Text)
		default:
			more = true
		}
	}
	return strings.Join(texts, "\n"), more, nil
}

// base is the address of the server as the caller has it.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/"
}

// link is where the page shows a citation.
func link(base string, g api.Ground) string {
	return fmt.Sprintf("%s?read=%s&lines=%d-%d", base, g.ID, g.Lines[0], g.Lines[1])
}

// titleOf names a citation for somebody who sees no more of it.
func titleOf(g api.Ground) string {
	place := fmt.Sprintf("%s:%d-%d", g.Path, g.Lines[0], g.Lines[1])
	if g.Where != "" {
		place = g.Path + ", " + g.Where
	}
	if g.Title == "" {
		return place
	}
	return g.Title + " (" + place + ")"
}

// sourcesText is the list below an answer, for clients that show nothing but text.
func sourcesText(base string, all []api.Ground) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n\nSources:")
	for _, g := range all {
		fmt.Fprintf(&b, "\n[%d] %s %s", g.N, flat(titleOf(g)), link(base, g))
	}
	return b.String()
}

// flat keeps a name from passing for text of ours.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// urlCitation is an annotation of a stretch of an answer, counted in characters.
type urlCitation struct {
	Start int    `json:"start_index"`
	End   int    `json:"end_index"`
	URL   string `json:"url"`
	Title string `json:"title"`
}

// citationsOf are the annotations of a sentence, where its marks stand.
func citationsOf(base string, e api.ChatEvent) []urlCitation {
	all := []urlCitation{}
	for _, m := range e.Sentence.Marks {
		for _, g := range e.Grounds {
			if g.N == m.N {
				all = append(all, urlCitation{m.Start, m.End, link(base, g), flat(titleOf(g))})
			}
		}
	}
	return all
}

// newID draws an id by lot.
func newID(kind string) string {
	var lot [12]byte
	_, _ = rand.Read(lot[:]) // it never fails
	return kind + "_" + hex.EncodeToString(lot[:])
}

// known tells whether a model of that name answers; "" is the first of them.
func (s *Server) answers(r *http.Request, model string) error {
	all := s.backend.Models(r.Context())
	for _, m := range all {
		if m == cmp.Or(model, serve.ChatModel) {
			return nil
		}
	}
	return &unknownModelError{model, all}
}

// unknownModelError says which models there are.
type unknownModelError struct {
	name  string
	there []string
}

// Error implements error.
func (e *unknownModelError) Error() string {
	return fmt.Sprintf("there is no model %q here; there are: %s", e.name, strings.Join(e.there, ", "))
}
