package httpapi

import (
	"net/http"

	"sluice/api"
)

// access says who may call a route.
type access int

const (
	// open is for everybody whom Host and Origin let in: it tells nothing of what is stored.
	open access = iota
	// read tells what is stored: it needs a token where others than this machine can ask.
	read
	// write changes something: it needs a token everywhere.
	write
)

// route is one thing that can be called. The OpenAPI document and the tests of who may call what
// are made of the same table, so that neither can lack one.
type route struct {
	method, path string // a path that ends with / stands for everything below it
	access       access
	about        string
	in, out      shape
	serve        http.Handler
}

// pattern is the route as the multiplexer has it.
func (r route) pattern() string {
	if r.path == "/" {
		return r.method + " /"
	}
	return r.method + " " + r.path
}

// routes lists every route.
func (s *Server) routes() []route {
	var all []route
	both := func(path, about string, in, out shape, h http.Handler) {
		all = append(all, route{"GET", path, read, about, in, out, h}, route{"POST", path, read, about, in, out, h})
	}
	b := s.backend
	both("/api/search", "Ranked passages for a question.", of[api.SearchRequest], of[api.Search], operation(s, b.Search))
	both("/api/context", "The packed window for a question, for any model.", of[api.ContextRequest], of[api.Context], operation(s, b.Context))
	both("/api/ask", "An answer with checked citations.", of[api.AskRequest], of[api.Ask], operation(s, b.Ask))
	both("/api/why", "Where a document fell out of the cascade, or how it came through.", of[api.WhyRequest], of[api.Why], operation(s, b.Why))
	both("/api/read", "A passage by its id, or lines of a document.", of[api.ReadRequest], of[api.Read], operation(s, b.Read))
	all = append(all,
		route{"POST", "/v1/chat/completions", read, "An answer of a conversation, as OpenAI's chat completions.", anything, anything, http.HandlerFunc(s.completions)},
		route{"POST", "/v1/responses", read, "An answer, as OpenAI's responses.", anything, anything, http.HandlerFunc(s.responses)},
		route{"GET", "/v1/models", read, "The models that answer.", nil, of[modelList], http.HandlerFunc(s.models)},
		route{"GET", "/v1/models/{id...}", read, "One model.", nil, of[modelEntry], http.HandlerFunc(s.model)},
		route{"POST", "/v1/embeddings", read, "Vectors of texts, by the model in use.", of[embeddingRequest], of[embeddingList], http.HandlerFunc(s.embeddings)},
		route{"POST", "/v1/vector_stores/{id}/search", read, "Passages of a source, as OpenAI's vector stores.", of[storeSearchRequest], anything, http.HandlerFunc(s.storeSearch)},
	)
	return append(all,
		route{"POST", "/api/chat", read, "An answer of a conversation, as lines of JSON while it is made: each sentence when its citations were checked, all of it at the end.", of[api.ChatRequest], nil, http.HandlerFunc(s.chat)},
		route{"GET", "/api/sources", read, "What was opted in.", nil, of[api.Sources], plain(b.Sources)},
		route{"GET", "/api/status", read, "What the store holds, and what it cannot see.", nil, of[api.Status], plain(b.Status)},
		route{"POST", "/api/feedback", write, "What an answer was worth. It is written down; nothing learns of it yet.", of[api.FeedbackRequest], of[api.Feedback], operation(s, b.Feedback)},
		route{"POST", "/mcp", read, "The Model Context Protocol, over streamable HTTP.", anything, nil, s.opts.MCP},
		route{"GET", "/api/openapi.json", open, "This document.", nil, anything, s.openapi()},
		route{"GET", "/metrics", read, "What the server counts, for Prometheus.", nil, nil, http.HandlerFunc(s.metricsPage)},
		route{"GET", "/healthz", open, "Whether the server answers.", nil, nil, http.HandlerFunc(healthz)},
		route{"GET", "/", open, "The page.", nil, nil, s.opts.Page},
	)
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}
