package serve

import (
	"testing"

	"sluice/api"
)

// TestAddresses: a document whose path is an address is found, opened and forgotten by it as it is,
// and a part of the address with a slash behind it stands for all below.
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
