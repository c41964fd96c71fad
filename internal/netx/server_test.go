package netx

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestListen: a number alone is this machine's port, and what can be reached from elsewhere says
// so.
func TestListen(t *testing.T) {
	for address, private := range map[string]bool{"0": true, "127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false, ":0": false} {
		s, err := Listen(t.Context(), ServerOptions{Address: address})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if s.Private() != private || !strings.HasPrefix(s.URL(), "http://127.0.0.1:") && !strings.HasPrefix(s.URL(), "http://[") {
			t.Errorf("%s: private %v, %s", address, s.Private(), s.URL())
		}
		_ = s.Close()
	}
	for _, address := range []string{"", "foo", "127.0.0.1", "127.0.0.1:99999", "99999", "http://127.0.0.1:1"} {
		if s, err := Listen(t.Context(), ServerOptions{Address: address}); err == nil {
			t.Errorf("%q is listened at: %s", address, s.Address())
			_ = s.Close()
		}
	}
	if _, err := Listen(t.Context(), ServerOptions{Address: "0", Cert: []byte("no"), Key: []byte("no")}); err == nil {
		t.Error("a certificate that is none was taken")
	}
}

// TestServeEnds: what is nearly done when the server is told to end is finished, and what streams
// without an end is told, and cut off.
func TestServeEnds(t *testing.T) {
	s, err := Listen(t.Context(), ServerOptions{Address: "0"})
	if err != nil {
		t.Fatal(err)
	}
	s.grace = 200 * time.Millisecond
	ctx, end := context.WithCancel(t.Context())
	begun, told := make(chan struct{}, 2), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- s.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			begun <- struct{}{}
			if r.URL.Path == "/soon" {
				<-ctx.Done()
				_, _ = io.WriteString(w, "done")
				return
			}
			<-r.Context().Done()
			close(told)
		}))
	}()
	answers := map[string]chan string{"soon": make(chan string, 1), "never": make(chan string, 1)}
	for path, got := range answers {
		go func() {
			r, err := http.Get(s.URL() + path)
			if err != nil {
				got <- err.Error()
				return
			}
			defer r.Body.Close()
			b, _ := io.ReadAll(r.Body)
			got <- string(b)
		}()
	}
	<-begun
	<-begun
	end()
	if got := <-answers["soon"]; got != "done" {
		t.Errorf("what was nearly done ended with %q", got)
	}
	<-told
	<-answers["never"]
	if err := <-served; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
}
