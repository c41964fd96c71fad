package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"sluice/api"
)

// web starts the handler and the SDK's own client on it.
func web(t *testing.T, b Backend, o Options) (*httptest.Server, *sdk.ClientSession) {
	t.Helper()
	server := httptest.NewServer(Handler(b, o))
	t.Cleanup(server.Close)
	transport := &sdk.StreamableClientTransport{Endpoint: server.URL, HTTPClient: server.Client()}
	session, err := sdk.NewClient(&sdk.Implementation{Name: "client"}, nil).Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close(); server.Client().CloseIdleConnections() })
	return server, session
}

// TestToolsOverHTTP: the SDK's client lists and calls every tool, and reads what results link to.
// With schemas declared, what comes keeps to them.
func TestToolsOverHTTP(t *testing.T) {
	_, s := web(t, fake{}, Options{Structured: true})
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	arguments := map[string]map[string]any{"search": {"query": "q"}, "context": {"query": "q"}, "read": {"target": "abc"},
		"why": {"query": "q", "path": "a.md"}, "feedback": {"query": "q", "verdict": "good"}}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		res := call(t, s, tool.Name, arguments[tool.Name])
		if res.IsError {
			t.Fatalf("%s: %s", tool.Name, text(res))
		}
		var schema jsonschema.Schema
		raw, err := json.Marshal(tool.OutputSchema)
		if err == nil {
			err = json.Unmarshal(raw, &schema)
		}
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := schema.Resolve(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(res.StructuredContent); err != nil {
			t.Errorf("%s: what comes does not keep to its schema: %v", tool.Name, err)
		}
		links := 0
		for _, c := range res.Content {
			if l, ok := c.(*sdk.ResourceLink); ok {
				links++
				got, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: l.URI})
				if err != nil || len(got.Contents) != 1 || got.Contents[0].Text == "" {
					t.Errorf("%s links to %s, which reads as %v, %v", tool.Name, l.URI, got, err)
				}
			}
		}
		if want := map[string]int{"search": 1, "context": 1, "read": 1}[tool.Name]; links != want {
			t.Errorf("%s: %d links, want %d", tool.Name, links, want)
		}
	}
	if got := strings.Join(names, " "); got != "context feedback read search why" {
		t.Errorf("tools: %s", got)
	}
	if got, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: passageScheme + "a.md:1-3"}); err == nil {
		t.Errorf("a link that names a file and lines is read: %v", got)
	}
}

// post sends one message as a client of an era does.
func post(t *testing.T, server *httptest.Server, message string, header map[string]string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestErasOverHTTP: the present protocol, whose headers must say what the message says, and those
// before it, with and without a handshake.
func TestErasOverHTTP(t *testing.T) {
	server, _ := web(t, fake{}, Options{})
	search := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"q"}%}}`
	old, now := strings.ReplaceAll(search, "%", ""), strings.ReplaceAll(search, "%", ","+meta)
	for _, c := range []struct {
		name, message string
		header        map[string]string
		want          string // in the answer; "": it is refused
	}{
		{"2026-07-28", now, map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "search"}, "a.md:3-4"},
		{"another name in the header", now, map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "read"}, ""},
		{"another method in the header", now, map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list", "Mcp-Name": "search"}, ""},
		{"no method in the header", now, map[string]string{"Mcp-Protocol-Version": "2026-07-28"}, ""},
		{"2025-11-25", old, map[string]string{"Mcp-Protocol-Version": "2025-11-25"}, "a.md:3-4"},
		{"2025-06-18", old, map[string]string{"Mcp-Protocol-Version": "2025-06-18"}, "a.md:3-4"},
		{"2025-03-26", old, nil, "a.md:3-4"},
		{"a session of before a restart", old, map[string]string{"Mcp-Session-Id": "gone"}, "a.md:3-4"},
		{"no version", old, map[string]string{"Mcp-Protocol-Version": "1999-01-01"}, ""},
		{"shakes hands", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`, nil, `"protocolVersion":"2025-06-18"`},
		{"no JSON", `{`, nil, ""},
	} {
		status, answer := post(t, server, c.message, c.header)
		if c.want == "" && status < 400 || c.want != "" && (status != http.StatusOK || !strings.Contains(answer, c.want)) {
			t.Errorf("%s: %d %s", c.name, status, answer)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		r := httptest.NewRequest(method, "http://localhost/mcp", nil)
		w := httptest.NewRecorder()
		Handler(fake{}, Options{}).ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// TestPagesOfOtherSitesAreRefused over MCP too, whoever mounts it, unless they were named.
func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	server, _ := web(t, fake{}, Options{Origins: []string{"https://friend.example"}})
	list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for header, want := range map[[2]string]int{
		{"Origin", "https://evil.example"}: 403, {"Origin", "null"}: 403, {"Origin", "http://localhost:1"}: 403, {"Sec-Fetch-Site", "cross-site"}: 403,
		{"Sec-Fetch-Site", "same-site"}: 403, {"Origin", server.URL}: 200, {"Origin", "https://friend.example"}: 200, {"Sec-Fetch-Site", "same-origin"}: 200,
	} {
		if status, answer := post(t, server, list, map[string]string{header[0]: header[1]}); status != want {
			t.Errorf("%v: %d %s", header, status, answer)
		}
	}
}

// waiting is a backend that works until it is told to stop, and says so.
type waiting struct {
	fake
	begun, ended chan struct{}
}

func (w waiting) Search(ctx context.Context, _ api.SearchRequest) (*api.Search, error) {
	w.begun <- struct{}{}
	<-ctx.Done()
	w.ended <- struct{}{}
	return nil, ctx.Err()
}

// TestWhoHangsUpIsNotWorkedFor, in the present protocol and in those before it.
func TestWhoHangsUpIsNotWorkedFor(t *testing.T) {
	b := waiting{begun: make(chan struct{}), ended: make(chan struct{})}
	server, _ := web(t, b, Options{})
	for version, m := range map[string]string{"2026-07-28": "," + meta, "2025-06-18": ""} {
		ctx, hangUp := context.WithCancel(t.Context())
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"q"}` + m + `}}`
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(body))
		for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": "search"} {
			r.Header.Set(name, value)
		}
		done := make(chan error, 1)
		go func() {
			res, err := server.Client().Do(r)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			done <- err
		}()
		<-b.begun
		hangUp()
		select {
		case <-b.ended:
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: the client is gone, and the work goes on", version)
		}
		<-done
	}
}

// TestOnlyWhoMayChangeLeavesFeedback.
func TestOnlyWhoMayChangeLeavesFeedback(t *testing.T) {
	_, s := web(t, fake{}, Options{MayChange: func(context.Context) error { return errors.New("this needs a token") }})
	if res := call(t, s, "feedback", map[string]any{"query": "q", "verdict": "good"}); !res.IsError || text(res) != "this needs a token" {
		t.Errorf("%s", text(res))
	}
	if res := call(t, s, "search", map[string]any{"query": "q"}); res.IsError {
		t.Errorf("%s", text(res))
	}
}

// TestProgressOverHTTP comes on the stream of the request that asked for it.
func TestProgressOverHTTP(t *testing.T) {
	server, _ := web(t, preparing{}, Options{})
	m := strings.Replace(meta, `"_meta":{`, `"_meta":{"progressToken":"p",`, 1)
	_, answer := post(t, server, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"q"},`+m+`}}`,
		map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "search"})
	if before, _, _ := strings.Cut(answer, `"result"`); strings.Count(before, "notifications/progress") != 2 {
		t.Error(answer)
	}
}
