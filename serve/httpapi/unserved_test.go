package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sluice/api"
	"sluice/serve"
)

// TestWhatIsNotServed: a call of what there is not, or in a way in which it does not go, is told so
// in its client's form, with the methods that do.
func TestWhatIsNotServed(t *testing.T) {
	const mine, theirs = `{"error":"`, `{"error":{"message":"`
	for _, c := range []struct {
		method, path string
		want         int
		allow, form  string
	}{
		{"GET", "/v1", 404, "", theirs}, {"GET", "/v1/", 404, "", theirs}, {"GET", "/v1/files", 404, "", theirs}, {"POST", "/v1/files", 404, "", theirs}, {"DELETE", "/v1/files", 404, "", theirs},
		{"GET", "/v1/chat/completions", 405, "POST", theirs}, {"PUT", "/v1/chat/completions", 405, "POST", theirs}, {"POST", "/v1/models", 405, "GET, HEAD", theirs},
		{"OPTIONS", "/v1/models/sluice", 405, "GET, HEAD", theirs}, {"GET", "/v1/vector_stores/notes/search", 405, "POST", theirs},
		{"GET", "/api", 404, "", mine}, {"GET", "/api/nothing", 404, "", mine}, {"POST", "/api/nothing", 404, "", mine}, {"GET", "/api/chat", 405, "POST", mine},
		{"DELETE", "/api/search", 405, "GET, HEAD, POST", mine}, {"POST", "/api/status", 405, "GET, HEAD", mine},
		{"GET", "/mcp", 405, "POST", mine}, {"DELETE", "/mcp", 405, "POST", mine}, {"GET", "/mcp/x", 404, "", mine}, {"POST", "/metrics", 405, "GET, HEAD", mine},
	} {
		w := ask(server(everything{}), c.method, c.path, "")
		if w.Code != c.want || w.Header().Get("Allow") != c.allow || !strings.HasPrefix(w.Body.String(), c.form) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %d, Allow %q: %s", c.method, c.path, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
	if w := ask(server(everything{}), "GET", "/apiary", ""); strings.HasPrefix(w.Body.String(), mine) {
		t.Errorf("an address of the page is taken for a call: %s", w.Body)
	}
}

// TestTheDocumentIsTrueOfErrors: what the document says of the form of errors is the form.
func TestTheDocumentIsTrueOfErrors(t *testing.T) {
	type properties map[string]struct{ Type any }
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct {
					Schema struct{ Properties properties }
				}
			}
		}
	}
	if err := json.Unmarshal(ask(server(everything{}), "GET", "/api/openapi.json", "").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			var failed struct{ Error any }
			if err := json.Unmarshal(ask(server(everything{}), "DELETE", strings.NewReplacer("{id}", "x").Replace(path), "").Body.Bytes(), &failed); err != nil {
				t.Fatal(path, err)
			}
			want := "string"
			if _, ok := failed.Error.(map[string]any); ok {
				want = "object"
			}
			if got := op.Responses["default"].Content["application/json"].Schema.Properties["error"].Type; got != want {
				t.Errorf("%s %s: the document says that an error is a %v, and it is a %s", method, path, got, want)
			}
		}
	}
}

// sourceless is a backend without a source.
type sourceless struct{ everything }

func (sourceless) Search(_ context.Context, r api.SearchRequest) (*api.Search, error) {
	return nil, serve.Usagef("%w %q; this store has: notes", serve.ErrNoSource, r.Source[0])
}

// TestAVectorStoreThatIsNotThere is not found, which is no mistake in the form of the request.
func TestAVectorStoreThatIsNotThere(t *testing.T) {
	w := ask(server(sourceless{}), "POST", "/v1/vector_stores/vs_1/search", search)
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "this store has: notes") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(server(sourceless{}), "GET", "/api/search?query=q&source=vs_1", ""); w.Code != http.StatusBadRequest {
		t.Errorf("/api: %d %s", w.Code, w.Body)
	}
}

// TestResponsesTakeNoTools, and say where those go.
func TestResponsesTakeNoTools(t *testing.T) {
	for kind, want := range map[string]int{"function": 400, "web_search": 400, "file_search": 200} {
		w := ask(server(everything{}), "POST", "/v1/responses", `{"input":"q","tools":[{"type":"`+kind+`"}]}`)
		if w.Code != want || want != 200 && (!strings.Contains(w.Body.String(), "/v1/chat/completions") || strings.Contains(w.Body.String(), "upstream")) {
			t.Errorf("%s: %d %s", kind, w.Code, w.Body)
		}
	}
}

// TestAPageMaySendWhatItAsksFor: the browser's question beforehand is answered for every header
// that a client of ours has, and for no other page.
func TestAPageMaySendWhatItAsksFor(t *testing.T) {
	s := New(everything{}, Options{Private: true, Origins: []string{"https://friend.example"}, Page: http.NotFoundHandler(), MCP: http.NotFoundHandler()})
	for origin, want := range map[string]int{"https://friend.example": 204, "https://evil.example": 403} {
		const asks = "authorization,content-type,x-stainless-lang"
		w := ask(s, "OPTIONS", "/v1/chat/completions", "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", asks)
		if got := w.Header().Get("Access-Control-Allow-Headers"); w.Code != want || (got == asks) != (want == 204) {
			t.Errorf("%s: %d, %q", origin, w.Code, got)
		}
	}
}
