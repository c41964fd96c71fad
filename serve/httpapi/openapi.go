package httpapi

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"sluice/api"
	"sluice/serve/args"
)

// shape is what goes in or out of a route, as JSON Schema; nil: not JSON.
type shape func() any

// of is the shape of a type.
func of[T any]() any { return args.SchemaOf[T]() }

// anything is JSON whose form others define: OpenAI, or MCP.
func anything() any { return map[string]any{"type": "object"} }

var wildcard = regexp.MustCompile(`\{(\w+)(?:\.\.\.)?\}`)

// document describes the routes as OpenAPI 3.1 does. It is made of the table that they are served
// from.
func (s *Server) document() map[string]any {
	paths := map[string]map[string]any{}
	for _, r := range s.routes() {
		if r.path == "/" {
			continue
		}
		path := wildcard.ReplaceAllString(r.path, "{$1}")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(r.method)] = r.operation()
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "Sluice", "version": s.opts.Version, "description": "Everything you have, in your model's window."},
		"paths":   paths,
		"components": map[string]any{"securitySchemes": map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer",
			"description": "What `sluice token show` prints. On the machine itself reading needs none."}}},
	}
}

// operation describes one route.
func (r route) operation() map[string]any {
	reply := map[string]any{"description": "The answer."}
	if r.out != nil {
		reply["content"] = map[string]any{"application/json": map[string]any{"schema": r.out()}}
	}
	op := map[string]any{"summary": r.about, "responses": map[string]any{"200": reply,
		"default": map[string]any{"description": "Why there is none.", "content": r.failure()}}}
	switch r.access {
	case read:
		op["security"] = []any{map[string]any{"token": []string{}}, map[string]any{}}
	case write:
		op["security"] = []any{map[string]any{"token": []string{}}}
	}
	var parameters []any
	for _, m := range wildcard.FindAllStringSubmatch(r.path, -1) {
		parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	if r.in != nil && r.method == http.MethodGet {
		parameters = append(parameters, queryOf(r.in())...)
	} else if r.in != nil {
		op["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": r.in()}}}
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	return op
}

// failure is the content of an answer that says why there is none, in the form that the route's
// clients know.
func (r route) failure() map[string]any {
	form := of[api.Failure]()
	if below(r.path, "/v1") {
		form = of[openaiFailure]()
	}
	content := map[string]any{"application/json": map[string]any{"schema": form}}
	if below(r.path, "/mcp") {
		content["text/plain"] = map[string]any{"schema": map[string]any{"type": "string"}} // the protocol names no form
	}
	return content
}

// queryOf are the properties of a schema as parameters of a GET.
func queryOf(schema any) (all []any) {
	raw, err := json.Marshal(schema)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var s struct {
		Properties map[string]map[string]any `json:"properties"`
		Required   []string                  `json:"required"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		panic("BUG: " + err.Error())
	}
	for _, name := range sorted(s.Properties) {
		required := false
		for _, r := range s.Required {
			required = required || r == name
		}
		all = append(all, map[string]any{"name": name, "in": "query", "required": required, "description": s.Properties[name]["description"], "schema": s.Properties[name]})
	}
	return all
}

// openapi serves the document.
func (s *Server) openapi() http.Handler {
	made := sync.OnceValue(func() json.RawMessage {
		raw, err := json.Marshal(s.document())
		if err != nil {
			panic("BUG: " + err.Error())
		}
		return raw
	})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, made()) })
}
