package promise

var row07 = Row{
	Number:  7,
	Fault:   "the process is killed at any change of the disk",
	Promise: "what was acknowledged is there or named; doing it again ends as if nothing had happened",
	Tests: []Test{
		{"internal/sim", "TestLives"}, {"ingest", "TestKillAtEveryWritePoint"},
		{"ingest", "TestAKilledMendingLosesNothingInSilence"}, {"ingest", "TestForgetKilled"},
		{"serve", "TestBackupKilledOrFull"}, {"serve", "TestRestoreKilled"},
		{"serve", "TestAKilledScrubLosesMinutes"},
	},
	Full: "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h",
}
