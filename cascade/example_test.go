package cascade_test

import (
	"context"
	"fmt"

	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// A cascade is made of an index and asked. Every passage that goes into a stage comes out of it or
// is dropped for a reason, and Why tells the reason for any of them.
func Example() {
	ctx := context.Background()
	sn, err := notes(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sn.Close()
	c := cascade.New(cascade.Parts{Index: sn})
	q := flow.ParseQuery(`"lease ends" -soup`, index.Filter{})
	r, err := c.Context(ctx, q, flow.Options{Budget: 200})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, k := range r.Window.Passages {
		fmt.Printf("[%d] %s: %s\n", k.N, k.Best.Passage.Path, k.Text)
	}
	for _, s := range r.Funnel {
		fmt.Println(s.Stage, s.In, "->", s.Out, s.Dropped)
	}
	// Output:
	// [1] lease.md: The lease ends in March, and the key goes back the same day.
	// gather 3 -> 2 map[no_match:1]
	// judge 2 -> 1 map[no_match:1]
	// pack 1 -> 1 map[]
}

// notes is a snapshot of a store with three notes in it.
func notes(ctx context.Context) (*index.Snapshot, error) {
	src := testkit.NewSource("notes")
	src.Put("lease.md", "The lease ends in March, and the key goes back the same day.\n")
	src.Put("joke.md", "The lease ends when the soup is cold.\n")
	src.Put("train.md", "The train leaves at 8:12 and is late as a rule.\n")
	store, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		return nil, err
	}
	info := src.Info()
	err = store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root})
	if err != nil {
		return nil, err
	}
	if _, err := ingest.New(store, ingest.Options{}).Sync(ctx, src, ingest.SyncOptions{}); err != nil {
		return nil, err
	}
	return store.Snapshot(ctx)
}
