package flow

import (
	"fmt"
	"slices"
	"time"

	"sluice/index"
)

// Reason is why a passage was dropped. The list is closed.
type Reason string

// The closed list of reasons.
const (
	Filtered    Reason = "filtered"
	NoMatch     Reason = "no_match"
	BelowCut    Reason = "below_cut"
	Duplicate   Reason = "duplicate"
	Merged      Reason = "merged"
	Budget      Reason = "budget"
	Quarantined Reason = "quarantined"
	Gone        Reason = "gone"
	Timeout     Reason = "timeout"
	Failed      Reason = "failed"
)

// Stats is the account of one stage: every passage that went in came out or was dropped for a
// reason, and what the stage could not see is named.
type Stats struct {
	Stage    string
	In, Out  int64
	Dropped  map[Reason]int64
	Bytes    int64 // bytes of stored data that were read
	Took     time.Duration
	Notes    []string // what was cut from the question, what time left out, and the like
	Words    []string // of the question that were used, where not all were
	Also     []string // forms that were looked for beside those of the question: compounds and their parts
	Needs    int      // tokens that the shortest passage takes, where the budget is too small for any
	Read     []string // the operators of the question, in words
	AsText   []string // what looks like an operator in it and was searched for, and why
	Degraded []index.Degraded
}

// NewStats starts the account of a stage into which n passages went.
func NewStats(stage string, n int64) Stats {
	return Stats{Stage: stage, In: n, Dropped: map[Reason]int64{}}
}

// Drop counts n passages that were dropped for reason r.
func (s *Stats) Drop(r Reason, n int64) {
	if n != 0 {
		s.Dropped[r] += n
	}
}

// Note tells something of the stage, once.
func (s *Stats) Note(text string) {
	if !slices.Contains(s.Notes, text) {
		s.Notes = append(s.Notes, text)
	}
}

// Miss names what the stage could not see.
func (s *Stats) Miss(what ...index.Degraded) { s.Degraded = index.AddDegraded(s.Degraded, what...) }

// Balance returns an error when in differs from out plus dropped: a stage lost or invented
// passages.
func (s *Stats) Balance() error {
	sum := s.Out
	for _, n := range s.Dropped {
		sum += n
	}
	if sum != s.In {
		return fmt.Errorf("BUG: stage %s: %d in, %d accounted for (%d out, dropped %v)", s.Stage, s.In, sum, s.Out, s.Dropped)
	}
	return nil
}

// OutOfTime is what a stage that ran out of time could not look at, n passages of it.
func OutOfTime(what string, n int) index.Degraded {
	return index.Degraded{What: what, Why: "timeout", Documents: int64(n)}
}
