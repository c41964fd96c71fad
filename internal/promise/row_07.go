package promise

import "sluice/internal/defence"

var row07 = Row{
	Number:  7,
	Fault:   "the process is killed at any change of the disk",
	Promise: "what was acknowledged is there or named; doing it again ends as if nothing had happened",
	Tests: []Test{
		{"index", "TestTheSlotOfAKilledWriter"},
		{"ingest", "TestAFileThatComesBack"},
		{"ingest", "TestAKilledMendingLosesNothingInSilence"},
		{"ingest", "TestForgetKilled"}, {"ingest", "TestKillDuringRepair"},
		{"ingest", "TestKillAtEveryWritePoint"}, {"ingest", "TestTwoKills"},
		{"internal/sim", "TestLives"},
		{"serve", "TestAKilledScrubLosesMinutes"},
		{"serve", "TestBackupKilledOrFull"},
		{"serve", "TestRestoreKilled"},
	},
	Defences: []defence.Name{defence.SyncNames, defence.SyncSlot},
	Full:     "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h && SLUICE_FULL=1 go test ./ingest -timeout 2h && SLUICE_TWO_KILLS=all go test ./ingest -run TestTwoKills -timeout 12h",
}
