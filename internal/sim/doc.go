// Package sim is a simulator of a store's life: documents change, processes sync, merge, forget,
// check and mend, are killed, lose power, run out of disk, meet flipped bits and clocks that jump,
// all from one seed and in fake time. Beside the store runs a model of what was acknowledged, and
// after every step the two are compared: every acknowledged document is there, nothing else is, and
// an answer is that of a fresh store of the same documents or says what it could not see.
//
// It is made of tests only:
//
//	go test ./internal/sim                                  some seeds
//	SLUICE_SIM=2000 go test -timeout 4h ./internal/sim      many
//	SLUICE_SIM_SEED=17 go test -v ./internal/sim            one, with its steps
package sim
