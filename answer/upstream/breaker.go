package upstream

import (
	"time"
)

const (
	failsMax  = 3 // in a row: then a server rests
	restFirst = time.Second
	restMax   = time.Minute
	proven    = 5 // answers in a row: then its earlier rests are forgotten, so that one that flaps rests ever longer
)

// breaker keeps requests from a server that fails: it rests, then one request tries it. Its pool's
// lock guards it.
type breaker struct {
	fails, good, rests int
	until              time.Time // it rests
	trying             bool      // the one request after a rest is under way
}

// open tells whether the server may be asked.
func (b *breaker) open(now time.Time) bool {
	return b.rests == 0 && b.fails < failsMax || now.After(b.until) && !b.trying
}

// take is told of a request that begins.
func (b *breaker) take() { b.trying = b.fails >= failsMax }

func (b *breaker) answered() {
	b.fails, b.trying = 0, false
	if b.good++; b.good >= proven {
		b.rests = 0
	}
}

// failed is told how long the server asks to be left alone, if it says so.
func (b *breaker) failed(now time.Time, asked time.Duration) {
	b.good = 0
	if b.fails++; b.fails < failsMax && b.rests == 0 && asked == 0 {
		b.trying = false
		return
	}
	b.fails, b.trying = failsMax, false
	b.until = now.Add(max(min(restFirst<<min(b.rests, 10), restMax), min(asked, restMax)))
	b.rests++
}

// left is told of a request whose caller gave up: it says nothing of the server.
func (b *breaker) left() { b.trying = false }
