// Package tokens counts what a text costs in a language model's own
// vocabulary, so that a window is filled to its budget and not past it.
//
// The counts are exact: those of OpenAI's tiktoken for o200k_base and
// cl100k_base, text taken as text (what looks like a special token is counted
// as the characters it is written with).
//
// A text goes through three steps. It is split into pieces by hand-written
// equivalents of the vocabulary's regular expression (split.go); a piece that
// is a token as it stands is one lookup (table.go); any other is put together
// from bytes by byte-pair merging, lowest rank first (merge.go).
//
// # Invalid UTF-8
//
// A vocabulary is defined on text. A byte that is not part of valid UTF-8
// counts as U+FFFD, each one by itself: the rule of a range loop over a string
// and of encoding/json, which is how a window travels to a model. So
// Count(text) is the count of string([]rune(text)), always.
//
// # What adds up
//
// Count(a+b) is Count(a)+Count(b) wherever Additive says so; above all where a
// ends with a line's end and b begins with neither white space nor a slash.
//
// # Where it differs from tiktoken
//
// Characters are classified by Go's Unicode tables, tiktoken's by those of the
// Rust crate it is built with: a character newer than one of them may differ.
// tiktoken's present cl100k_base takes white space at the very end of a text
// as one piece even past its last line's end ("x\n  "); this package keeps to
// the published expression, in which it is two. A single piece of more than
// PieceBytesMax is merged in stretches.
package tokens

import (
	"fmt"
	"strings"
	"sync"
)

// The vocabularies.
const (
	// O200kBase is the vocabulary of GPT-4o and everything of OpenAI's since.
	O200kBase = "o200k_base"
	// Cl100kBase is the vocabulary of GPT-4 and GPT-3.5.
	Cl100kBase = "cl100k_base"
	// Default is the vocabulary used where none is named.
	Default = O200kBase
)

// A Vocab counts and encodes in one vocabulary. It is safe for concurrent use.
type Vocab struct {
	name    string
	split   *splitter
	table   *table
	scratch sync.Pool // of *scratch
}

// UnknownError says that a vocabulary was asked for that does not exist here.
type UnknownError struct {
	Name string // what was asked for
}

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("tokens: no vocabulary %q; use one of: %s", e.Name, strings.Join(Names(), ", "))
}

// Names lists the vocabularies, the default first.
func Names() []string { return []string{O200kBase, Cl100kBase} }

var (
	o200kBase  = sync.OnceValues(func() (*Vocab, error) { return load(O200kBase, o200kBaseFile, true) })
	cl100kBase = sync.OnceValues(func() (*Vocab, error) { return load(Cl100kBase, cl100kBaseFile, false) })
)

// Get returns the vocabulary of that name, or an *UnknownError. The first call
// for a name unpacks it (some twenty milliseconds and, for the larger, six
// megabytes that then stay); an error of any other kind means that the program
// file itself is damaged.
func Get(name string) (*Vocab, error) {
	switch name {
	case O200kBase:
		return o200kBase()
	case Cl100kBase:
		return cl100kBase()
	}
	return nil, &UnknownError{Name: name}
}

// Name returns the vocabulary's name, as Get takes it.
func (v *Vocab) Name() string { return v.name }
