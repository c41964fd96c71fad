// Package answer is stage 5 of Sluice, window -> cited answer.
//
// Without a model an answer is extractive: the sentences of the window that say most of what the
// question asks, each with the number of the passage that it stands in. Nothing is worded anew, so
// nothing can be made up; where the window says too little, there is no answer. The same window
// gives the same answer.
//
//	answer.go    window and question -> answer with citations
//	evidence.go  the window passage by passage, the question word by word
//	extract.go   sentences -> the few that answer
//	split.go     a passage -> sentences, code-aware
package answer
