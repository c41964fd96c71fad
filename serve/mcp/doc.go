// Package mcp serves the cascade to agents over the Model Context Protocol, on a pair of streams.
//
// Four tools, search, context, read and why, take and give the objects of package api. Outputs are
// small by default: texts are cut to max_bytes in all. What the tools return was written by others;
// the server says so to the model and never acts on it.
//
//	tools.go   the tools: their words and their limits
//	text.go    answers as text, as long as was asked for
//	fence.go   names and bodies that cannot pass for ours
//	lines.go   the transport: one message a line; a line that is malformed or too long gets an
//	           error and the server goes on
package mcp
