package promise

import "sluice/internal/defence"

var row10 = Row{
	Number: 10,
	Fault:  "a bit flips in memory between the check of a block and its use",
	Promise: "the question that would use it notices: it reads the disk again and gives the right answer; " +
		"where the disk is wrong too, it names what it could not see",
	Tests: []Test{{"cascade", "TestFlipsInMemory"}, {"cascade/pack", "TestACitationIsWhatItsIDNames"}, {"index", "TestFlipsInWhatIsGone"},
		{"index/text", "TestFlipsInUnpackedText"}, {"index/lexical", "TestPassagesOfTheSegmentOnly"},
		{"quant/kernel", "TestFlipsInCodes"}, {"quant/kernel", "TestFlipsInInt8"},
		{"index/blockfile", "TestNoFalseAlarms"}},
	Defences: []defence.Name{defence.MemoryRecheck, defence.SecondLook, defence.PassageHash, defence.IDRange, defence.CodeSum},
	Full: "SLUICE_FLIPS=100000 go test ./cascade -run TestFlipsInMemory -v -timeout 2h && " +
		"SLUICE_CLEAN=100000000 go test ./index/blockfile -run TestNoFalseAlarms -v -timeout 2h",
}
