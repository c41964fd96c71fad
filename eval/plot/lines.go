package plot

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Sizes of a plot of lines, in SVG units.
const (
	linesWidth, linesHeight = 720, 440
	linesLeft, linesTop     = 56, 34
	linesRight, linesBottom = 170, 46
	innerWidth              = linesWidth - linesLeft - linesRight
	innerHeight             = linesHeight - linesTop - linesBottom
	shareSteps              = 10 // lines between 0 and 1
	tickGap                 = 6
	legendLine              = 18
)

// Point is one point of a line: X > 0 on a logarithmic axis, Y a share.
type Point struct{ X, Y float64 }

// Line is named points, joined in order of X.
type Line struct {
	Name   string
	Dashed bool
	Points []Point
}

// Lines draws shares, to the tenth below the least, against a quantity on a logarithmic axis.
func Lines(w io.Writer, title, x, y string, lines []Line) error {
	f, c := frameOf(lines), newCanvas(linesWidth, linesHeight, linesLeft, title)
	c.axes(f, x, y)
	for i, line := range lines {
		c.line(i, line, f)
	}
	return c.writeTo(w)
}

// frame is what the axes span.
type frame struct{ least, most, floor float64 }

func frameOf(lines []Line) frame {
	f := frame{math.Inf(1), 0, 1}
	for _, line := range lines {
		for _, p := range line.Points {
			f.least, f.most, f.floor = min(f.least, p.X), max(f.most, p.X), min(f.floor, p.Y)
		}
	}
	f.floor = min(math.Floor(f.floor*shareSteps+1e-9)/shareSteps, 1-1.0/shareSteps)
	return f
}

func (f frame) x(value float64) float64 {
	return linesLeft + innerWidth*math.Log(value/f.least)/max(math.Log(f.most/f.least), 1e-9)
}

func (f frame) y(share float64) float64 { return linesTop + innerHeight*(1-share)/(1-f.floor) }

func (c *canvas) axes(f frame, x, y string) {
	for i := range shareSteps + 1 {
		if share := float64(i) / shareSteps; share >= f.floor-1e-9 {
			c.across(linesLeft, f.y(share), innerWidth)
			c.label(linesLeft-tickGap, f.y(share)+textRise, "end", fmt.Sprintf("%.1f", share))
		}
	}
	for value := 1.0; value <= f.most; value *= 2 {
		if value >= f.least {
			c.down(f.x(value), linesTop, innerHeight)
			c.label(f.x(value), linesTop+innerHeight+legendLine, "middle", fmt.Sprintf("%.0f", value))
		}
	}
	c.label(linesLeft+innerWidth/2, linesHeight-8, "middle", x)
	c.add(`<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>`, linesTop+innerHeight/2, escape(y))
}

func (c *canvas) line(i int, line Line, f frame) {
	points := slices.Clone(line.Points)
	slices.SortStableFunc(points, func(a, b Point) int {
		switch {
		case a.X < b.X:
			return -1
		case a.X > b.X:
			return 1
		}
		return 0
	})
	var path strings.Builder
	for j, p := range points {
		fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(j, 1)], f.x(p.X), f.y(p.Y))
		c.add(`<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, f.x(p.X), f.y(p.Y), Colour(i))
	}
	style := fmt.Sprintf(`fill="none" stroke="%s"`, Colour(i))
	if line.Dashed {
		style += ` stroke-dasharray="5 3"`
	}
	y := float64(linesTop + tickGap + legendLine*i)
	c.add(`<path d="%s" %s/>`, path.String(), style)
	c.add(`<path d="M%d %.1fh20" %s/>`, linesWidth-linesRight+10, y, style)
	c.label(linesWidth-linesRight+36, y+textRise, "start", line.Name)
}
