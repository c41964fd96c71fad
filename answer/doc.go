// Package answer is stage 5 of Sluice, window -> cited answer.
//
// Without a model an answer is extractive: one to three sentences of the window, each with the
// number of the passage that it stands in. Nothing is worded anew, so nothing can be made up; where
// the window does not speak of what is asked, there is no answer. The same window gives the same
// answer. A learned model comes in as a Scorer.
//
//	answer.go    window and question -> answer with citations
//	question.go  what a question is about: its grammar.go, the kind.go of thing that it asks for
//	evidence.go  the window passage by passage
//	view.go      HTML and mail -> text that is shown, and where it stands
//	split.go     a passage -> sentence.go, rows.go of tables, keyed.go values, lines of code
//	extract.go   sentences -> what each is worth, and whether any answers
//	choose.go    these -> the few that answer
package answer
