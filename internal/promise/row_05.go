package promise

import "sluice/internal/defence"

var row05 = Row{
	Number:  5,
	Fault:   "the disk is full, or fails",
	Promise: "a write that fails is told, what was committed stays, and it succeeds when there is room; a read that fails is named in the answer, and check tells bytes that were wrong once from damage",
	Tests: []Test{
		{"serve", "TestAReadThatFails"}, {"ingest", "TestForgetOnAFullDisk"}, {"ingest", "TestFullDiskDuringRepair"},
		{"ingest", "TestFailAtEveryWritePoint"}, {"cmd/sluice", "TestARealDiskIsFull"},
		{"serve", "TestCheckTellsOnceFromForGood"}, {"serve", "TestBackupKilledOrFull"},
	},
	Defences: []defence.Name{defence.DegradedOwner},
	Full:     "SLUICE_SIM=2000 go test ./internal/sim -timeout 6h",
}
