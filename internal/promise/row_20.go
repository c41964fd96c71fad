package promise

import "sluice/internal/defence"

var row20 = Row{
	Number: 20,
	Fault:  "a folder holds loops, pipes, devices, ways out, odd names; an entry is swapped for another while it is walked",
	Promise: "nothing outside of it is read, nothing waits, each document comes once, under its own name, " +
		"and what is left out has a reason",
	Tests: []Test{{"corpus/source/folder", "TestTraps"}, {"corpus/source/folder", "TestReplaced"},
		{"corpus/source/folder", "TestSwappedFolder"}, {"corpus/source/folder", "TestGrowingFile"}},
	Defences: []defence.Name{defence.ListedIsOpened},
}
