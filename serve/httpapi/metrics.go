package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluice/api"
	"sluice/serve"
)

// buckets bound the times that are counted, in seconds.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// histogram counts times by bucket.
type histogram struct {
	counts []int64 // one more than buckets
	sum    float64
	n      int64
}

func (h *histogram) add(seconds float64) {
	if h.counts == nil {
		h.counts = make([]int64, len(buckets)+1)
	}
	i, _ := slices.BinarySearch(buckets, seconds)
	h.counts[i]++
	h.sum += seconds
	h.n++
}

// labels are a sample's, as they are written: name="value",name="value".
type labels string

func labelled(pairs ...string) labels {
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, pairs[i]+"="+`"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(pairs[i+1])+`"`)
	}
	return labels(strings.Join(all, ","))
}

// metrics are what a server counts. The families are few and the format of Prometheus is small, so
// it is written here, and the first build is spared a module.
type metrics struct {
	mu         sync.Mutex
	counters   map[string]map[labels]float64
	histograms map[string]map[labels]*histogram
}

func newMetrics() *metrics {
	return &metrics{counters: map[string]map[labels]float64{}, histograms: map[string]map[labels]*histogram{}}
}

func (m *metrics) add(name string, l labels, by float64) {
	if m.counters[name] == nil {
		m.counters[name] = map[labels]float64{}
	}
	m.counters[name][l] += by
}

func (m *metrics) time(name string, l labels, took time.Duration) {
	if m.histograms[name] == nil {
		m.histograms[name] = map[labels]*histogram{}
	}
	h := m.histograms[name][l]
	if h == nil {
		h = &histogram{}
		m.histograms[name][l] = h
	}
	h.add(took.Seconds())
}

// outcome is how an operation ended.
func outcome(err error, answered bool) string {
	switch {
	case errors.Is(err, ErrBusy):
		return "busy"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case err == nil:
		return "done"
	case answered:
		return "partly"
	case serve.ClassOf(err) == serve.Usage:
		return "usage"
	}
	return "failed"
}

func (m *metrics) operation(op string, err error, answered bool, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add("sluice_operations_total", labelled("op", op, "outcome", outcome(err, answered)), 1)
	m.time("sluice_operation_seconds", labelled("op", op), took)
}

func (m *metrics) stages(all []api.Stage, degraded []api.Degraded) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range all {
		stage := labelled("stage", s.Stage)
		m.time("sluice_stage_seconds", stage, time.Duration(s.MS*float64(time.Millisecond)))
		m.add("sluice_stage_in_total", stage, float64(s.In))
		m.add("sluice_stage_out_total", stage, float64(s.Out))
		m.add("sluice_stage_bytes_total", stage, float64(s.Bytes))
		for reason, n := range s.Dropped {
			m.add("sluice_stage_dropped_total", labelled("stage", s.Stage, "reason", reason), float64(n))
		}
	}
	if len(degraded) > 0 {
		m.add("sluice_degraded_answers_total", "", 1)
	}
}

// request counts one of HTTP, by its route and not by its path: that is anybody's choice.
func (m *metrics) request(route string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add("sluice_http_requests_total", labelled("route", route, "status", strconv.Itoa(status)), 1)
	m.time("sluice_http_request_seconds", labelled("route", route), took)
}

// helps say what each family is.
var helps = map[string]string{
	"sluice_operations_total":       "Operations by outcome.",
	"sluice_operation_seconds":      "Time of operations, waiting for their turn included.",
	"sluice_stage_seconds":          "Time of the cascade's stages.",
	"sluice_stage_in_total":         "Passages that came into a stage.",
	"sluice_stage_out_total":        "Passages that came out of a stage.",
	"sluice_stage_bytes_total":      "Bytes that a stage read.",
	"sluice_stage_dropped_total":    "Passages that a stage dropped, by reason.",
	"sluice_degraded_answers_total": "Answers that could not see everything.",
	"sluice_http_requests_total":    "Requests by route and status.",
	"sluice_http_request_seconds":   "Time of requests.",
	"sluice_shed_total":             "Requests that were refused because too many waited.",
	"sluice_working":                "Operations that are worked on.",
	"sluice_waiting":                "Operations that wait for their turn.",
	"sluice_documents":              "Documents by source.",
	"sluice_passages":               "Passages by source.",
	"sluice_info":                   "The version that runs.",
}

