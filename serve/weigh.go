package serve

import (
	"context"
	"slices"
	"sync"

	"sluice/answer/weigh"
	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// weighedMax is how many passages' flags are remembered: a passage's id names its text, so they
// stay what they are.
const weighedMax = 50_000

// weighed remembers what is held against passages.
type weighed struct {
	mu    sync.Mutex
	flags map[[10]byte][]weigh.Flag
}

func (w *weighed) of(id [10]byte, p weigh.Passage) []weigh.Flag {
	w.mu.Lock()
	flags, known := w.flags[id]
	w.mu.Unlock()
	if known {
		return flags
	}
	flags = weigh.Of(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flags == nil || len(w.flags) >= weighedMax {
		w.flags = map[[10]byte][]weigh.Flag{}
	}
	w.flags[id] = flags
	return flags
}

// weigh looks at the texts of the best n passages, flags what a careful reader would hold against
// them, and lets what is flagged stand further down. Nothing is left out for it. What cannot be
// read is not flagged: whoever shows it says that it cannot be read.
func (s *session) weigh(ctx context.Context, res *cascade.Result, n int) (*cascade.Result, error) {
	head := slices.Clone(res.Judged[:min(n, len(res.Judged))])
	passages := make([]weigh.Passage, len(head))
	places := make([]index.Place, len(head))
	for i, j := range head {
		places[i] = j.Place
		if rec, err := s.sn.Passage(j.Place); err == nil {
			passages[i] = weigh.Passage{Path: rec.Path, Title: rec.Title, Time: rec.Time}
			if rec.Time.IsZero() {
				passages[i].Time = rec.ModTime
			}
		}
	}
	skip := func(int, index.Degraded) {}
	if err := s.sn.Texts(ctx, places, func(k int, body []byte) error { passages[k].Text = string(body); return nil }, skip); err != nil {
		return nil, err
	}
	older := weigh.Newer(passages)
	for i := range head {
		if passages[i].Text == "" {
			continue
		}
		flags := slices.Clone(s.weighed.of(head[i].ID, passages[i]))
		if f, ok := older[i]; ok && !slices.ContainsFunc(flags, func(o weigh.Flag) bool { return o.Name == f.Name }) {
			flags = append(flags, f)
		}
		head[i] = flagged(head[i], flags)
	}
	sink(head, res.Judged)
	stats := flow.NewStats("weigh", int64(len(res.Judged)))
	stats.Out = stats.In
	return res.Narrow(append(head, res.Judged[len(head):]...), stats), nil
}

// flagged is a passage with its flags, and with its score weighed by them.
func flagged(j flow.Judged, flags []weigh.Flag) flow.Judged {
	if len(flags) == 0 {
		return j
	}
	j.Flags, j.Reasons = slices.Clone(j.Flags), map[string]string{}
	for _, f := range flags {
		j.Flags = append(j.Flags, f.Name)
		j.Reasons[f.Name] = f.Why
	}
	j.Prob *= weigh.Weight(flags)
	return j
}

// sink lets what is flagged stand behind what now scores better. All else keeps its order.
func sink(head, before []flow.Judged) {
	key := make(map[index.Place]float64, len(head))
	least := 1.0
	for i, j := range head {
		if least = min(least, before[i].Prob); j.Prob < before[i].Prob {
			key[j.Place] = j.Prob
		} else {
			key[j.Place] = least
		}
	}
	slices.SortStableFunc(head, func(a, b flow.Judged) int {
		switch x, y := key[a.Place], key[b.Place]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
}
