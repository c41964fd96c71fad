package upstream

import (
	"context"
	"errors"
	"slices"
)

// ErrBusy is that so many wait already that this one would not be answered in time.
var ErrBusy = errors.New("the model servers are busy: ask again later")

// waiting is a request whose turn has not come.
type waiting struct {
	call   *Call
	server *server       // whose queue it is in; when the turn comes, who is to answer
	turn   chan struct{} // closed then
	tag    float64       // its place by fair shares
	not    []*server     // that have failed it
}

// shares are the clients' shares of the pool, by start-time fair queueing: a client that asks for
// much waits behind one that asks for little.
type shares struct {
	now  float64            // the tag that was served last
	next map[string]float64 // client -> the tag of its next request
}

func (s *shares) tag(client string) float64 {
	if s.next == nil || len(s.next) > clientsMax {
		s.next = map[string]float64{}
	}
	tag := max(s.now, s.next[client])
	s.next[client] = tag + 1
	return tag
}

// clientsMax is how many clients are told apart before all begin anew.
const clientsMax = 10_000

// turn waits until a server is to be asked, and says which. Release it.
func (p *Pool) turn(ctx context.Context, c *Call, not []*server) (*server, error) {
	p.mu.Lock()
	w, err := p.join(c, not)
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case <-w.turn:
		return w.server, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-w.turn: // in the same moment
		p.release(w.server)
	default:
		w.server.queue = slices.DeleteFunc(w.server.queue, func(other *waiting) bool { return other == w })
	}
	return nil, ctx.Err()
}

// join chooses the server of a request, and gives it its turn or a place in that server's queue.
// The pool is locked.
func (p *Pool) join(c *Call, not []*server) (*waiting, error) {
	s, err := p.choose(c, not)
	if err != nil {
		return nil, err
	}
	w := &waiting{call: c, server: s, turn: make(chan struct{}), tag: p.shares.tag(c.Client), not: not}
	switch {
	case s.free() && len(s.queue) == 0:
		p.grant(w, s)
		close(w.turn)
	case len(s.queue) >= p.o.QueueMax:
		return nil, ErrBusy
	default:
		s.queue = append(s.queue, w)
	}
	return w, nil
}

// grant makes a request one of those that a server is asked.
func (p *Pool) grant(w *waiting, s *server) {
	w.server = s
	s.asked++
	s.breaker.take()
	p.shares.now = max(p.shares.now, w.tag)
	s.learn(w.call.blocks, p.clock.Now())
}

// release ends a request of a server, and gives its place to the next in its queue, or else in the
// longest one.
func (p *Pool) release(s *server) {
	s.asked--
	for s.free() {
		w := p.next(s)
		if w == nil {
			return
		}
		p.grant(w, s)
		close(w.turn)
	}
}

// next takes the request that a server with room is to be asked, out of whichever queue it is in.
func (p *Pool) next(s *server) *waiting {
	if !s.breaker.open(p.clock.Now()) {
		return nil
	}
	queues := slices.Clone(p.servers)
	slices.SortStableFunc(queues, func(a, b *server) int {
		if (a == s) != (b == s) && len(s.queue) > 0 {
			return map[bool]int{true: -1, false: 1}[a == s]
		}
		return len(b.queue) - len(a.queue)
	})
	for _, from := range queues {
		best := -1
		for i, w := range from.queue {
			if (from == s || s.serves(w.call.Model) && !slices.Contains(w.not, s)) && (best < 0 || w.tag < from.queue[best].tag) {
				best = i
			}
		}
		if best >= 0 {
			w := from.queue[best]
			from.queue = slices.Delete(from.queue, best, best+1)
			return w
		}
	}
	return nil
}
