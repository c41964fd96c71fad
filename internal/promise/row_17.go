package promise

import "sluice/internal/defence"

var row17 = Row{
	Number: 17,
	Fault:  "a document is one line of gigabytes, a word without an end, or in no encoding",
	Promise: "it is cut into passages whose spans are its bytes, or refused by a reason without being held; " +
		"the rest of the batch is indexed",
	Tests:    []Test{{"ingest", "TestTextsWithoutMeasure"}, {"ingest", "TestSpansOfOddTexts"}},
	Defences: []defence.Name{defence.Measured},
	Full:     "SLUICE_LINE=4294967296 go test ./ingest -run TestTextsWithoutMeasure -v -timeout 1h",
}
