package serve

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"sluice/answer/upstream"
)

// Relayed is what a model's server answered to a request that was passed on, whatever its status.
type Relayed struct {
	Status int
	Type   string   // of the content
	Hosts  []string // that were sent the request
	Body   io.ReadCloser
}

// Relays tells whether there is a model to pass a request on to.
func (s *Service) Relays() bool { return s.opts.Upstream != nil }

// Relay passes the fields of a chat on to a model as they came, with no passage added. model is as
// clients name it. Close the body of what comes.
func (s *Service) Relay(ctx context.Context, fields map[string]json.RawMessage, model string) (*Relayed, error) {
	_, name, _ := strings.Cut(model, "/")
	var asked hosts
	r, err := s.opts.Upstream.Do(ctx, upstream.Call{Path: "/chat/completions", Fields: fields, Model: name, Client: callerOf(ctx), Sent: asked.sent})
	if err != nil {
		return nil, err
	}
	asked.mu.Lock()
	defer asked.mu.Unlock()
	return &Relayed{Status: r.Status, Type: r.Header("Content-Type"), Hosts: slices.Clone(asked.hosts), Body: r.Body}, nil
}
