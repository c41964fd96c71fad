package upstream

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"
)

// Routing is how a server is chosen.
type Routing string

// The routings. All but the first are there to be measured against.
const (
	Affine     Routing = "affine"     // matched share - beta x (load - mean) / max(1, mean)
	LeastBusy  Routing = "least"      // the least busy
	Consistent Routing = "consistent" // by the hash of the prompt's beginning, however busy that server is
)

const (
	blockBytes  = 512     // of a prompt, that are known together
	blocksMax   = 1 << 16 // that are remembered of a server, twice
	prefixBytes = 4 << 10 // that consistent hashing looks at
)

// blocksOf are the hashes of a prompt's beginnings, one a block: equal where all before is equal.
func blocksOf(prompt []byte) (blocks []uint64) {
	h := fnv.New64a()
	for len(prompt) >= blockBytes {
		_, _ = h.Write(prompt[:blockBytes])
		blocks, prompt = append(blocks, h.Sum64()), prompt[blockBytes:]
	}
	return blocks
}

// memory is which beginnings of prompts a server has read lately, in two generations, so that the
// oldest half is forgotten at once.
type memory struct {
	young, old map[uint64]bool
	since      time.Time
}

func (m *memory) learn(blocks []uint64, now time.Time, life time.Duration) {
	if m.young == nil || len(m.young) > blocksMax || now.Sub(m.since) > life {
		if now.Sub(m.since) > 2*life {
			m.young = nil
		}
		m.young, m.old, m.since = map[uint64]bool{}, m.young, now
	}
	for _, b := range blocks {
		m.young[b] = true
	}
}

// matched is the share of a prompt that was read before.
func (m *memory) matched(blocks []uint64) float64 {
	n := 0
	for n < len(blocks) && (m.young[blocks[n]] || m.old[blocks[n]]) {
		n++
	}
	if n == 0 {
		return 0
	}
	return float64(n) / float64(len(blocks))
}

// choose picks the server of a request, among those that are not at rest, and before those that
// have failed it. The pool is locked.
func (p *Pool) choose(c *Call, not []*server) (*server, error) {
	now := p.clock.Now()
	var able, good []*server
	serving := 0
	for _, s := range p.servers {
		if !s.serves(c.Model) {
			continue
		}
		serving++
		if s.breaker.open(now) {
			able = append(able, s)
			if !slices.Contains(not, s) {
				good = append(good, s)
			}
		}
	}
	switch {
	case serving == 0 && len(p.servers) == 0:
		return nil, ErrNone
	case serving == 0:
		return nil, fmt.Errorf("%w %q: /v1/models lists those that there are", ErrModel, c.Model)
	case len(able) == 0:
		return nil, ErrResting
	case len(good) == 0:
		good = able
	}
	return p.best(c, good), nil
}

func (p *Pool) best(c *Call, among []*server) *server {
	if free := slices.DeleteFunc(slices.Clone(among), func(s *server) bool { return !s.free() }); len(free) > 0 && p.o.Routing != Consistent {
		among = free // a queue costs more than a prompt that is read anew
	}
	mean := 0.0
	for _, s := range among {
		mean += s.load() / float64(len(among))
	}
	best, score := among[0], math.Inf(-1)
	for i := range among {
		s := among[(i+p.rounds)%len(among)] // of equals, each in turn
		if v := p.score(c, s, mean); v > score {
			best, score = s, v
		}
	}
	p.rounds++
	return best
}

func (p *Pool) score(c *Call, s *server, mean float64) float64 {
	switch p.o.Routing {
	case LeastBusy:
		return -s.load()
	case Consistent:
		h := fnv.New64a()
		n := min(len(c.blocks), prefixBytes/blockBytes)
		if n > 0 {
			_, _ = fmt.Fprint(h, c.blocks[n-1])
		}
		_, _ = h.Write([]byte(s.URL))
		return float64(h.Sum64() >> 11) // rendezvous hashing: the same servers give the same choice
	}
	return s.read.matched(c.blocks) - p.o.Beta*(s.load()-mean)/max(1, mean)
}
