package promise

import "sluice/internal/defence"

var row24 = Row{
	Number:   24,
	Fault:    "a stage panics",
	Promise:  "it costs the segment that was read, which is named; the others answer",
	Tests:    []Test{{"serve", "TestAPanicCostsItsSegment"}},
	Defences: []defence.Name{defence.PanicContained},
}
