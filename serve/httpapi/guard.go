package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluice/serve"
)

// addressed tells whether a request means this server by a name that is ours. A page that makes
// its own name lead here (DNS rebinding) comes with that name.
func (s *Server) addressed(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || slices.ContainsFunc(s.opts.Hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
		return true
	}
	ip := net.ParseIP(host) // an address is no name that could be made to lead elsewhere
	if ip == nil {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	at, ok := local.(*net.TCPAddr)
	return ip.IsLoopback() || ok && at.IP.Equal(ip)
}

// origin tells whether the page that a request comes from may make it, and answers a browser's
// question beforehand. What is no browser names no page.
func (s *Server) origin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "", "none", "same-origin":
			return true
		}
		// A link to the page may be followed, but nothing is embedded, measured or sent.
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" && !isCall(r)
	}
	if slices.ContainsFunc(s.opts.Origins, func(o string) bool { return strings.EqualFold(strings.TrimSuffix(o, "/"), origin) }) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", origin)
		header.Add("Vary", "Origin")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// isCall tells whether a request is for a program, not for a person who looks at a page.
func isCall(r *http.Request) bool {
	return slices.ContainsFunc([]string{"/api", "/v1", "/mcp", "/metrics"}, func(p string) bool { return below(r.URL.Path, p) })
}

// allowed lets in who may call a route, with the sources that may be seen.
func (s *Server) allowed(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, known := s.token(r)
		if !known && route.access != open && pretends(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="sluice", error="invalid_token"`)
			fail(w, r, http.StatusUnauthorized, "this token is not known: it was removed, or is not all of it; `sluice token list` names those that there are")
			return
		}
		needs := route.access == write || route.access == read && (!s.opts.Private || s.opts.TokenAlways)
		if needs && !known {
			w.Header().Set("WWW-Authenticate", `Bearer realm="sluice"`)
			fail(w, r, http.StatusUnauthorized, "this needs a token: `sluice token show` prints one, to be sent as Authorization: Bearer TOKEN")
			return
		}
		if known {
			ctx := serve.CalledBy(context.WithValue(r.Context(), changeKey{}, true), token.Name)
			if token.Sources != nil {
				ctx = serve.Within(context.WithValue(ctx, scopedKey{}, true), token.Sources)
			}
			r = r.WithContext(ctx)
		}
		route.serve.ServeHTTP(w, r)
	})
}

// changeKey is where a context carries that its caller may change something.
type changeKey struct{}

// scopedKey is where a context carries that its caller may not see everything.
type scopedKey struct{}

// MayChange tells whether a request may change something: it brought a token.
func MayChange(ctx context.Context) error {
	if ctx.Value(changeKey{}) == nil {
		return errors.New("this changes something and needs a token: `sluice token show` prints one")
	}
	return nil
}

// pretends tells whether a request carries what looks like a token of ours. One that is not known
// was removed or mistyped, and must not see more than it did: where no token is needed, a request
// without any sees everything. What other programs send for want of a key is no such token.
func pretends(r *http.Request) bool {
	return slices.ContainsFunc(r.Header.Values("Authorization"), func(v string) bool { return strings.Contains(strings.ToLower(v), TokenPrefix) })
}

// token finds the token that a request carries. All of them are compared, each in the same time, so
// that how long it takes tells nothing.
func (s *Server) token(r *http.Request) (found Token, known bool) {
	if s.opts.Tokens == nil {
		return found, false
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		secret = ""
	}
	hash := sha256.Sum256([]byte(strings.TrimSpace(secret)))
	for _, t := range s.opts.Tokens() {
		if subtle.ConstantTimeCompare(hash[:], t.Hash[:]) == 1 {
			found, known = t, true
		}
	}
	return found, known && secret != ""
}
