package ingest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/text"
)

// Look is how a source differs from what the store holds of it, as far as that can be told without
// reading documents.
type Look struct {
	New, Changed, Gone int64 // documents; a new one may turn out not to be taken
	Unproven           int64 // that were being changed when they were read: nothing tells what came after
	Bytes              int64 // of all that a sync must read
	Half               bool  // over half is gone, which a sync does not believe
}

// Newer is how many documents are newer at the source, as far as that is known.
func (l *Look) Newer() int64 { return l.New + l.Changed + l.Gone }

// Current tells that a sync would find nothing to do.
func (l *Look) Current() bool { return l.Newer()+l.Unproven == 0 }

// Look compares what the source lists with what was seen of it. It waits for no lock and writes
// nothing, so it may come before every question.
func (in *Ingest) Look(ctx context.Context, src corpus.Source) (*Look, error) {
	label := src.Info().Label
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	state, ok := sn.Source(label)
	if !ok {
		return nil, fmt.Errorf("%w: %q", index.ErrNoSource, label)
	}
	k := looking{seen: in.store.Seen(label), synced: state.Synced}
	if k.asItWas(ctx, src, sn, &state) {
		return new(Look), nil
	}
	if err := k.hold(sn, label); err != nil {
		return nil, err
	}
	otherRules := !sameRules(&state)
	report, err := corpus.List(ctx, src, func(it corpus.Item) error {
		k.item(ctx, src, it, otherRules)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &Look{New: k.fresh.Load(), Changed: k.changed.Load(), Unproven: k.unproven.Load(), Bytes: k.bytes.Load()}
	if report.FailureN == 0 { // else what was not listed may be there
		out.Gone = max(0, k.documents-k.found.Load())
	}
	out.Half = 2*(out.Gone-out.New) > k.documents // what has another name is not gone
	return out, nil
}

// looking is one Look. Its counters are added to from several goroutines.
type looking struct {
	seen      *index.Seen
	held      map[uint64]holding // what the store holds, by path; nil: what was seen
	documents int64              // that the store holds
	synced    time.Time          // when the source was read to its end last

	found, fresh, changed, unproven, bytes atomic.Int64
}

// holding is a document that the store holds.
type holding struct {
	version uint64
	size    int64
	modTime int64
}

// asItWas tells that the source is in the state in which all of it was read, under the present
// rules. What was being changed then was not read in any state.
func (k *looking) asItWas(ctx context.Context, src corpus.Source, sn *index.Snapshot, state *index.SourceState) bool {
	if k.seen.State() == 0 || !sameRules(state) || !k.seen.Fits(stateOf(sn, src.Info().Label)) {
		return false
	}
	now, ok := corpus.StateOf(ctx, src)
	return ok && now == k.seen.State()
}

// hold finds out which documents the store holds: those that were seen, if the source is still in
// the state that they belong to.
func (k *looking) hold(sn *index.Snapshot, label string) error {
	if k.seen.Fits(stateOf(sn, label)) {
		k.seen.Each(func(s index.Sight) {
			if !noDocument(s.Version) {
				k.documents++
			}
		})
		return nil
	}
	k.held = map[uint64]holding{}
	return sn.EachDocument(label, func(d index.Document) error {
		k.held[corpus.Digest([]byte(d.Path))] = holding{index.Version(d.Hash), d.Size, d.ModTime}
		k.documents++
		return nil
	})
}

// noDocument tells that nothing of what was seen is in the store.
func noDocument(version uint64) bool {
	_, left := leftOut[version]
	return left || version == index.Failed
}

// item compares one document. Whose reading failed is not called newer before it has changed.
func (k *looking) item(ctx context.Context, src corpus.Source, it corpus.Item, otherRules bool) {
	sight, seen := k.seen.Of(it.Path)
	holds := seen && !noDocument(sight.Version)
	var held holding
	if k.held != nil {
		var ok bool
		held, ok = k.held[corpus.Digest([]byte(it.Path))]
		seen = seen && (ok && held.version == sight.Version || !ok && !holds)
		holds = ok
	}
	if holds {
		k.found.Add(1)
	}
	if seen && sight.Stamp != 0 && !otherRules {
		if stamp, err := corpus.StampOf(ctx, src, it); err == nil && stamp == sight.Stamp {
			return
		}
	}
	k.bytes.Add(it.Size)
	switch {
	case !holds && (otherRules || !seen || sight.Stamp != 0 || !it.AtRest(k.synced.Add(corpus.RacyWindow))):
		k.fresh.Add(1) // else it was tried, just after it was written, and nobody changed it after the sync
	case otherRules, seen && sight.Stamp == 0, !seen && it.Size == held.size && text.Nanos(it.ModTime) == held.modTime:
		k.unproven.Add(1)
	default:
		k.changed.Add(1)
	}
}
