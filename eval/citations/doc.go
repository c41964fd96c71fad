// Command citations measures how well answers' citations are checked: it makes true sentences and
// planted errors of the passages of a set in BEIR form, checks each among twenty passages, and
// prints the matrix of what was planted and what was said.
//
//	go run ./eval/citations --data DIR --cases 1000
package main
