package promise

var row14 = Row{
	Number:  14,
	Fault:   "the clock jumps, or stands still",
	Promise: "order comes from numbers: nothing is lost, and no lock is stolen",
	Tests:   []Test{{"internal/sim", "TestLives"}},
	Full:    "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h",
}
