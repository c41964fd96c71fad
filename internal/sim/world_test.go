package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/clock"
	"sluice/internal/faultfs"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// world is a disk with a store on it, the sources that it is made from, a process that answers for
// long, and the model.
type world struct {
	t    testing.TB
	seed uint64
	rng  *rand.Rand
	disk *vfs.MemFS

	clock   *clock.Fake
	sources map[string]*testkit.Source // as they are now
	model   map[string]*acked
	damaged bool // a bit was flipped, and nothing has mended it yet
	torn    bool // a crash may have left a slot half written
	live    *serve.Service
	trace   []string
	calm    bool           // nothing goes wrong
	pause   func()         // until what runs beside the questions is done
	counts  map[string]int // what was injected
}

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 0x51)), disk: vfs.Mem(),
		clock: &clock.Fake{T: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}, counts: map[string]int{}, pause: func() {},
		sources: map[string]*testkit.Source{}, model: map[string]*acked{},
	}
	p := w.process(w.disk)
	p.close()
	w.restart()
	return w
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// fatal ends the run with the seed and all that happened.
func (w *world) fatal(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("SLUICE_SIM_SEED=%d: %s\n\t%s", w.seed, fmt.Sprintf(format, args...), strings.Join(w.trace, "\n\t"))
}

// process is one run of the program on a disk, which may be a faulty one.
type process struct {
	*serve.Service
	store  *index.Store
	ingest *ingest.Ingest
}

func (w *world) process(files vfs.FS) process {
	p, err := w.start(files)
	if err != nil {
		w.fatal("open the store: %v", err)
	}
	return p
}

func (w *world) start(files vfs.FS) (process, error) {
	store, err := index.Create(files, index.Options{Wait: timeless})
	if err != nil {
		return process{}, err
	}
	in := ingest.New(store, ingest.Options{Clock: w.clock, Jobs: 1, SegmentBytes: []int64{1 << 10, 8 << 10, 1 << 20}[w.rng.IntN(3)]})
	return process{
		serve.New(serve.Options{
			Store: store, Ingest: in, Clock: w.clock, StatWait: timeless, SyncWait: timeless, Encoder: reader{},
			Connectors: map[string]serve.Connector{"memory": {Open: w.open, Forget: forget}},
		}),
		store, in,
	}, nil
}

func (p process) close() { p.Close() }

// reader is a model of the meanings of words.
type reader struct{}

func (reader) Space() index.Space    { return index.Space{ID: [16]byte{1}, Dim: testkit.MeaningDim} }
func (reader) Levels() []index.Level { return []index.Level{index.Shallow} }

func (reader) Question(_ context.Context, text string) ([]float32, error) {
	return testkit.Meaning(text), nil
}

func (reader) Passages(_ context.Context, _ index.Level, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		out = append(out, testkit.Meaning(t))
	}
	return out, nil
}

// options are the connector's: paths that stay out.
type options struct {
	Forgotten []string `json:"forgotten"`
}

func forget(raw json.RawMessage, paths []string) (json.RawMessage, error) {
	var o options
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &o); err != nil {
			return nil, err
		}
	}
	for _, p := range paths {
		if !slices.Contains(o.Forgotten, p) {
			o.Forgotten = append(o.Forgotten, p)
		}
	}
	return json.Marshal(o)
}

// open is the connector: a source in memory without what was forgotten.
func (w *world) open(c index.SourceConfig) (corpus.Source, error) {
	src := w.sources[c.Label]
	if src == nil {
		return nil, corpus.ErrRootGone
	}
	var o options
	if len(c.Options) > 0 {
		if err := json.Unmarshal(c.Options, &o); err != nil {
			return nil, err
		}
	}
	return without{src, o.Forgotten}, nil
}

// without is a source that does not list what was forgotten.
type without struct {
	*testkit.Source
	forgotten []string
}

// Walk implements corpus.Source.
func (s without) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return s.Source.Walk(ctx, func(it corpus.Item) error {
		for _, f := range s.forgotten {
			if index.PathNames(f, it.Path) {
				return nil
			}
		}
		return visit(it)
	})
}

// restart replaces the process that answers for long.
func (w *world) restart() {
	if w.live != nil {
		w.live.Close()
	}
	w.live = w.process(w.disk).Service
}

// ends is how an operation of a process ended.
type ends int

const (
	well ends = iota
	failed
	killed
)

// run carries out an operation in a process of its own, whose disk may fail or which may die at
// one of its first changes of the disk.
func (w *world) run(what string, op func(process) error) (ends, error) {
	rules, name := w.chance()
	files := faultfs.New(w.disk, w.rng.Uint64(), rules...)
	p, err := w.start(files)
	if err == nil {
		err = op(p)
		p.close()
	}
	hit := len(rules) > 0 && len(files.Missed()) == 0
	if hit {
		w.counts[name]++
	}
	switch {
	case files.Dead():
		w.note("%s: killed at its %dth change of the disk", what, rules[0].Nth)
		w.crash()
		return killed, err
	case err != nil && hit:
		w.note("%s: %s: %v", what, name, err)
		w.torn = true // a slot may be half written
		return failed, err
	case err != nil:
		return failed, err
	}
	w.note("%s: done", what)
	return well, nil
}

// chance chooses what happens to a process: mostly nothing.
func (w *world) chance() ([]faultfs.Rule, string) {
	if w.calm {
		return nil, ""
	}
	nth := 1 + w.rng.IntN(60)
	switch w.rng.IntN(8) {
	case 0, 1:
		return []faultfs.Rule{{Ops: faultfs.WritePoints, Nth: nth, Mode: faultfs.Kill}}, "kill"
	case 2:
		return []faultfs.Rule{{Ops: faultfs.WritePoints, Nth: nth, Mode: faultfs.Fail, Err: faultfs.ErrNoSpace, Sticky: w.rng.IntN(2) == 0}}, "disk full"
	case 3:
		return []faultfs.Rule{{Ops: faultfs.Sync, Nth: 1 + nth/6, Mode: faultfs.DropUnsynced}}, "failed sync"
	}
	return nil, ""
}

// crash is what a killed process leaves: all that it wrote, or, when the power went with it, what
// the disk makes of it.
func (w *world) crash() {
	w.torn = true
	if w.rng.IntN(2) == 0 {
		return
	}
	w.note("power cut")
	w.counts["power cut"]++
	w.live.Close()
	w.live = nil
	w.disk = w.disk.CrashClone(w.rng.Uint64())
	w.restart()
}

// degradedBut tells what of an answer's degraded is not a manifest slot, which a crash explains.
func (w *world) degradedBut(what []string) []string {
	return slices.DeleteFunc(what, func(s string) bool { return w.torn && strings.HasPrefix(s, "manifest slot") })
}

func (w *world) labels() []string { return slices.Sorted(maps.Keys(w.model)) }

// isFault tells whether an error says what damage it met, as it must while there is some.
func isFault(err error) bool {
	return errors.Is(err, index.ErrCorrupt) || serve.ClassOf(err) == serve.Corrupt || serve.ClassOf(err) == serve.Partly
}
