package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sluice/api"
)

// tailBytes of a reply are kept: a server tells at its end how many tokens it counted.
const tailBytes = 16 << 10

// body is a reply's body that ends: with its context, when it stays silent, and when it is too
// long. What its server did is booked when it is closed.
type body struct {
	pool   *Pool
	by     *server
	in     io.ReadCloser
	cause  func() error // why its context has ended; nil: it has not
	cancel context.CancelCauseFunc
	timer  *time.Timer
	left   int64
	tail   []byte
	wait   time.Duration
	err    error // what its server did wrong
	once   sync.Once
}

func (b *body) Read(to []byte) (int, error) {
	b.timer.Reset(b.pool.o.Idle)
	n, err := b.in.Read(to)
	b.tail = append(b.tail, to[:n]...)
	if len(b.tail) > 2*tailBytes {
		b.tail = append(b.tail[:0], b.tail[len(b.tail)-tailBytes:]...)
	}
	if b.left -= int64(n); b.left < 0 {
		err = ErrLong
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	if cause := b.cause(); cause != nil {
		err = cause
	}
	b.spoil(err)
	return n, fmt.Errorf("%s: %w", b.by.Host, err)
}

// spoil says that the server did something wrong.
func (b *body) spoil(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Close implements io.Closer.
func (b *body) Close() error {
	err := b.in.Close()
	b.once.Do(func() {
		b.timer.Stop()
		b.cancel(nil)
		b.pool.tokens(b.by, usageIn(b.tail))
		b.pool.end(b.by, b.err, b.wait)
	})
	return err
}

// Count is what a pool counts of a server. It holds no key.
type Count struct {
	Host     string  `json:"host"`
	Requests int64   `json:"requests"`
	Failed   int64   `json:"failed"`
	Prompt   int64   `json:"prompt_tokens"`
	Cached   int64   `json:"cached_tokens"` // of these
	Written  int64   `json:"completion_tokens"`
	Asked    int     `json:"asked"`   // now
	Waiting  int     `json:"waiting"` // now
	Resting  float64 `json:"resting"` // seconds; 0: it may be asked
	Last     string  `json:"last,omitempty"`
}

// Counts tells of every server.
func (p *Pool) Counts() (all []Count) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	for _, s := range p.servers {
		c := s.count
		c.Asked, c.Waiting = s.asked, len(s.queue)
		if !s.breaker.open(now) {
			c.Resting = max(s.breaker.until.Sub(now).Seconds(), 0)
		}
		all = append(all, c)
	}
	return all
}

func (p *Pool) tokens(s *server, u api.ChatUsage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.count.Prompt += int64(u.Prompt)
	s.count.Cached += int64(u.Cached)
	s.count.Written += int64(u.Completion)
}

// usageIn finds the tokens that a server counted, in the end of its reply.
func usageIn(tail []byte) (u api.ChatUsage) {
	const name = `"usage":`
	for text := string(tail); ; {
		at := strings.LastIndex(text, name)
		if at < 0 {
			return u
		}
		var raw json.RawMessage
		if json.NewDecoder(strings.NewReader(text[at+len(name):])).Decode(&raw) == nil && string(raw) != "null" {
			return usageOf(raw)
		}
		text = text[:at]
	}
}

// usageOf reads usage as vendors write it: they agree on what is counted, and not on the name of
// what was cached.
func usageOf(raw json.RawMessage) (u api.ChatUsage) {
	var in struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Total      int `json:"total_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Hit  int `json:"prompt_cache_hit_tokens"`
		Read int `json:"cache_read_input_tokens"`
	}
	if json.Unmarshal(raw, &in) != nil {
		return u
	}
	count := func(n int) int { return min(max(n, 0), 1<<30) }
	u = api.ChatUsage{Prompt: count(in.Prompt), Completion: count(in.Completion), Total: count(in.Total), Raw: raw}
	u.Cached = min(count(max(in.Details.Cached, in.Hit, in.Read)), u.Prompt)
	return u
}
