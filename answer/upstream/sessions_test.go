package upstream

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/internal/clock"
)

// What vendors tell of their caches: a prefix counts from 1,024 tokens on, in steps of 128, and is
// forgotten after some minutes.
const (
	tokensMin, tokensStep = 1024, 128
	bytesPerToken         = 4
	cacheLife             = 5 * time.Minute
)

// sim is a day of conversations with servers that remember prefixes, on a clock of its own: nothing
// is sent.
type sim struct {
	pool   *Pool
	clock  *clock.Fake
	events events
	caches map[*server]map[uint64]time.Time
	rand   *rand.Rand

	prompt, cached int
	waits          []float64 // seconds in a queue
}

// event is something that happens at a time.
type event struct {
	at time.Time
	do func()
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

func (s *sim) after(d time.Duration, do func()) { heap.Push(&s.events, event{s.clock.T.Add(d), do}) }

func newSim(routing Routing, beta float64) *sim {
	s := &sim{clock: &clock.Fake{T: time.Unix(0, 0)}, caches: map[*server]map[uint64]time.Time{}, rand: rand.New(rand.NewPCG(7, 7))}
	var servers []Server
	for i := range 4 {
		servers = append(servers, Server{URL: fmt.Sprintf("http://server%d/v1", i), Slots: 8})
	}
	s.pool, _ = New(Options{Servers: servers, Routing: routing, Beta: beta, Clock: s.clock, Life: cacheLife})
	for _, srv := range s.pool.servers {
		s.caches[srv] = map[uint64]time.Time{}
	}
	return s
}

// text is a stretch of a prompt that no other conversation has.
func (s *sim) text(tokens int) string {
	var b strings.Builder
	for b.Len() < tokens*bytesPerToken {
		fmt.Fprintf(&b, "%016x", s.rand.Uint64())
	}
	return b.String()[:tokens*bytesPerToken]
}

// talk is one conversation: each turn repeats what was said and adds to it.
func (s *sim) talk(begin string, turns int) {
	prompt := begin
	var turn func(n int)
	turn = func(n int) {
		if n == turns {
			return
		}
		prompt += s.text(400)
		if n == 0 {
			prompt += s.text(4000) // the window; later turns add what is new
		}
		s.request(prompt, func() {
			prompt += s.text(200)
			s.after(time.Duration(5+s.rand.IntN(25))*time.Second, func() { turn(n + 1) })
		})
	}
	turn(0)
}

// request asks, waits, and is answered in the time that reading and writing take.
func (s *sim) request(prompt string, done func()) {
	c := &Call{blocks: blocksOf([]byte(prompt))}
	asked := s.clock.T
	w, err := s.pool.join(c, nil)
	if err != nil {
		panic(err)
	}
	var begin func()
	begin = func() {
		select {
		case <-w.turn:
		default: // whoever is released looks again
			s.after(50*time.Millisecond, begin)
			return
		}
		s.waits = append(s.waits, s.clock.T.Sub(asked).Seconds())
		tokens := len(prompt) / bytesPerToken
		known := s.remember(w.server, c.blocks)
		s.prompt, s.cached = s.prompt+tokens, s.cached+known
		took := time.Duration(float64(tokens-known)/4000*float64(time.Second)) + time.Second // 4,000 tokens a second are read
		s.after(took, func() { s.pool.release(w.server); done() })
	}
	begin()
}

// remember counts the tokens of a prompt that a server still knows, by the vendors' rules, and has
// it know the rest.
func (s *sim) remember(srv *server, blocks []uint64) (tokens int) {
	cache, known := s.caches[srv], true
	for _, b := range blocks {
		at, ok := cache[b]
		if known = known && ok && s.clock.T.Sub(at) < cacheLife; known {
			tokens += blockBytes / bytesPerToken
		}
		cache[b] = s.clock.T
	}
	if tokens -= tokens % tokensStep; tokens < tokensMin {
		return 0
	}
	return tokens
}

func (s *sim) run() (cached, p99 float64) {
	for len(s.events) > 0 {
		e := heap.Pop(&s.events).(event)
		s.clock.T = e.at
		e.do()
	}
	slices.Sort(s.waits)
	return float64(s.cached) / float64(s.prompt), s.waits[min(len(s.waits)-1, int(math.Ceil(0.99*float64(len(s.waits)))))]
}

// TestSessions: of 200 conversations of eight turns most of what is sent was read before, and one
// hot prefix does not make anybody wait longer than the least busy server would.
func TestSessions(t *testing.T) {
	measure := func(routing Routing, beta float64, hot bool) (cached, p99 float64) {
		s := newSim(routing, beta)
		shared := s.text(6000)
		for i := range 200 {
			begin := s.text(300)
			if hot {
				begin = shared
			}
			s.after(time.Duration(i)*700*time.Millisecond, func() { s.talk(begin, 8) })
		}
		return s.run()
	}
	for _, hot := range []bool{false, true} {
		least := 0.0
		for _, r := range []struct {
			routing Routing
			beta    float64
		}{{LeastBusy, 1}, {Consistent, 1}, {Affine, BetaDefault}, {Affine, 1}} {
			cached, p99 := measure(r.routing, r.beta, hot)
			if r.routing == LeastBusy {
				least = p99
			}
			t.Logf("one hot prefix: %5v  %-10s beta %.2f  %.1f %% of the tokens cached, p99 in a queue %.2f s", hot, r.routing, r.beta, 100*cached, p99)
			if r.routing == Affine && r.beta == BetaDefault && (cached < 0.8 || p99 > 1.2*least+0.05) {
				t.Errorf("%.1f %% cached, p99 %.2f s against %.2f s", 100*cached, p99, least)
			}
		}
	}
}
