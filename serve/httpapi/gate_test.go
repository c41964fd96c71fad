package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/api"
)

// slow is a backend whose answers take a while, and which counts how many it works on.
type slow struct {
	everything
	took          time.Duration
	working, most atomic.Int64
}

func (s *slow) Search(context.Context, api.SearchRequest) (*api.Search, error) {
	n := s.working.Add(1)
	defer s.working.Add(-1)
	for {
		if m := s.most.Load(); n <= m || s.most.CompareAndSwap(m, n) {
			break
		}
	}
	time.Sleep(s.took)
	return &api.Search{}, nil
}

// TestTheGateShedsWhatCannotBeAnswered: so many at once are worked on, others wait their turn for a
// while, and who would wait longer is told to come back. Who goes away leaves the queue.
func TestTheGateShedsWhatCannotBeAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &slow{took: time.Second}
		g := NewGate(b, 2)
		var answered, busy, gone atomic.Int64
		begun := time.Now()
		for i := range 20 {
			ctx := t.Context()
			if i >= 15 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
				time.Sleep(time.Millisecond) // behind the others
			}
			go func() {
				_, err := g.Search(ctx, api.SearchRequest{})
				switch {
				case err == nil:
					answered.Add(1)
				case errors.Is(err, ErrBusy):
					busy.Add(1)
				default:
					gone.Add(1)
				}
			}()
		}
		time.Sleep(10 * time.Second)
		// In three seconds two at a time are answered three times over, and two were let in at the
		// end.
		if answered.Load() < 6 || answered.Load() > 8 || answered.Load()+busy.Load() != 15 || gone.Load() != 5 || b.most.Load() != 2 {
			t.Errorf("after %s: %d answered, %d busy, %d gone, %d at once", time.Since(begun), answered.Load(), busy.Load(), gone.Load(), b.most.Load())
		}
		if g.asks.waiting.Load() != 0 || len(g.asks.slots) != 0 {
			t.Errorf("%d wait and %d work for nobody", g.asks.waiting.Load(), len(g.asks.slots))
		}
	})
}

// TestMetricsAreWellFormed: every line is a comment or a sample, names that somebody chose cannot
// break a line, and what was done is counted by route and not by path.
func TestMetricsAreWellFormed(t *testing.T) {
	s := server(oddly{})
	for _, path := range []string{"/api/search?query=q", "/v1/models/a%0Ab", "/v1/models/sluice", "/nothing/of/that/name"} {
		ask(s, "GET", path, "")
	}
	text := ask(s, "GET", "/metrics", "").Body.String()
	for _, want := range []string{`sluice_http_requests_total{route="GET /api/search",status="200"} 1`, `sluice_operations_total{op="search",outcome="done"} 1`,
		`sluice_stage_dropped_total{stage="gather",reason="no_match"} 7`, `sluice_operation_seconds_count{op="search"} 1`, `sluice_operation_seconds_bucket{op="search",le="+Inf"} 1`,
		`sluice_documents{source="new\nline \"quoted\""} 3`, `sluice_http_requests_total{route="GET /v1/models/{id...}",status="404"} 1`} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") && (len(fields) < 2 || !strings.HasPrefix(line, "sluice_")) {
			t.Errorf("no sample: %q", line)
		}
	}
	if w := ask(s, "GET", "/metrics", "", "Authorization", "Bearer scoped"); w.Code != http.StatusForbidden {
		t.Errorf("who may see one source is told of all: %d", w.Code)
	}
}

type oddly struct{ everything }

func (oddly) Search(context.Context, api.SearchRequest) (*api.Search, error) {
	return &api.Search{Funnel: []api.Stage{{Stage: "gather", In: 9, Out: 2, Dropped: map[string]int64{"no_match": 7}}}}, nil
}

func (oddly) Sources(context.Context) (*api.Sources, error) {
	return &api.Sources{Sources: []api.Source{{Label: "new\nline \"quoted\"", Documents: 3}}}, nil
}
