package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sluice/api"
	"sluice/internal/limits"
	"sluice/serve"
	"sluice/serve/args"
)

// RequestBytesMax is the longest request of /api that is read: the longest question, every byte of
// it escaped.
const RequestBytesMax = 6*limits.QueryBytesMax + 64<<10

// operation serves one operation: its request comes as JSON in a POST, or as the query of a GET.
func operation[In, Out any](s *Server, call func(context.Context, In) (*Out, error)) http.Handler {
	params := args.Of[In]()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, status, err := argumentsOf(w, r, params)
		if err != nil {
			fail(w, r, status, err.Error())
			return
		}
		var in In
		clean, err := args.Read(r.URL.Path, raw, params)
		if err == nil {
			err = args.Into(clean, &in)
		}
		if err != nil {
			fail(w, r, http.StatusBadRequest, err.Error())
			return
		}
		s.backend.Prepare(r.Context(), func(serve.Preparing) {})
		out, err := call(r.Context(), in)
		if out == nil {
			failWith(w, r, err)
			return
		}
		reply(w, out)
	})
}

// plain serves an operation that takes nothing.
func plain[Out any](call func(context.Context) (*Out, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := call(r.Context())
		if out == nil {
			failWith(w, r, err)
			return
		}
		reply(w, out)
	})
}

// argumentsOf are a request's arguments as one JSON object, and the status where there are none.
func argumentsOf(w http.ResponseWriter, r *http.Request, params []args.Param) (json.RawMessage, int, error) {
	if r.Method == http.MethodGet {
		return ofQuery(r, params), 0, nil
	}
	return body(w, r, RequestBytesMax)
}

// ofQuery makes an object of what stands behind the question mark.
func ofQuery(r *http.Request, params []args.Param) json.RawMessage {
	given := map[string]any{}
	for name, values := range r.URL.Query() {
		given[name] = values[len(values)-1]
		for _, p := range params {
			if p.Name == name && p.Kind == "array" && len(values) > 1 {
				given[name] = values
			}
		}
	}
	raw, err := json.Marshal(given)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return raw
}

// body reads a request's JSON. Another type of content is refused: a page can send those without
// being asked first.
func body(w http.ResponseWriter, r *http.Request, most int64) (json.RawMessage, int, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, http.StatusUnsupportedMediaType, errors.New("send Content-Type: application/json")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is longer than %d bytes", most)
	case err != nil:
		return nil, http.StatusBadRequest, fmt.Errorf("the request broke off: %w", err)
	}
	return raw, 0, nil
}

// reply sends an object.
func reply(w http.ResponseWriter, v any) { replyWith(w, http.StatusOK, v) }

func replyWith(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("BUG: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// restSeconds is how long to leave model servers alone that all failed lately.
const restSeconds = "5"

// failWith says why there is no response.
func failWith(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		err = errors.New("no answer")
	}
	switch {
	case errors.Is(err, ErrBusy):
		w.Header().Set("Retry-After", "1")
	case errors.Is(err, serve.ErrResting):
		w.Header().Set("Retry-After", restSeconds)
	}
	fail(w, r, statusOf(err), strings.ReplaceAll(err.Error(), "\n", "; "))
}

// statusOf is an error's status.
func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, serve.ErrResting):
		return http.StatusServiceUnavailable
	case errors.As(err, new(*upstreamError)):
		return http.StatusBadGateway
	}
	switch serve.ClassOf(err) {
	case serve.Usage:
		return http.StatusBadRequest
	case serve.Nothing:
		if e := new(serve.Error); errors.As(err, &e) {
			return http.StatusNotFound // nothing of that name
		}
	case serve.Partly:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail says what went wrong.
func fail(w http.ResponseWriter, r *http.Request, status int, message string) {
	if below(r.URL.Path, "/v1") {
		replyWith(w, status, errorOf(status, message))
		return
	}
	replyWith(w, status, api.Failure{Error: message, Code: int(codeOf(status))})
}

// codeOf is the exit code that the command would end with.
func codeOf(status int) serve.Class {
	if status == http.StatusBadRequest || status == http.StatusUnsupportedMediaType {
		return serve.Usage
	}
	return serve.Nothing
}

// below tells whether a path is another one or lies below it.
func below(path, root string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == '/')
}

func quoted(s string) string { return strconv.Quote(s) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