// write writes all of it in the text format of Prometheus.
func (m *metrics) write(b *strings.Builder) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(m.counters)) {
		family(b, name, "counter", m.counters[name])
	}
	for _, name := range slices.Sorted(maps.Keys(m.histograms)) {
		fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s histogram\n", name, helps[name], name)
		for _, l := range slices.Sorted(maps.Keys(m.histograms[name])) {
			h, sep := m.histograms[name][l], ","
			if l == "" {
				sep = ""
			}
			upTo := int64(0)
			for i, n := range h.counts {
				upTo += n
				bound := "+Inf"
				if i < len(buckets) {
					bound = strconv.FormatFloat(buckets[i], 'g', -1, 64)
				}
				fmt.Fprintf(b, "%s_bucket{%s%sle=%q} %d\n", name, l, sep, bound, upTo)
			}
			fmt.Fprintf(b, "%s_sum{%s} %g\n%s_count{%s} %d\n", name, l, h.sum, name, l, h.n)
		}
	}
}

func family(b *strings.Builder, name, kind string, values map[labels]float64) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, cmp.Or(helps[name], "What the process says of itself."), name, kind)
	for _, l := range slices.Sorted(maps.Keys(values)) {
		if l == "" {
			fmt.Fprintf(b, "%s %s\n", name, strconv.FormatFloat(values[l], 'g', -1, 64))
			continue
		}
		fmt.Fprintf(b, "%s{%s} %s\n", name, l, strconv.FormatFloat(values[l], 'g', -1, 64))
	}
}

// metricsPage serves /metrics. It tells of everybody's questions, if only their number, so it is
// not for who may see some sources only.
func (s *Server) metricsPage(w http.ResponseWriter, r *http.Request) {
	if r.Context().Value(scopedKey{}) != nil {
		fail(w, r, http.StatusForbidden, "this token sees some sources only, and metrics tell of all of them")
		return
	}
	var b strings.Builder
	g := s.gate
	g.metrics.write(&b)
	family(&b, "sluice_shed_total", "counter", map[labels]float64{labelled("kind", "ask"): float64(g.asks.shed.Load()), labelled("kind", "talk"): float64(g.talks.shed.Load())})
	family(&b, "sluice_waiting", "gauge", map[labels]float64{labelled("kind", "ask"): float64(g.asks.waiting.Load()), labelled("kind", "talk"): float64(g.talks.waiting.Load())})
	family(&b, "sluice_working", "gauge", map[labels]float64{labelled("kind", "ask"): float64(len(g.asks.slots)), labelled("kind", "talk"): float64(len(g.talks.slots))})
	family(&b, "sluice_info", "gauge", map[labels]float64{labelled("version", s.opts.Version): 1})
	if out, _ := s.backend.Sources(r.Context()); out != nil {
		documents, passages := map[labels]float64{}, map[labels]float64{}
		for _, src := range out.Sources {
			documents[labelled("source", src.Label)], passages[labelled("source", src.Label)] = float64(src.Documents), float64(src.Passages)
		}
		family(&b, "sluice_documents", "gauge", documents)
		family(&b, "sluice_passages", "gauge", passages)
	}
	if s.opts.Machine != nil {
		machine := s.opts.Machine()
		for _, name := range slices.Sorted(maps.Keys(machine)) {
			family(&b, name, "gauge", map[labels]float64{"": machine[name]})
		}
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(b.String()))
}

// counted counts the requests of a route.
func (s *Server) counted(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		noted := &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // it is the value that the library compares
					panic(p)
				}
				if noted.status == 0 {
					fail(noted, r, http.StatusInternalServerError, fmt.Sprintf("the request failed inside: %v", p))
				}
			}
			s.gate.metrics.request(route, cmp.Or(noted.status, http.StatusOK), time.Since(begun))
		}()
		next.ServeHTTP(noted, r)
	})
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *statusWriter) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets a stream be flushed.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements http.Flusher, which the SDK of MCP asks for.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }
