package index_test

import (
	"context"
	"fmt"

	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// A store is filled from a source, and a snapshot of it is asked. The source here lives in memory;
// folder.Open makes one of a folder, and vfs.OS a store on disk.
func Example() {
	ctx := context.Background()
	notes := testkit.NewSource("notes")
	notes.Put("lease.md", "The lease ends in March, and the key goes back the same day.\n")
	notes.Put("soup.md", "Leeks and potatoes, an hour on a low flame.\n")

	store, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	if err := fill(ctx, store, notes); err != nil {
		fmt.Println(err)
		return
	}
	sn, err := store.Snapshot(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sn.Close()
	fmt.Println(sn.Passages(), "passages; not seen:", len(sn.Degraded()))
	if err := ask(ctx, sn, "ending a lease"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 passages; not seen: 0
	// lease.md line 1
	// 1 without a match
}

// fill opts the source in and reads it.
func fill(ctx context.Context, store *index.Store, src *testkit.Source) error {
	info := src.Info()
	err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root})
	if err != nil {
		return err
	}
	_, err = ingest.New(store, ingest.Options{}).Sync(ctx, src, ingest.SyncOptions{})
	return err
}

// ask prints the best passages for a question. Package cascade does this with all of its stages.
func ask(ctx context.Context, sn *index.Snapshot, text string) error {
	q := &index.Question{Text: text, Terms: index.NewAnalyzer().Question([]byte(text))}
	for i := range q.Terms {
		df, _ := sn.DF(q.Terms[i].Key)
		q.Terms[i].DF, q.Terms[i].IDF = df, index.IDF(sn.Passages(), df)
	}
	hits, account, err := sn.Gather(ctx, q, &index.Filter{}, index.Cut{Keep: 10, Ordered: 10})
	if err != nil {
		return err
	}
	for _, h := range hits {
		p, err := sn.Passage(h.Place)
		if err != nil {
			return err
		}
		fmt.Println(p.Path, "line", p.Line)
	}
	fmt.Println(account.NoMatch, "without a match")
	return nil
}
