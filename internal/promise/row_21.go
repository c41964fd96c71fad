package promise

import "sluice/internal/defence"

var row21 = Row{
	Number: 21,
	Fault:  "a document's body, title or path speaks to whoever reads it: orders, forged citations, ends of fences",
	Promise: "only what was found is cited, each citation is the document's own bytes, no body leaves its fence, " +
		"and in the median an order wins no place",
	Tests:    []Test{{"serve", "TestOrdersInDocuments"}},
	Defences: []defence.Name{defence.WindowFence},
}
