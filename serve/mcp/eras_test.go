package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"sluice/api"
	"sluice/serve"
)

// meta is what a request of the stateless era carries.
const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

// TestBothErasAreServed: clients that shake hands first, of every version, and those that just ask.
// Both are told what there is to search.
func TestBothErasAreServed(t *testing.T) {
	search := `{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"search","arguments":{"query":"q"}%s}}`
	for _, version := range []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"} {
		got := speak(t, strings.NewReader(strings.ReplaceAll(hello, "2025-06-18", version)+fmt.Sprintf(search, "")))
		checkEra(t, version, got["1"], got["last"])
		if !strings.Contains(string(got["1"].Result), `"protocolVersion":"`+version+`"`) {
			t.Errorf("%s is answered with %s", version, got["1"].Result)
		}
	}
	got := speak(t, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{`+meta+"}}\n"+fmt.Sprintf(search, ","+meta)))
	checkEra(t, "2026-07-28", got["1"], got["last"])
	if got := speak(t, strings.NewReader(fmt.Sprintf(search, ","+meta))); !strings.Contains(string(got["last"].Result), "a.md:3-4") {
		t.Errorf("a client that asks without a word before gets %+v", got["last"])
	}
}

func checkEra(t *testing.T, era string, hello, last reply) {
	t.Helper()
	for _, want := range []string{"Sources: notes (/n; 1,204 documents), ", `new\\x0aline (/new; its first index is being made), bare (/b; 0 documents).`, "Types: go, markdown."} {
		if !strings.Contains(string(hello.Result), want) {
			t.Errorf("%s: no %q in the instructions: %s %+v", era, want, hello.Result, hello.Error)
		}
	}
	if !strings.Contains(string(last.Result), "a.md:3-4") {
		t.Errorf("%s: a search gets %s %+v", era, last.Result, last.Error)
	}
}

// TestStructuredContentComesWhereItIsAskedFor: by a call, or by an output schema. The text is the
// same either way.
func TestStructuredContentComesWhereItIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		options Options
		args    string
		want    bool
	}{
		{Options{}, `{"query":"q"}`, false}, {Options{}, `{"query":"q","structured":true}`, true},
		{Options{Structured: true}, `{"query":"q"}`, true},
	} {
		a, b := sdk.NewInMemoryTransports()
		go func() { _ = NewServer(fake{}, c.options).Run(context.Background(), a) }()
		s, err := sdk.NewClient(&sdk.Implementation{Name: "client"}, nil).Connect(context.Background(), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tool := range []string{"search", "context", "read", "why"} {
			args := map[string]any{}
			_ = json.Unmarshal([]byte(c.args), &args)
			switch tool {
			case "read":
				delete(args, "query")
				args["target"] = "abc"
			case "why":
				args["path"] = "a.md"
			}
			res := call(t, s, tool, args)
			if (res.StructuredContent != nil) != c.want || res.IsError || len(text(res)) < 10 {
				t.Errorf("%s %v, schemas %v: structured %v, text %q", tool, args, c.options.Structured, res.StructuredContent, text(res))
			}
		}
		tools, err := s.ListTools(context.Background(), nil)
		if err != nil || (tools.Tools[0].OutputSchema != nil) != c.options.Structured {
			t.Errorf("schemas %v: %v, %v", c.options.Structured, tools.Tools[0].OutputSchema, err)
		}
		s.Close()
	}
}

// preparing is a backend whose first index is being made.
type preparing struct{ fake }

func (preparing) Prepare(_ context.Context, say func(serve.Preparing)) {
	say(serve.Preparing{Label: "notes", Done: 10, Total: 40, Files: 1, FilesTotal: 4})
	say(serve.Preparing{Label: "notes", Done: 40, Total: 40, Files: 4, FilesTotal: 4})
}

// TestProgressIsToldToWhoAsks: with a token, before the answer, and not without one.
func TestProgressIsToldToWhoAsks(t *testing.T) {
	for token, want := range map[string]int{`,"_meta":{"progressToken":"p"}`: 2, "": 0} {
		var out strings.Builder
		in := hello + `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"search","arguments":{"query":"q"}` + token + `}}`
		if err := Serve(t.Context(), preparing{}, Options{}, strings.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		before, after, _ := strings.Cut(out.String(), `"id":9`)
		if n := strings.Count(before, `notifications/progress`); n != want || strings.Contains(after, "notifications/progress") {
			t.Errorf("%d are told, want %d, before the answer: %s", n, want, out.String())
		}
		if want > 0 && !strings.Contains(before, `"message":"source notes: its first index is being made, 1 of 4 files so far"`) {
			t.Error(before)
		}
	}
}

// TestAnswersAreAsLongAsWasAskedFor: heads and texts together, whatever number of results is asked
// for; where results have no room the answer says so.
func TestAnswersAreAsLongAsWasAskedFor(t *testing.T) {
	for _, c := range []struct{ n, maxBytes, left int }{{10, 4000, 0}, {3, 4000, 0}, {100, 4000, 70}, {1, 300, 0}} {
		s := &api.Search{Query: "walrus"}
		for i := range c.n {
			s.Results = append(s.Results, api.Result{Rank: i + 1, Path: fmt.Sprintf("notes/d%03d.md", i), URI: fmt.Sprintf("/home/somebody/notes/d%03d.md", i),
				Lines: [2]int{1, 60}, Score: 1 / float64(i+1), Fresh: "fresh", Text: strings.Repeat("a line of a text about a walrus\n", 60)})
		}
		left := fit(s, c.maxBytes)
		out := searchText(s) + more(left)
		if len(out) > c.maxBytes+c.maxBytes/5 || len(out) < c.maxBytes/2 {
			t.Errorf("%d results in %d bytes take %d", c.n, c.maxBytes, len(out))
		}
		if left+len(s.Results) != c.n || (left > 0) != (c.left > 0) || (left > 0) != strings.Contains(out, "more: raise max_bytes") {
			t.Errorf("%d results in %d bytes: %d are shown, %d left", c.n, c.maxBytes, len(s.Results), left)
		}
		if first := s.Results[0]; len(s.Results) > 1 && len(first.Text) <= len(s.Results[len(s.Results)-1].Text) {
			t.Error("the best result has no more room than the last")
		}
	}
}
