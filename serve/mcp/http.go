package mcp

import (
	"context"
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Handler answers agents over streamable HTTP, each request for itself: no session is kept, so a
// restart ends none, and what is called with the protocol of before gets its answers too. Host and
// token are the business of who mounts it; pages of other sites are refused here.
func Handler(b Backend, o Options) http.Handler {
	server := NewServer(b, o)
	h := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, &sdk.StreamableHTTPOptions{
		Stateless: true, MaxRequestBodyBytes: RequestBytesMax, PropagateRequestCancellation: true, DisableLocalhostProtection: true})
	protection := http.NewCrossOriginProtection()
	for _, origin := range o.Origins {
		_ = protection.AddTrustedOrigin(origin) // one that is none trusts nobody
	}
	return protection.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, r.Context())))
	}))
}

// callKey is where a context carries that of the HTTP request around it.
type callKey struct{}

// hangUp ends what a client asked for that is gone. The SDK does so for the present protocol only;
// without sessions no answer can be fetched later in any.
func hangUp(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		if call, ok := ctx.Value(callKey{}).(context.Context); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(call, cancel)()
		}
		return next(ctx, method, req)
	}
}
