package mcp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"sluice/api"
	"sluice/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a backend with one passage.
type fake struct{}

var passage = api.Result{Rank: 1, ID: "abc", Source: "notes", Path: "a.md", URI: "/n/a.md", Lines: [2]int{3, 4}, Bytes: [2]int64{10, 20},
	Score: .5, Fresh: "changed", Flags: []string{}, Text: "the text"}

func (fake) Search(_ context.Context, r api.SearchRequest) (*api.Search, error) {
	switch r.Query {
	case "panic":
		panic("inside")
	case "error":
		return nil, errors.New("there is no store; run `sluice add FOLDER`")
	case "part":
		return &api.Search{Query: r.Query, Results: []api.Result{}, Degraded: []api.Degraded{{What: "segment 9f", Why: "checksum", Documents: 12}}}, serve.Partlyf("12 documents are damaged")
	case "empty":
		return &api.Search{Nothing: &api.Nothing{Why: []api.Stopped{{What: "empty", Text: "the store is empty"}}}}, nil
	case "banannas":
		why := api.Stopped{What: "words", Which: "banannas", Text: `nothing holds "banannas"; there is bananas`, Nearest: []string{"bananas"}}
		funnel := []api.Stage{{Stage: "gather", Dropped: map[string]int64{}, Operators: []string{"sun must not occur"}, AsText: []string{"-1: it is no word"}}}
		return &api.Search{Funnel: funnel, Nothing: &api.Nothing{Searched: 7, Why: []api.Stopped{why}}}, nil
	}
	out := passage
	out.Text = fmt.Sprintf("n=%d max=%d path=%v", r.N, r.MaxBytes, r.Path)
	return &api.Search{Query: r.Query, Results: []api.Result{out}}, nil
}

func (fake) Overview(context.Context) (*serve.Overview, error) {
	return &serve.Overview{Sources: []api.Source{{Label: "notes", URI: "/n", Documents: 1204}, {Label: "new\nline", URI: "/new"},
		{Label: "bare", URI: "/b", Synced: "2026-05-01T12:00:00Z"}}, Types: []string{"go", "markdown"}}, nil
}

func (fake) Prepare(context.Context, func(serve.Preparing)) {}

func (fake) Context(_ context.Context, r api.ContextRequest) (*api.Context, error) {
	return &api.Context{Query: r.Query, Window: fmt.Sprintf("WINDOW max=%d deadline=%g", r.MaxBytes, r.DeadlineMS), Funnel: []api.Stage{{Stage: "gather", Dropped: map[string]int64{}, Notes: []string{"out of time: 3 of 4 passages"}}}, Passages: []api.Citation{{N: 1, Result: passage}}}, nil
}

func (fake) Read(_ context.Context, r api.ReadRequest) (*api.Read, error) {
	out := passage
	out.Text = fmt.Sprintf("max=%d", r.MaxBytes)
	return &api.Read{Target: r.Target, Status: "changed", Result: out}, nil
}

func (fake) Why(_ context.Context, r api.WhyRequest) (*api.Why, error) {
	return &api.Why{Query: r.Query, Path: r.Path, Note: fmt.Sprintf("max=%d", r.MaxBytes), Passages: []api.WhyPassage{{ID: "abc", Path: "a.md", Stage: "judge", Reason: "below_cut", Said: "rank 1200"}}, Advice: []string{"ask otherwise"}}, nil
}

func (fake) Feedback(_ context.Context, r api.FeedbackRequest) (*api.Feedback, error) {
	return &api.Feedback{Recorded: true, Time: r.Verdict}, nil
}

// connect starts a server and the SDK's own client on it.
func connect(t *testing.T) *sdk.ClientSession {
	t.Helper()
	a, b := sdk.NewInMemoryTransports()
	done := make(chan error, 1)
	go func() { done <- NewServer(fake{}, Options{Version: "test"}).Run(context.Background(), a) }()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "client"}, nil).Connect(context.Background(), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close(); <-done })
	return session
}

func call(t *testing.T, s *sdk.ClientSession, tool string, args map[string]any) *sdk.CallToolResult {
	t.Helper()
	res, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	return res
}

