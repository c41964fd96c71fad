package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"sluice/api"
	"sluice/internal/clock"
	"sluice/serve"
)

// Backend is what is served: the operations of package serve. It must be safe for concurrent use.
type Backend interface {
	Search(ctx context.Context, r api.SearchRequest) (*api.Search, error)
	Context(ctx context.Context, r api.ContextRequest) (*api.Context, error)
	Ask(ctx context.Context, r api.AskRequest) (*api.Ask, error)
	Chat(ctx context.Context, r api.ChatRequest, release func(api.ChatEvent) error) (*api.Chat, error)
	Why(ctx context.Context, r api.WhyRequest) (*api.Why, error)
	Read(ctx context.Context, r api.ReadRequest) (*api.Read, error)
	Sources(ctx context.Context) (*api.Sources, error)
	Status(ctx context.Context) (*api.Status, error)
	Feedback(ctx context.Context, r api.FeedbackRequest) (*api.Feedback, error)
	Overview(ctx context.Context) (*serve.Overview, error)
	Models(ctx context.Context) []string
	Relays() bool
	Relay(ctx context.Context, fields map[string]json.RawMessage, model string) (*serve.Relayed, error)
	Embeds() bool
	Embed(ctx context.Context, texts []string, questions bool) ([][]float32, error)
	Prepare(ctx context.Context, say func(serve.Preparing))
}

// TokenPrefix begins every token that is made.
const TokenPrefix = "sluice-"

// Token is a credential. Who holds it may ask about its sources, and change what the API can
// change.
type Token struct {
	Name    string
	Hash    [32]byte // SHA-256 of the secret
	Sources []string // that it may see; nil: all of them
}

// Options tell how a Server answers.
type Options struct {
	Version string
	// Private says that only this machine can reach the server: then reading needs no token.
	Private bool
	// TokenAlways asks for a token for reading on a private server too: other users share the
	// machine.
	TokenAlways bool
	Tokens      func() []Token // as they are now; nil: there are none
	Hosts       []string       // names, beside this machine's own, by which the server is called
	Origins     []string       // of pages, beside our own, that may call it: scheme://host:port
	Page        http.Handler   // what is at /
	MCP         http.Handler   // what is at /mcp
	Clock       clock.Clock    // default: the machine's
	// Machine tells how the process is, by the names that metrics have; nil: nothing is told.
	Machine func() map[string]float64
}

// Server answers HTTP requests.
type Server struct {
	backend Backend
	gate    *Gate
	opts    Options
	mux     *http.ServeMux
}

// atOnce is how many questions are worked on where nobody says.
const atOnce = 8

// requestWait is how long a request may take in all, unless it is streamed.
const requestWait = 10 * time.Minute

// New makes a server. A backend that has no gate is given one.
func New(b Backend, o Options) *Server {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	gate, ok := b.(*Gate)
	if !ok {
		gate = NewGate(b, atOnce)
	}
	s := &Server{backend: gate, gate: gate, opts: o, mux: http.NewServeMux()}
	for _, r := range s.routes() {
		s.mux.Handle(r.pattern(), s.counted(r.pattern(), s.allowed(r)))
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(requestWait))
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !s.addressed(r) {
		fail(w, r, http.StatusMisdirectedRequest, "this server is not called "+quoted(r.Host)+": start it with --host NAME for the name by which you call it")
		return
	}
	if !s.origin(w, r) {
		fail(w, r, http.StatusForbidden, "a page of another site may not call this server: start it with --origin "+cmp.Or(r.Header.Get("Origin"), "URL")+" if it may")
		return
	}
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Methods", "GET, POST")
		header.Set("Access-Control-Allow-Headers", cmp.Or(r.Header.Get("Access-Control-Request-Headers"), "Authorization, Content-Type"))
		header.Add("Vary", "Access-Control-Request-Headers")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if (isCall(r) || below(r.URL.Path, "/healthz")) && !s.served(r, r.Method) {
		s.unserved(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// served tells whether a call has a route. The page has every address that nothing else has.
func (s *Server) served(r *http.Request, method string) bool {
	asked := *r
	asked.Method = method
	_, pattern := s.mux.Handler(&asked)
	return pattern != "" && pattern != "GET /"
}

// unserved answers a call that has no route, in the form that its client knows.
func (s *Server) unserved(w http.ResponseWriter, r *http.Request) {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if s.served(r, method) {
			methods = append(methods, method)
		}
	}
	if methods == nil {
		fail(w, r, http.StatusNotFound, "there is no "+quoted(r.URL.Path)+" here; /api/openapi.json lists what there is")
		return
	}
	allow := strings.Join(methods, ", ")
	w.Header().Set("Allow", allow)
	fail(w, r, http.StatusMethodNotAllowed, r.URL.Path+" takes "+allow+", and not "+quoted(r.Method))
}

func (s *Server) now() time.Time { return s.opts.Clock.Now() }
