package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/internal/clock"
	"sluice/internal/netx"
)

// The errors that a caller tells apart.
var (
	ErrNone    = errors.New("there is no model server: name one with --upstream")
	ErrModel   = errors.New("no server has the model")
	ErrResting = errors.New("all model servers failed lately and are left alone for a while")
	ErrAnswer  = errors.New("its answer is none")
	ErrLong    = errors.New("its answer does not end")
	ErrIdle    = errors.New("it stopped in the middle of an answer")
)

// Server is a model server.
type Server struct {
	URL    string // up to /v1
	Key    Key    // sent as a bearer token; "": none
	Model  string // that is meant where none is named; "": the first that it lists
	Slots  int    // requests that it is asked at once; 0: SlotsDefault
	Models []string
}

// SlotsDefault is how many requests a server is asked at once unless it is told otherwise.
const SlotsDefault = 8

// Options say how servers are asked. What is zero has its default.
type Options struct {
	Servers  []Server
	Routing  Routing       // Affine
	Beta     float64       // of the routing; BetaDefault
	Tries    int           // of one request; 3
	Hedge    time.Duration // after which a second server is asked too; 0: never
	Idle     time.Duration // a stream may be silent; 1 min
	Life     time.Duration // a server remembers prompts; 10 min
	BodyMax  int64         // bytes of a reply; 64 MiB
	QueueMax int           // of a server; 1,000
	Clock    clock.Waiter
}

// BetaDefault weighs how busy a server is against what it has read. The published 1 lets one
// request more outweigh a whole conversation where servers have little to do (TestSessions).
const BetaDefault = 0.25

func (o Options) withDefaults() Options {
	if o.Routing == "" {
		o.Routing = Affine
	}
	if o.Beta == 0 {
		o.Beta = BetaDefault
	}
	if o.Tries == 0 {
		o.Tries = 3
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	if o.Life == 0 {
		o.Life = 10 * time.Minute
	}
	if o.BodyMax == 0 {
		o.BodyMax = 64 << 20
	}
	if o.QueueMax == 0 {
		o.QueueMax = 1000
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	return o
}

// answerWait is how long a server may take to begin an answer; a request's own deadline is shorter.
const answerWait = 10 * time.Minute

// Pool asks servers. It is safe for concurrent use. Close it.
type Pool struct {
	o     Options
	clock clock.Waiter

	mu      sync.Mutex
	servers []*server
	shares  shares
	retries float64 // that may still be spent
	rounds  int
}

// server is a Server with what is known of it. The pool's lock guards what changes.
type server struct {
	Server
	Host    string
	http    *netx.Client
	asked   int // requests that are under way
	queue   []*waiting
	breaker breaker
	read    memory
	life    time.Duration
	listed  time.Time // when it was last asked for its models
	count   Count
}

// New makes a pool. Nothing is asked yet.
func New(o Options) (*Pool, error) {
	o = o.withDefaults()
	p := &Pool{o: o, clock: o.Clock, retries: retriesMax}
	for _, s := range o.Servers {
		s.URL = strings.TrimRight(s.URL, "/")
		host, err := netx.Host(s.URL)
		if err != nil {
			return nil, err
		}
		if s.Slots <= 0 {
			s.Slots = SlotsDefault
		}
		client := netx.New(netx.Options{Hosts: []string{host}, Answer: answerWait, Idle: s.Slots})
		p.servers = append(p.servers, &server{Server: s, Host: host, http: client, life: o.Life, count: Count{Host: host}})
	}
	return p, nil
}

// Close lets connections go.
func (p *Pool) Close() {
	for _, s := range p.servers {
		s.http.Close()
	}
}

func (s *server) free() bool    { return s.asked < s.Slots }
func (s *server) load() float64 { return float64(s.asked + len(s.queue)) }

func (s *server) learn(blocks []uint64, now time.Time) { s.read.learn(blocks, now, s.life) }

// serves tells whether a server has a model, as far as is known.
func (s *server) serves(model string) bool {
	return model == "" || len(s.Models) == 0 || slices.Contains(s.Models, model)
}

// Call is a request.
type Call struct {
	Path   string                     // behind /v1: "/chat/completions"
	Fields map[string]json.RawMessage // of the body; "model" is set here
	Model  string                     // as its server calls it; "": the server's own choice
	Client string                     // whose share it is
	Sent   func(host string)          // is told of each server before it is sent anything; may be nil
	blocks []uint64
}

// Reply is what a server answered, whatever its status. Close its Body.
type Reply struct {
	Host   string
	Model  string
	Status int
	Header func(name string) string
	Body   io.ReadCloser
}

const (
	retriesMax   = 10.0 // that may be spent at once
	retriesShare = 0.1  // of answers, beyond that: retries must not multiply the load of servers that are down
	backOff      = 100 * time.Millisecond
)

// Do asks one server, and where that fails another one. A reply that tells of a failure is a reply
// when no server is left to ask.
func (p *Pool) Do(ctx context.Context, c Call) (*Reply, error) {
	c.blocks = blocksOf(append(slices.Clone(c.Fields["tools"]), c.Fields["messages"]...))
	var not []*server
	for try := 1; ; try++ {
		got := p.hedged(ctx, &c, not)
		last := got[len(got)-1]
		if ctx.Err() != nil || last.good() {
			return last.reply, last.err
		}
		for _, o := range got {
			if o.by != nil {
				not = append(not, o.by)
			}
		}
		if last.by == nil || try >= p.o.Tries || !p.spend() {
			return last.reply, last.err
		}
		last.close()
		if !p.another(&c, not) {
			if err := p.clock.Wait(ctx, max(backOff<<(try-1), last.wait)); err != nil {
				return nil, err
			}
		}
	}
}

// spend takes one retry from the budget, if there is one.
func (p *Pool) spend() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retries < 1 {
		return false
	}
	p.retries--
	return true
}

// another tells whether a server is left that has not failed this request.
func (p *Pool) another(c *Call, not []*server) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.choose(c, not)
	return err == nil && !slices.Contains(not, s)
}

