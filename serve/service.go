package serve

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"sluice/answer/talk"
	"sluice/answer/upstream"
	"sluice/cascade"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/clock"
)

// Connector is one kind of source, as the command wires it.
type Connector struct {
	// Open makes the source that a configuration describes.
	Open func(index.SourceConfig) (corpus.Source, error)
	// Same tells whether two configurations lead to the same place under two names; nil: when their
	// roots are spelled the same.
	Same func(a, b index.SourceConfig) bool
	// Within tells whether the place of a configuration lies inside that of another one, and where
	// in it; nil: places of this kind never do.
	Within func(inner, outer index.SourceConfig) (rel string, ok bool)
	// Forget returns the options with paths added to what stays out.
	Forget func(options json.RawMessage, paths []string) (json.RawMessage, error)
	// ForgetWhere returns the options with what a sender wrote, or what is of a time, added to what
	// stays out; nil: documents of this kind have no sender, and stay out by their paths.
	ForgetWhere func(options json.RawMessage, w Where) (json.RawMessage, error)
}

// Options tells what a Service works on.
type Options struct {
	Store      *index.Store
	Ingest     *ingest.Ingest       // what brings the store up to date; default: one with Clock
	Encoder    index.Encoder        // of questions and passages; nil: words alone are compared
	Folder     string               // where the store lies, for `status`
	Dir        string               // where the command runs: paths may be relative to it
	Connectors map[string]Connector // by kind
	Clock      clock.Waiter         // default: the machine's
	Progress   func(label string, p ingest.Progress)
	// StatWait is how long all the files of one answer may take to be asked for; default 50 ms.
	StatWait time.Duration
	// SyncWait is how long context and ask may take to bring changed sources up to date; default 10
	// s.
	SyncWait time.Duration
	// LookWait is how long a question waits for the sources to be looked at, and for what is newer
	// there to be read; 0: no source is looked at.
	LookWait time.Duration
	// Health keeps what is found damaged; nil: nobody does.
	Health   Recorder
	Feedback Listener // what users say of answers; nil: nobody listens
	// SyncFirst names sources that are brought up to date before each question, as `--in` asks for.
	SyncFirst []string
	// LongLived says that the process answers many questions: what one of them had no time to make
	// anew is made anew beside them.
	LongLived bool
	// Upstream are the model servers that word answers; nil: answers are the documents' own
	// sentences.
	Upstream *upstream.Pool
	// ChatBudget is how many tokens of passages a model is sent unless a request says otherwise;
	// default 16,000.
	ChatBudget int
}

const (
	statWaitDefault = 50 * time.Millisecond
	syncWaitDefault = 10 * time.Second
	// chatBudgetDefault fits into the windows that models have by default.
	chatBudgetDefault = 16_000
)

// Service answers requests from one store. It is safe for concurrent use.
type Service struct {
	opts   Options
	store  *index.Store
	ingest *ingest.Ingest
	ranker *cascade.Ranker
	clock  clock.Waiter

	background background
	following  following
	first      first
	open       atomic.Int64   // sessions
	filling    sync.RWMutex   // held by a commit of what a model read; syncs share it
	vectors    index.Readings // what the model read for questions
	talks      talk.Memory    // what conversations were shown
	weighed    weighed        // what is held against passages

	mu      sync.Mutex
	sources map[string]corpus.Source // open connectors, by configuration
	met     []index.Damage           // that is not in the log yet
}

// New returns a service on a store. Close it.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.StatWait <= 0 {
		o.StatWait = statWaitDefault
	}
	if o.SyncWait <= 0 {
		o.SyncWait = syncWaitDefault
	}
	if o.ChatBudget <= 0 {
		o.ChatBudget = chatBudgetDefault
	}
	if o.Health == nil {
		o.Health = forgetful{}
	}
	if o.Ingest == nil {
		o.Ingest = ingest.New(o.Store, ingest.Options{Clock: o.Clock})
	}
	s := &Service{opts: o, store: o.Store, ingest: o.Ingest, ranker: cascade.DefaultRanker(), clock: o.Clock, sources: map[string]corpus.Source{}}
	s.store.OnDamage(s.noticed)
	return s
}

// Folder is where the store lies.
func (s *Service) Folder() string { return s.opts.Folder }

// Close ends what runs beside the questions, hands on what was met damaged and not mended, and lets
// go of what the service and its store hold open.
func (s *Service) Close() {
	s.background.close()
	s.following.end()
	_ = s.store.HandOn() // a disk that takes no note is no reason to fail: whoever reads it next meets it again
	s.record()
	_ = s.store.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range s.sources {
		if c, ok := src.(io.Closer); ok {
			_ = c.Close()
		}
	}
	clear(s.sources)
}

// source opens the connector of a configuration, once.
func (s *Service) source(c index.SourceConfig) (corpus.Source, error) {
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%s", c.Label, c.Kind, c.Root, c.Options)
	s.mu.Lock()
	defer s.mu.Unlock()
	if src := s.sources[key]; src != nil {
		return src, nil
	}
	con, ok := s.opts.Connectors[c.Kind]
	if !ok {
		if c.Kind == "" { // known by its documents alone
			return nil, fmt.Errorf("nothing is left that tells where source %q lies: `sluice add` its folder again", c.Label)
		}
		return nil, fmt.Errorf("source %q is of kind %q, which this version cannot read", c.Label, c.Kind)
	}
	src, err := con.Open(c)
	if err == nil {
		s.sources[key] = src
	}
	return src, err
}
