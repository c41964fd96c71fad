package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"sluice/index/arm"
	"sluice/index/lexical"
	"sluice/index/text"
	"sluice/internal/defence"
)

type segmentError = arm.SegmentError

// ArmsMax is how many arms a store may have.
const ArmsMax = 4

// Hit is a passage that gather let through, with what each arm gave it.
type Hit struct {
	Place
	Score  uint32          // what it is ordered by: the sum of the arms' scores
	Scores [ArmsMax]uint32 // as the store lists its arms; in units of ScoreUnit
	Terms  uint32          // bit i: the passage holds Question.Terms[i]
}

// Cut says how many passages Gather returns, and how many of them stand in exact order.
type Cut struct {
	Keep    int         // exactly the best by (score, passage id)
	Ordered int         // of the first so many, equal scores stand by passage id too; further down they stand as they come
	Late    func() bool // tells when time is up: no further segment is looked at then; nil: never
}

// Account tells what became of every live passage that Gather did not return.
type Account struct {
	Filtered, NoMatch, BelowCut int64
	Failed                      int64 // in segments that no arm could read, or in their holes
	TimedOut                    int64 // in segments that nobody looked at in time
	Bytes                       int64 // of the arms' files that were read
	Degraded                    []Degraded
	Notes                       []string // what was computed wrongly and done again
}

// Gather asks every arm about every live passage that passes the filter, and returns the exact best
// of what they found by (score, passage id), best first. Scores depend on the live counts of the
// whole snapshot and not on how it is cut into segments. Damage costs an arm the segment that it
// was met in.
func (sn *Snapshot) Gather(ctx context.Context, q *Question, filter *Filter, cut Cut) ([]Hit, Account, error) {
	let, account, err := sn.admit(ctx, filter)
	if err != nil {
		return nil, account, err
	}
	var found [][]arm.Scored
	seen := make([]sight, len(sn.segments))
	scorers := make([]arm.Scorer, len(sn.store.opts.Arms))
	for i, a := range sn.store.opts.Arms {
		parts := sn.parts(i)
		if scorers[i], err = a.NewScorer(q, parts); err != nil {
			return nil, account, err
		}
		if scorers[i] == nil {
			found = append(found, nil)
			continue
		}
		hits, err := sn.search(ctx, scorers[i], admitted(parts, let), cut, seen, &account)
		if err != nil {
			return nil, account, err
		}
		found = append(found, hits)
	}
	hits, err := sn.fuse(ctx, scorers, found, cut, &account)
	sn.settle(&account, let, seen, len(hits))
	return hits, account, err
}

// letting is what a filter lets in of one segment.
type letting struct {
	allowed arm.Bits // nil: all
	live    int64    // allowed and not removed
	failed  bool     // its documents could not be read
}

// sight is what the arms saw of one segment.
type sight struct {
	seen, late bool
	matched    int64 // by the arm that matched most: what several matched together is not counted
}

// admit applies the filter to every segment.
func (sn *Snapshot) admit(ctx context.Context, filter *Filter) ([]letting, Account, error) {
	var account Account
	let := make([]letting, len(sn.segments))
	for i, seg := range sn.segments {
		set, all, err := filter.allowed(ctx, seg)
		if d, ok := sn.damage(err); ok {
			account.Degraded = AddDegraded(account.Degraded, d)
			let[i].failed = true
			continue
		}
		if err != nil {
			return nil, account, err
		}
		_, hidden := seg.hidden()
		let[i].live = seg.Live() - hidden
		if !all {
			let[i].allowed = bitsOf(set, seg.Passages())
		}
		if let[i].allowed = seg.without(let[i].allowed); let[i].allowed != nil {
			let[i].live = countLive(let[i].allowed, seg.gone.Load().passages)
		}
	}
	return let, account, nil
}

// countLive counts what is allowed and not deleted.
func countLive(allowed, deleted arm.Bits) (n int64) {
	for i, word := range allowed {
		if deleted != nil {
			word &^= deleted[i]
		}
		n += int64(bits.OnesCount64(word))
	}
	return n
}

// parts lists the segments that an arm can use.
func (sn *Snapshot) parts(arms int) (parts []arm.Part) {
	for _, seg := range sn.segments {
		if p, ok := seg.Part(arms); ok {
			parts = append(parts, p)
		}
	}
	return parts
}

