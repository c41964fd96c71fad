package model

import (
	"context"
	"fmt"
	"runtime"
)

// Role says what a text is read as: some models want a different prefix for each.
type Role int

// The roles.
const (
	Passage Role = iota
	Query
)

// Options tells how a model runs.
type Options struct {
	Precision Precision                         // of weights and activations; the zero value is Float32
	Workers   int                               // groups of texts that are encoded at once; 0: one a core
	Meter     *Meter                            // adds up where the time goes, of one worker; nil: nobody asks
	pack      func(part, stack) (matrix, error) // makes the products; nil: as the precision says
}

// Encoder is a model that is ready to run. It is safe for concurrent use: all calls together run at
// most Options.Workers groups of texts at a time.
type Encoder struct {
	config    Config
	tokenizer Tokenizer
	embed     *embedding
	layers    []*layer
	last      *norm // behind the layers, where they put norms first; nil: none
	head      head
	arenas    chan *arena // free ones; a group of texts holds one while it is encoded
}

// New reads the weights of a model and packs them for the products.
func New(f *Files, o Options) (*Encoder, error) {
	if err := f.Config.check(); err != nil {
		return nil, fmt.Errorf("model %s: %w", f.Name, err)
	}
	e := &Encoder{config: f.Config, tokenizer: f.Tokenizer}
	r := newReader(f, o)
	e.embed = r.embedding()
	e.layers = r.allLayers()
	e.last, e.head = r.lastNorm(), r.head()
	if r.err != nil {
		return nil, fmt.Errorf("model %s: %w", f.Name, r.err)
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if o.Meter != nil {
		workers = 1
	}
	e.arenas = make(chan *arena, workers)
	for range workers {
		e.arenas <- &arena{meter: o.Meter}
	}
	return e, nil
}

// Knows tells whether the model's vocabulary has words of the language of a text. Of others it sees
// single letters, and its vectors say nothing.
func (e *Encoder) Knows(text string) bool {
	t, ok := e.tokenizer.(*tokenizer)
	return !ok || t.knows(text)
}

// Dims is how many values a vector has.
func (e *Encoder) Dims() int { return e.head.outputs() }

// Encode gives each text its vector. A text that is too long is cut. What a vector is does not
// depend on the other texts, bit for bit.
func (e *Encoder) Encode(ctx context.Context, texts []string, role Role) ([][]float32, error) {
	if e.config.Head != Embedding {
		return nil, fmt.Errorf("model: a %s model gives no vector for a text", e.config.Head)
	}
	b, err := e.tokenize(ctx, texts, role)
	if err != nil {
		return nil, err
	}
	return e.vectors(ctx, b)
}

// EncodeTokens is Encode for texts that are tokens already, marks and prefix included.
func (e *Encoder) EncodeTokens(ctx context.Context, texts [][]int32) ([][]float32, error) {
	b := &batch{}
	for i, ids := range texts {
		if len(ids) == 0 || len(ids) > e.config.Positions {
			return nil, fmt.Errorf("model: text %d has %d tokens; between 1 and %d are possible", i, len(ids), e.config.Positions)
		}
		b.add(ids, nil)
	}
	return e.vectors(ctx, b)
}

// EncodeLate gives each token of each text its vector, projected and of length 1.
func (e *Encoder) EncodeLate(ctx context.Context, texts []string, role Role) ([][][]float32, error) {
	if e.config.Head != Late {
		return nil, fmt.Errorf("model: a model for %s has no vectors of tokens", e.config.Head)
	}
	b, err := e.tokenize(ctx, texts, role)
	if err != nil {
		return nil, err
	}
	rows, err := e.vectors(ctx, b)
	if err != nil {
		return nil, err
	}
	out := make([][][]float32, b.texts())
	for i := range out {
		out[i] = rows[b.starts[i]:b.starts[i+1]]
	}
	return out, nil
}

// Score reads the question together with each passage and says how well they fit: a larger number
// fits better. Only the order of the numbers means something.
func (e *Encoder) Score(ctx context.Context, question string, passages []string) ([]float32, error) {
	if e.config.Head != Cross {
		return nil, fmt.Errorf("model: a model for %s does not score pairs", e.config.Head)
	}
	b := &batch{}
	var ids, types []int32
	for _, p := range passages {
		ids, types = e.tokenizer.Pair(ids[:0], types[:0], question, p, e.config.Positions)
		b.add(ids, types)
	}
	rows, err := e.vectors(ctx, b)
	if err != nil {
		return nil, err
	}
	scores := make([]float32, len(rows))
	for i, r := range rows {
		scores[i] = r[0]
	}
	return scores, nil
}

// tokenize makes a batch of texts, with the prefix of their role.
func (e *Encoder) tokenize(ctx context.Context, texts []string, role Role) (*batch, error) {
	prefix := e.config.PassagePrefix
	if role == Query {
		prefix = e.config.QueryPrefix
	}
	b := &batch{}
	var ids []int32
	for _, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ids = e.tokenizer.Encode(ids[:0], prefix+text, e.config.Positions)
		b.add(ids, nil)
	}
	return b, nil
}
