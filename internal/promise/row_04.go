package promise

import "sluice/internal/defence"

var row04 = Row{
	Number:  4,
	Fault:   "a file is cut short, before or after it was mapped",
	Promise: "it is refused and named; nothing is read beyond its end, and the process lives",
	Tests: []Test{{"index/blockfile", "TestEveryTruncationIsFound"}, {"index/parity", "TestEveryRun"},
		{"serve", "TestAFileOfAnother"}, {"serve", "TestAFileCutWhileMapped"}},
	Defences: []defence.Name{defence.FaultGuard},
}
