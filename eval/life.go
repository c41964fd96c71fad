package eval

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"

	"sluice/corpus"
)

// LifeOptions tells how a store is aged.
type LifeOptions struct {
	Rounds  int
	Change  float64 // share of the files that a round edits
	Seed    uint64  // of the choice and of the edits
	Repeats int     // times of which the median counts, and as many questions
	// Self is the command line that takes one step. The step's name follows, then the store's
	// folder and what the step is about.
	Self []string
	// Progress is told what is being done; may be nil.
	Progress func(what string, round int)
}

// LifeReport is how a store aged.
type LifeReport struct {
	Files   int         `json:"files"`
	Text    int64       `json:"text_bytes"`
	Change  float64     `json:"change"`
	Seed    uint64      `json:"seed"`
	Repeats int         `json:"repeats"`
	Rounds  []LifeRound `json:"rounds"` // round 0 makes the store
	Fresh   LifeRound   `json:"fresh"`  // a new store of the texts as they are after the last round
	Ratios  LifeRatios  `json:"life_of_fresh"`
	// Found is how many passages the questions find in the fresh store, and Agree how many of the
	// questions find the same passages in the same order in both stores.
	Found int `json:"passages_found"`
	Agree int `json:"questions_that_agree"`
}

// LifeRound is the store after one round.
type LifeRound struct {
	Round       int        `json:"round"`
	Documents   Changes    `json:"documents"` // as the sync told them
	Sync        Cost       `json:"sync"`      // of the change
	Store       int64      `json:"store_bytes"`
	Named       int64      `json:"named_bytes"` // of Store: what the newest generation names
	Segments    int        `json:"segments"`
	Generations int        `json:"generations"`
	Costs       *LifeCosts `json:"costs,omitempty"` // in the rounds that LifeRow picks
}

// LifeCosts are medians over processes that each do one thing; Anon is the greatest.
type LifeCosts struct {
	Open      Cost `json:"open"`
	Search    Cost `json:"search"`
	Unchanged Cost `json:"unchanged_sync"`
}

// LifeRatios compare the old store with the fresh one.
type LifeRatios struct {
	Open      CostRatio `json:"open"`
	Search    CostRatio `json:"search"`
	Unchanged CostRatio `json:"unchanged_sync"`
	Store     float64   `json:"store"`
	Named     float64   `json:"named"`
}

// CostRatio is a ratio of times.
type CostRatio struct {
	Wall float64 `json:"wall"`
	CPU  float64 `json:"cpu,omitempty"`
}

// life is one run of Life.
type life struct {
	o         LifeOptions
	texts     *texts
	questions []string
}

// Life copies the documents of src below dir, makes a store of them there, and then edits a share
// of the files and syncs, round by round. Each thing that is measured is done by a process of its
// own. At the end the same is measured of a fresh store, in turns with the old one.
func Life(ctx context.Context, src corpus.Source, dir string, o LifeOptions) (*LifeReport, error) {
	l := &life{o: o}
	l.tell("copying", 0)
	var err error
	if l.texts, err = copyTexts(ctx, src, filepath.Join(dir, "texts"), o.Seed); err != nil {
		return nil, err
	}
	if l.questions, err = l.texts.questions(o.Repeats); err != nil {
		return nil, err
	}
	r := &LifeReport{Files: len(l.texts.paths), Text: l.texts.bytes, Change: o.Change, Seed: o.Seed, Repeats: o.Repeats}
	old := filepath.Join(dir, "aged")
	for round := range o.Rounds + 1 {
		one, err := l.round(ctx, round, old)
		if err != nil {
			return nil, err
		}
		r.Rounds = append(r.Rounds, *one)
	}
	return r, l.compare(ctx, r, old, filepath.Join(dir, "fresh"))
}

func (l *life) tell(what string, round int) {
	if l.o.Progress != nil {
		l.o.Progress(what, round)
	}
}

// LifeRow tells whether everything is measured after a round: 0, 1, 2, 5, 10, 20, 50 and so on.
// After the last round it always is.
func LifeRow(round int) bool {
	for round >= 10 && round%10 == 0 {
		round /= 10
	}
	return round <= 2 || round == 5
}

// round edits and syncs, and measures where it is due. The last round is measured beside the fresh
// store.
func (l *life) round(ctx context.Context, round int, store string) (*LifeRound, error) {
	l.tell("aging", round)
	if round == 0 {
		return l.made(ctx, store, true)
	}
	if err := l.texts.age(round, l.o.Change); err != nil {
		return nil, err
	}
	s, err := l.take(ctx, StepSync, store)
	if err != nil {
		return nil, err
	}
	one := &LifeRound{Round: round, Documents: s.Documents, Sync: s.Cost}
	if err := l.look(ctx, store, one); err != nil || !LifeRow(round) || round == l.o.Rounds {
		return one, err
	}
	return one, l.measureOne(ctx, store, one)
}

