package promise

import "sluice/internal/defence"

var row06 = Row{
	Number:   6,
	Fault:    "a sync fails",
	Promise:  "the file is given up, and nothing that it held is acknowledged",
	Tests:    []Test{{"internal/sim", "TestLives"}, {"index/blockfile", "TestAFailedSyncIsFinal"}, {"ingest", "TestEveryFailedSync"}},
	Defences: []defence.Name{defence.SyncFailed},
}
