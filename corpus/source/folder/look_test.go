package folder

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/corpus"
)

// agrees holds List against Walk: the same documents, the same stamps, the same account.
func agrees(t testing.TB, f *Folder) {
	t.Helper()
	var walked, listed []corpus.Item
	want, err := f.Walk(context.Background(), func(it corpus.Item) error { walked = append(walked, it); return nil })
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got, err := f.List(context.Background(), func(it corpus.Item) error {
		mu.Lock()
		defer mu.Unlock()
		listed = append(listed, it)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(listed, func(a, b corpus.Item) int { return strings.Compare(a.Path, b.Path) })
	byPath := func(a, b corpus.Failure) int { return strings.Compare(a.Path, b.Path) }
	slices.SortFunc(got.Failures, byPath)
	slices.SortFunc(want.Failures, byPath)
	if diff := cmp.Diff(walked, listed); diff != "" {
		t.Errorf("a walk and a list (+) differ:\n%s", diff)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the reports of a walk and a list (+) differ:\n%s", diff)
	}
}