// outcome is what came of asking one server.
type outcome struct {
	reply *Reply
	by    *server // nil: none could be asked
	wait  time.Duration
	err   error
	n     int // of those that were asked at once
}

// good tells whether it is an answer, and not a failure that another server might not have.
func (o outcome) good() bool {
	return o.err == nil && o.reply.Status != 408 && o.reply.Status != 429 && o.reply.Status < 500
}

func (o outcome) close() {
	if o.reply != nil {
		_ = o.reply.Body.Close()
	}
}

// hedged asks one server, and where that does not begin to answer in time, a second one too. The
// last of what it returns counts; the others failed.
func (p *Pool) hedged(ctx context.Context, c *Call, not []*server) (got []outcome) {
	if p.o.Hedge <= 0 {
		return []outcome{p.once(ctx, c, not, func(*server) {})}
	}
	answers := make(chan outcome, 2)
	var stop [2]context.CancelFunc
	var first atomic.Pointer[server] // nil while it waits for its turn: then a second one would too
	asked := 0
	ask := func(not []*server) {
		one, cancel := context.WithCancel(ctx)
		n := asked
		stop[n] = cancel
		asked++
		go func() {
			o := p.once(one, c, not, func(s *server) { first.CompareAndSwap(nil, s) })
			o.n = n
			answers <- o
		}()
	}
	ask(not)
	timer := time.NewTimer(p.o.Hedge)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if s := first.Load(); s != nil && p.another(c, append(slices.Clone(not), s)) && p.spend() {
				ask(append(slices.Clone(not), s))
			}
			continue
		case o := <-answers:
			got = append(got, o)
		}
		last := got[len(got)-1]
		if last.good() || len(got) == asked {
			p.forsake(answers, asked-len(got), stop, last)
			return got
		}
		last.close()
	}
}

// forsake ends the requests that were slower than the one that counts, whose own context ends with
// its body.
func (p *Pool) forsake(answers chan outcome, left int, stop [2]context.CancelFunc, won outcome) {
	for n, cancel := range stop {
		if cancel != nil && (n != won.n || won.reply == nil) {
			cancel()
		}
	}
	if won.reply != nil {
		won.reply.Body = closing{won.reply.Body, stop[won.n]}
	}
	if left > 0 {
		go func() {
			for range left {
				(<-answers).close()
			}
		}()
	}
}

type closing struct {
	io.ReadCloser
	also func()
}

func (c closing) Close() error {
	defer c.also()
	return c.ReadCloser.Close()
}

// once waits for its turn and asks a server.
func (p *Pool) once(ctx context.Context, c *Call, not []*server, taken func(*server)) outcome {
	s, err := p.turn(ctx, c, not)
	if err != nil {
		return outcome{err: err}
	}
	taken(s)
	model, sent, err := p.body(ctx, s, c)
	if err != nil {
		p.end(s, err, 0)
		return outcome{by: s, err: err}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	header := map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
	if s.Key != "" {
		header["Authorization"] = "Bearer " + string(s.Key)
	}
	if c.Sent != nil {
		c.Sent(s.Host)
	}
	reply, err := s.http.Do(ctx, netx.Request{URL: s.URL + c.Path, Header: header, Body: sent})
	if err != nil {
		cancel(nil)
		p.end(s, err, 0)
		return outcome{by: s, err: err}
	}
	o := outcome{by: s, reply: &Reply{Host: s.Host, Model: model, Status: reply.Status, Header: reply.Header}}
	seconds, _ := strconv.Atoi(reply.Header("Retry-After"))
	o.wait = time.Duration(min(max(seconds, 0), 3600)) * time.Second
	b := &body{pool: p, by: s, in: reply.Body, cause: func() error { return context.Cause(ctx) }, cancel: cancel, left: p.o.BodyMax}
	b.timer = time.AfterFunc(p.o.Idle, func() { cancel(ErrIdle) })
	if !o.good() {
		b.wait, b.err = o.wait, fmt.Errorf("status %d", reply.Status)
	}
	o.reply.Body = b
	return o
}

// body writes what is sent: the fields as they are, with the server's name of the model.
func (p *Pool) body(ctx context.Context, s *server, c *Call) (model string, body []byte, err error) {
	if model = c.Model; model == "" {
		if model, err = p.modelOf(ctx, s); err != nil {
			return "", nil, err
		}
	}
	fields := map[string]json.RawMessage{}
	for name, v := range c.Fields {
		fields[name] = v
	}
	if fields["model"], err = json.Marshal(model); err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(fields)
	return model, b.Bytes(), err
}

// end ends a request of a server, and books what became of it.
func (p *Pool) end(s *server, err error, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.count.Requests++
	switch {
	case err == nil:
		s.breaker.answered()
		p.retries = min(p.retries+retriesShare, retriesMax)
	case errors.Is(err, context.Canceled):
		s.breaker.left()
	default:
		s.count.Failed++
		s.count.Last = s.harmless(err.Error())
		s.breaker.failed(p.clock.Now(), wait)
	}
	p.release(s)
}

// harmless is what a server said, without the key that it may repeat.
func (s *server) harmless(text string) string {
	if s.Key != "" {
		text = strings.ReplaceAll(text, string(s.Key), hidden)
	}
	return text[:min(len(text), 500)]
}
