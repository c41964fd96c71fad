package promise

var row25 = Row{
	Number:  25,
	Fault:   "another history, another order, other segments, other instructions",
	Promise: "the same documents give the same answers; an older store is read or rebuilt and says so, a newer one is refused",
	Tests: []Test{
		{"internal/sim", "TestKernelsAnswerAlike"}, {"internal/sim", "TestLives"},
		{"serve", "TestStoresOfEveryFormat"}, {"serve", "TestANewerStoreIsRefused"},
	},
	Full: "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h",
}
