package httpapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/serve"
)

// everything is a backend that answers all of it, with next to nothing.
type everything struct{ Backend }

func (everything) Prepare(context.Context, func(serve.Preparing)) {}
func (everything) Search(context.Context, api.SearchRequest) (*api.Search, error) {
	return &api.Search{}, nil
}
func (everything) Context(context.Context, api.ContextRequest) (*api.Context, error) {
	return &api.Context{}, nil
}
func (everything) Ask(context.Context, api.AskRequest) (*api.Ask, error)    { return &api.Ask{}, nil }
func (everything) Why(context.Context, api.WhyRequest) (*api.Why, error)    { return &api.Why{}, nil }
func (everything) Read(context.Context, api.ReadRequest) (*api.Read, error) { return &api.Read{}, nil }
func (everything) Sources(context.Context) (*api.Sources, error)            { return &api.Sources{}, nil }
func (everything) Status(context.Context) (*api.Status, error)              { return &api.Status{}, nil }
func (everything) Chat(context.Context, api.ChatRequest, func(api.ChatEvent) error) (*api.Chat, error) {
	return &api.Chat{}, nil
}
func (everything) Feedback(context.Context, api.FeedbackRequest) (*api.Feedback, error) {
	return &api.Feedback{}, nil
}
func (everything) Models(context.Context) []string { return []string{serve.ChatModel} }
func (everything) Relays() bool                    { return false }
func (everything) Embeds() bool                    { return true }
func (everything) Embed(_ context.Context, texts []string, _ bool) ([][]float32, error) {
	return make([][]float32, len(texts)), nil
}

const (
	search = `{"query":"q"}`
	chat   = `{"model":"sluice","messages":[{"role":"user","content":"q"}],"input":"q"}`
)

// expected says of every route who may call it, and with what. A route that has no row here fails,
// so that none can be added without anybody having thought about it.
var expected = map[string]struct{ who, path, body string }{
	"GET /api/search":                    {"read", "/api/search?query=q", ""},
	"POST /api/search":                   {"read", "/api/search", search},
	"GET /api/context":                   {"read", "/api/context?query=q", ""},
	"POST /api/context":                  {"read", "/api/context", search},
	"GET /api/ask":                       {"read", "/api/ask?query=q", ""},
	"POST /api/ask":                      {"read", "/api/ask", search},
	"GET /api/why":                       {"read", "/api/why?query=q&path=p", ""},
	"POST /api/why":                      {"read", "/api/why", `{"query":"q","path":"p"}`},
	"GET /api/read":                      {"read", "/api/read?target=a:1", ""},
	"POST /api/read":                     {"read", "/api/read", `{"target":"a:1"}`},
	"POST /api/chat":                     {"read", "/api/chat", chat},
	"GET /api/sources":                   {"read", "/api/sources", ""},
	"GET /api/status":                    {"read", "/api/status", ""},
	"POST /api/feedback":                 {"write", "/api/feedback", `{"query":"q","verdict":"good"}`},
	"GET /api/openapi.json":              {"open", "/api/openapi.json", ""},
	"POST /v1/chat/completions":          {"read", "/v1/chat/completions", chat},
	"POST /v1/responses":                 {"read", "/v1/responses", chat},
	"GET /v1/models":                     {"read", "/v1/models", ""},
	"GET /v1/models/{id...}":             {"read", "/v1/models/sluice", ""},
	"POST /v1/embeddings":                {"read", "/v1/embeddings", `{"input":"a","model":"sluice-embed"}`},
	"POST /v1/vector_stores/{id}/search": {"read", "/v1/vector_stores/notes/search", search},
	"POST /mcp":                          {"read", "/mcp", search},
	"GET /metrics":                       {"all", "/metrics", ""},
	"GET /healthz":                       {"open", "/healthz", ""},
	"GET /":                              {"open", "/", ""},
}

// caller is one way to come.
type caller struct {
	name   string
	header map[string]string
	ok     bool // nothing is wrong with it
}

