package promise

import "sluice/internal/defence"

// Row is one line of PROMISES.md: a fault, what is promised, and what proves it.
type Row struct {
	Number   int
	Fault    string
	Promise  string
	Tests    []Test         // each calls For(t, Number, ...)
	Defences []defence.Name // without any one of them a test of the row must fail
	Full     string         // the command of the heavy sweep; "": the tests do all of it
}

// Test is a test of a package: "index/blockfile", "TestEveryBitOfEveryKindIsGuarded".
type Test struct{ Package, Name string }

// Rows are the faults that this version defends against, by their numbers in the table of faults.
var Rows = []Row{
	{Number: 1, Fault: "a bit flips in a stored block",
		Promise: "it is noticed before it is used; the answer is right or names what it could not see",
		Tests: []Test{{"index/blockfile", "TestEveryBitOfEveryKindIsGuarded"}, {"index/parity", "TestEveryShard"},
			{"index/parity", "TestRandomLosses"}, {"index/parity", "TestEveryByteOfTheParity"}, {"index/parity", "TestWhatFitsItsChecksums"},
			{"serve", "TestAFlipUnderEveryVerb"}, {"serve", "TestAFlipOverMCP"}},
		Defences: []defence.Name{defence.BlockChecksum, defence.ParitySum, defence.MendHash, defence.DegradedOwner},
		Full:     "SLUICE_EVERY_BYTE=1 go test ./serve -run TestAFlipUnderEveryVerb -timeout 3h -v"},
	{Number: 2, Fault: "a bit flips in a header, a table, a footer or a manifest",
		Promise:  "the file is refused and its copy or the generation before answers; no default takes its place",
		Tests:    []Test{{"index/blockfile", "TestEveryBitOfEveryKindIsGuarded"}, {"index", "TestEveryBitOfTheManifest"}},
		Defences: []defence.Name{defence.FileTables, defence.ManifestSum}},
	{Number: 3, Fault: "a write is torn: some sectors are new, some old, some another's",
		Promise:  "before or after, never between",
		Tests:    []Test{{"index/blockfile", "TestSilentWriteFaultsAreFound"}, {"index/blockfile", "TestPowerCuts"}},
		Defences: []defence.Name{defence.FileHash}},
	{Number: 4, Fault: "a file is cut short, before or after it was mapped",
		Promise: "it is refused and named; nothing is read beyond its end, and the process lives",
		Tests: []Test{{"index/blockfile", "TestEveryTruncationIsFound"}, {"index/parity", "TestEveryRun"},
			{"serve", "TestAFileOfAnother"}, {"serve", "TestAFileCutWhileMapped"}},
		Defences: []defence.Name{defence.FaultGuard}},
	{Number: 5, Fault: "a disk fails",
		Promise:  "a read that fails is named in the answer",
		Tests:    []Test{{"serve", "TestAReadThatFails"}},
		Defences: []defence.Name{defence.DegradedOwner}},
	{Number: 6, Fault: "a sync fails",
		Promise: "the file is given up, and nothing that it held is acknowledged",
		Tests:   []Test{{"index/blockfile", "TestAFailedSyncIsFinal"}}},
	{Number: 7, Fault: "the process is killed at any change of the disk",
		Promise: "what was acknowledged is there or named; doing it again ends as if nothing had happened",
		Tests:   []Test{{"ingest", "TestAKilledMendingLosesNothingInSilence"}}},
	{Number: 9, Fault: "the right bytes lie in the wrong place",
		Promise: "they are refused: a checksum knows its file and its block's number",
		Tests: []Test{{"index/blockfile", "TestEverySwapOfBlocksIsFound"}, {"index/blockfile", "TestEverySwapOfFilesIsFound"},
			{"serve", "TestAFileOfAnother"}},
		Defences: []defence.Name{defence.BlockChecksum}},
	{Number: 27, Fault: "bits of memory flip: alone, in pairs, in strips, for once or for good",
		Promise:  "each one in the canary pages is found, located to page and bit, and its burst is told by kind",
		Tests:    []Test{{"health/canary", "TestEveryFlipIsFound"}, {"health/canary", "TestBlindBursts"}},
		Defences: []defence.Name{defence.Canary, defence.CanaryReturn}},
}
