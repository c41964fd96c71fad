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
		Promise:  "it is noticed before it is used; the answer is right or names what it could not see",
		Tests:    []Test{{"index/blockfile", "TestEveryBitOfEveryKindIsGuarded"}},
		Defences: []defence.Name{defence.BlockChecksum}},
	{Number: 2, Fault: "a bit flips in a header, a table or a footer",
		Promise:  "the file is refused; no default takes its place",
		Tests:    []Test{{"index/blockfile", "TestEveryBitOfEveryKindIsGuarded"}},
		Defences: []defence.Name{defence.FileTables}},
}
