package promise

import "sluice/internal/defence"

var row03 = Row{
	Number:  3,
	Fault:   "a write is torn: some sectors are new, some old, some another's",
	Promise: "before or after, never between",
	Tests: []Test{{"internal/sim", "TestLives"}, {"index/blockfile", "TestSilentWriteFaultsAreFound"}, {"index/blockfile", "TestPowerCuts"},
		{"index", "TestWhatIsCommittedIsReadAgain"}, {"ingest", "TestTornWrites"}, {"ingest", "TestTornRepair"}},
	Defences: []defence.Name{defence.FileHash, defence.CommitReread, defence.SyncFile, defence.SyncClaim},
	Full:     "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h && SLUICE_FULL=1 go test ./ingest -timeout 2h && SLUICE_TORN=100000 go test ./ingest -run TestTorn -timeout 6h",
}
