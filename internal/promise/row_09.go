package promise

import "sluice/internal/defence"

var row09 = Row{
	Number:  9,
	Fault:   "the right bytes lie in the wrong place",
	Promise: "they are refused: a checksum knows its file and its block's number",
	Tests: []Test{{"index/blockfile", "TestEverySwapOfBlocksIsFound"}, {"index/blockfile", "TestEverySwapOfFilesIsFound"},
		{"serve", "TestAFileOfAnother"}, {"serve", "TestWhatIsNoFile"}},
	Defences: []defence.Name{defence.BlockChecksum},
}
