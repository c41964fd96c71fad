package serve

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/api"
	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/index"
)

// TestAddresses: a document whose path is an address is found, opened and forgotten by it as it is,
// and a part of the address that no page has stands for all below.
func TestAddresses(t *testing.T) {
	b := newBench(t, nil)
	site := b.add("site")
	site.Put("https://lake.example/a", "The lake is deep.\n")
	site.Put("https://lake.example/docs/b?x=1&y=2", "Herons nest at the northern pier.\n")
	site.Put("https://lake.example:8080/docs//c", "Swans nest at the southern pier.\n")
	b.sync()
	for _, path := range []string{"https://lake.example/a", "https://lake.example/docs/b?x=1&y=2", "https://lake.example:8080/docs//c"} {
		r, err := b.Read(t.Context(), api.ReadRequest{Target: path})
		if err != nil || r.Path != path || r.URI != path {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
	}
	did, err := b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"https://lake.example/docs/"}})
	if err != nil || did.Documents != 1 {
		t.Errorf("%+v, %v", did, err)
	}
	did, err = b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"https://lake.example/a"}})
	if err != nil || did.Documents != 1 {
		t.Errorf("%+v, %v", did, err)
	}
}

// TestAddressesThatEndInASlash: such an address is a page's own before it is what begins others:
// that page is opened, explained and forgotten, with its bytes, and stays out; also when it is
// forgotten twice.
func TestAddressesThatEndInASlash(t *testing.T) {
	b := newBench(t, func(o *Options) {
		plain := o.Connectors["memory"].Open
		o.Connectors["memory"] = Connector{
			Open: func(c index.SourceConfig) (corpus.Source, error) {
				src, err := plain(c)
				if err != nil {
					return nil, err
				}
				return source.Rules{Forgotten: forgottenIn(c.Options)}.Over(src), nil
			},
			Forget: func(raw json.RawMessage, paths []string) (json.RawMessage, error) {
				names, _ := corpus.ForgetPaths(forgottenIn(raw), nil, paths)
				return json.Marshal(forgetting{Forgotten: names})
			},
		}
	})
	site := b.add("site")
	words := map[string]string{"http://h.example/": "heron", "http://h.example/docs/": "cormorant", "http://h.example/docs": "pelican", "http://h.example/docs/a": "bittern"}
	for address, word := range words {
		site.Put(address, "The "+word+" is here.\n")
	}
	b.sync()
	for address, word := range words {
		for _, target := range []string{address, address + ":1-3"} {
			r, err := b.Read(t.Context(), api.ReadRequest{Target: target})
			if err != nil || r.Path != address || !strings.Contains(r.Text, word) {
				t.Errorf("read %s: %+v, %v", target, r, err)
			}
		}
	}
	for _, address := range []string{"http://h.example/", "http://h.example/docs/", "http://h.example/docs"} {
		for i, want := range []int64{1, 0} {
			did, err := b.Forget(t.Context(), api.ForgetRequest{Targets: []string{address}})
			if err != nil || did.Documents != want || did.State != "gone" || len(did.Already) != i {
				t.Errorf("forget %s, try %d: %+v, %v", address, i+1, did, err)
			}
		}
		site.Put(address, "The "+words[address]+" is back.\n")
		b.sync()
		delete(words, address)
		if _, err := b.Read(t.Context(), api.ReadRequest{Target: address}); err == nil {
			t.Errorf("%s is still there", address)
		}
		for other := range words {
			if _, err := b.Read(t.Context(), api.ReadRequest{Target: other}); err != nil {
				t.Errorf("with %s went %s: %v", address, other, err)
			}
		}
	}
}

// forgottenIn are the names that options keep out.
func forgottenIn(raw json.RawMessage) []string {
	var had forgetting
	_ = json.Unmarshal(raw, &had) // nothing was forgotten yet
	return had.Forgotten
}
