package promise

import "sluice/internal/defence"

var row08 = Row{
	Number:  8,
	Fault:   "a manifest is copied, rolled back, lost, or another store's; a generation names something twice",
	Promise: "the greatest generation that is whole answers, and what is damaged or behind is named; two states of one are refused; a repair leaves nothing to say",
	Tests: []Test{{"index", "TestEveryCombinationOfDamage"}, {"index", "TestRolledBackAndCopiedSlots"}, {"index", "TestNoFileTwice"},
		{"ingest", "TestADocumentThatIsThereTwice"}, {"ingest", "TestASourceThatChangedMeanwhile"}},
	Defences: []defence.Name{defence.SlotNamed, defence.TwoStates, defence.ForeignSlot, defence.NamesOnce, defence.DocumentsOnce, defence.SourceUnchanged},
}
