package httpapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sluice/api"
	"sluice/serve"
)

// upstreamError is a model's server that failed.
type upstreamError struct{ err error }

// Error implements error.
func (e *upstreamError) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *upstreamError) Unwrap() error { return e.err }

// relayFailed says whose failure it is that a request could not be passed on.
func relayFailed(err error) error {
	if serve.ClassOf(err) == serve.Usage || errors.Is(err, context.Canceled) {
		return err
	}
	return &upstreamError{err}
}

// findings are what was looked up for one answer, and who was sent it.
type findings struct {
	any     bool // something was looked up
	used    int  // the highest number that the conversation has used
	before  []int
	said    string
	all     []api.Citation
	cited   []int
	masked  int
	hosts   []string
	outcome api.Grounds
}

func newFindings(messages []api.ChatMessage) *findings {
	f := &findings{outcome: api.Grounds{Citations: []api.Ground{}, Funnel: []api.Stage{}, Degraded: []api.Degraded{}, Coverage: map[string]float64{}, Sent: []api.Sent{}}}
	var said strings.Builder
	for _, m := range messages {
		switch m.Role {
		case "assistant":
			f.used = max(f.used, serve.NumberUsed(m.Content))
			f.before = append(f.before, serve.Numbers(m.Content)...)
		case "user", "system", "developer":
			said.WriteString(m.Content + "\n")
		}
	}
	f.said = said.String()
	return f
}

// add makes a window ready to be sent, and notes what stands in it.
func (f *findings) add(out *api.Context) {
	f.any = true
	f.masked += serve.Disclose(out, f.used)
	f.all = append(f.all, out.Passages...)
	for _, c := range out.Passages {
		f.used = max(f.used, c.N)
	}
	if out.Funnel != nil {
		f.outcome.Funnel = out.Funnel
	}
	for _, d := range out.Degraded {
		if !slices.Contains(f.outcome.Degraded, d) {
			f.outcome.Degraded = append(f.outcome.Degraded, d)
		}
	}
	f.outcome.Notices = append(f.outcome.Notices, out.Notices...)
}

// sent notes who was sent a request. Before anything was looked up it holds nothing of ours.
func (f *findings) sent(hosts []string) {
	for _, host := range hosts {
		if f.any && !slices.Contains(f.hosts, host) {
			f.hosts = append(f.hosts, host)
		}
	}
}

// tidier makes words harmless.
func (f *findings) tidier() *serve.Tidier {
	known := func(n int) bool {
		return slices.Contains(f.before, n) || slices.ContainsFunc(f.all, func(c api.Citation) bool { return c.N == n })
	}
	if !f.any {
		known = func(int) bool { return true }
	}
	return &serve.Tidier{Said: f.said, Known: known}
}

// cite notes what words cite.
func (f *findings) cite(text string) {
	for _, n := range serve.Numbers(text) {
		if !slices.Contains(f.cited, n) {
			f.cited = append(f.cited, n)
		}
	}
}

// grounds tell where an answer comes from, and what was sent to whom for it.
func (f *findings) grounds() api.Grounds {
	out := f.outcome
	for _, c := range f.all {
		if slices.Contains(f.cited, c.N) {
			out.Citations = append(out.Citations, serve.GroundOf(c))
		}
	}
	for _, host := range f.hosts {
		out.Sent = append(out.Sent, api.Sent{Host: host, Passages: len(f.all), Masked: f.masked})
	}
	return out
}