var (
	hosts = []caller{
		{"localhost:7117", nil, true}, {"LOCALHOST", nil, true}, {"127.0.0.1:7117", nil, true}, {"[::1]:7117", nil, true}, {"box.lan:7117", nil, true}, {"192.0.2.7", nil, true},
		{"192.0.2.8", nil, false}, {"evil.example:7117", nil, false}, {"localhost.evil.example", nil, false}, {"127.0.0.1.evil.example", nil, false}, {"", nil, false},
	}
	origins = []caller{
		{"no page", nil, true},
		{"our own", map[string]string{"Origin": "http://HOST", "Sec-Fetch-Site": "same-origin"}, true},
		{"a friend", map[string]string{"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"}, true},
		{"typed in", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, true},
		{"another site", map[string]string{"Origin": "http://evil.example"}, false},
		{"another port of this machine", map[string]string{"Origin": "http://localhost:3000"}, false},
		{"no origin that can be told", map[string]string{"Origin": "null"}, false},
		{"a picture on another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, false},
		{"a picture on another port", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, false},
		{"a frame on another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, false},
		{"a link on another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, false}, // but to the page: see below
	}
	credentials = []caller{
		{"none", nil, false}, {"wrong", map[string]string{"Authorization": "Bearer nothing"}, false}, {"empty", map[string]string{"Authorization": "Bearer "}, false},
		{"of another kind", map[string]string{"Authorization": "Basic secret"}, false}, {"nearly", map[string]string{"Authorization": "Bearer secre"}, false},
		{"the owner's", map[string]string{"Authorization": "Bearer secret"}, true}, {"the owner's, in small letters", map[string]string{"Authorization": "bearer secret"}, true},
		{"a dummy", map[string]string{"Authorization": "Bearer sk-0123456789abcdef"}, false}, {"ours, but removed", map[string]string{"Authorization": "Bearer sluice-0123456789abcdef0123456789abcdef01234567"}, false},
		{"ours, but mistyped", map[string]string{"Authorization": "Sluice-0123"}, false},
		{"of some sources", map[string]string{"Authorization": "Bearer scoped"}, true},
	}
	methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH"}
)

func testTokens() []Token {
	return []Token{{Name: "owner", Hash: sha256.Sum256([]byte("secret"))}, {Name: "some", Hash: sha256.Sum256([]byte("scoped")), Sources: []string{"notes"}}}
}

// wanted is the status that a request must get; 0: whatever the route says, as long as it was let
// in.
func wanted(private bool, row struct{ who, path, body string }, method string, known bool, host, origin, credential caller) int {
	link := origin.name == "a link on another site" && method == "GET" && (row.path == "/" || row.path == "/healthz")
	switch {
	case !host.ok:
		return http.StatusMisdirectedRequest
	case !origin.ok && !link:
		return http.StatusForbidden
	case !known:
		return http.StatusMethodNotAllowed
	case row.who != "open" && strings.HasPrefix(credential.name, "ours, but"), row.who == "write" && !credential.ok, row.who != "open" && !private && !credential.ok:
		return http.StatusUnauthorized
	case row.who == "all" && credential.name == "of some sources":
		return http.StatusForbidden
	}
	return 0
}

// TestWhoMayCallWhat tries every route with every method, credential, Host and Origin.
func TestWhoMayCallWhat(t *testing.T) {
	tried := 0
	for _, place := range []struct {
		name            string
		private, always bool
	}{{"this machine", true, false}, {"this machine, with tokens", true, true}, {"a network", false, false}} {
		s := New(everything{}, Options{Private: place.private, TokenAlways: place.always, Tokens: testTokens, Hosts: []string{"box.lan"}, Origins: []string{"https://friend.example/"},
			Page: http.HandlerFunc(healthz), MCP: http.HandlerFunc(healthz)})
		patterns := map[string]bool{}
		for _, r := range s.routes() {
			patterns[r.pattern()] = true
			if _, ok := expected[r.pattern()]; !ok {
				t.Errorf("%s is new: say here who may call it", r.pattern())
			}
		}
		for pattern := range expected {
			if !patterns[pattern] {
				t.Errorf("%s is gone: take its row out", pattern)
			}
		}
		for _, pattern := range slices.Sorted(maps.Keys(expected)) {
			row := expected[pattern]
			own, route, _ := strings.Cut(pattern, " ")
			for _, method := range methods {
				known := patterns[method+" "+route]
				if method != own && (known || method == "GET") {
					continue // it has a row of its own, or the page answers
				}
				for _, host := range hosts {
					for _, origin := range origins {
						for _, credential := range credentials {
							if !known && credential.name != "the owner's" {
								continue // who may do more may not do this either
							}
							tried++
							want := wanted(place.private && !place.always, row, method, known, host, origin, credential)
							got := try(s, method, row.path, row.body, host, origin, credential)
							if want != 0 && got != want || want == 0 && got != http.StatusOK {
								t.Errorf("%s: %s %s as %q, page %q, token %q: %d, want %d", place.name, method, row.path, host.name, origin.name, credential.name, got, want)
							}
						}
					}
				}
			}
		}
	}
	if tried < 90_000 {
		t.Errorf("only %d were tried", tried)
	}
}

func try(s http.Handler, method, path, body string, host, origin, credential caller) int {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 7117})))
	r.Host = host.name
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range []map[string]string{origin.header, credential.header} {
		for name, value := range h {
			r.Header.Set(name, strings.ReplaceAll(value, "HOST", host.name))
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

// server is a private server on a backend.
func server(b Backend) *Server {
	return New(b, Options{Private: true, Tokens: testTokens, Page: http.NotFoundHandler(), MCP: http.NotFoundHandler()})
}

// ask sends one request to a server.
func ask(s http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// TestAPageMaySendNoForm: what a browser sends without asking first is not taken for JSON.
func TestAPageMaySendNoForm(t *testing.T) {
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"} {
		for pattern, row := range expected {
			if row.body == "" || pattern == "POST /mcp" { // the SDK's own business
				continue
			}
			if w := ask(server(everything{}), "POST", row.path, row.body, "Content-Type", kind, "Authorization", "Bearer secret"); w.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s with %q: %d", pattern, kind, w.Code)
			}
		}
	}
}

// TestBodiesAreBounded: what is longer than any request need be is refused, and not read on.
func TestBodiesAreBounded(t *testing.T) {
	long := `{"query":"` + strings.Repeat("a", ChatBytesMax) + `"}`
	for pattern, row := range expected {
		if row.body == "" || pattern == "POST /mcp" {
			continue
		}
		if w := ask(server(everything{}), "POST", row.path, long, "Authorization", "Bearer secret"); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", pattern, w.Code)
		}
	}
}

