package forward

import (
	"context"
	"runtime"
	"slices"
	"time"

	"sluice/eval/roofline"
	"sluice/model"
)

// Batch is texts of one length.
type Batch struct{ Texts, Tokens int }

// Options say what to measure.
type Options struct {
	Precisions []model.Precision // default all
	Batches    []Batch           // default 1 × 16, 1 × 20, 32 × 128, 8 × 512
	Rounds     int               // the median counts; default 5
	Progress   func(what string)
}

func (o *Options) setDefaults() {
	if len(o.Precisions) == 0 {
		o.Precisions = model.Precisions()
	}
	if len(o.Batches) == 0 {
		o.Batches = []Batch{{1, 16}, {1, 20}, {32, 128}, {8, 512}}
	}
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
}

// Row is one operation of a batch, or all of them.
type Row struct {
	Precision string  `json:"precision"`
	Texts     int     `json:"texts"`
	Length    int     `json:"length"`
	Operation string  `json:"operation"` // "all" for the whole pass
	MS        float64 `json:"ms"`        // processor time of a batch
	Share     float64 `json:"share"`     // of the pass, in percent
	Tokens    float64 `json:"tokens_per_second,omitempty"`
	Rate      float64 `json:"gmac_per_second,omitempty"` // multiplications with an addition
	Peak      float64 `json:"peak,omitempty"`            // of the same
	Percent   float64 `json:"percent_of_peak,omitempty"`
	WallMS    float64 `json:"wall_ms,omitempty"` // on all cores, by the clock
	WallRate  float64 `json:"wall_tokens_per_second,omitempty"`
}

// Result is a whole run.
type Result struct {
	Model  string  `json:"model"`
	Shape  string  `json:"shape"`
	Cores  int     `json:"cores"`
	Peaks  []Peak  `json:"peaks"`
	Rows   []Row   `json:"rows"`
	Tokens float64 `json:"tokenizer_tokens_per_second"`
}

// Peak is a limit of computing.
type Peak struct {
	Name string  `json:"name"`
	Path string  `json:"path"`
	Rate float64 `json:"gmac_per_second"`
}

// Run measures a model.
func Run(ctx context.Context, f *model.Files, o Options) (*Result, error) {
	o.setDefaults()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out := &Result{Model: f.Name, Shape: shapeOf(f.Config), Cores: runtime.GOMAXPROCS(0)}
	floats, integers := roofline.ProductPeaks()
	for _, p := range o.Precisions {
		o.Progress(string(p))
		m, err := newMeasured(f, p, floats, integers)
		if err != nil {
			return nil, err
		}
		for _, b := range o.Batches {
			if b.Tokens > f.Config.Positions {
				continue
			}
			rows, err := m.batch(ctx, b, o.Rounds)
			if err != nil {
				return nil, err
			}
			out.Rows = append(out.Rows, rows...)
		}
	}
	for _, p := range []*roofline.Peak{floats, integers} {
		out.Peaks = append(out.Peaks, Peak{p.Name, p.Path, p.Rate()})
	}
	for i := range out.Rows {
		out.Rows[i].againstPeak(out.Peaks)
	}
	out.Tokens = tokenizerRate(f)
	return out, nil
}

// againstPeak tells the share of the limit of a row's products.
func (r *Row) againstPeak(peaks []Peak) {
	if r.Rate == 0 {
		return
	}
	r.Peak = peaks[1].Rate
	if r.Precision == string(model.Float32) || r.Operation == model.OpAttention.String() {
		r.Peak = peaks[0].Rate
	}
	r.Percent = 100 * r.Rate / r.Peak
}

// measured is a model in one precision: on one thread with a meter, and on all cores.
type measured struct {
	precision  model.Precision
	vocabulary int
	peaks      []*roofline.Peak // measured in turns
	meter      *model.Meter
	one, all   *model.Encoder
}

func newMeasured(f *model.Files, p model.Precision, peaks ...*roofline.Peak) (*measured, error) {
	m := &measured{precision: p, vocabulary: f.Config.Vocabulary, peaks: peaks, meter: &model.Meter{Clock: roofline.ThreadTime}}
	var err error
	if m.one, err = model.New(f, model.Options{Precision: p, Meter: m.meter}); err != nil {
		return nil, err
	}
	m.all, err = model.New(f, model.Options{Precision: p})
	return m, err
}

// turn is what one pass took.
type turn struct {
	model.Meter
	all, wall time.Duration
}

// batch measures batches of one shape, in turns with the limit.
func (m *measured) batch(ctx context.Context, b Batch, rounds int) ([]Row, error) {
	texts := b.tokens(m.vocabulary)
	var turns []turn
	for round := range rounds + 1 {
		for _, p := range m.peaks {
			p.Turn()
		}
		*m.meter = model.Meter{Clock: roofline.ThreadTime}
		begin := roofline.ThreadTime()
		m.meter.Start()
		if _, err := m.one.EncodeTokens(ctx, texts); err != nil {
			return nil, err
		}
		t := turn{Meter: *m.meter, all: roofline.ThreadTime() - begin}
		start := time.Now()
		if _, err := m.all.EncodeTokens(ctx, texts); err != nil {
			return nil, err
		}
		if t.wall = time.Since(start); round > 0 { // the first one warms up
			turns = append(turns, t)
		}
	}
	slices.SortFunc(turns, func(a, b turn) int { return int(a.wall - b.wall) })
	wall := turns[len(turns)/2].wall
	slices.SortFunc(turns, func(a, b turn) int { return int(a.all - b.all) })
	return m.rows(b, turns[len(turns)/2], wall), nil
}

func (m *measured) rows(b Batch, t turn, wall time.Duration) (rows []Row) {
	n := float64(b.Texts * b.Tokens)
	row := func(operation string, took time.Duration, products int64) Row {
		return Row{Precision: string(m.precision), Texts: b.Texts, Length: b.Tokens, Operation: operation, MS: took.Seconds() * 1e3,
			Share: 100 * took.Seconds() / t.all.Seconds(), Rate: float64(products) / 1e9 / max(took.Seconds(), 1e-9)}
	}
	var products int64
	for op := range model.Operations {
		if products += t.Products[op]; t.Time[op] > 0 {
			rows = append(rows, row(op.String(), t.Time[op], t.Products[op]))
		}
	}
	whole := row("all", t.all, products)
	whole.Tokens, whole.WallMS, whole.WallRate = n/t.all.Seconds(), wall.Seconds()*1e3, n/wall.Seconds()
	return append(rows, whole)
}

// tokens are ids without meaning; what they cost does not depend on it.
func (b Batch) tokens(vocabulary int) [][]int32 {
	texts, x := make([][]int32, b.Texts), uint64(1)
	for i := range texts {
		texts[i] = make([]int32, b.Tokens)
		for j := range texts[i] {
			x = x*6364136223846793005 + 1442695040888963407
			texts[i][j] = int32(x >> 33 % uint64(vocabulary))
		}
	}
	return texts
}

// tokenizerRate is how many tokens a second the tokenizer makes.
func tokenizerRate(f *model.Files) float64 {
	texts, tokens := model.CalibrationTexts(), 0
	var ids []int32
	start := roofline.ThreadTime()
	for range 4 {
		for _, text := range texts {
			ids = f.Tokenizer.Encode(ids[:0], text, f.Config.Positions)
			tokens += len(ids)
		}
	}
	return float64(tokens) / max((roofline.ThreadTime()-start).Seconds(), 1e-9)
}
