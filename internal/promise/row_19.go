package promise

import "sluice/internal/defence"

var row19 = Row{
	Number:   19,
	Fault:    "a name or a body of a document holds line ends, fences, escape sequences or changes of direction",
	Promise:  "names stand on one line, bodies in a fence that they cannot end: no line of ours is forged",
	Tests:    []Test{{"serve/mcp", "TestNothingForgesALine"}},
	Defences: []defence.Name{defence.BodyFence, defence.NameLine},
}
