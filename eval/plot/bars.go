package plot

import (
	"fmt"
	"io"
)

// Sizes of a plot of bars, in SVG units.
const (
	barsTop              = 40
	barsLeft, barsWidth  = 560, 300
	barsRight            = 140
	barHeight, barGap    = 14, 4
	barBaseline, barTail = 11, 8
	percentMax           = 120.0
)

// Bar is a share in percent.
type Bar struct {
	Name    string
	Percent float64
	Note    string // beside the percentage
	Colour  string
}

// Bars draws shares below each other; one above 120 % is cut there, its number tells.
func Bars(w io.Writer, title string, bars []Bar) error {
	height := barsTop + len(bars)*(barHeight+barGap) + barTail
	c := newCanvas(barsLeft+barsWidth+barsRight, height, barTail, title)
	for _, percent := range []float64{0, 25, 50, 75, 100} {
		x := barsLeft + barsWidth*percent/percentMax
		c.down(x, barsTop-textRise, float64(height-barTail-barsTop+textRise))
		c.label(x, barsTop-2*textRise, "middle", fmt.Sprintf("%g %%", percent))
	}
	for i, bar := range bars {
		top := float64(barsTop + i*(barHeight+barGap))
		width := barsWidth * max(0, min(bar.Percent, percentMax)) / percentMax
		c.label(barsLeft-barTail, top+barBaseline, "end", bar.Name)
		c.add(`<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`, barsLeft, top, width, barHeight, escape(bar.Colour))
		c.label(barsLeft+width+textRise, top+barBaseline, "start", fmt.Sprintf("%.0f %% · %s", bar.Percent, bar.Note))
	}
	return c.writeTo(w)
}
