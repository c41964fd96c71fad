package flow

import "sluice/index"

// Trace follows watched passages through the cascade, for `why`. Stages that see a nil trace skip
// it; a stage records a watched passage at most once.
type Trace struct {
	Watch map[index.Place]bool
	Steps []Step
}

// Step is what one stage did with one watched passage.
type Step struct {
	Place    index.Place
	Stage    string
	Reason   Reason // empty: it came through
	Rank     int    // its rank in the stage, from 1; 0: unranked
	CutRank  int    // the last rank that came through
	Score    float64
	CutScore float64 // the score at that rank
}

// Watching tells whether p is followed; it is false on a nil trace.
func (t *Trace) Watching(p index.Place) bool { return t != nil && t.Watch[p] }

// Record notes what became of a passage; on a nil trace or an unwatched passage it does nothing.
func (t *Trace) Record(s Step) {
	if t.Watching(s.Place) {
		t.Steps = append(t.Steps, s)
	}
}
