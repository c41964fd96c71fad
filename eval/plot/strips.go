package plot

import (
	"fmt"
	"io"
	"math"
)

// Sizes of a plot of strips, in SVG units.
const (
	stripsTop               = 48
	stripsLeft, stripsWidth = 330, 640
	stripsRight             = 250
	stripHeight, stripGap   = 16, 6
	stripBaseline           = 12
	stripsLegend            = 34
	legendCell              = 14
)

// Cell is a stretch of time of one strip.
type Cell struct {
	Count int64
	Bad   bool // some of them are worse
	Known bool // somebody looked
}

// Strip is a row of cells of equal length.
type Strip struct {
	Name, Note string
	Strong     bool // its name is drawn as one that stands out
	Cells      []Cell
}

const (
	unknownColour = "#f3f3f3"
	noneColour    = "#d9e6f2"
	badColour     = "#c0392b"
)

// shades are the colours of more and more, each four times the one before.
var shades = []string{"#9ecae1", "#6baed6", "#3182bd", "#08519c", "#08306b"}

// Strips draws counts over time below each other, with ticks at shares of the whole width.
func Strips(w io.Writer, title string, ticks []Tick, strips []Strip) error {
	rows := len(strips) * (stripHeight + stripGap)
	c := newCanvas(stripsLeft+stripsWidth+stripsRight, stripsTop+rows+stripsLegend+legendCell, stripsLeft, title)
	for _, t := range ticks {
		x := stripsLeft + stripsWidth*t.At
		c.down(x, stripsTop-textRise, float64(rows+textRise))
		c.label(x, stripsTop-2*textRise, "middle", t.Text)
	}
	for i, s := range strips {
		c.strip(s, float64(stripsTop+i*(stripHeight+stripGap)))
	}
	c.stripsLegend(float64(stripsTop + rows + legendCell))
	return c.writeTo(w)
}

// Tick is a mark of the axis; At is a share of its length.
type Tick struct {
	At   float64
	Text string
}

func (c *canvas) strip(s Strip, top float64) {
	name := `<text x="%.1f" y="%.1f" text-anchor="end"%s>%s</text>`
	weight := ""
	if s.Strong {
		weight = fmt.Sprintf(` font-weight="bold" fill="%s"`, badColour)
	}
	c.add(name, float64(stripsLeft-2*textRise), top+stripBaseline, weight, escape(s.Name))
	width := float64(stripsWidth) / float64(max(1, len(s.Cells)))
	for i, from := 0, 0; i < len(s.Cells); i++ {
		if i+1 < len(s.Cells) && s.Cells[i+1] == s.Cells[i] {
			continue // neighbours that are alike are one rectangle
		}
		c.add(`<rect x="%.2f" y="%.1f" width="%.2f" height="%d" fill="%s"/>`, stripsLeft+width*float64(from), top, width*float64(i+1-from), stripHeight, s.Cells[i].colour())
		from = i + 1
	}
	c.label(stripsLeft+stripsWidth+2*textRise, top+stripBaseline, "start", s.Note)
}

func (cell Cell) colour() string {
	switch {
	case cell.Bad:
		return badColour
	case cell.Count > 0:
		return shades[min(len(shades)-1, int(math.Log2(float64(cell.Count))/2))]
	case cell.Known:
		return noneColour
	}
	return unknownColour
}

func (c *canvas) stripsLegend(y float64) {
	x := float64(stripsLeft)
	for _, entry := range []struct{ colour, text string }{
		{unknownColour, "not watched"}, {noneColour, "none"}, {shades[0], "1"}, {shades[1], "4"}, {shades[2], "16"}, {shades[3], "64"}, {shades[4], "256 and more"}, {badColour, "not corrected"},
	} {
		c.add(`<rect x="%.1f" y="%.1f" width="%d" height="%d" fill="%s" stroke="%s"/>`, x, y, legendCell, legendCell, entry.colour, gridColour)
		c.label(x+legendCell+textRise, y+stripBaseline, "start", entry.text)
		x += legendCell + 3*textRise + 6.5*float64(len(entry.text)) + 8
	}
}
