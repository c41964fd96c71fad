package sim

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"sluice/api"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// check holds the store against the model: what it has of every document is what was acknowledged,
// or what an operation that did not end may have made of it.
func (w *world) check() {
	store, err := index.Open(w.disk, index.Options{})
	if err != nil {
		if w.damaged && isFault(err) {
			w.note("the store does not open, and says why: %v", err)
			return
		}
		w.fatal("the store does not open: %v", err)
	}
	defer store.Close()
	sn, err := store.Snapshot(context.Background())
	if err != nil {
		if w.damaged && isFault(err) {
			return
		}
		w.fatal("no snapshot: %v", err)
	}
	defer sn.Close()
	var named []string
	for _, d := range sn.Degraded() {
		named = append(named, d.What+": "+d.Why)
	}
	if named = w.degradedBut(named); len(named) > 0 && !w.damaged {
		w.fatal("degraded without damage: %q", named)
	}
	w.compare(sn, len(named) > 0)
}

// compare holds a snapshot's documents against the model. With holes documents may be missing.
func (w *world) compare(sn *index.Snapshot, holes bool) {
	has := map[string]map[string]version{}
	err := sn.EachDocument("", func(d index.Document) error {
		label := sn.Segments()[d.Segment].Label()
		if has[label] == nil {
			has[label] = map[string]version{}
		}
		if _, twice := has[label][d.Path]; twice {
			w.fatal("%s/%s is in the store twice", label, d.Path)
		}
		has[label][d.Path] = d.Hash
		return nil
	})
	if err != nil {
		if !w.damaged || !isFault(err) {
			w.fatal("read the documents: %v", err)
		}
		holes = true
	}
	for label, docs := range has {
		a := w.model[label]
		if a == nil {
			w.fatal("source %s was forgotten, and the store holds %d documents of it", label, len(docs))
		}
		for path, v := range docs {
			if !a.allows(path, v) {
				w.fatal("%s/%s is in the store in a version that it should not have (forgotten: %t)", label, path, a.isOut(path))
			}
		}
	}
	if holes {
		return
	}
	for _, label := range w.labels() {
		for _, path := range w.model[label].paths(w.sources[label]) {
			if v := has[label][path]; v == absent && !w.model[label].allows(path, absent) {
				w.fatal("%s/%s was acknowledged and is lost", label, path)
			}
		}
	}
}

// atRest: nothing is damaged, left over, degraded or missing.
func (w *world) atRest(p process) {
	out, err := p.Check(context.Background(), api.CheckRequest{}, nil)
	if err != nil || len(out.Bad) > 0 {
		w.fatal("check in a settled world: %v %+v", err, out)
	}
	orphans, err := p.store.Orphans()
	if err != nil || len(orphans) > 0 && w.live == nil {
		w.fatal("left over: %q %v", orphans, err)
	}
	w.check()
}

var questions = []string{
	"torn write of a segment", "checksum manifest", "where is the parity of a damaged block", `"the store"`,
	"rename orphan -flush", "vector prefetch bandwidth path:dir1/*", "note",
}

// likeNew: the answers are those of a store that is made afresh of the same documents, whatever the
// order, the segments and the history.
func (w *world) likeNew(p process) {
	fresh := w.fresh()
	defer fresh.Close()
	for _, q := range questions {
		want, werr := fresh.Search(context.Background(), api.SearchRequest{Query: q, N: 117})
		for name, s := range map[string]*serve.Service{"the process": p.Service, "the long-lived process": w.live} {
			got, err := s.Search(context.Background(), api.SearchRequest{Query: q, N: 117})
			w.pause()
			if fmt.Sprint(err) != fmt.Sprint(werr) {
				w.fatal("%q to %s: %v, to a fresh store: %v", q, name, err, werr)
			}
			if err != nil {
				continue
			}
			w.counts["answer compared"]++
			if diff := cmp.Diff(shown(want), shown(got)); diff != "" {
				w.fatal("%q to %s differs from a fresh store:\n%s", q, name, diff)
			}
		}
	}
}

// shown is what of an answer must not depend on history: everything but times.
func shown(s *api.Search) []string {
	var lines []string
	for _, r := range s.Results {
		dense := math.NaN()
		if r.Scores.Dense != nil {
			dense = *r.Scores.Dense
		}
		lines = append(lines, fmt.Sprintf("%d %s %s/%s %v %v %v %v %v %q", r.Rank, r.ID, r.Source, r.Path, r.Lines, r.Bytes, r.Score, dense, r.Fresh, r.Text))
	}
	for _, d := range s.Degraded {
		lines = append(lines, fmt.Sprintf("degraded %+v", d))
	}
	return lines
}

// fresh makes a store of the acknowledged documents, in another order and cut into other segments.
func (w *world) fresh() *serve.Service {
	files := vfs.Mem()
	store, err := index.Create(files, index.Options{})
	if err != nil {
		w.fatal("%v", err)
	}
	in := ingest.New(store, ingest.Options{Clock: w.clock, SegmentBytes: 1 + w.rng.Int64N(1<<14)})
	labels := w.labels()
	w.rng.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
	sources := map[string]*testkit.Source{}
	for _, label := range labels {
		sources[label] = w.model[label].source
		if err := store.AddSource(context.Background(), index.SourceConfig{Label: label, Kind: "memory", Root: "memory://" + label}); err != nil {
			w.fatal("%v", err)
		}
		if _, err := in.Sync(context.Background(), sources[label], ingest.SyncOptions{}); err != nil {
			w.fatal("%v", err)
		}
	}
	if rep, err := in.Fill(context.Background(), ingest.FillOptions{Encoder: reader{}}); err != nil || rep.Done != rep.Total {
		w.fatal("a fill of a fresh store: %+v, %v", rep, err)
	}
	sub := &world{t: w.t, seed: w.seed, clock: w.clock, sources: sources}
	return serve.New(serve.Options{Store: store, Ingest: in, Clock: w.clock, StatWait: timeless, SyncWait: timeless, Encoder: reader{},
		Connectors: map[string]serve.Connector{"memory": {Open: sub.open, Forget: forget}}})
}

// asked: at any time an answer is given, or an error that names the damage.
func (w *world) asked() {
	q := questions[w.rng.IntN(len(questions))]
	out, err := w.live.Search(context.Background(), api.SearchRequest{Query: q, N: 117})
	w.live.Rest() // what was made anew is written back before the next step: a seed is a life
	w.pause()
	switch {
	case err == nil && len(out.Degraded) > 0:
		w.fatal("degraded, and yet done: %+v", out.Degraded)
	case err == nil, len(w.model) == 0:
		return
	case w.damaged && isFault(err), w.torn && slotsOnly(out):
		return
	case strings.Contains(err.Error(), "no sources"):
		return
	}
	w.fatal("%q: %v", q, err)
}

// slotsOnly tells whether all that an answer lacks is a manifest slot, whose copy took its place.
func slotsOnly(out *api.Search) bool {
	return out != nil && !slices.ContainsFunc(out.Degraded, func(d api.Degraded) bool { return !strings.HasPrefix(d.What, "manifest slot") })
}
