package cascade

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/cascade/flow"
	"sluice/index"
	"sluice/internal/promise"
	"sluice/quant/kernel"
)

// gathered asks gather alone and returns its hits and notes.
func gathered(t *testing.T, sn Index, q string) (hits []index.Hit, notes []string) {
	t.Helper()
	r, err := New(Parts{Index: sn}).Gather(context.Background(), text(q), flow.Options{Gather: 50})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Degraded) > 0 {
		t.Fatal(r.Degraded)
	}
	return r.Gathered.Hits, r.Funnel[0].Notes
}

// byReference is what the reference finds.
func byReference(t *testing.T, sn Index, q string) []index.Hit {
	t.Helper()
	undo, err := kernel.Force(kernel.Ref)
	if err != nil {
		t.Fatal(err)
	}
	defer undo()
	hits, _ := gathered(t, sn, q)
	return hits
}

// needKernels skips where scores are not added by a kernel.
func needKernels(t *testing.T) {
	t.Helper()
	if kernel.PostingsTopK.Path() == kernel.Ref {
		t.Skip("no kernel adds scores here")
	}
}

// TestAWrongCoreIsFound plants a core that is wrong in one lane for some blocks, and consistent
// about it: the sums fit. It must be found within 10,000 questions and switched off, and from the
// question on that finds it the answers must be right.
func TestAWrongCoreIsFound(t *testing.T) {
	needKernels(t)
	c := promise.For(t, 11, "a wrong lane")
	sn := closing(t, snapshot(t, filled(t, 5, 400, 0)))
	for lane := range 4 {
		const most = 10000
		fired := 0
		undo := kernel.Plant(func(scores []uint16, base uint32, data []byte, refs []kernel.PostingRef) (sum int64) {
			for _, r := range refs {
				var docs [kernel.PostingBlock]uint32
				if err := kernel.UnpackStored128(&docs, r.Base, data[r.At:], uint(r.Width)); err != nil {
					t.Fatal(err)
				}
				at := docs[17*lane] - base
				if r.Width < 1 || uint64(at) >= uint64(len(scores)) || data[r.At]>>lane&1 != 0 {
					continue
				}
				scores[at] += 8
				sum += 8
				fired++
			}
			return sum
		})
		asked := 0
		for ; asked < most && kernel.PostingsTopK.Path() != kernel.Ref; asked++ {
			q := fmt.Sprintf("%s %s", question(asked), question(asked+1000))
			hits, notes := gathered(t, sn, q)
			if kernel.PostingsTopK.Path() == kernel.Ref {
				if !slices.Equal(hits, byReference(t, sn, q)) {
					t.Errorf("lane %d: the question that found it has a wrong answer", lane)
				}
				if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "postings_topk") }) {
					t.Errorf("lane %d: nothing is noted: %q", lane, notes)
				}
			}
		}
		c.Reached("a wrong lane", min(fired, 1))
		if kernel.PostingsTopK.Path() != kernel.Ref {
			c.Missed("a wrong lane", "lane %d: still in use after %d questions and %d wrong blocks", lane, asked, fired)
		}
		for _, s := range kernel.Report() {
			if s.Kernel == kernel.PostingsTopK && len(s.Rejected) == 0 {
				t.Error("no path is reported as switched off")
			}
		}
		t.Logf("lane %d: found after %d questions and %d wrong blocks", lane, asked, fired)
		undo()
	}
}

// TestScoresThatDoNotAddUp breaks the scores behind the kernel's back: once, as memory does, and
// each time, as a core does that loses an addition. The answer must be right each time, the first
// must leave the kernel in use and the second must not.
func TestScoresThatDoNotAddUp(t *testing.T) {
	needKernels(t)
	c := promise.For(t, 11, "a flip in the scores", "a lost addition")
	sn := closing(t, snapshot(t, filled(t, 5, 150, 0)))
	for n := range 40 {
		q := question(n)
		want := byReference(t, sn, q)
		for kind, always := range map[string]bool{"a flip in the scores": false, "a lost addition": true} {
			fired := 0
			undo := kernel.Plant(func(scores []uint16, _ uint32, _ []byte, _ []kernel.PostingRef) int64 {
				switch {
				case always:
					scores[n]++
				case fired == 0:
					scores[n] ^= 1 << (n % 9)
				}
				fired++
				return 0
			})
			hits, notes := gathered(t, sn, q)
			off := kernel.PostingsTopK.Path() == kernel.Ref
			undo()
			if fired == 0 { // no full block
				continue
			}
			c.Reached(kind, 1)
			if !slices.Equal(hits, want) || len(notes) == 0 || off != always {
				c.Missed(kind, "%q: the answer is right: %t, notes %q, switched off: %t", q, slices.Equal(hits, want), notes, off)
			}
		}
	}
}
