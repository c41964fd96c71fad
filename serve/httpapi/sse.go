package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// aliveEvery is how often a stream that has nothing to tell says that it is there: proxies
	// close connections on which nothing moves.
	aliveEvery = 10 * time.Second
	// writeWait is how long a client may take to take what it is sent.
	writeWait = 30 * time.Second
)

// stream is an answer that is sent while it is made, as server-sent events. Nothing is written
// before there is something to send, so that a failure before that still has a status of its own.
type stream struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	stop chan struct{}
	done chan struct{}

	mu    sync.Mutex
	begun bool
	err   error // of the first write that failed
}

// newStream begins a stream. Close it.
func newStream(w http.ResponseWriter) *stream {
	s := &stream{w: w, rc: http.NewResponseController(w), stop: make(chan struct{}), done: make(chan struct{})}
	go s.keepAlive()
	return s
}

func (s *stream) keepAlive() {
	defer close(s.done)
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = s.write([]byte(": working\n\n"))
		case <-s.stop:
			return
		}
	}
}

// send sends one event; name "" is the common kind.
func (s *stream) send(name string, v any) error {
	var b bytes.Buffer
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	b.WriteString("data: ")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.WriteString("\n")
	return s.write(b.Bytes())
}

// end sends what ends OpenAI's streams.
func (s *stream) end() error { return s.write([]byte("data: [DONE]\n\n")) }

func (s *stream) write(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if !s.begun {
		s.begun = true
		header := s.w.Header()
		header.Set("Content-Type", "text/event-stream")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Accel-Buffering", "no") // a proxy that collects would hold sentences back
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeWait))
	if _, s.err = s.w.Write(b); s.err == nil {
		s.err = s.rc.Flush()
	}
	return s.err
}

// abandon gives a stream up to which nothing was sent yet: then the answer may be another one.
func (s *stream) abandon() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun {
		return false
	}
	s.err = errAbandoned
	return true
}

var errAbandoned = errors.New("the stream was given up")

// close ends what keeps the stream alive: nothing writes after it.
func (s *stream) close() {
	close(s.stop)
	<-s.done
}
