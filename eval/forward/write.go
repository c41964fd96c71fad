package forward

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sluice/model"
)

// shapeOf describes a model shortly.
func shapeOf(c model.Config) string {
	return fmt.Sprintf("%s, %d layers of %d, %d heads, inner %d, %s pooling", c.Family, c.Layers, c.Width, c.Heads, c.Inner, c.Pooling)
}

// WriteJSON writes the result as one document.
func (r *Result) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// WriteText writes the limits and a table of each batch.
func (r *Result) WriteText(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\nlimits of this run, one core:", r.Model, r.Shape)
	for _, p := range r.Peaks {
		fmt.Fprintf(&out, "  %s (%s) %.0f GMAC/s", p.Name, p.Path, p.Rate)
	}
	fmt.Fprintf(&out, "\ntokenizer: %.0f tokens a CPU-second\n", r.Tokens)
	last := ""
	for _, x := range r.Rows {
		if head := fmt.Sprintf("%s, %d × %d tokens", x.Precision, x.Texts, x.Length); head != last {
			fmt.Fprintf(&out, "\n%s\n  %-11s %10s %7s %9s %7s\n", head, "operation", "CPU ms", "share", "GMAC/s", "% peak")
			last = head
		}
		fmt.Fprintf(&out, "  %-11s %10.3f %6.1f%%", x.Operation, x.MS, x.Share)
		if x.Rate > 0 {
			fmt.Fprintf(&out, " %9.1f %6.1f%%", x.Rate, x.Percent)
		}
		if x.Tokens > 0 {
			fmt.Fprintf(&out, "   %.0f tokens a CPU-second; %d cores: %.2f ms, %.0f tokens/s", x.Tokens, r.Cores, x.WallMS, x.WallRate)
		}
		out.WriteByte('\n')
	}
	_, err := io.WriteString(w, out.String())
	return err
}