func text(res *sdk.CallToolResult) string {
	if len(res.Content) == 0 {
		return ""
	}
	return res.Content[0].(*sdk.TextContent).Text
}

func TestClientListsAndCallsEveryTool(t *testing.T) {
	s := connect(t)
	list, err := s.ListTools(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		if tool.Description == "" || tool.Annotations.ReadOnlyHint != (tool.Name != feedbackTool) {
			t.Errorf("%s: no description, or not marked as reading only", tool.Name)
		}
	}
	if got := strings.Join(names, " "); got != "context feedback read search why" {
		t.Errorf("tools: %s", got)
	}
	for _, c := range []struct {
		tool string
		args map[string]any
		want string // in the text
	}{
		{"search", map[string]any{"query": "q", "n": 3, "path": []string{"*.go"}}, "n=3 max=0 path=[*.go]"},
		{"search", map[string]any{"query": "q"}, "1. a.md:3-4  0.50  /n/a.md  [changed]"},
		{"search", map[string]any{"query": "part"}, "Done in part: 12 documents are damaged"},
		{"search", map[string]any{"query": "part"}, "Not seen: segment 9f (checksum, 12 documents)"},
		{"search", map[string]any{"query": "part"}, "Nothing was found"},
		{"search", map[string]any{"query": "empty"}, "run `sluice add FOLDER`"},
		{"search", map[string]any{"query": "banannas"}, "Nothing was found in 7 passages.\nnothing holds \"banannas\"; there is bananas\n"},
		{"search", map[string]any{"query": "banannas"}, "Read: sun must not occur\nRead as text: -1: it is no word\n"},
		{"context", map[string]any{"query": "q"}, "WINDOW max=4000"},
		{"context", map[string]any{"query": "q", "max_bytes": 9, "deadline_ms": 0.5}, "WINDOW max=9 deadline=0.5"},
		{"context", map[string]any{"query": "q"}, "Note: out of time: 3 of 4 passages"},
		{"read", map[string]any{"target": "abc"}, "max=4000"},
		{"read", map[string]any{"target": "abc", "max_bytes": 9}, "max=9"},
		{"why", map[string]any{"query": "q", "path": "a.md"}, "max=4000"},
		{"why", map[string]any{"query": "q", "path": "a.md", "max_bytes": 9}, "max=9"},
		{"read", map[string]any{"target": "abc"}, "The passage has changed"},
		{"why", map[string]any{"query": "q", "path": "a.md"}, "rank 1200\nask otherwise\n"},
		{"context", map[string]any{"query": "q"}, "Paths of source notes lie below /n\n"},
	} {
		res := call(t, s, c.tool, c.args)
		if res.IsError || !strings.Contains(text(res), c.want) || res.StructuredContent != nil {
			t.Errorf("%s %v: error %v, text %q, structured %v", c.tool, c.args, res.IsError, text(res), res.StructuredContent)
		}
	}
}

func TestFailuresAreToolErrorsAndTheServerGoesOn(t *testing.T) {
	s := connect(t)
	for _, c := range []struct {
		args map[string]any
		want string
	}{
		{map[string]any{"query": "error"}, "run `sluice add FOLDER`"},
		{map[string]any{"query": "panic"}, "search failed inside"},
		{map[string]any{}, "query"},
		{map[string]any{"query": 7}, "query"},
		{map[string]any{"query": "q", "frobnicate": true}, "frobnicate"},
	} {
		if res := call(t, s, "search", c.args); !res.IsError || !strings.Contains(text(res), c.want) {
			t.Errorf("%v: error %v, %q", c.args, res.IsError, text(res))
		}
	}
	if _, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: "frobnicate"}); err == nil {
		t.Error("an unknown tool is called")
	}
	if res := call(t, s, "search", map[string]any{"query": "q"}); res.IsError {
		t.Error("the server did not go on")
	}
}

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n" +
	`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"

const ask = `{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"search","arguments":{"query":"q"}}}`

// reply is a line of the server's.
type reply struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      any             `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// speak sends raw bytes and returns what the server said, by id.
func speak(t *testing.T, input io.Reader) map[string]reply {
	t.Helper()
	var out strings.Builder
	if err := Serve(context.Background(), fake{}, Options{Version: "test"}, input, &out); err != nil {
		t.Fatalf("the session ended with %v", err)
	}
	all := map[string]reply{}
	sc := bufio.NewScanner(strings.NewReader(out.String()))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var r reply
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil || r.JSONRPC != "2.0" {
			t.Fatalf("the server wrote %q", sc.Text())
		}
		all[fmt.Sprint(r.ID)] = r
	}
	return all
}

