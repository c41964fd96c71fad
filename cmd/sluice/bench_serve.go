package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/clock"
	"sluice/internal/netx"
	"sluice/internal/vfs"
	"sluice/serve"
)

// served is what `bench serve` prints.
type served struct {
	Clients   int              `json:"clients"`
	Seconds   float64          `json:"seconds"`
	Answered  int              `json:"answered"`
	PerSecond float64          `json:"per_second"`
	Shed      int              `json:"shed"` // told to come back: 429
	Failed    map[string]int   `json:"failed"`
	MS        quantiles        `json:"ms"`          // of those that were answered
	Beside    quantiles        `json:"beside_ms"`   // what of it was not the cascade's own time: waiting for a turn and HTTP
	Heap      map[string]int64 `json:"heap_in_use"` // of the server, at the begin, half way and at the end
}

type quantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func quantilesOf(all []float64) (q quantiles) {
	if len(all) == 0 {
		return q
	}
	slices.Sort(all)
	at := func(p float64) float64 { return all[min(len(all)-1, int(p*float64(len(all))))] }
	return quantiles{at(.5), at(.9), at(.99), all[len(all)-1]}
}

// askedWhereNone are questions for a store that nobody has any for: common words, one to four.
var askedWhereNone = []string{"lock", "read file", "write error", "memory", "time and date", "list of users", "copy data between buffers", "error when opening",
	"wait for a signal", "page", "start and stop", "network address", "check permission", "size limit", "name of the device", "free unused memory",
	"default value", "open connection", "how is an interrupt handled", "what happens on timeout", "test", "message", "queue is full", "sort order"}

func (a *app) benchServeVerb() *cobra.Command {
	var url, questions, token string
	var clients int
	var span time.Duration
	cmd := &cobra.Command{
		Use: "serve", Short: "How many clients a running `sluice serve` answers at once, and how fast", Args: cobra.NoArgs,
		Long: `Serve asks a server that runs as many clients would, each its next question as soon as the last one was answered, and
prints rates, times and what was refused. With one client it prints what HTTP costs beside the cascade's own time.`,
		Example: `  sluice serve --store DIR &
  sluice bench serve --clients 200 --for 10m --questions FILE
  sluice bench serve --clients 1 --for 30s`,
	}
	flags := cmd.Flags()
	flags.StringVar(&url, "url", "http://127.0.0.1:7117", "where the server is")
	flags.StringVar(&token, "token", "", "what it asks for (default: $SLUICE_TOKEN)")
	flags.StringVar(&questions, "questions", "", "`FILE` with a question a line (default: common words)")
	flags.IntVar(&clients, "clients", 200, "how many ask at once")
	flags.DurationVar(&span, "for", time.Minute, "for how long")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		host, err := netx.Host(url)
		if err != nil {
			return nil, nil, serve.Usagef("--url: %w", err)
		}
		if clients < 1 || span <= 0 {
			return nil, nil, serve.Usagef("--clients and --for are more than nothing")
		}
		if token == "" {
			token = a.getenv(tokenVariable)
		}
		l := &load{url: strings.TrimSuffix(url, "/"), token: token, client: netx.New(netx.Options{Hosts: []string{host}, Idle: clients}), questions: askedWhereNone}
		defer l.client.Close()
		if questions != "" {
			if l.questions, err = a.linesOf(questions); err != nil {
				return nil, nil, err
			}
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		out, err := l.run(ctx, clients, span)
		if err != nil {
			return nil, nil, err
		}
		return out, func() { a.tellServed(out) }, nil
	})
	return cmd
}

