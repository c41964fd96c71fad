// Package flow holds what passes between the stages of the cascade: the question, candidates, judged
// passages, the window, the account of every narrowing, and the cascade's two numbers.
//
// Stages exchange these types and nothing else. Each stage has one shape:
//
//	Run(ctx, snapshot, query, in, limits) (out, Stats, error)
package flow

import (
	"fmt"
	"time"
)

// The two numbers of the cascade, and the widths between them. They are written here and nowhere else.
const (
	GatherDefault = 30_000 // passages that gather lets through
	PackDefault   = 117    // passages that pack shows the big model
	JudgeDefault  = 1_000  // passages that judge orders
	ReadDefault   = 256    // of these, how many judge reads the text of
)

// ScoredTermsMax is how many terms one scoring of the arm takes: a hit tells them apart by the bits of a word.
const ScoredTermsMax = 32

// Effort says how much a question may cost.
type Effort string

// Efforts, cheapest first.
const (
	Fast     Effort = "fast"     // stored codes only
	Balanced Effort = "balanced" // the contextual model may spend 400 ms
	Deep     Effort = "deep"     // and 3 s
)

// Limits bounds one run of the cascade. The zero value of a field means its default.
type Limits struct {
	Gather, Judge, Read, Pack int
	Budget                    int    // tokens of Vocab that the window may hold; 0: no budget
	Vocab                     string // name of the vocabulary that counts them
	Effort                    Effort
	Deadline                  time.Time // anytime: stages return the best so far when it has passed; zero: none
	Trace                     *Trace    // when not nil, stages tell what became of the watched passages
	Explain                   bool      // judged passages carry the features that made their score
}

// WithDefaults fills in what is zero.
func (l Limits) WithDefaults() Limits {
	l.Gather = orDefault(l.Gather, GatherDefault)
	l.Judge = orDefault(l.Judge, JudgeDefault)
	l.Read = orDefault(l.Read, ReadDefault)
	l.Pack = orDefault(l.Pack, PackDefault)
	if l.Vocab == "" {
		l.Vocab = "o200k_base"
	}
	if l.Effort == "" {
		l.Effort = Fast
	}
	return l
}

func orDefault(n, d int) int {
	if n <= 0 {
		return d
	}
	return n
}

// Place is a passage of a snapshot: segment ordinal and passage number in it. It means nothing
// outside the snapshot it came from; what lasts is the passage id.
type Place struct{ Segment, Passage uint32 }

// Term is one term of the question as it was looked up.
type Term struct {
	Text    string  // as the question has it, lower-cased
	Stem    string  // of its class
	Key     []byte  // of the list that is scored
	Exact   []byte  // of the exact form's list; a segment has one only where the form differs from the stem
	Title   []byte  // of the list of titles and symbols
	Path    []byte  // of the list of paths
	Repeats int     // how often the question says it
	DF      int64   // live passages that hold it
	IDF     float64 // from DF and the live number of passages
	Stop    bool    // a stop word that is scored because nothing else was left
}

// Candidate is a passage that gather let through.
type Candidate struct {
	Place
	Score uint32 // BM25 in fixed point (see index.ScoreUnit): exact, equal on every machine
	Terms uint32 // bit i is set when the passage holds Gathered.Terms[i]
}

// Gathered is gather's output: terms by falling weight, candidates by (score, passage id).
type Gathered struct {
	Terms      []Term
	Candidates []Candidate
}

// Judged is a passage that judge has ordered.
type Judged struct {
	Candidate
	ID    [10]byte
	Raw   float64            // judge's score, comparable within one question
	Prob  float64            // calibrated to 0..1, comparable across questions
	BM25  float64            // the bm25 arm's score in its usual unit
	Parts map[string]float64 // the features that made Raw, for the best that were read; nil elsewhere
	Flags []string
}

// Packed is one citation of the window: a passage, or neighbours merged into one span.
type Packed struct {
	N       int // the citation's number in the window, from 1
	Judged      // the best of its members
	Members []Place
	Start   uint32 // byte span in the document, half-open
	End     uint32
	Line    uint32 // first line, 1-based
	Lines   uint32
	Text    string
	Tokens  int // what its frame and text cost; the window is their sum
}

// Window is pack's output: what a model is shown.
type Window struct {
	Text     string
	Tokens   int // exact when Counted, else an estimate
	Counted  bool
	Vocab    string
	Passages []Packed // in the order in which they stand in the window
}

// Reason is why a passage was dropped. The list is closed.
type Reason string

// The closed list of reasons.
const (
	Filtered    Reason = "filtered"
	NoMatch     Reason = "no_match"
	BelowCut    Reason = "below_cut"
	Duplicate   Reason = "duplicate"
	Merged      Reason = "merged"
	Budget      Reason = "budget"
	Quarantined Reason = "quarantined"
	Gone        Reason = "gone"
	Timeout     Reason = "timeout"
	Failed      Reason = "failed"
)

// Stats is the account of one stage: every passage that went in came out or was dropped for a reason.
type Stats struct {
	Stage   string
	In, Out int64
	Dropped map[Reason]int64
	Bytes   int64 // bytes of stored data that were read
	Took    time.Duration
	Notes   []string // what was cut from the question, and the like
}

// NewStats starts the account of a stage into which n passages went.
func NewStats(stage string, n int64) Stats {
	return Stats{Stage: stage, In: n, Dropped: map[Reason]int64{}}
}

// Drop counts n passages that were dropped for reason r.
func (s *Stats) Drop(r Reason, n int64) {
	if n != 0 {
		s.Dropped[r] += n
	}
}

// Balance returns an error when in differs from out plus dropped: a stage lost or invented passages.
func (s *Stats) Balance() error {
	sum := s.Out
	for _, n := range s.Dropped {
		sum += n
	}
	if sum != s.In {
		return fmt.Errorf("BUG: stage %s: %d in, %d accounted for (%d out, dropped %v)", s.Stage, s.In, sum, s.Out, s.Dropped)
	}
	return nil
}

// Degraded is something that this answer could not see.
type Degraded struct {
	What      string // "segment 9f..", "source notes"
	Why       string // "checksum", "missing", "timeout"
	Documents int64
}