func TestBadLinesGetAnErrorAndTheServerGoesOn(t *testing.T) {
	long := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{"query":"` + strings.Repeat("x", RequestBytesMax) + `"}}}`
	for name, c := range map[string]struct {
		line string
		code int
		id   string
	}{
		"no JSON":          {"hello there", -32700, "<nil>"},
		"bytes":            {"\x00\xff\xfe{", -32700, "<nil>"},
		"cut JSON":         {`{"jsonrpc":"2.0","id":3,`, -32700, "<nil>"},
		"two on a line":    {`{"jsonrpc":"2.0","id":3,"method":"ping"}{"a":1}`, -32700, "<nil>"},
		"no message":       {`{"jsonrpc":"2.0","id":3}`, -32600, "3"},
		"other version":    {`{"jsonrpc":"1.0","id":4,"method":"ping"}`, -32600, "4"},
		"batch":            {`[{"jsonrpc":"2.0","id":3,"method":"ping"}]`, -32600, "<nil>"},
		"a number":         {`17`, -32600, "<nil>"},
		"too long":         {long, -32600, "<nil>"},
		"unknown method":   {`{"jsonrpc":"2.0","id":5,"method":"frobnicate"}`, -32601, "5"},
		"params no object": {`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":[1,2]}`, -32602, "6"},
		"deep":             {`{"jsonrpc":"2.0","id":8,"method":"tools/call","params":` + strings.Repeat(`[`, 20000) + strings.Repeat(`]`, 20000) + `}`, -32700, "<nil>"},
	} {
		got := speak(t, strings.NewReader(hello+c.line+"\n\n"+ask))
		r, ok := got[c.id]
		if !ok || r.Error == nil || r.Error.Code != c.code || r.Error.Message == "" {
			t.Errorf("%s: id %s has %+v, want error %d", name, c.id, r.Error, c.code)
		}
		if last := got["last"]; last.Error != nil || !strings.Contains(string(last.Result), "a.md:3-4") {
			t.Errorf("%s: the server did not go on: %+v", name, last)
		}
	}
}

func TestAnIDInUseIsRefusedUntilItIsAnswered(t *testing.T) {
	id, _ := jsonrpc.MakeID("a")
	c := newLineConn(io.Discard)
	ask := &jsonrpc.Request{ID: id, Method: "ping"}
	c.room()
	if err := c.expect(ask); err != nil {
		t.Fatal(err)
	}
	c.room()
	if err := c.expect(ask); err == nil {
		t.Error("two requests wait under one id")
	}
	if err := c.Write(context.Background(), &jsonrpc.Response{ID: id, Result: json.RawMessage("{}")}); err != nil {
		t.Fatal(err)
	}
	c.room()
	if err := c.expect(ask); err != nil {
		t.Errorf("an answered id is refused: %v", err)
	}
}

// slow gives one byte at a time, and then ends within the last line.
type slow struct{ r io.Reader }

func (s slow) Read(p []byte) (int, error) { return s.r.Read(p[:1]) }

func TestSlowInputAndEarlyEnd(t *testing.T) {
	got := speak(t, slow{strings.NewReader(hello + strings.ReplaceAll(ask, `"last"`, `2`) + "\r\n" + ask)})
	if got["last"].Result == nil {
		t.Errorf("a last request without a line end gets no answer: %v", got)
	}
	if got := speak(t, strings.NewReader("")); len(got) != 0 {
		t.Errorf("an empty session is answered: %v", got)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("{}\n"))
	f.Add([]byte(ask))
	f.Add([]byte(`{"jsonrpc":"2.0","id":null,"method":"ping"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := speak(t, strings.NewReader(hello+string(raw)+"\n"+ask))
		if _, ok := got["last"]; !ok {
			t.Errorf("after %q the server did not go on", raw)
		}
	})
}
