// Package weigh says of a passage what a careful reader would hold against it: that it is
// superseded, generated, boilerplate, satire or spam, or that it tries to command whoever reads it.
// Each is a flag with its reason, and a soft weight: what is flagged stands further down, and is
// never left out for it.
//
//	weigh.go    a passage -> its flags
//	command.go  texts that address the reader or its answer
//	orders.go   what those do, in the words of several languages
//	newer.go    passages beside each other -> which of them is superseded
package weigh
