package serve

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"

	"sluice/api"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// What a person reads is a list of ten, so it says each thing once and not all out of one file. The
// window that a model reads holds 117 passages and needs no such care.
const (
	firstPlaces    = 10
	perFileDefault = 3
	alsoMax        = 3  // duplicates whose places are named
	atOnce         = 32 // texts that are read at a time, at least, once some were passed over
)

// ofOneFile is how many of the first places may be of one file.
func ofOneFile(n int) (int, error) {
	if n < 0 {
		return 0, Usagef("per_file is %d: name a number of 1 or more, or leave it out", n)
	}
	return cmp.Or(n, perFileDefault), nil
}

// shortlist chooses n of the passages that it is offered, best first.
type shortlist struct {
	n, perFile int
	apart      bool // what says the same in another file is shown too, behind the first places
	kept       []*shown
	later      []*shown // of files that have enough of the first places, or such copies
	files      map[document]int
}

// shown is a result with what it stands for.
type shown struct {
	flow.Member
	more []flow.Member // near-duplicates, which are not shown
	most float64       // that its score may be: that of the result before it
}

func newShortlist(n, perFile int, apart bool) *shortlist {
	return &shortlist{n: n, perFile: perFile, apart: apart, files: map[document]int{}}
}

// full tells whether nothing that is offered now would be shown.
func (l *shortlist) full() bool {
	return len(l.kept) >= min(l.n, firstPlaces) && len(l.kept)+len(l.later) >= l.n
}

// lacks is how many passages are worth looking at next.
func (l *shortlist) lacks() int {
	n := l.n - len(l.kept) - len(l.later)
	if n == l.n {
		return n
	}
	return max(atOnce, n)
}

// offer takes the next passage.
func (l *shortlist) offer(m flow.Member) {
	copied := false
	for _, list := range [][]*shown{l.kept, l.later} {
		for _, other := range list {
			switch {
			case !cascade.NearDuplicate(&m, &other.Member):
			case l.stands(other, &m):
				other.more = append(other.more, m)
				return
			default:
				copied = true
			}
		}
	}
	file := documentOf(m.Passage)
	if len(l.kept) < firstPlaces && (copied || l.files[file] >= l.perFile) {
		l.later = append(l.later, &shown{Member: m})
		return
	}
	l.files[file]++
	l.kept = append(l.kept, &shown{Member: m})
}

// stands tells whether one of the list stands for m, which says the same, too.
func (l *shortlist) stands(one *shown, m *flow.Member) bool {
	return !l.apart || documentOf(m.Passage) == documentOf(one.Passage)
}

// shown is the list. What had to stand back stands behind the first places, by its rank. Its score
// is told as no more than that of the result before it: the list goes by more than scores.
func (l *shortlist) shown() []*shown {
	first := min(len(l.kept), firstPlaces)
	all := slices.Concat(l.kept[:first], l.later, l.kept[first:]) // the last were offered after the first were full
	all = all[:min(len(all), l.n)]
	for i, one := range all {
		one.most = one.Prob
		if i > 0 {
			one.most = min(one.Prob, all[i-1].most)
		}
	}
	return all
}

// result words one of the list.
func (one *shown) result() api.Result {
	r := result(one.Passage, one.Judged, one.Text)
	r.Score, r.Duplicates = one.most, len(one.more)
	for _, m := range one.more[:min(len(one.more), alsoMax)] {
		r.Also = append(r.Also, fmt.Sprintf("%s:%d", m.Passage.Path, m.Passage.Line))
	}
	return r
}

func duplicates(all []*shown) (n int64) {
	for _, one := range all {
		n += int64(len(one.more))
	}
	return n
}

// countDuplicates looks among the rest, which is not shown, for near-duplicates of what is.
func (s *session) countDuplicates(ctx context.Context, l *shortlist, list []*shown, rest []flow.Judged, stats *flow.Stats) error {
	places := make([]index.Place, len(rest))
	for i := range rest {
		places[i] = rest[i].Place
	}
	var alike []flow.Judged
	err := s.sn.Records(ctx, places, func(k int, rec *index.Record) error {
		near := func(one *shown) bool {
			return bits.OnesCount64(rec.SimHash()^one.Passage.SimHash) <= cascade.NearCodes
		}
		if slices.ContainsFunc(list, near) {
			alike = append(alike, rest[k])
		}
		return nil
	}, func(int, index.Degraded) {}) // whoever would be shown it is told
	if err != nil {
		return err
	}
	members, err := s.read(ctx, alike, stats)
	if err != nil {
		return err
	}
	for _, m := range members {
		for _, one := range list {
			if cascade.NearDuplicate(&m, &one.Member) && l.stands(one, &m) {
				one.more = append(one.more, m)
				break
			}
		}
	}
	return nil
}
