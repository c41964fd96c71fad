// Package check reads what a model has written and lets through what the cited passages say.
//
// A model cites what it likes: passages that are not there, passages that say something else, two
// passages melted into one claim. So each sentence is held against what it cites before anybody
// sees it, with nothing but the words of both: quoted words must stand there, numbers and names
// must occur, what is denied must be denied, and the rest of the words must be those of a few
// neighbouring sentences. A citation that fails loses its number, and the sentence is marked.
//
//	split.go   text as it comes -> sentences, lists, blocks of code
//	fence.go   blocks of code, and what in them is prose
//	check.go   a sentence -> its label and its citations
//	fit.go     a claim and a passage -> what of the one is not in the other
//	says.go    what a passage says only so far: reported, planned, of some, of others
//	source.go  a passage, cut into the sentences that may support a claim
//	words.go   words, numbers, names, and what denies
//	tables.go  the words of languages that this needs
//	inert.go   addresses that lead nowhere, pictures that load nothing
package check
