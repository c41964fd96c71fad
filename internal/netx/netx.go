// Package netx is the only way out of this machine. Whoever makes a Client names the hosts that it
// may speak to, and a redirect to another one ends the request. Proxies are those of the
// environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). Nothing is sent but what is asked for: no
// cookies, no identity, and a key to the host that was asked and to no other.
package netx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The errors that a caller tells apart.
var (
	// ErrOffline: the host was not reached.
	ErrOffline = errors.New("it was not reached: is this machine online? Behind a proxy, set HTTPS_PROXY")
	// ErrBroken: a connection that ended before the answer did.
	ErrBroken = errors.New("the connection broke off")
	// ErrHost: a host that was not allowed.
	ErrHost = errors.New("it is not one of the hosts that may be asked")
)

// Options say what a Client may do.
type Options struct {
	Hosts  []string      // that may be asked: a name, with its port where it is not the usual one; ".name" is every host below it
	Answer time.Duration // how long a host may take to begin its answer; 0: 30 s
	Stay   bool          // a redirect is a reply like any other: whoever asks decides whether to follow it
	Idle   int           // connections to one host that are kept for the next request; 0: 2
}

// Client asks hosts over HTTP.
type Client struct {
	hosts []string
	stay  bool
	http  *http.Client
}

const (
	answerDefault = 30 * time.Second
	connectWait   = 10 * time.Second
	redirectsMax  = 5
	headerMax     = 64 << 10
)

// New makes a client.
func New(o Options) *Client {
	c := &Client{hosts: o.Hosts, stay: o.Stay}
	if o.Answer == 0 {
		o.Answer = answerDefault
	}
	dialer := &net.Dialer{Timeout: connectWait}
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: connectWait,
			ResponseHeaderTimeout: o.Answer, MaxResponseHeaderBytes: headerMax, MaxIdleConnsPerHost: max(2, o.Idle), IdleConnTimeout: connectWait,
			DisableCompression: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: c.redirect,
	}
	return c
}

// Close lets idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) redirect(to *http.Request, via []*http.Request) error {
	if c.stay {
		return http.ErrUseLastResponse
	}
	if len(via) > redirectsMax {
		return fmt.Errorf("more than %d redirects", redirectsMax)
	}
	if via[0].URL.Scheme == "https" && to.URL.Scheme != "https" {
		return errors.New("a redirect from https to plain http")
	}
	to.Header.Del("Referer")
	if to.URL.Host != via[0].URL.Host { // the library lets keys go on to hosts below, and to other ports
		to.Header.Del("Authorization")
	}
	return c.allowed(to.URL)
}

func (c *Client) allowed(u *url.URL) error {
	if u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%q is no address of the web", u.Redacted())
	}
	host := strings.ToLower(u.Host)
	for _, h := range c.hosts {
		if host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h) {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", u.Host, ErrHost)
}

// Request is what is asked. Header values that are empty are not sent.
type Request struct {
	URL    string
	Header map[string]string
	Body   []byte // of a POST; nil: a GET
}

// Reply is an answer. Body is to be closed.
type Reply struct {
	Status int
	Header func(name string) string
	Body   io.ReadCloser
}

// Do asks. An answer of any status is a reply, and what kept it from coming an error.
func (c *Client) Do(ctx context.Context, r Request) (*Reply, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if r.Body != nil {
		method, body = http.MethodPost, bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, body)
	if err != nil {
		return nil, err
	}
	if err := c.allowed(req.URL); err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "sluice")
	for name, value := range r.Header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := c.http.Do(req) //nolint:bodyclose // the caller closes the reply's
	if err != nil {
		return nil, inWords(ctx, req.URL, err)
	}
	return &Reply{Status: res.StatusCode, Header: res.Header.Get, Body: res.Body}, nil
}

// inWords says what kept an answer from coming.
func inWords(ctx context.Context, u *url.URL, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" || isTimeout(err) {
		return fmt.Errorf("%s: %w (%w)", u.Host, ErrOffline, err)
	}
	if op != nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w (%w)", u.Host, ErrBroken, err)
	}
	return fmt.Errorf("%s: %w", u.Host, err)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// Host is the host of an address, as Options.Hosts has it.
func Host(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.User != nil {
		return "", fmt.Errorf("%q is no address: write http://HOST or https://HOST", address)
	}
	return strings.ToLower(u.Host), nil
}

// Loopback tells whether an address is this machine's own, so that nothing leaves it.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	name := u.Hostname()
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(name, "localhost")
}
