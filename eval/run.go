package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
)

// Options tells how a set is measured.
type Options struct {
	Chunk    bool // cut documents into passages; a document then scores as its best passage
	Store    vfs.FS
	Hay      corpus.Source // among whose passages the set is hidden; nil: it stands alone
	HayBytes int64         // how much of it; 0: all
	Effort   string        // fast, balanced or deep; default: fast
	Encoder  index.Encoder // reads all passages first; nil: words alone are compared
	Deep     bool          // as deeply as it can, not as it reads them first
	Exact    index.Encoder // gives the arms unstored and unstored_fused: vectors compared in memory, as they are; nil: there are none
	Read     func(done, total int64)
	Progress func(done, total int)
}

// Report is what `eval --json` prints.
type Report struct {
	Dataset string             `json:"dataset"`
	Docs    int                `json:"docs"`
	Queries int                `json:"queries"`
	Chunked bool               `json:"chunked,omitempty"`
	Hay     int64              `json:"hay,omitempty"` // passages that the set was hidden among
	Arms    map[string]any     `json:"arms"`
	MS      map[string]float64 `json:"ms"`
}

// GatherArm is what gather is measured by: later stages cannot bring back what it dropped.
type GatherArm struct {
	Recall float64 `json:"recall@30000"` // at flow.GatherDefault; the name stays whatever the settings are
}

// Bench is a labelled set in a store, ready to be asked.
type Bench struct {
	Set   *Set
	Snap  *index.Snapshot
	store *index.Store
	asked *cascade.Cascade
	words *cascade.Cascade // without the encoder
	model index.Encoder
}

// Open puts the set into a store, in memory unless opts name another place.
func Open(ctx context.Context, set *Set, opts Options) (*Bench, error) {
	files := opts.Store
	if files == nil {
		files = vfs.Mem()
	}
	store, err := index.Create(files, index.Options{})
	if err != nil {
		return nil, err
	}
	in := ingest.New(store, ingest.Options{})
	if err := put(ctx, store, in, setSource{set}, !opts.Chunk); err != nil {
		return nil, fmt.Errorf("%s: %w", set.Name, err)
	}
	if opts.Hay != nil {
		if err := put(ctx, store, in, hay{opts.Hay, opts.HayBytes}, false); err != nil {
			return nil, fmt.Errorf("what %s is hidden among: %w", set.Name, err)
		}
	}
	parts := cascade.Parts{}
	if opts.Encoder != nil {
		parts.Encoder = opts.Encoder
		fill := ingest.FillOptions{Encoder: opts.Encoder, Progress: opts.Read}
		if opts.Deep {
			fill.Level = slices.Max(opts.Encoder.Levels())
		}
		if _, err := in.Fill(ctx, fill); err != nil {
			return nil, err
		}
	}
	snap, err := store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	parts.Index = snap
	return &Bench{Set: set, Snap: snap, store: store, asked: cascade.New(parts), words: cascade.New(cascade.Parts{Index: snap}), model: opts.Encoder}, nil
}

// put reads a source into the store. Every document counts: a measure over a part would be wrong.
func put(ctx context.Context, store *index.Store, in *ingest.Ingest, src corpus.Source, whole bool) error {
	info := src.Info()
	if err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		return err
	}
	rep, err := in.Sync(ctx, src, ingest.SyncOptions{Whole: whole})
	if err != nil {
		return err
	}
	if n := rep.Report.FailureN; n > 0 {
		first := rep.Report.Failures[0]
		return fmt.Errorf("%d documents could not be stored, the first: %s: %s", n, first.Path, first.Err)
	}
	return nil
}

// Close lets the store go.
func (b *Bench) Close() error { return b.Snap.Close() }

// Run measures every arm on the set.
func Run(ctx context.Context, set *Set, opts Options) (*Report, error) {
	b, err := Open(ctx, set, opts)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	exact, err := newExact(ctx, set, opts)
	if err != nil {
		return nil, err
	}
	var bm25, judged, dense []Measures
	var recall float64
	var ms []float64
	for i, q := range set.Queries {
		one, err := b.Ask(ctx, q.Text, flow.Options{Effort: flow.Effort(opts.Effort)})
		if err != nil {
			return nil, fmt.Errorf("%s: question %s: %w", set.Name, q.ID, err)
		}
		ms = append(ms, float64(one.Took.Microseconds())/1000)
		grades := set.Grades[q.ID]
		bm25 = append(bm25, Measure(one.Gathered, grades))
		judged = append(judged, Measure(one.Judged, grades))
		exact.ask(i, one, grades)
		recall += recallOf(one.Through, grades) / float64(len(set.Queries))
		if opts.Encoder != nil {
			ranked, err := b.dense(ctx, q.Text)
			if err != nil {
				return nil, err
			}
			dense = append(dense, Measure(ranked, grades))
		}
		if opts.Progress != nil {
			opts.Progress(i+1, len(set.Queries))
		}
	}
	arms := map[string]any{"bm25": Mean(bm25), "judge": Mean(judged), "gather": GatherArm{recall}}
	if dense != nil {
		arms["dense"] = Mean(dense)
	}
	exact.addTo(arms)
	hay := int64(0)
	if opts.Hay != nil {
		hay = b.Snap.Passages() - int64(len(set.Docs))
	}
	return &Report{
		Dataset: set.Name, Docs: len(set.Docs), Queries: len(set.Queries), Chunked: opts.Chunk, Hay: hay,
		Arms: arms, MS: map[string]float64{"p50": percentile(ms, 50), "p99": percentile(ms, 99)},
	}, nil
}

