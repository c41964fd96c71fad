// Package httpapi serves the cascade over HTTP: the operations of package serve under /api, the
// endpoints that OpenAI's clients use under /v1, MCP at /mcp, and the page at /.
//
//	routes.go   every route: who may call it, what goes in, what comes out
//	guard.go    who is asking: Host, Origin, token; what may be asked how often and how large
//	api.go      /api: the same objects that the verbs print with --json
//	openai.go   what the endpoints of /v1 share: completions.go, responses.go, models.go
//	sse.go      answers that are sent while they are made
package httpapi
