package serve

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/api"
	"sluice/cascade/flow"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/limits"
	"sluice/internal/tokens"
)

// The cascade's two numbers, for those who do not know its stages.
const (
	GatherDefault = flow.GatherDefault
	PackDefault   = flow.PackDefault
)

// ResultsDefault and ResultsMax are how many results a search shows.
const (
	ResultsDefault = 10
	ResultsMax     = 1000
)

// parse makes a question of a request's words and filters.
func (s *Service) parse(sn *index.Snapshot, query, operators string, f api.Filters) (flow.Query, error) {
	if strings.TrimSpace(query) == "" {
		return flow.Query{}, Usagef("the question is empty")
	}
	if len(query) > limits.QueryBytesMax {
		return flow.Query{}, Usagef("the question has %d bytes, and at most %d are read: ask with the part that matters", len(query), limits.QueryBytesMax)
	}
	base := index.Filter{Sources: f.Source, Paths: f.Path}
	for _, label := range f.Source {
		if _, ok := sn.Source(label); !ok {
			return flow.Query{}, Usagef("%w %q; this store has: %s", ErrNoSource, label, labels(sn.Sources()))
		}
	}
	var err error
	if base.Types, err = typesOf(f.Type); err != nil {
		return flow.Query{}, err
	}
	if base.After, err = ParseTime(f.After, s.clock.Now()); err != nil {
		return flow.Query{}, err
	}
	if base.Before, err = ParseTime(f.Before, s.clock.Now()); err != nil {
		return flow.Query{}, err
	}
	reading, err := readingOf(operators)
	if err != nil {
		return flow.Query{}, err
	}
	q := reading.Parse(query, base)
	q.Filter.Paths, q.Filter.Within = s.within(sn.Sources(), q.Filter.Paths)
	if err := q.Filter.Validate(); err != nil {
		return q, &Error{Usage, err}
	}
	if strings.TrimSpace(q.Text) == "" {
		return q, Usagef("the question %q has filters and exclusions but no words to look for", query)
	}
	return q, nil
}

// readingOf says how a question is read.
func readingOf(operators string) (flow.Reading, error) {
	r := flow.Reading{Operators: flow.Operators(operators), Type: ingest.TypeNamed}
	switch r.Operators {
	case "auto":
		r.Operators = flow.OperatorsAuto
	case flow.OperatorsAuto, flow.OperatorsOn, flow.OperatorsOff:
	default:
		return r, Usagef("operators are on, off or auto, and not %q", operators)
	}
	return r, nil
}

// typesOf finds the types of documents that names mean: their own, and the endings of file names.
func typesOf(names []string) (types []string, err error) {
	for _, name := range names {
		t, ok := ingest.TypeNamed(name)
		if !ok {
			return nil, Usagef("no type of documents is called %q; there are: %s", name, strings.Join(ingest.Types(), ", "))
		}
		types = append(types, t)
	}
	return types, nil
}

func labels(sources []index.SourceState) string {
	if len(sources) == 0 {
		return "none; `sluice add FOLDER` adds one"
	}
	var names []string
	for _, src := range sources {
		names = append(names, src.Label)
	}
	return strings.Join(names, ", ")
}

// ParseTime reads RFC 3339, a date, or how long ago: 30d, 12h, 2w, 1y. Empty is the zero time.
func ParseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return t, nil
		}
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	if err == nil && n >= 0 && n < 1_000_000 {
		switch text[len(text)-1] {
		case 'h':
			return now.Add(-time.Duration(n) * time.Hour), nil
		case 'd':
			return now.AddDate(0, 0, -n), nil
		case 'w':
			return now.AddDate(0, 0, -7*n), nil
		case 'y':
			return now.AddDate(-n, 0, 0), nil
		}
	}
	return time.Time{}, Usagef("%q is no time; write 2026-03-01, 2026-03-01T12:00:00Z, or 30d for thirty days ago", text)
}

// question is what the requests that ask something have in common.
type question struct {
	text       string
	operators  string
	filters    api.Filters
	effort     string
	standard   flow.Effort // when effort is empty
	deadlineMS float64
	budget     int
	vocab      string
}

// efforts are how long each effort may take to answer, unless a request names a deadline.
var efforts = map[flow.Effort]time.Duration{flow.Fast: 3 * time.Second, flow.Balanced: 10 * time.Second, flow.Deep: 30 * time.Second}

// Efforts lists how much a question may cost, the cheapest first.
func Efforts() []string { return []string{string(flow.Fast), string(flow.Balanced), string(flow.Deep)} }

// Vocabularies lists what can count tokens.
func Vocabularies() []string { return tokens.Names() }

// deadlineMax is the longest deadline that can be asked for.
const deadlineMax = 24 * time.Hour

// options makes the cascade's options of a question, but for the deadline: its time has not begun.
func (q question) options() (flow.Options, error) {
	effort := cmp.Or(flow.Effort(q.effort), q.standard)
	if efforts[effort] == 0 {
		return flow.Options{}, Usagef("effort %q is not known; use fast, balanced or deep", q.effort)
	}
	if longest := float64(deadlineMax.Milliseconds()); q.deadlineMS < 0 || q.deadlineMS > longest {
		return flow.Options{}, Usagef("a deadline of %g ms is none; name one of up to %s, or none", q.deadlineMS, deadlineMax)
	}
	if q.budget < 0 {
		return flow.Options{}, Usagef("a budget of %d tokens is less than nothing", q.budget)
	}
	vocab := cmp.Or(q.vocab, tokens.Default)
	if !slices.Contains(tokens.Names(), vocab) {
		return flow.Options{}, Usagef("vocabulary %q is not known; use %s", q.vocab, strings.Join(tokens.Names(), " or "))
	}
	return flow.Options{Effort: effort, Budget: q.budget, Vocab: vocab}, nil
}

// time is how long the answer may take.
func (q question) time(effort flow.Effort) time.Duration {
	if q.deadlineMS > 0 {
		return time.Duration(q.deadlineMS * float64(time.Millisecond))
	}
	return efforts[effort]
}

// enough checks how many bytes a response may hold; 0 is no limit.
func enough(maxBytes int) error {
	if maxBytes < 0 {
		return Usagef("max_bytes is %d: name a number of 1 or more, or leave it out", maxBytes)
	}
	return nil
}

func count(n int) (int, error) {
	n = cmp.Or(n, ResultsDefault)
	if n < 1 || n > ResultsMax {
		return 0, Usagef("%d results cannot be shown; ask for 1 to %d", n, ResultsMax)
	}
	return n, nil
}

// Plural words a count: 1 file, 3 files.
func Plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
