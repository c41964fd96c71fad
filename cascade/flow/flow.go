// Package flow holds what passes between the stages of the cascade: the question, the options, what
// each stage lets through, the account of every narrowing, and the cascade's two numbers.
//
// Stages exchange these types and nothing else. Each stage is a value made of what it works with,
// and has one method of one shape:
//
//	Run(ctx, query, in, options) (out, Stats, error)
package flow

import (
	"time"

	"sluice/index"
)

// The two numbers of the cascade, and the widths between them. They are written here and nowhere
// else.
const (
	GatherDefault = 30_000 // passages that gather lets through
	PackDefault   = 117    // passages that pack shows the big model
	JudgeDefault  = 1_000  // passages that judge orders
	ReadDefault   = 256    // of these, how many judge reads the text of
)

// Gathered is gather's output: terms by falling weight, hits by (score, passage id).
type Gathered struct {
	Met   bool   // what the question demands was verified already
	Text  string // what was analysed: the question's, or of a long one the words that tell most
	Terms []index.Term
	Hits  []index.Hit

	Vector []float32 // the question's; nil: there is no encoder
	Space  index.Space
}

// Judged is a passage that judge has ordered.
type Judged struct {
	index.Hit
	ID    [10]byte
	Raw   float64            // judge's score, comparable within one question
	Prob  float64            // calibrated to 0..1, comparable across questions
	BM25  float64            // the lexical arm's score in its usual unit
	Near  float32            // how near its vector is to the question's; not a number where no model has read it
	Parts map[string]float64 // the features that made Raw, when they were asked for
	Flags []string
	// Reasons say of flags why.
	Reasons map[string]string
}

// Member is one passage of a citation, as pack read it.
type Member struct {
	Judged
	Rank    int // in judge's order, from 1
	Passage index.Passage
	Text    string
}

// Packed is one citation of the window: a passage, or neighbours merged into one span.
type Packed struct {
	N       int      // the citation's number in the window, from 1
	Best    Member   // of its members, the one that judge ranks first
	Members []Member // in the document's order
	Start   uint32   // byte span in the document, half-open
	End     uint32
	Line    uint32 // first line, 1-based
	Lines   uint32
	Text    string
	Framed  string // as it stands in the window, with its number
	Tokens  int    // what its frame and text cost; the window is their sum
}

// Window is pack's output: what a model is shown.
type Window struct {
	Text     string
	Tokens   int // exact when Counted, else an estimate
	Counted  bool
	Vocab    string
	Passages []Packed // in the order in which they stand in the window
}

// Effort says how much a question may cost.
type Effort string

// Efforts, cheapest first.
const (
	Fast     Effort = "fast"     // stored codes only
	Balanced Effort = "balanced" // the contextual model may spend 400 ms
	Deep     Effort = "deep"     // and 3 s
)

// Options tells how one question runs. The zero value of a field means its default.
type Options struct {
	Gather, Judge, Read, Pack int
	Budget                    int    // tokens of Vocab that the window may hold; 0: no budget
	Vocab                     string // name of the vocabulary that counts them
	Effort                    Effort
	Deadline                  time.Time // stages return the best so far when it has passed; zero: none
	Trace                     *Trace    // when not nil, stages tell what became of the watched passages
	Explain                   bool      // judged passages carry the features that made their score
}

// WithDefaults fills in what is zero.
func (o Options) WithDefaults() Options {
	o.Gather = orDefault(o.Gather, GatherDefault)
	o.Judge = orDefault(o.Judge, JudgeDefault)
	o.Read = orDefault(o.Read, ReadDefault)
	o.Pack = orDefault(o.Pack, PackDefault)
	if o.Vocab == "" {
		o.Vocab = "o200k_base"
	}
	if o.Effort == "" {
		o.Effort = Fast
	}
	return o
}

func orDefault(n, d int) int {
	if n <= 0 {
		return d
	}
	return n
}

// Late tells whether the deadline has passed.
func (o Options) Late(now time.Time) bool { return !o.Deadline.IsZero() && !now.Before(o.Deadline) }