// failing is a backend that fails in the way that the question names.
type failing struct{ everything }

func (failing) Search(_ context.Context, r api.SearchRequest) (*api.Search, error) {
	switch r.Query {
	case "usage":
		return nil, serve.Usagef("there is no source %q", "x")
	case "none":
		return nil, serve.Nothingf("no such passage")
	case "late":
		return nil, context.DeadlineExceeded
	case "busy":
		return nil, ErrBusy
	case "part":
		return &api.Search{Degraded: []api.Degraded{{What: "a segment"}}}, serve.Partlyf("12 documents are damaged")
	case "panic":
		panic("inside")
	}
	return nil, errors.New("the disk is gone")
}

// TestFailuresHaveTheirStatus, and say why, in the form of the endpoint.
func TestFailuresHaveTheirStatus(t *testing.T) {
	for query, want := range map[string]int{"usage": 400, "none": 404, "late": 504, "busy": 429, "part": 200, "panic": 500, "other": 500} {
		w := ask(server(failing{}), "GET", "/api/search?query="+query, "")
		if w.Code != want || want >= 400 && !strings.Contains(w.Body.String(), `"error":"`) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
		if (w.Header().Get("Retry-After") != "") != (want == 429) {
			t.Errorf("%s: Retry-After %q", query, w.Header().Get("Retry-After"))
		}
		w = ask(server(failing{}), "POST", "/v1/vector_stores/x/search", fmt.Sprintf(`{"query":%q}`, query))
		if w.Code != want || want >= 400 && !strings.Contains(w.Body.String(), `{"error":{"message":"`) {
			t.Errorf("/v1, %s: %d %s", query, w.Code, w.Body)
		}
	}
}
