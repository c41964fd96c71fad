package promise

var row25 = Row{
	Number:  25,
	Fault:   "another history, another order, other segments, other instructions",
	Promise: "the same documents give the same answers",
	Tests:   []Test{{"internal/sim", "TestKernelsAnswerAlike"}, {"internal/sim", "TestLives"}},
	Full:    "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h",
}
