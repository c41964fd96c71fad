package promise

import "sluice/internal/defence"

var row23 = Row{Number: 23, Fault: "two processes write at once, and locks do nothing, lie or are refused",
	Promise: "generations are one chain, what was acknowledged is there, readers see it at any time; a dead process holds nobody up",
	Tests: []Test{{"index", "TestACommitInBetween"}, {"index", "TestAClaimInBetween"}, {"index", "TestTwoWritersWithoutLocks"}, {"index", "TestLocksThatDoNothing"}, {"index", "TestAStaleClaim"},
		{"index", "TestASlowSlot"}, {"index", "TestAFileThatIsGoneIsNotCommitted"}, {"index", "TestAFileIsPutBack"},
		{"ingest", "TestProcessesShareAStore"}, {"ingest", "TestTwoFillAtOnce"}},
	Defences: []defence.Name{defence.CommitCAS, defence.ClaimExclusive, defence.LockProbe, defence.FilesPresent, defence.CollectLast,
		defence.NewestCopy},
	Full: "go test ./index -run TestTwoWritersWithoutLocks -rounds 5000 -timeout 1h"}