func (a *app) tellServed(s *served) {
	a.printf("%d clients, %.0f s: %d answered, %.1f a second; %d shed (%.2f %%), %v failed\n", s.Clients, s.Seconds, s.Answered, s.PerSecond,
		s.Shed, 100*float64(s.Shed)/float64(max(1, s.Shed+s.Answered)), s.Failed)
	a.printf("ms: p50 %.1f  p90 %.1f  p99 %.1f  max %.1f; beside the cascade: p50 %.2f  p99 %.2f\n", s.MS.P50, s.MS.P90, s.MS.P99, s.MS.Max, s.Beside.P50, s.Beside.P99)
	a.printf("heap in use, MiB: begin %d, half way %d, end %d\n", s.Heap["begin"]>>20, s.Heap["half"]>>20, s.Heap["end"]>>20)
}

// linesOf reads the lines of a file that are not empty.
func (a *app) linesOf(name string) (all []string, err error) {
	path := a.absolute(name)
	f, err := vfs.Linked(filepath.Dir(path)).Open(filepath.Base(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		return nil, serve.Usagef("%s has no questions: write one a line", name)
	}
	return all, lines.Err()
}

// load asks one server.
type load struct {
	url, token string
	client     *netx.Client
	questions  []string

	mu     sync.Mutex
	took   []float64
	beside []float64
	shed   int
	failed map[string]int
}

// run asks for a span of time.
func (l *load) run(ctx context.Context, clients int, span time.Duration) (*served, error) {
	if err := l.ask(ctx, 0); err != nil { // it must be there, and open
		return nil, err
	}
	l.took, l.beside, l.failed = nil, nil, map[string]int{}
	out := &served{Clients: clients, Heap: map[string]int64{"begin": l.heap(ctx)}}
	begun := time.Now()
	asking, stop := context.WithTimeout(ctx, span)
	defer stop()
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := c; asking.Err() == nil; i += clients {
				if err := l.ask(ctx, i); err != nil {
					l.note(func() { l.failed[err.Error()]++ })
				}
			}
		})
	}
	half := time.AfterFunc(span/2, func() {
		heap := l.heap(ctx)
		l.note(func() { out.Heap["half"] = heap })
	})
	all.Wait()
	half.Stop()
	out.Seconds = time.Since(begun).Seconds()
	heap := l.heap(ctx)
	l.note(func() { out.Heap["end"] = heap })
	out.Answered, out.Shed, out.Failed = len(l.took), l.shed, l.failed
	out.PerSecond = float64(out.Answered) / out.Seconds
	out.MS, out.Beside = quantilesOf(l.took), quantilesOf(l.beside)
	return out, ctx.Err()
}

func (l *load) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// ask asks the i-th question. Being told to come back is no failure, and is heeded.
func (l *load) ask(ctx context.Context, i int) error {
	body, err := json.Marshal(api.SearchRequest{Query: l.questions[i%len(l.questions)]})
	if err != nil {
		return err
	}
	begun := time.Now()
	r, err := l.client.Do(ctx, netx.Request{URL: l.url + "/api/search", Body: body, Header: l.header()})
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	took := float64(time.Since(begun).Microseconds()) / 1000
	switch {
	case err != nil:
		return err
	case r.Status == 429:
		l.note(func() { l.shed++ })
		seconds, _ := strconv.Atoi(r.Header("Retry-After"))
		return clock.Sleep(ctx, time.Duration(max(1, seconds))*time.Second)
	case r.Status != 200:
		return fmt.Errorf("status %d: %.200s", r.Status, text)
	}
	var found api.Search
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	l.note(func() { l.took, l.beside = append(l.took, took), append(l.beside, took-found.TookMS) })
	return nil
}

func (l *load) header() map[string]string {
	h := map[string]string{"Content-Type": "application/json"}
	if l.token != "" {
		h["Authorization"] = "Bearer " + l.token
	}
	return h
}

// heap is the server's, as it tells it; 0 where it does not.
func (l *load) heap(ctx context.Context) int64 {
	r, err := l.client.Do(ctx, netx.Request{URL: l.url + "/metrics", Header: l.header()})
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "go_memstats_heap_inuse_bytes "); ok {
			n, _ := strconv.ParseFloat(value, 64)
			return int64(n)
		}
	}
	return 0
}
