package lowbits

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Sizes of a plot, in SVG units.
const (
	plotWidth, plotHeight      = 720, 440
	plotLeft, plotTop          = 56, 34
	plotRight, plotBottom      = 170, 46
	plotInner, plotInnerHeight = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
	plotGrid                   = 10 // lines between 0 and 1
)

var plotColours = []string{"#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#17a589", "#7f8c8d", "#34495e", "#e667a0", "#6e8b3d", "#00bcd4", "#795548"}

// point is one code in a plot.
type point struct{ bytes, value float64 }

// WriteSVG plots recall at 10 against bytes a vector (logarithmic): all bits and scales of a format in one line, with and
// without rotation; published codes dashed.
func WriteSVG(w io.Writer, title string, rows []Row) error {
	lines := plotLines(rows)
	f := frameOf(lines)
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="#fff"/><text x="%d" y="20" font-size="14">%s</text>`+"\n", plotLeft, escape(title))
	plotAxes(&out, f)
	names := make([]string, 0, len(lines))
	for name := range lines {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		plotLine(&out, i, name, lines[name], f)
	}
	out.WriteString("</svg>\n")
	_, err := io.WriteString(w, out.String())
	return err
}

func plotLines(rows []Row) map[string][]point {
	lines := map[string][]point{}
	for _, r := range rows {
		name := r.Format
		if name == "1bit" {
			name = "int"
		}
		if r.Rotation && !published(r.Format) && !strings.HasPrefix(r.Format, "principal") {
			name += ", rotated"
		}
		lines[name] = append(lines[name], point{float64(r.Bytes), r.Recall10})
	}
	for _, points := range lines {
		slices.SortFunc(points, func(a, b point) int { return int(a.bytes - b.bytes) })
	}
	return lines
}

// frame is what the axes span.
type frame struct{ least, most, floor float64 }

func frameOf(lines map[string][]point) frame {
	f := frame{math.Inf(1), 0, 1}
	for _, points := range lines {
		for _, p := range points {
			f.least, f.most, f.floor = min(f.least, p.bytes), max(f.most, p.bytes), min(f.floor, p.value)
		}
	}
	f.floor = math.Floor(f.floor*plotGrid-1e-9) / plotGrid
	return f
}

func (f frame) x(bytes float64) float64 {
	return plotLeft + plotInner*math.Log(bytes/f.least)/max(math.Log(f.most/f.least), 1e-9)
}

func (f frame) y(share float64) float64 {
	return plotTop + plotInnerHeight*(1-share)/(1-f.floor)
}

func plotAxes(out *strings.Builder, f frame) {
	for i := range plotGrid + 1 {
		share := float64(i) / plotGrid
		if share < f.floor-1e-9 {
			continue
		}
		fmt.Fprintf(out, `<path d="M%d %.1fh%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.1f</text>`+"\n",
			plotLeft, f.y(share), plotInner, plotLeft-6, f.y(share)+4, share)
	}
	for bytes := 1.0; bytes <= f.most; bytes *= 2 {
		if bytes < f.least {
			continue
		}
		x := f.x(bytes)
		fmt.Fprintf(out, `<path d="M%.1f %dv%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%.0f</text>`+"\n",
			x, plotTop, plotInnerHeight, x, plotTop+plotInnerHeight+18, bytes)
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="middle">bytes a vector</text>`+"\n", plotLeft+plotInner/2, plotHeight-8)
	fmt.Fprintf(out, `<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">recall@10</text>`+"\n", plotTop+plotInnerHeight/2)
}

func plotLine(out *strings.Builder, i int, name string, points []point, f frame) {
	colour := plotColours[i%len(plotColours)]
	var path strings.Builder
	for j, p := range points {
		x, y := f.x(p.bytes), f.y(p.value)
		fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(j, 1)], x, y)
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, x, y, colour)
	}
	dash := ""
	if published(name) || name == "sign" {
		dash = ` stroke-dasharray="5 3"`
	}
	y := plotTop + 14 + 18*i
	fmt.Fprintf(out, `<path d="%s" fill="none" stroke="%s"%s/>`+"\n", path.String(), colour, dash)
	fmt.Fprintf(out, `<path d="M%d %dh20" stroke="%s"%s/><text x="%d" y="%d">%s</text>`+"\n", plotWidth-plotRight+10, y, colour, dash, plotWidth-plotRight+36, y+4, escape(name))
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}
