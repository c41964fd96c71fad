package eval

import (
	"context"
	"math"
	"runtime"
	"time"

	"sluice/cascade"
	"sluice/cascade/flow"
)

// Latency is how long questions took, in milliseconds.
//
// They are asked one after the other on one processor (GOMAXPROCS 1), after a warm-up that asks the
// first of them once. Wall is the clock on the wall; CPU is the processor time of the whole
// process, collector included, so that neighbours on a shared machine do not count. Where it is not
// known it is left out.
type Latency struct {
	Questions int    `json:"questions"`
	WarmUp    int    `json:"warm_up"`
	Gather    Spread `json:"gather"`  // question -> what gather lets through
	Search    Spread `json:"search"`  // question -> judge's order
	Pack      Spread `json:"pack"`    // judge's order -> packed window
	Context   Spread `json:"context"` // question -> packed window: the last two together
}

// Spread is the middle and the far end of many durations, in milliseconds.
type Spread struct {
	Wall Percentiles  `json:"wall"`
	CPU  *Percentiles `json:"cpu,omitempty"`
}

// Percentiles by nearest rank.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// warmUpMax is how many questions are asked before any is timed.
const warmUpMax = 100

// answered is one question's outcome.
type answered struct {
	gathered *cascade.Result // by gather alone
	result   *cascade.Result
}

// Latencies asks the questions, each through gather alone and then through the whole cascade.
// Operators have no meaning in them. The caller's other work should rest meanwhile.
func Latencies(ctx context.Context, c *cascade.Cascade, questions []string, o flow.Options) (*Latency, error) {
	return measureLatency(ctx, c, questions, o, func(int, *answered) {})
}

// measureLatency is Latencies with a look at each outcome, which is not timed.
func measureLatency(ctx context.Context, c *cascade.Cascade, questions []string, o flow.Options, visit func(i int, a *answered)) (*Latency, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m := &meter{}
	warm := min(warmUpMax, len(questions))
	for _, q := range questions[:warm] {
		if _, err := m.ask(ctx, c, q, o); err != nil {
			return nil, err
		}
	}
	*m = meter{}
	for i, q := range questions {
		a, err := m.ask(ctx, c, q, o)
		if err != nil {
			return nil, err
		}
		visit(i, a)
	}
	return &Latency{
		Questions: len(questions), WarmUp: warm,
		Gather: m.gather.spread(), Search: m.search.spread(), Pack: m.pack.spread(), Context: plus(m.search, m.pack).spread(),
	}, nil
}

// meter keeps the times of questions.
type meter struct{ gather, search, pack timer }

// ask times one question. Searching and packing is what cascade.Context does.
func (m *meter) ask(ctx context.Context, c *cascade.Cascade, question string, o flow.Options) (*answered, error) {
	q := flow.Query{Raw: question, Text: question}
	a := &answered{}
	err := m.gather.time(func() (err error) {
		a.gathered, err = c.Gather(ctx, q, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = m.search.time(func() (err error) {
		a.result, err = c.Search(ctx, q, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, m.pack.time(func() (err error) {
		a.result, err = c.Pack(ctx, a.result, o)
		return err
	})
}

// timer keeps durations in milliseconds.
type timer struct{ wall, cpu []float64 }

func (t *timer) time(f func() error) error {
	cpu, known := processTime()
	start := time.Now()
	err := f()
	t.wall = append(t.wall, milliseconds(time.Since(start)))
	if known {
		now, _ := processTime()
		t.cpu = append(t.cpu, milliseconds(now-cpu))
	}
	return err
}

// plus adds the times of two steps, question by question.
func plus(a, b timer) (sum timer) {
	for i := range a.wall {
		sum.wall = append(sum.wall, a.wall[i]+b.wall[i])
	}
	for i := range a.cpu {
		sum.cpu = append(sum.cpu, a.cpu[i]+b.cpu[i])
	}
	return sum
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (t timer) spread() Spread {
	s := Spread{Wall: percentiles(t.wall)}
	if len(t.cpu) > 0 {
		cpu := percentiles(t.cpu)
		s.CPU = &cpu
	}
	return s
}

// percentiles are told to the microsecond.
func percentiles(ms []float64) Percentiles {
	round := func(x float64) float64 { return math.Round(x*1000) / 1000 }
	return Percentiles{round(percentile(ms, 50)), round(percentile(ms, 99))}
}
