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
// Each stands in a file of its own.
var Rows = []Row{
	row01,
	row02,
	row03,
	row04,
	row05,
	row06,
	row07,
	row08,
	row09,
	row10,
	row11,
	row14,
	row17,
	row19,
	row20,
	row21,
	row22,
	row23,
	row24,
	row25,
	row26,
	row27,
	row30,
}
