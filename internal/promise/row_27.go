package promise

import "sluice/internal/defence"

var row27 = Row{
	Number:  27,
	Fault:   "bits of memory flip: alone, in pairs, in strips, for once or for good; a bit of the log of it flips",
	Promise: "each one in the canary pages is found, located to page and bit, and its burst is told by kind; no damaged record is believed",
	Tests: []Test{{"health/canary", "TestEveryFlipIsFound"}, {"health/canary", "TestBlindBursts"},
		{"health", "TestEveryFlippedBitOfTheLogIsSeen"}},
	Defences: []defence.Name{defence.Canary, defence.CanaryReturn, defence.EventSum},
}
