package cascade

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/testkit"
	"sluice/internal/tokens"
	"sluice/internal/vfs"
)

// anyQuery draws a question with every operator that there is.
func anyQuery(t *rapid.T) flow.Query {
	var parts []string
	for range rapid.IntRange(0, 6).Draw(t, "words") {
		parts = append(parts, rapid.SampledFrom(words).Draw(t, "word"))
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "phrases") {
		parts = append(parts, `"`+rapid.SampledFrom(words).Draw(t, "first")+" "+rapid.SampledFrom(words).Draw(t, "second")+`"`)
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "exclusions") {
		parts = append(parts, "-"+rapid.SampledFrom(words).Draw(t, "excluded"))
	}
	parts = append(parts, rapid.SampledFrom([]string{"", "", "", "foo->bar", "C++", "日本", "\xff", "'"}).Draw(t, "odd"))
	f := index.Filter{
		Paths: rapid.SampledFrom([][]string{nil, nil, {"dir1"}, {"*.md"}, {"dir0/**", "*2*"}, {"nowhere"}}).Draw(t, "paths"),
		Types: rapid.SampledFrom([][]string{nil, nil, {"markdown"}, {"go"}}).Draw(t, "types"),
	}
	if rapid.SampledFrom([]bool{false, false, true}).Draw(t, "dated") {
		f.After = time.Unix(1_000_000_000+int64(rapid.IntRange(0, 60).Draw(t, "after")), 0)
	}
	return flow.ParseQuery(strings.Join(parts, " "), f)
}

// anyOptions draws options, small limits mostly, so that every cut cuts.
func anyOptions(t *rapid.T) flow.Options {
	return flow.Options{
		Gather: rapid.SampledFrom([]int{0, 1, 20, 80}).Draw(t, "gather"),
		Judge:  rapid.SampledFrom([]int{0, 1, 7, 30}).Draw(t, "judge"),
		Read:   rapid.SampledFrom([]int{0, 5}).Draw(t, "read"),
		Pack:   rapid.SampledFrom([]int{0, 1, 10}).Draw(t, "pack"),
		Budget: rapid.SampledFrom([]int{0, 0, 10, 300, 3000}).Draw(t, "budget"),
	}
}

// TestAccounts: whatever is asked, every stage accounts for every passage, and limits are kept to.
func TestAccounts(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 1, 60, smallSegments)))
	vocab, err := tokens.Get(tokens.Default)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		opts := anyOptions(t)
		r := ask(t, sn, anyQuery(t), opts)
		full := opts.WithDefaults()
		if r.Funnel[0].Out > int64(full.Gather) || r.Funnel[1].Out > int64(full.Judge) || r.Funnel[2].Out > int64(full.Pack) {
			t.Fatalf("limits %+v, funnel %+v", full, r.Funnel)
		}
		if n := vocab.CountString(r.Window.Text); opts.Budget > 0 && (n > opts.Budget || n != r.Window.Tokens) {
			t.Fatalf("a window of %d tokens says %d, of a budget of %d", n, r.Window.Tokens, opts.Budget)
		}
	})
}

// TestEveryPassageHasOneEnd: who watches every passage of the store learns of each exactly one end,
// and the ends add up to the stages' accounts.
func TestEveryPassageHasOneEnd(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 2, 60, smallSegments)))
	places := allPlaces(t, sn)
	if int64(len(places)) != sn.Passages() {
		t.Fatalf("%d places, %d passages", len(places), sn.Passages())
	}
	rapid.Check(t, func(t *rapid.T) {
		q, opts := anyQuery(t), anyOptions(t)
		r, steps, err := New(Parts{Index: sn}).Why(context.Background(), q, opts, places)
		if err != nil {
			t.Fatal(err)
		}
		checkFunnel(t, sn, r)
		ends := map[index.Place]bool{}
		type end struct {
			stage  string
			reason flow.Reason
		}
		counts := map[end]int64{}
		for _, s := range steps {
			if ends[s.Place] {
				t.Fatalf("%q: passage %v has two ends: %+v", q.Raw, s.Place, steps)
			}
			ends[s.Place] = true
			counts[end{s.Stage, s.Reason}]++
		}
		if len(ends) != len(places) {
			t.Fatalf("%q: %d of %d passages have an end: %v, funnel %+v", q.Raw, len(ends), len(places), counts, r.Funnel)
		}
		for _, s := range r.Funnel {
			for reason, n := range s.Dropped {
				if counts[end{s.Stage, reason}] != n {
					t.Fatalf("%q: stage %s dropped %d as %s and told of %d", q.Raw, s.Stage, n, reason, counts[end{s.Stage, reason}])
				}
			}
		}
		if counts[end{"pack", ""}] != r.Funnel[2].Out {
			t.Fatalf("%q: %d came through and %d were told of", q.Raw, r.Funnel[2].Out, counts[end{"pack", ""}])
		}
	})
}

func allPlaces(t tester, sn *index.Snapshot) (out []index.Place) {
	t.Helper()
	for _, dir := range []string{"dir0/", "dir1/", "dir2/"} {
		places, err := sn.ByPath("", dir)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, places...)
	}
	return out
}

// TestFilteredInGather: a filter narrows in gather and nowhere else.
func TestFilteredInGather(t *testing.T) {
	sn := closing(t, snapshot(t, filled(t, 3, 60, smallSegments)))
	r := ask(t, sn, flow.ParseQuery("the store writes path:dir1", index.Filter{}), flow.Options{})
	if len(r.Judged) == 0 {
		t.Fatal("nothing was found")
	}
	for _, j := range r.Judged {
		if path, err := sn.Path(j.Place); err != nil || !strings.HasPrefix(path, "dir1/") {
			t.Errorf("%s came through, %v", path, err)
		}
	}
}

// TestDamage: a store with bytes that rotted still answers, from what is left, and accounts for the
// rest.
func TestDamage(t *testing.T) {
	whole := vfs.Mem()
	store := storeIn(t, whole, smallSegments)
	src := testkit.NewSource("notes")
	testkit.Fill(src, 4, 60)
	bring(t, store, src)
	rapid.Check(t, func(t *rapid.T) {
		files := whole.CrashClone(1)
		damaged := rot(t, files)
		store, err := index.Open(files, index.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sn, err := store.Snapshot(context.Background())
		if err != nil {
			if !errors.Is(err, index.ErrCorrupt) && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%v: %v", damaged, err)
			}
			return // the table of sources: nothing can be said of the store
		}
		defer sn.Close()
		q := anyQuery(t)
		r, err := New(Parts{Index: sn}).Context(context.Background(), q, flow.Options{Pack: 20, Budget: 2000})
		if err != nil {
			t.Fatalf("%v: %q: %v", damaged, q.Raw, err)
		}
		checkFunnel(t, sn, r)
	})
}

// rot overwrites some bytes of some of the store's files.
func rot(t *rapid.T, files *vfs.MemFS) (names []string) {
	all, err := files.List("files")
	if err != nil {
		t.Fatal(err)
	}
	for range rapid.IntRange(1, 4).Draw(t, "damaged files") {
		e := rapid.SampledFrom(all).Draw(t, "file")
		name := "files/" + e.Name
		f, err := files.OpenRW(name)
		if err != nil {
			t.Fatal(err)
		}
		size, err := f.Size()
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.Int64Range(0, size-1).Draw(t, "at")
		n := min(size-at, int64(rapid.SampledFrom([]int{1, 16, 5000}).Draw(t, "bytes")))
		if _, err := f.WriteAt([]byte(strings.Repeat("\xa5", int(n))), at); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		names = append(names, name)
	}
	return names
}
