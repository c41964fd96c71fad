package serve

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/internal/testkit"
)

// crowded is a bench with one long file that says something of caracals in each of its thirty
// passages, ten copies of a note that differ in a version, and six other files.
func crowded(t *testing.T) *bench {
	b := newBench(t, nil)
	notes := b.sources["notes"]
	var long strings.Builder
	for i := range 30 {
		fmt.Fprintf(&long, "# Chapter %d\n\nThe caracal of chapter %d hunts %s.\n\n%s\n\n", i, i, strings.Repeat("caracal ", 3),
			testkit.Text(uint64(i), 12))
	}
	notes.Put("long.md", long.String())
	for i := range 10 {
		notes.Put(fmt.Sprintf("v%02d/reboot.md", i), fmt.Sprintf("Version %d. To reboot the caracal node, hold the blue key for seven "+
			"seconds and wait until the lamp at its side has gone out, then press the red key twice and let go of both of them.\n", i))
	}
	for i := range 6 {
		notes.Put(fmt.Sprintf("other%d.md", i), fmt.Sprintf("Somebody saw a caracal on the %d of May, near the river and far from home. %s\n", i+1,
			testkit.Text(uint64(100+i), 3)))
	}
	b.sync()
	return b
}

// TestTheListSaysThingsOnce: near-duplicates are one result that counts them, and of one file at
// most three stand in the first ten while others have any.
func TestTheListSaysThingsOnce(t *testing.T) {
	b := crowded(t)
	for _, c := range []struct {
		n, perFile      int
		wantLen         int
		longFirst       int // of long.md among the first ten
		longAll, copies int
	}{
		{10, 0, 10, 3, 3, 9}, {10, 1, 10, 3, 3, 9}, {10, 2, 10, 3, 3, 9}, {10, 30, 10, 10, 10, 0}, {60, 0, 37, 3, 30, 9}, {12, 0, 12, 3, 5, 9},
	} {
		out, err := b.Search(t.Context(), api.SearchRequest{Query: "caracal", N: c.n, PerFile: c.perFile})
		if err != nil {
			t.Fatal(err)
		}
		balanced(t, out.Funnel)
		long, longFirst, copies := 0, 0, 0
		for i, r := range out.Results {
			if r.Path == "long.md" {
				long++
				if i < 10 {
					longFirst++
				}
			}
			if strings.HasSuffix(r.Path, "reboot.md") {
				copies = r.Duplicates
				if want := min(3, r.Duplicates); len(r.Also) != want || !slices.ContainsFunc(r.Also, func(s string) bool { return strings.HasSuffix(s, "/reboot.md:1") }) {
					t.Errorf("%d of them: also %q", r.Duplicates, r.Also)
				}
			}
			if i > 0 && r.Score > out.Results[i-1].Score {
				t.Errorf("n %d: the score of result %d rises from %g to %g", c.n, r.Rank, out.Results[i-1].Score, r.Score)
			}
		}
		if len(out.Results) != c.wantLen || longFirst != c.longFirst || long != c.longAll || copies != c.copies {
			t.Errorf("n %d, %d of a file: %d results, %d of long.md, %d of them among the first ten, %d copies; %s",
				c.n, c.perFile, len(out.Results), long, longFirst, copies, paths(out.Results))
		}
	}
	if _, err := b.Search(t.Context(), api.SearchRequest{Query: "caracal", PerFile: -1}); err == nil {
		t.Error("fewer than none of a file can be asked for")
	}
}

// TestOneFileMayFillTheList: where nothing else is found, nothing is kept back.
func TestOneFileMayFillTheList(t *testing.T) {
	out, err := crowded(t).Search(t.Context(), api.SearchRequest{Query: "caracal path:long.md"})
	if err != nil || len(out.Results) != 10 {
		t.Errorf("%d results, %v", len(out.Results), err)
	}
}

// TestCopiesAreKeptWhereTheyAreAskedFor: who lists files wants each of them, but the first places
// for what differs.
func TestCopiesAreKeptWhereTheyAreAskedFor(t *testing.T) {
	out, err := crowded(t).Search(t.Context(), api.SearchRequest{Query: "caracal", N: 60, KeepDuplicates: true})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, out.Funnel)
	copies, first := 0, 0
	for i, r := range out.Results {
		if strings.HasSuffix(r.Path, "reboot.md") {
			copies++
			if i < firstPlaces {
				first++
			}
		}
	}
	if copies != 10 || first != 1 || len(out.Results) != 46 {
		t.Errorf("%d results, %d copies of ten; %s", len(out.Results), copies, paths(out.Results))
	}
}
