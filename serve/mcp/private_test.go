package mcp

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestNothingIsForEverybodysCache: what a caller is told may be about sources that others must not
// see. What there is not is an error of the protocol.
func TestNothingIsForEverybodysCache(t *testing.T) {
	server, _ := web(t, fake{}, Options{})
	for method, want := range map[string]string{
		"tools/list": `"cacheScope":"private"`, "resources/list": `"cacheScope":"private"`, "resources/templates/list": `"cacheScope":"private"`, "server/discover": `"cacheScope":"private"`,
		"no/such": `"code":-32601`,
	} {
		meta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
		r, err := http.NewRequest("POST", server.URL, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{`+meta+`}}`))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method} {
			r.Header.Set(name, value)
		}
		reply, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(reply.Body)
		_ = reply.Body.Close()
		if !strings.Contains(string(b), want) {
			t.Errorf("%s: %d %s", method, reply.StatusCode, b)
		}
	}
}
