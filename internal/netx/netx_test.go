package netx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func serveBy(t *testing.T, f http.HandlerFunc) (address, host string) {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL, strings.TrimPrefix(s.URL, "http://")
}

// TestOnlyAllowedHosts: nobody else is asked, by name, by port, or through a redirect.
func TestOnlyAllowedHosts(t *testing.T) {
	other, _ := serveBy(t, func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") })
	address, host := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other, http.StatusFound)
		}
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("X-A"))
	})
	c := New(Options{Hosts: []string{host, ".example.com"}})
	defer c.Close()
	for address, ok := range map[string]bool{address: true, address + "/away": false, other: false, "http://example.com.evil.test/": false,
		"http://notexample.com/": false, "http://example.com/": false, "ftp://" + host: false, "file:///etc/passwd": false, "//" + host: false} {
		r, err := c.Do(t.Context(), Request{URL: address, Header: map[string]string{"X-A": "b", "X-B": ""}, Body: []byte("x")})
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if err != nil {
			continue
		}
		if b, _ := io.ReadAll(r.Body); string(b) != "POST b" {
			t.Errorf("%s answers %q", address, b)
		}
		r.Body.Close()
	}
}

// TestRedirectsCarryNothing: a redirect to another host, which may be asked, is not sent the key
// and not told who sent it there; and none leads from https to plain http.
func TestRedirectsCarryNothing(t *testing.T) {
	tell := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+r.Header.Get("Referer"))
	}
	other, otherHost := serveBy(t, tell)
	address, host := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/near":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/far":
			http.Redirect(w, r, other, http.StatusFound)
		default:
			tell(w, r)
		}
	})
	secure := httptest.NewTLSServer(http.RedirectHandler(other, http.StatusFound))
	defer secure.Close()
	c := New(Options{Hosts: []string{host, otherHost, strings.TrimPrefix(secure.URL, "https://")}})
	defer c.Close()
	c.http.Transport = secure.Client().Transport
	for path, want := range map[string]string{"": "key", "/near": "key", "/far": ""} {
		r, err := c.Do(t.Context(), Request{URL: address + path, Header: map[string]string{"Authorization": "key"}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r.Body); string(got) != want || err != nil {
			t.Errorf("%q brings %q, %v, not %q", path, got, err, want)
		}
		r.Body.Close()
	}
	if r, err := c.Do(t.Context(), Request{URL: secure.URL}); err == nil {
		r.Body.Close()
		t.Error("a redirect from https led to plain http")
	}
}

// TestRedirectsEnd: hosts that send each other's visitors round are left.
func TestRedirectsEnd(t *testing.T) {
	asked := 0
	round, host := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked > 100 {
			t.Error("redirects without an end were followed")
			return
		}
		http.Redirect(w, r, "/", http.StatusFound)
	})
	c := New(Options{Hosts: []string{host}})
	defer c.Close()
	if _, err := c.Do(t.Context(), Request{URL: round}); err == nil || asked != redirectsMax+1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// TestHost: an address is one of the web, and has no password in it that would be kept and sent.
func TestHost(t *testing.T) {
	for address, want := range map[string]string{"https://Hub.example.com/a": "hub.example.com", "http://127.0.0.1:8080/v1": "127.0.0.1:8080",
		"https://user:secret@example.com": "", "https://user@example.com": "", "ftp://example.com": "", "example.com": "", "https://": "", "": ""} {
		if got, err := Host(address); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
}

// TestHeadersAreBounded: an answer whose headers are larger than any need be is none.
func TestHeadersAreBounded(t *testing.T) {
	address, host := serveBy(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-A", strings.Repeat("a", 2*headerMax)) })
	c := New(Options{Hosts: []string{host}})
	defer c.Close()
	if r, err := c.Do(t.Context(), Request{URL: address}); err == nil {
		r.Body.Close()
		t.Errorf("a header of %d bytes was read", len(r.Header("X-A")))
	}
}

func TestErrors(t *testing.T) {
	slow, slowHost := serveBy(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	broken, brokenHost := serveBy(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	c := New(Options{Hosts: []string{slowHost, brokenHost, "127.0.0.1:1"}, Answer: 20 * time.Millisecond})
	defer c.Close()
	for address, want := range map[string]error{slow: ErrOffline, broken: ErrBroken, "http://127.0.0.1:1": ErrOffline} {
		if _, err := c.Do(t.Context(), Request{URL: address}); !errors.Is(err, want) {
			t.Errorf("%s: %v, not %v", address, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ended, Request{URL: slow}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{"http://127.0.0.1:8080/v1": true, "http://localhost/": true, "http://[::1]:1": true, "https://LOCALHOST": true,
		"http://127.9.9.9": true, "http://10.0.0.1": false, "https://example.com": false, "http://localhost.example.com": false, "http://0.0.0.0": false, "": false} {
		if Loopback(address) != want {
			t.Errorf("%s: not %v", address, want)
		}
	}
}
