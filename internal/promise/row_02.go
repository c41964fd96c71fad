package promise

import "sluice/internal/defence"

var row02 = Row{
	Number:  2,
	Fault:   "a bit flips in a header, a table, a footer or a manifest",
	Promise: "the file is refused and its copy or the generation before answers; no default takes its place",
	Tests: []Test{{"index/blockfile", "TestEveryBitOfEveryKindIsGuarded"}, {"ingest", "TestEveryBitOfAStore"}, {"index", "TestEveryBitOfTheManifest"}, {"serve", "TestEveryByteOfABackup"},
		{"serve", "TestADamagedRecordIsNotBelieved"}},
	Defences: []defence.Name{defence.FileTables, defence.ManifestSum, defence.BackupSum, defence.ScrubSum},
}
