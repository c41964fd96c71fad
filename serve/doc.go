// Package serve is stage 6 of Sluice, the outside: the operations that the command line, MCP and
// HTTP share.
//
// A Service takes the requests of package api and gives its responses. The class of its errors says
// what exit code or status follows. A response may come with an error: then it was done in part.
//
//	service.go    a store and its sources
//	errors.go     classes of errors
//	request.go    a request -> question, filters, limits
//	result.go     passages -> the contract's results
//	resolve.go    a path as people write it -> documents; why a path is not indexed
//	fresh.go      is what is cited still what the source holds?
//	search.go context.go ask.go why.go read.go   the questions
//	speak.go      what became of a passage, to somebody who knows no stages
//	first.go      the first index of a source, beside the questions
//	overview.go   what there is to ask
//	sources.go forget.go status.go               the store
//	excerpt.go    what to show of a text, and what to highlight in it
//	mcp/          the tools for agents
package serve
