package promise

import "sluice/internal/defence"

var row26 = Row{
	Number:  26,
	Fault:   "what was told to be forgotten lies on: in older versions, deleted documents, dictionaries, tallies, copies, leftovers",
	Promise: "when it is said to be gone no file of the store spells it; until then it is said why not, and whatever writes next goes on",
	Tests: []Test{
		{"ingest", "TestForgottenIsGone"}, {"ingest", "TestForgetKilled"}, {"ingest", "TestForgetOnAFullDisk"},
		{"ingest", "TestForgetSaysWhoReads"}, {"ingest", "TestForgetWhatAKilledAddLeft"}, {"ingest", "TestForgetInADamagedSegment"},
	},
	Defences: []defence.Name{defence.ForgetOrder, defence.ForgetDead, defence.ForgetGone},
	Full:     "SLUICE_FULL=1 go test ./ingest -run TestForgetKilled -timeout 6h",
}
