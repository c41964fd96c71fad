package serve

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"sluice/answer/upstream"
)

// Relayed is what a model's server answered to a request that was passed on, whatever its status.
type Relayed struct {
	Status int
	Type   string // of the content
	Body   io.ReadCloser
}

// Relays tells whether there is a model to pass a request on to.
func (s *Service) Relays() bool { return s.opts.Upstream != nil }

// Relay passes the fields of a chat on to a model as they came, with no passage added. model is as
// clients name it. Close the body of what comes.
func (s *Service) Relay(ctx context.Context, fields map[string]json.RawMessage, model string) (*Relayed, error) {
	_, name, _ := strings.Cut(model, "/")
	r, err := s.opts.Upstream.Do(ctx, upstream.Call{Path: "/chat/completions", Fields: fields, Model: name, Client: callerOf(ctx)})
	if err != nil {
		return nil, err
	}
	return &Relayed{Status: r.Status, Type: r.Header("Content-Type"), Body: r.Body}, nil
}
