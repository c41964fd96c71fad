package roofline

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
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

// Sizes of the plot, in SVG units.
const (
	barHeight, barGap     = 14, 4
	barLeft, barWidth     = 520, 300
	plotRight, plotTop    = 120, 40
	plotPercentMax        = 120.0
	plotLine, plotBarTail = 8, 11
)

var pathColours = map[string]string{"ref": "#7f8c8d", "avx2": "#d68910", "avx512": "#1b6ca8", "neon": "#2e8b57"}

// WriteSVG plots each row's share of its limit as a bar.
func (r *Result) WriteSVG(w io.Writer) error {
	var out strings.Builder
	height := plotTop + len(r.Rows)*(barHeight+barGap) + plotLine
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n", barLeft+barWidth+plotRight, height)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="#fff"/><text x="8" y="20" font-size="14">Kernels: share of the limit that binds them, one core at %.2f GHz</text>`+"\n", r.Clock)
	for _, percent := range []float64{0, 25, 50, 75, 100} {
		x := barLeft + barWidth*percent/plotPercentMax
		fmt.Fprintf(&out, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ccc"/><text x="%.1f" y="%d" text-anchor="middle">%g %%</text>`+"\n",
			x, plotTop-4, x, height-plotLine, x, plotTop-8, percent)
	}
	for i, row := range r.Rows {
		y := plotTop + i*(barHeight+barGap)
		label := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(row.Kernel + " · " + row.Path + " · " + row.Size)
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text>`, barLeft-plotLine, y+plotBarTail, label)
		width := barWidth * min(row.Percent, plotPercentMax) / plotPercentMax
		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, barLeft, y, width, barHeight, pathColours[row.Path])
		fmt.Fprintf(&out, `<text x="%.1f" y="%d">%.0f %% · %.3g %s</text>`+"\n", barLeft+width+4, y+plotBarTail, row.Percent, row.Rate, row.Unit)
	}
	out.WriteString("</svg>\n")
	_, err := io.WriteString(w, out.String())
	return err
}
