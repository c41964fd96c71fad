package mcp

import (
	"context"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"sluice/api"
)

// passageScheme begins the address of a passage: its id follows, which lasts.
const passageScheme = "sluice://passage/"

// passageTemplate tells clients that what results link to can be read.
var passageTemplate = &sdk.ResourceTemplate{Name: "passage", Title: "A passage by its id", URITemplate: passageScheme + "{id}", MIMEType: "text/plain"}

// passageOf reads the passage that an address names.
func passageOf(b Backend) sdk.ResourceHandler {
	return func(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		id, ok := strings.CutPrefix(req.Params.URI, passageScheme)
		if !ok || strings.ContainsAny(id, "/:") { // an id, and nothing that read takes beside ids
			return nil, sdk.ResourceNotFoundError(req.Params.URI)
		}
		out, err := b.Read(ctx, api.ReadRequest{Target: id})
		if out == nil || err != nil && out.Text == "" {
			return nil, sdk.ResourceNotFoundError(req.Params.URI)
		}
		return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: req.Params.URI, MIMEType: "text/plain", Text: out.Text}}}, nil
	}
}

// links name the passages of a result, for clients that show such.
func links(out any) (all []sdk.Content) {
	add := func(r api.Result) {
		all = append(all, &sdk.ResourceLink{URI: passageScheme + r.ID, Name: line(place(r)), Title: line(r.Title), MIMEType: "text/plain"})
	}
	switch out := out.(type) {
	case *api.Search:
		for _, r := range out.Results {
			add(r)
		}
	case *api.Context:
		for _, c := range out.Passages {
			add(c.Result)
		}
	case *api.Read:
		if out.ID != "" {
			add(out.Result)
		}
	}
	return all
}
