package flow

import (
	"reflect"
	"testing"

	"sluice/index"
)

// TestTrace keeps the steps of watched passages, in order, and no others; without a trace nothing
// is watched and nothing fails.
func TestTrace(t *testing.T) {
	watched := Step{Stage: "gather", Rank: 3}
	watched.Place.Passage = 7
	other := watched
	other.Place.Passage = 8
	var none *Trace
	none.Record(watched)
	if none.Watching(watched.Place) {
		t.Error("a passage is watched without a trace")
	}
	trace := &Trace{}
	trace.Record(watched)
	if len(trace.Steps) != 0 {
		t.Errorf("an empty trace holds %v", trace.Steps)
	}
	trace.Watch = map[index.Place]bool{watched.Place: true}
	trace.Record(watched)
	trace.Record(other)
	last := watched
	last.Stage, last.Reason = "judge", BelowCut
	trace.Record(last)
	if want := []Step{watched, last}; !reflect.DeepEqual(trace.Steps, want) {
		t.Errorf("the trace holds %v, want %v", trace.Steps, want)
	}
}
