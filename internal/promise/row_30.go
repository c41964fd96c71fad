package promise

import "sluice/internal/defence"

var row30 = Row{
	Number:   30,
	Fault:    "a document holds a password, a token or a private key",
	Promise:  "what looks like one is cut out before anything is stored, and counted; the rest stays, byte for byte",
	Tests:    []Test{{"ingest", "TestNoSecretIsStored"}},
	Defences: []defence.Name{defence.SecretCut},
}
