package mcp

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/api"
)

// patient is a backend that works on a question until it is cancelled.
type patient struct{ fake }

func (p patient) Search(ctx context.Context, r api.SearchRequest) (*api.Search, error) {
	if r.Query == "hold" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return p.fake.Search(ctx, r)
}

// TestCancelledRequestsMakeRoom fills every place with requests that end only when they are
// cancelled, several times over: what comes behind them is answered.
func TestCancelledRequestsMakeRoom(t *testing.T) {
	var in strings.Builder
	in.WriteString(hello)
	for i := range 3 * inFlightMax {
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"search","arguments":{"query":"hold"}}}`+"\n", i+100)
		if i%inFlightMax != inFlightMax-1 {
			continue
		}
		for k := i - inFlightMax + 1; k <= i; k++ {
			fmt.Fprintf(&in, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`+"\n", k+100)
		}
	}
	in.WriteString(ask)
	var out strings.Builder
	if err := Serve(t.Context(), patient{}, Options{Version: "test"}, strings.NewReader(in.String()), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"id":"last","result"`) {
		t.Errorf("the request behind the cancelled ones has no answer: %s", out.String())
	}
}
