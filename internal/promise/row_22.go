package promise

import "sluice/internal/defence"

var row22 = Row{
	Number:   22,
	Fault:    "a client sends more than can be answered at once",
	Promise:  "a few requests are under way, the rest waits in the pipe, and each is answered",
	Tests:    []Test{{"serve/mcp", "TestAFloodWaits"}},
	Defences: []defence.Name{defence.InFlight},
}
