package index

import (
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/lexical"
	"sluice/index/text"
	"sluice/internal/vfs"
)

// Why a file of the store cannot be used, under the store's name.
var (
	ErrCorrupt = blockfile.ErrCorrupt // stored bytes are damaged
	ErrNewer   = blockfile.ErrNewer   // written by a newer program
	ErrOlder   = blockfile.ErrOlder   // written in a format that is no longer read
	ErrLocked  = vfs.ErrLocked        // another process is at it
)

// What the packages below define and everybody above the index needs, under the index's name.
type (
	// Place is a passage of a snapshot: segment ordinal and passage number in it.
	Place = arm.Place
	// Term is one distinct term of a question.
	Term = arm.Term
	// Question is what the arms are asked.
	Question = arm.Question
	// Record is the fixed part of a passage, as it is stored.
	Record = text.Record
	// Token is one term of a text.
	Token = lexical.Token
	// Lists are the keys of one stem's lists.
	Lists = arm.Lists
	// Analyzer cuts texts into tokens.
	Analyzer = lexical.Analyzer
)

// TermsMax is how many terms one question may have.
const TermsMax = arm.TermsMax

// WordToken is the kind of a token that is a word, or a part of an identifier.
const WordToken = lexical.Word

// WholeToken is the kind of a token that is what several words make together, beside them.
const WholeToken = lexical.Whole

// PrefixToken is the kind of a token that is the beginning of a number or hash beside it.
const PrefixToken = lexical.Prefix

// ScoreUnit turns a bm25 score into BM25's usual unit, and K1 is the constant that bounds a term's
// part.
const (
	ScoreUnit = lexical.ScoreUnit
	K1        = lexical.K1
)

// SimHashBitsMax is how many bits of two near-duplicate codes may differ for their texts to be
// compared at all.
const SimHashBitsMax = text.SimHashBitsMax

// NewAnalyzer returns an analyser; keep one for many texts, on one goroutine at a time.
func NewAnalyzer() *Analyzer { return lexical.NewAnalyzer() }

// MixedIDF is the idf of a term with what is known of its stem from elsewhere: of a word that is
// common everywhere a small store says too little.
func MixedIDF(n, df int64, stem string) float64 { return lexical.Mixed(lexical.IDF(n, df), n, stem) }

// FunctionWord tells whether a word only holds English questions together: what, who, my.
func FunctionWord(word string) bool { return lexical.FunctionWord(word) }

// IDF is the inverse document frequency of a term that df of n passages hold.
func IDF(n, df int64) float64 { return lexical.IDF(n, df) }

// ExactKey is the key of an exact form's list: of whole identifiers, and of words that differ from
// their stem.
func ExactKey(term []byte) []byte { return lexical.ExactKey(nil, term) }

// SpelledForm writes a form of a word in a language, as "de:haus", and Form reads it.
func SpelledForm(form string) string { return lexical.SpelledForm(form) }

// Form reads what SpelledForm wrote.
func Form(spelled string) string { return lexical.Form(spelled) }

// LangKey tells whether a key is that of a stem in another language than English, and returns the
// key of the list of the passages that are in that language.
func LangKey(key []byte) (lang []byte, ok bool) { return lexical.LangKey(key) }

// LanguageOf is the number of the language that most of a text is in; 0: none that is known.
func LanguageOf(text []byte) uint8 { return lexical.LanguageOf(text) }

// StemKey is the key of a stem's list.
func StemKey(stem []byte) []byte { return lexical.StemKey(nil, stem) }

// Checked is how many mapped blocks this process has held against their checksums.
func Checked() int64 { return blockfile.Checked() }

// Recovered is how many times this process met wrong bytes in memory and read them again.
func Recovered() int64 { return blockfile.Recovered() }

// FormatID writes a passage id as people see it: 16 letters and digits.
func FormatID(id [10]byte) string { return text.FormatID(id) }

// ParseID reads what FormatID wrote.
func ParseID(s string) ([10]byte, error) { return text.ParseID(s) }

// TitleWeight is how often a word of a title, a heading or a symbol's name counts in the lexical
// arm.
const TitleWeight = lexical.TitleWeight
