package args

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sluice/api"
)

// TestArguments: models and clients write what they mean in more than one way.
func TestArguments(t *testing.T) {
	params := Of[api.SearchRequest]()
	for raw, want := range map[string]string{
		`{"query":"q","n":3,"path":["a","b"],"deadline_ms":0.5}`:        `{"query":"q","n":3,"deadline_ms":0.5,"path":["a","b"]}`,
		`{"query":"q","n":"3","max_bytes":" 100 ","deadline_ms":"1.5"}`: `{"query":"q","n":3,"deadline_ms":1.5,"max_bytes":100}`,
		`{"query":"q","n":3.0}`:                                                          `{"query":"q","n":3}`,
		`{"query":"q","path":"a,b/**","source":"my, notes"}`:                             `{"query":"q","source":["my, notes"],"path":["a,b/**"]}`,
		`{"query":"q","path":"[\"a\",\"b\"]"}`:                                           `{"query":"q","path":["a","b"]}`,
		`{"query":"q","path":"[ab].go"}`:                                                 `{"query":"q","path":["[ab].go"]}`,
		`{"query":"q","type":"go, markdown"}`:                                            `{"query":"q","type":["go","markdown"]}`,
		`{"query":"q","n":null,"path":null,"effort":null,"after":null,"max_bytes":null}`: `{"query":"q"}`,
		`{"query":"q","path":[],"type":"","n":""}`:                                       `{"query":"q"}`,
		`{"query":"q","path":[null,"a",""]}`:                                             `{"query":"q","path":["a"]}`,
		`{"query":"q","n":1e30}`:                                                         `{"query":"q","n":2147483647}`,
	} {
		var got api.SearchRequest
		clean, err := Read("search", json.RawMessage(raw), params)
		if err == nil {
			err = Into(clean, &got)
		}
		if b, _ := json.Marshal(got); err != nil || string(b) != want {
			t.Errorf("%s became %s, %v; want %s", raw, b, err, want)
		}
	}
	for raw, want := range map[string]string{
		`{}`: "query is missing: the question", `{"query":null}`: "query is missing", `{"query":7}`: "query is 7: write a string",
		`[1]`: "not a JSON object", `"q"`: "not a JSON object",
		`{"query":"q","maxBytes":9}`:   `has no argument "maxBytes"; did you mean max_bytes?`,
		`{"query":"q","frobnicate":1}`: `has no argument "frobnicate". It takes: query, n, `,
		`{"query":"q","n":"many"}`:     "n is many: write a number", `{"query":"q","n":true}`: "write a number",
		`{"query":"q","n":0}`: "1 or more", `{"query":"q","n":-5}`: "1 or more", `{"query":"q","n":0.5}`: "1 or more", `{"query":"q","n":"0"}`: "1 or more",
		`{"query":"q","max_bytes":0}`: "1 or more", `{"query":"q","deadline_ms":0}`: "1 or more", `{"query":"q","deadline_ms":-3}`: "1 or more",
		`{"query":"q","path":7}`: "write a list of strings", `{"query":"q","path":[7]}`: "write a list of strings",
		`{"query":"q","keep_duplicates":"maybe"}`: "true or false",
	} {
		if _, err := Read("search", json.RawMessage(raw), params); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

// TestSchemaNamesWhatIsRead: a client is told of every argument, and of no other.
func TestSchemaNamesWhatIsRead(t *testing.T) {
	s := Schema(Of[api.SearchRequest]())
	var names []string
	for name, p := range s.Properties {
		names = append(names, name+":"+p.Type)
		if p.Description == "" || p.Type == "" {
			t.Errorf("%s has no description or no type", name)
		}
	}
	for _, want := range []string{"query:string", "n:integer", "deadline_ms:number", "path:array", "max_bytes:integer", "keep_duplicates:boolean"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
	if len(s.Required) != 1 || s.Required[0] != "query" {
		t.Errorf("required: %v", s.Required)
	}
}
