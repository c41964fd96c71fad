package promise

import "sluice/internal/defence"

var row11 = Row{
	Number: 11,
	Fault:  "a core computes wrongly",
	Promise: "a kernel that answers a known question wrongly is never used; one that is wrong for some inputs is found " +
		"within 10,000 questions, switched off, and the question is answered again",
	Tests: []Test{{"cascade", "TestAWrongCoreIsFound"}, {"cascade", "TestScoresThatDoNotAddUp"},
		{"quant/kernel", "TestWrongAnswerSwitchesPathOff"}},
	Defences: []defence.Name{defence.ReferenceResample, defence.ScoreSum, defence.KernelSelfTest},
}