// admitted are the parts with what the filter lets in, without those that it could not be applied
// to.
func admitted(parts []arm.Part, let []letting) []arm.Part {
	out := make([]arm.Part, 0, len(parts))
	for _, p := range parts {
		if !let[p.Segment].failed {
			p.Allowed = let[p.Segment].allowed
			out = append(out, p)
		}
	}
	return out
}

// againMax is how often a search is done again because of what was computed wrongly: once as it
// was, once without the kernel.
const againMax = 2

// search lets one arm look at its parts. A part that turns out damaged is left out and the search
// begins again: what the part had offered must not stand in the order.
func (sn *Snapshot) search(ctx context.Context, scorer arm.Scorer, parts []arm.Part, cut Cut, seen []sight, account *Account) ([]arm.Scored, error) {
	for again := 0; ; {
		hits, stats, err := sn.trySearch(ctx, scorer, parts, cut)
		if wrong := new(arm.AgainError); errors.As(err, &wrong) {
			account.Notes = append(account.Notes, wrong.What+"; it was done again")
			if again++; again <= againMax {
				continue
			}
			err = sn.segments[wrong.Segment].blame(fmt.Errorf("%w: %s", ErrCorrupt, wrong.What))
		}
		bad := new(segmentError)
		if errors.As(err, &bad) {
			d, _ := sn.damage(err)
			if word, ok := withoutList(parts, err); ok {
				d.What = listOf(d.What, word)
				account.Degraded = AddDegraded(account.Degraded, d)
				continue
			}
			account.Degraded = AddDegraded(account.Degraded, d)
			parts = slices.DeleteFunc(parts, func(p arm.Part) bool { return p.Segment == bad.Segment })
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, p := range parts {
			at := &seen[p.Segment]
			if i >= len(stats) {
				at.late = true
				continue
			}
			at.seen, at.matched = true, max(at.matched, stats[i].Matched)
			account.Bytes += stats[i].Bytes
		}
		return hits, nil
	}
}

// listOf names a word's list in a segment.
func listOf(segment, word string) string { return fmt.Sprintf("%s, its list of %q", segment, word) }

// withoutList has the search begin again without the one list that is damaged, and returns its
// word.
func withoutList(parts []arm.Part, err error) (word string, ok bool) {
	bad, list := new(segmentError), new(arm.ListError)
	if !errors.As(err, &bad) || !errors.As(err, &list) || !defence.Stands(defence.Holes) {
		return "", false
	}
	i := slices.IndexFunc(parts, func(p arm.Part) bool { return p.Segment == bad.Segment })
	if i < 0 || parts[i].Without[list.Key] {
		return "", false
	}
	if parts[i].Without == nil {
		parts[i].Without = map[string]bool{}
	}
	parts[i].Without[list.Key] = true
	return lexical.WordOf([]byte(list.Key)), true
}

// trySearch scans the parts, as many as there is time for, and orders the best. stats has an
// element for each part that was scanned.
func (sn *Snapshot) trySearch(ctx context.Context, scorer arm.Scorer, parts []arm.Part, cut Cut) (hits []arm.Scored, stats []arm.Stats, err error) {
	search := scorer.Search(cut.Keep, sn.idOf)
	for i, p := range parts {
		if i > 0 && cut.Late != nil && cut.Late() {
			break
		}
		err := sn.segments[p.Segment].Read(func(*text.Reader) error {
			st, err := search.Scan(ctx, p)
			stats = append(stats, st)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	err = sn.read(func() (err error) {
		if hits, err = search.Best(ctx); err == nil {
			err = arm.Rank(hits, sn.idOf, cut.Ordered)
		}
		return err
	})
	return hits, stats, err
}

// settle completes the account from what the arms saw.
func (sn *Snapshot) settle(account *Account, let []letting, seen []sight, out int) {
	var allowed, matched int64
	for i, seg := range sn.segments {
		switch {
		case seen[i].seen:
			_, hidden := seg.hidden()
			account.Failed += hidden
			account.Filtered += seg.Live() - hidden - let[i].live
			allowed += let[i].live
			matched += seen[i].matched
		case seen[i].late:
			account.TimedOut += seg.Live()
			account.Degraded = AddDegraded(account.Degraded, Degraded{What: seg.Name(), Why: "timeout", Documents: seg.entry.Documents})
		default:
			account.Failed += seg.Live()
		}
	}
	matched = max(matched, int64(out))
	account.NoMatch += allowed - matched
	account.BelowCut += matched - int64(out)
}

// fuse makes one order of what the arms found.
func (sn *Snapshot) fuse(ctx context.Context, scorers []arm.Scorer, found [][]arm.Scored, cut Cut, account *Account) ([]Hit, error) {
	only, several := -1, false
	for i := range found {
		if found[i] != nil {
			only, several = i, only >= 0
		}
	}
	if only < 0 {
		return nil, nil
	}
	if !several {
		return hitsOf(found[only], only), nil
	}
	return sn.fuseSeveral(ctx, scorers, found, cut, account)
}

// hitsOf are the hits of a single arm, which stand in order already.
func hitsOf(found []arm.Scored, arms int) []Hit {
	hits := make([]Hit, len(found))
	for i, h := range found {
		hits[i] = Hit{Place: h.Place, Score: h.Score, Terms: h.Terms}
		hits[i].Scores[arms] = h.Score
	}
	return hits
}

// fuseSeveral unites what the arms found, asks each arm about what only others found, and keeps the
// best by the sum of the scores.
func (sn *Snapshot) fuseSeveral(ctx context.Context, scorers []arm.Scorer, found [][]arm.Scored, cut Cut, account *Account) ([]Hit, error) {
	var places []Place
	at := map[Place]int{}
	var hits []Hit
	for _, list := range found {
		for _, h := range list {
			i, ok := at[h.Place]
			if !ok {
				i = len(hits)
				at[h.Place], places, hits = i, append(places, h.Place), append(hits, Hit{Place: h.Place})
			}
			hits[i].Terms |= h.Terms
		}
	}
	for i := range scorers {
		if scorers[i] == nil {
			continue
		}
		scores := make([]uint32, len(places))
		bad, err := sn.score(ctx, i, scorers[i], places, scores)
		if err != nil {
			return nil, err
		}
		account.Degraded = AddDegraded(account.Degraded, bad...)
		unknown := uint32(0)
		if sn.store.opts.Arms[i].Facts().Later {
			unknown = meanOf(scores)
		}
		for k, s := range scores {
			hits[k].Scores[i] = s
			hits[k].Score += cmp.Or(s, unknown)
		}
	}
	return sn.best(hits, at, cut)
}

// meanOf is the mean of the scores that are not 0: what a passage counts that an arm has not looked
// at yet, so that this costs it nothing.
func meanOf(scores []uint32) uint32 {
	var sum, n uint64
	for _, s := range scores {
		if s > 0 {
			sum, n = sum+uint64(s), n+1
		}
	}
	return uint32(sum / max(n, 1))
}

// best orders the hits by the sum of their scores and cuts.
func (sn *Snapshot) best(hits []Hit, at map[Place]int, cut Cut) ([]Hit, error) {
	order := make([]arm.Scored, len(hits))
	for i, h := range hits {
		order[i] = arm.Scored{Place: h.Place, Score: h.Score}
	}
	if err := sn.read(func() error { return arm.Rank(order, sn.idOf, len(order)) }); err != nil {
		return nil, err
	}
	order = order[:min(len(order), cut.Keep)]
	out := make([]Hit, len(order))
	for i, o := range order {
		out[i] = hits[at[o.Place]]
	}
	return out, nil
}

// idOf reads the passage id that ties are resolved by.
func (sn *Snapshot) idOf(at Place) (id [10]byte, err error) {
	seg := sn.segments[at.Segment]
	rec, err := seg.text.Record(at.Passage)
	if err != nil {
		return id, seg.blame(err)
	}
	return rec.ID(), nil
}

// lexicalArm is the ordinal of the arm that knows terms; -1 when the store has none.
func (sn *Snapshot) lexicalArm() int {
	return slices.IndexFunc(sn.store.opts.Arms, func(a arm.Arm) bool { return a == arm.Arm(lexical.Arm{}) })
}

// DF is the number of live passages that the list of key holds, over all segments. A segment that
// cannot be read counts nothing and is named.
func (sn *Snapshot) DF(key []byte) (df int64, bad []Degraded) {
	at := sn.lexicalArm()
	for _, seg := range sn.segments {
		p, ok := seg.Part(at)
		if !ok {
			continue
		}
		err := seg.Read(func(*text.Reader) error {
			n, err := lexical.DF(p, key)
			df += n
			return err
		})
		if d, ok := sn.damage(err); ok {
			d.What = listOf(d.What, lexical.WordOf(key))
			bad = AddDegraded(bad, d)
		}
	}
	return df, bad
}

// Score adds to out[i] what the arms give places[i] for the question: what Gather would find, for
// these passages only. A segment that turns out damaged adds nothing and is named.
func (sn *Snapshot) Score(ctx context.Context, q *Question, places []Place, out []uint32) ([]Degraded, error) {
	var bad []Degraded
	for i, a := range sn.store.opts.Arms {
		scorer, err := a.NewScorer(q, sn.parts(i))
		if err != nil {
			return bad, err
		}
		if scorer == nil { // the question has nothing for this arm
			continue
		}
		more, err := sn.score(ctx, i, scorer, places, out)
		bad = AddDegraded(bad, more...)
		if err != nil {
			return bad, err
		}
	}
	return bad, nil
}

// score lets one arm score places.
func (sn *Snapshot) score(ctx context.Context, arms int, scorer arm.Scorer, places []Place, out []uint32) ([]Degraded, error) {
	return sn.each(ctx, arms, places, func(p arm.Part, in group) error {
		scores := make([]uint32, len(in.passages))
		if err := scorer.Score(p, in.passages, scores); err != nil {
			return err
		}
		for i, s := range scores {
			out[in.at[i]] += s
		}
		return nil
	})
}

// Mark calls hit with the number of each key and the index of each place whose passage that key's
// list holds. A segment that turns out damaged is named.
func (sn *Snapshot) Mark(ctx context.Context, keys [][]byte, places []Place, hit func(key, i int)) ([]Degraded, error) {
	return sn.each(ctx, sn.lexicalArm(), places, func(p arm.Part, in group) error {
		for k, key := range keys {
			list, ok, err := p.Reader.(*lexical.Reader).Lookup(key)
			if err == nil && ok {
				err = list.Mark(in.passages, func(i int, _ byte) { hit(k, int(in.at[i])) })
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// group is the places that lie in one segment, in ascending order.
type group struct {
	passages []uint32
	at       []int32 // index in the caller's order
}

// grouped sorts places by segment. They may come in any order.
func (sn *Snapshot) grouped(places []Place) ([]group, error) {
	const passageBits, indexBits = 24, 24 // of a key: segment, passage, index
	keys := make([]uint64, len(places))
	for i, p := range places {
		if _, err := sn.segment(p); err != nil {
			return nil, err
		}
		keys[i] = uint64(p.Segment)<<(passageBits+indexBits) | uint64(p.Passage)<<indexBits | uint64(i)
	}
	slices.Sort(keys)
	groups := make([]group, len(sn.segments))
	for _, k := range keys {
		to := &groups[k>>(passageBits+indexBits)]
		to.passages = append(to.passages, uint32(k>>indexBits)&(1<<passageBits-1))
		to.at = append(to.at, int32(k&(1<<indexBits-1)))
	}
	return groups, nil
}

// each visits the segments that places lie in, as far as an arm can use them. Damage in a segment
// ends the visit there and is named.
func (sn *Snapshot) each(ctx context.Context, arms int, places []Place, visit func(arm.Part, group) error) (bad []Degraded, err error) {
	groups, err := sn.grouped(places)
	if err != nil {
		return nil, err
	}
	for ord, in := range groups {
		p, ok := sn.segments[ord].Part(arms)
		if len(in.passages) == 0 || !ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return bad, err
		}
		err := sn.segments[ord].Read(func(*text.Reader) error { return visit(p, in) })
		if d, ok := sn.damage(err); ok {
			bad = AddDegraded(bad, d)
		} else if err != nil {
			return bad, err
		}
	}
	return bad, nil
}

// Passes tells whether a passage is live and passes the filter.
func (sn *Snapshot) Passes(p Place, filter *Filter) (bool, error) {
	seg, err := sn.segment(p)
	if err != nil || !sn.Live(p) {
		return false, err
	}
	set, all, err := filter.allowed(context.Background(), seg)
	return all || err == nil && set.Contains(p.Passage), err
}
