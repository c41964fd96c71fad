// Sluice puts everything you have into your model's window. The folder is the stage; in the order a
// question travels:
//
//	cmd/sluice      flags -> options -> call; one file a verb
//	serve           what command line, MCP and HTTP share
//	answer          window -> cited answer
//	cascade         one search: N -> 30,000 -> 117 -> window
//	cascade/gather  every passage, by the postings of the question's terms: N -> 30,000
//	cascade/judge   what the store holds of them, then the text of the best: 30,000 -> 1,000 in order
//	cascade/pack    the best 117, merged, fitted to a budget, cited
//	index           the stored form: segments, manifest, snapshots
//	corpus          the documents: what came in, from where, in which version
//	quant           few bits instead of many, and the loops over them
//	eval            golden queries, recall and latency
package sluice
