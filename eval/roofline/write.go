package roofline

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sluice/eval/plot"
)

// WriteJSON writes the rows as one list.
func (r *Result) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r.Rows)
}

// WriteText writes the limits and the rows as tables.
func (r *Result) WriteText(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "limits of this run, one core at %.2f GHz (best of several loops, by processor time)\n", r.Clock)
	for _, l := range r.Limits {
		fmt.Fprintf(&out, "  %-34s %-7s %9.2f %s", l.Name, l.Path, l.Rate, l.Unit)
		if l.Ports > 0 {
			fmt.Fprintf(&out, " = %.1f a cycle", l.Ports)
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "\n%-19s %-7s %-58s %9s %9s %6s  %-13s %10s\n", "kernel", "path", "size", "rate", "limit", "%", "unit", "ms")
	for _, x := range r.Rows {
		fmt.Fprintf(&out, "%-19s %-7s %-58s %9.2f %9.2f %6.1f  %-13s %10.3f\n", x.Kernel, x.Path, x.Size, x.Rate, x.Limit, x.Percent, x.Unit, x.MS)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

var pathColours = map[string]string{"ref": plot.Colour(6), "avx2": plot.Colour(4), "avx512": plot.Colour(0), "amx": plot.Colour(1), "neon": plot.Colour(2)}

// WriteSVG plots each row's share of its limit as a bar.
func (r *Result) WriteSVG(w io.Writer) error {
	var bars []plot.Bar
	for _, row := range r.Rows {
		bars = append(bars, plot.Bar{
			Name: row.Kernel + " · " + row.Path + " · " + row.Size, Percent: row.Percent,
			Note: fmt.Sprintf("%.3g %s", row.Rate, row.Unit), Colour: pathColours[row.Path],
		})
	}
	return plot.Bars(w, fmt.Sprintf("Kernels: share of the limit that binds them, one core at %.2f GHz", r.Clock), bars)
}
