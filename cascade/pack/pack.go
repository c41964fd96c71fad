// Package pack is stage 4 of Sluice: the best passages become one window that a model can be shown, each
// with its citation.
package pack

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sluice/cascade/flow"
	"sluice/index"
)

// Run fills a window with the best passages.
func Run(ctx context.Context, sn *index.Snapshot, q flow.Query, in []flow.Judged, lim flow.Limits) (flow.Window, flow.Stats, error) {
	start := time.Now()
	lim = lim.WithDefaults()
	stats := flow.NewStats("pack", int64(len(in)))
	w := flow.Window{Vocab: lim.Vocab}
	var b strings.Builder
	for _, j := range in[:min(len(in), lim.Pack)] {
		p, err := sn.Passage(index.Place(j.Place))
		if err != nil {
			return w, stats, err
		}
		body, err := sn.Text(index.Place(j.Place))
		if err != nil {
			return w, stats, err
		}
		n := len(w.Passages) + 1
		fmt.Fprintf(&b, "[%d] %s:%d\n%s\n\n", n, p.Path, p.Line, body)
		w.Passages = append(w.Passages, flow.Packed{N: n, Judged: j, Members: []flow.Place{j.Place}, Start: p.Start, End: p.Start + p.Bytes, Line: p.Line, Lines: p.Lines, Text: string(body)})
	}
	w.Text = b.String()
	w.Tokens = len(w.Text) / 4
	stats.Out = int64(len(w.Passages))
	stats.Drop(flow.BelowCut, int64(len(in)-len(w.Passages)))
	stats.Took = time.Since(start)
	return w, stats, nil
}
