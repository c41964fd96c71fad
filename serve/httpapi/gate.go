package httpapi

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"sluice/api"
)

// ErrBusy says that more is asked than can be answered. Who waits a little is answered.
var ErrBusy = errors.New("busy: more is asked than can be answered now; ask again in a second")

const (
	// waitersMax is how many may wait for their turn, and turnWait how long. Waiting longer would
	// only mean that nobody is answered in time.
	waitersMax = 512
	turnWait   = 3 * time.Second
	// talksEach is how many conversations go on for each question that is worked on: they mostly
	// wait for a model.
	talksEach = 16
)

// turns lets so many in at once; the others wait in the order in which they came.
type turns struct {
	slots   chan struct{}
	waiting atomic.Int64
	shed    atomic.Int64
}

func newTurns(n int) *turns { return &turns{slots: make(chan struct{}, n)} }

// take waits for a turn.
func (t *turns) take(ctx context.Context) error {
	select {
	case t.slots <- struct{}{}:
		return nil
	default:
	}
	if t.waiting.Add(1) > waitersMax {
		t.waiting.Add(-1)
		t.shed.Add(1)
		return ErrBusy
	}
	defer t.waiting.Add(-1)
	patience := time.NewTimer(turnWait)
	defer patience.Stop()
	select {
	case t.slots <- struct{}{}:
		return nil
	case <-patience.C:
		t.shed.Add(1)
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *turns) give() { <-t.slots }

// Gate is a backend that answers so many at once, and counts what it answers. Everything that a
// server offers goes through one: its own endpoints and MCP.
type Gate struct {
	Backend
	asks, talks *turns
	metrics     *metrics
}

// NewGate puts a gate before a backend that answers n questions at once.
func NewGate(b Backend, n int) *Gate {
	return &Gate{Backend: b, asks: newTurns(n), talks: newTurns(talksEach * n), metrics: newMetrics()}
}

// gated works on one request, when it is its turn.
func gated[In, Out any](ctx context.Context, g *Gate, t *turns, op string, call func(context.Context, In) (*Out, error), in In, funnel func(*Out) ([]api.Stage, []api.Degraded)) (*Out, error) {
	begun := time.Now()
	if err := t.take(ctx); err != nil {
		g.metrics.operation(op, err, false, time.Since(begun))
		return nil, err
	}
	defer t.give()
	out, err := call(ctx, in)
	g.metrics.operation(op, err, out != nil, time.Since(begun))
	if out != nil && funnel != nil {
		stages, degraded := funnel(out)
		g.metrics.stages(stages, degraded)
	}
	return out, err
}

// Search implements Backend.
func (g *Gate) Search(ctx context.Context, r api.SearchRequest) (*api.Search, error) {
	return gated(ctx, g, g.asks, "search", g.Backend.Search, r, func(o *api.Search) ([]api.Stage, []api.Degraded) { return o.Funnel, o.Degraded })
}

// Context implements Backend.
func (g *Gate) Context(ctx context.Context, r api.ContextRequest) (*api.Context, error) {
	return gated(ctx, g, g.asks, "context", g.Backend.Context, r, func(o *api.Context) ([]api.Stage, []api.Degraded) { return o.Funnel, o.Degraded })
}

// Ask implements Backend.
func (g *Gate) Ask(ctx context.Context, r api.AskRequest) (*api.Ask, error) {
	return gated(ctx, g, g.asks, "ask", g.Backend.Ask, r, func(o *api.Ask) ([]api.Stage, []api.Degraded) { return o.Funnel, o.Degraded })
}

// Why implements Backend.
func (g *Gate) Why(ctx context.Context, r api.WhyRequest) (*api.Why, error) {
	return gated(ctx, g, g.asks, "why", g.Backend.Why, r, func(o *api.Why) ([]api.Stage, []api.Degraded) { return o.Funnel, o.Degraded })
}

// Read implements Backend.
func (g *Gate) Read(ctx context.Context, r api.ReadRequest) (*api.Read, error) {
	return gated(ctx, g, g.asks, "read", g.Backend.Read, r, nil)
}

// Chat implements Backend.
func (g *Gate) Chat(ctx context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error) {
	chat := func(ctx context.Context, r api.ChatRequest) (*api.Chat, error) {
		return g.Backend.Chat(ctx, r, release)
	}
	return gated(ctx, g, g.talks, "chat", chat, r, func(o *api.Chat) ([]api.Stage, []api.Degraded) { return o.Sluice.Funnel, o.Sluice.Degraded })
}

// Embed implements Backend.
func (g *Gate) Embed(ctx context.Context, texts []string, questions bool) ([][]float32, error) {
	embed := func(ctx context.Context, texts []string) (*[][]float32, error) {
		out, err := g.Backend.Embed(ctx, texts, questions)
		return &out, err
	}
	out, err := gated(ctx, g, g.asks, "embed", embed, texts, nil)
	if out == nil {
		return nil, err
	}
	return *out, err
}

// Feedback implements Backend.
func (g *Gate) Feedback(ctx context.Context, r api.FeedbackRequest) (*api.Feedback, error) {
	return gated(ctx, g, g.asks, "feedback", g.Backend.Feedback, r, nil)
}