// dense ranks all documents by their vectors alone, as they are stored.
func (b *Bench) dense(ctx context.Context, question string) ([]string, error) {
	vector, err := b.model.Question(ctx, question)
	if err != nil {
		return nil, err
	}
	places, _, err := b.Snap.Places(ctx, &index.Filter{})
	if err != nil {
		return nil, err
	}
	near := make([]float32, len(places))
	if _, err := b.Snap.Near(ctx, &index.Question{Vector: vector, Space: b.model.Space()}, places, near); err != nil {
		return nil, err
	}
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(near[b], near[a]) })
	return b.documents(len(order), func(i int) index.Place { return places[order[i]] })
}

func recallOf(ranked []string, grades map[string]float64) (n float64) {
	for _, id := range ranked {
		if grades[id] > 0 {
			n++
		}
	}
	return n / float64(len(grades))
}

// percentile is the nearest-rank percentile.
func percentile(all []float64, p int) float64 {
	if len(all) == 0 {
		return 0
	}
	s := slices.Clone(all)
	slices.Sort(s)
	return s[min(len(s)-1, len(s)*p/100)]
}

// Ranking is one question's answer as document ids, best first.
type Ranking struct {
	Gathered []string             // by the bm25 arm alone, all that gather let through
	Scores   []float64            // of those
	Through  []string             // the same with the encoder, if there is one
	Judged   []string             // by judge
	Parts    []map[string]float64 // of the judged documents, when o.Explain asks for them
	Took     time.Duration        // question to judge's order
}

// Ask runs one question. Operators have no meaning here: a labelled question is text.
func (b *Bench) Ask(ctx context.Context, question string, o flow.Options) (*Ranking, error) {
	q := flow.Query{Raw: question, Text: question}
	res, err := b.asked.Search(ctx, q, o)
	if err != nil {
		return nil, err
	}
	r := &Ranking{Took: res.Took}
	if r.Through, err = b.hits(res.Gathered.Hits); err != nil {
		return nil, err
	}
	words := res
	if r.Gathered = r.Through; b.model != nil {
		if words, err = b.words.Gather(ctx, q, o); err != nil {
			return nil, err
		}
		if r.Gathered, err = b.hits(words.Gathered.Hits); err != nil {
			return nil, err
		}
	}
	if r.Scores, err = b.bestScores(words.Gathered.Hits); err != nil {
		return nil, err
	}
	for i := range res.Judged {
		r.Parts = append(r.Parts, res.Judged[i].Parts)
	}
	r.Judged, err = b.documents(len(res.Judged), func(i int) index.Place { return res.Judged[i].Place })
	return r, err
}

func (b *Bench) hits(all []index.Hit) ([]string, error) {
	return b.documents(len(all), func(i int) index.Place { return all[i].Place })
}

// bestScores are those of the documents that hits names, in its order.
func (b *Bench) bestScores(all []index.Hit) ([]float64, error) {
	var scores []float64
	seen := map[string]bool{}
	for _, h := range all {
		path, err := b.Snap.Path(h.Place)
		if err != nil {
			return nil, err
		}
		if !seen[path] || strings.HasPrefix(path, hayLabel+"/") {
			seen[path], scores = true, append(scores, float64(h.Score))
		}
	}
	return scores, nil
}

// documents turns passages into documents, each at the rank of its best passage. What is no
// document of the set counts passage by passage.
func (b *Bench) documents(n int, at func(int) index.Place) ([]string, error) {
	out := make([]string, 0, n)
	seen := make(map[string]bool, n)
	for i := range n {
		path, err := b.Snap.Path(at(i))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(path, hayLabel+"/") {
			out = append(out, fmt.Sprintf("%s#%d", path, i))
		} else if !seen[path] {
			seen[path] = true
			out = append(out, path)
		}
	}
	return out, nil
}
