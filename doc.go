// Sluice puts everything you have into your model's window. The folder is the stage; in the order a
// question travels:
//
//	cmd/sluice      flags -> options -> call; one file a verb
//	serve           what command line, MCP and HTTP share
//	cascade         one search: N -> 30,000 -> 117 -> window
//	cascade/gather  every passage, by the arms of the index: N -> 30,000
//	cascade/judge   what the store holds of them, then the best texts: 30,000 -> 1,000 in order
//	cascade/pack    the best 117, merged, fitted to a budget, cited
//	answer          window -> cited answer
//	index           the stored form: segments, manifest, snapshots, and the seam of the arms
//	ingest          source -> segments -> commit
//	corpus          the documents: what came in, from where, in which version
//	quant           few bits instead of many, and the loops over them
//	eval            golden queries, recall and latency
//
// ARCHITECTURE.md follows a question, a document and a stored block through these folders.
// CONTRIBUTING.md says where to begin when something is added.
package sluice
