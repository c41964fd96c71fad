package promise

import "sluice/internal/defence"

var row01 = Row{
	Number:  1,
	Fault:   "a bit flips in a stored block",
	Promise: "it is noticed before it is used; the answer is right or names what it could not see",
	Tests: []Test{{"internal/sim", "TestLives"}, {"index/blockfile", "TestEveryBitOfEveryKindIsGuarded"}, {"index/parity", "TestEveryShard"},
		{"index/parity", "TestRandomLosses"}, {"index/parity", "TestEveryByteOfTheParity"}, {"index/parity", "TestWhatFitsItsChecksums"},
		{"ingest", "TestEveryBitOfAStore"}, {"ingest", "TestRepairByItself"}, {"ingest", "TestWhatIsGoneStaysGone"}, {"ingest", "TestDamageCostsTheDocumentsThatItHits"},
		{"ingest", "TestASourceBringsTheSameBytesBack"}, {"ingest", "TestVectorsAreReadAgain"}, {"ingest", "TestForgetCostsNoMoreThanTheDamage"}, {"ingest", "TestDamageCostsTheListThatItHits"},
		{"serve", "TestAFlipUnderEveryVerb"}, {"serve", "TestAFlipOverMCP"}, {"serve", "TestDamageIsMadeAnew"},
		{"serve", "TestCheckFindsWhatNobodyReads"},
		{"serve", "TestAScrubReadsAllOfItOnceAWeek"}},
	Defences: []defence.Name{defence.BlockChecksum, defence.ParitySum, defence.MendHash, defence.Revive, defence.Holes, defence.TailCopy, defence.DegradedOwner},
	Full: "SLUICE_EVERY_BYTE=1 go test ./ingest -run TestEveryBitOfAStore -timeout 2h -v && " +
		"SLUICE_EVERY_BYTE=1 go test ./serve -run TestAFlipUnderEveryVerb -timeout 3h -v",
}