// made makes a store of the texts.
func (l *life) made(ctx context.Context, store string, measure bool) (*LifeRound, error) {
	s, err := l.take(ctx, StepMake, store, l.texts.dir)
	if err != nil {
		return nil, err
	}
	one := &LifeRound{Documents: s.Documents, Sync: s.Cost}
	if err := l.look(ctx, store, one); err != nil || !measure {
		return one, err
	}
	return one, l.measureOne(ctx, store, one)
}

func (l *life) measureOne(ctx context.Context, store string, one *LifeRound) error {
	all, err := l.measure(ctx, store)
	if err == nil {
		one.Costs = all[0].costs()
	}
	return err
}

// look counts what lies in the store's folder.
func (l *life) look(ctx context.Context, store string, one *LifeRound) error {
	s, err := l.take(ctx, StepOpen, store)
	if err != nil {
		return err
	}
	one.Segments, one.Named = s.Segments, s.Named
	return filepath.WalkDir(store, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if isGeneration(name) {
			one.Generations++
		}
		info, err := d.Info()
		if err == nil {
			one.Store += info.Size()
		}
		return err
	})
}

// isGeneration tells whether a file of a store is a generation: generations/N.
func isGeneration(name string) bool {
	_, err := strconv.ParseUint(filepath.Base(name), 10, 64)
	return err == nil && filepath.Base(filepath.Dir(name)) == "generations"
}

// samples are the costs of one store's steps.
type samples struct {
	open, search, unchanged []Cost
	found                   [][]string // passages of each question
}

func (s *samples) costs() *LifeCosts {
	return &LifeCosts{Open: median(s.open), Search: median(s.search), Unchanged: median(s.unchanged)}
}

// median is the middle by time and by processor time, and the greatest memory.
func median(all []Cost) (m Cost) {
	var wall, cpu []float64
	for _, c := range all {
		wall, cpu = append(wall, c.MS), append(cpu, c.CPU)
		m.Anon = max(m.Anon, c.Anon)
	}
	m.MS, m.CPU = percentile(wall, 50), percentile(cpu, 50)
	return m
}

// measure takes each step so many times, in turns where there are several stores, so that what else
// the machine does falls on all of them alike. A first turn that does not count warms the cache.
func (l *life) measure(ctx context.Context, stores ...string) ([]*samples, error) {
	all := make([]*samples, len(stores))
	for turn := range 2 {
		for i := range all {
			all[i] = new(samples)
		}
		for _, q := range l.questions {
			for i, store := range stores {
				if err := l.ask(ctx, store, q, all[i]); err != nil {
					return nil, err
				}
			}
		}
		for range max(1, turn*l.o.Repeats/syncShare) {
			for i, store := range stores {
				s, err := l.take(ctx, StepSync, store)
				if err != nil {
					return nil, err
				}
				all[i].unchanged = append(all[i].unchanged, s.Cost)
			}
		}
	}
	return all, nil
}

// syncShare: a sync takes long enough that fewer repeats will do.
const syncShare = 3

// ask opens the store in one process and asks one question in another.
func (l *life) ask(ctx context.Context, store, question string, to *samples) error {
	opened, err := l.take(ctx, StepOpen, store)
	if err != nil {
		return err
	}
	found, err := l.take(ctx, StepSearch, store, question)
	if err != nil {
		return err
	}
	to.open, to.search = append(to.open, opened.Cost), append(to.search, found.Cost)
	to.found = append(to.found, found.Passages)
	return nil
}

// compare makes the fresh store and measures it beside the old one.
func (l *life) compare(ctx context.Context, r *LifeReport, old, fresh string) error {
	l.tell("comparing", l.o.Rounds)
	made, err := l.made(ctx, fresh, false)
	if err != nil {
		return err
	}
	both, err := l.measure(ctx, old, fresh)
	if err != nil {
		return err
	}
	made.Round, made.Costs = l.o.Rounds, both[1].costs()
	last := &r.Rounds[l.o.Rounds]
	last.Costs = both[0].costs()
	r.Fresh = *made
	r.Ratios = ratiosOf(last, made)
	for i := range l.questions {
		r.Found += len(both[1].found[i])
		if slices.Equal(both[0].found[i], both[1].found[i]) {
			r.Agree++
		}
	}
	return nil
}

func ratiosOf(old, fresh *LifeRound) LifeRatios {
	return LifeRatios{
		Open: costRatio(old.Costs.Open, fresh.Costs.Open), Search: costRatio(old.Costs.Search, fresh.Costs.Search),
		Unchanged: costRatio(old.Costs.Unchanged, fresh.Costs.Unchanged),
		Store:     float64(old.Store) / float64(max(fresh.Store, 1)), Named: float64(old.Named) / float64(max(fresh.Named, 1)),
	}
}

func costRatio(old, fresh Cost) (r CostRatio) {
	if fresh.MS > 0 {
		r.Wall = old.MS / fresh.MS
	}
	if fresh.CPU > 0 {
		r.CPU = old.CPU / fresh.CPU
	}
	return r
}
