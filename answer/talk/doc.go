// Package talk makes of a conversation what a model is sent, and what is looked for.
//
//	follow.go  a follow-up -> a question that stands alone
//	memory.go  what was shown to the model in earlier turns of a conversation
//	prompt.go  messages and passages -> the messages that are sent
//
// Model servers read a prompt's beginning once and remember it, so a conversation's beginning must
// not change: each turn's new passages go into that turn's message of the user, and on the next
// turn the same bytes are put back there. What matters to the newest question, of all that was
// shown, stands in an index at the end.
package talk
