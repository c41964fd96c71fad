// Package plot draws what measurements say as SVG: lines of points, and bars of shares.
package plot

import (
	"fmt"
	"io"
	"strings"
)

// colours are taken in turn.
var colours = []string{"#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#17a589", "#7f8c8d", "#34495e", "#e667a0", "#6e8b3d", "#00bcd4", "#795548"}

// Colour is the i-th colour of every plot.
func Colour(i int) string { return colours[i%len(colours)] }

const (
	gridColour = "#ddd"
	fontSize   = 12
	titleSize  = 14
	titleLine  = 20
	textRise   = 4 // a text stands so far above its baseline's middle
)

// canvas collects a picture.
type canvas struct{ strings.Builder }

func newCanvas(width, height, titleLeft int, title string) *canvas {
	c := &canvas{}
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="%d">`, width, height, fontSize)
	c.add(`<rect width="100%%" height="100%%" fill="#fff"/><text x="%d" y="%d" font-size="%d">%s</text>`, titleLeft, titleLine, titleSize, escape(title))
	return c
}

func (c *canvas) add(format string, values ...any) {
	fmt.Fprintf(c, format, values...)
	c.WriteByte('\n')
}

// label writes a text; anchor is where of the text x is: start, middle or end.
func (c *canvas) label(x, y float64, anchor, text string) {
	c.add(`<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, escape(text))
}

func (c *canvas) across(x, y, length float64) {
	c.add(`<path d="M%.1f %.1fh%.1f" stroke="%s"/>`, x, y, length, gridColour)
}

func (c *canvas) down(x, y, length float64) {
	c.add(`<path d="M%.1f %.1fv%.1f" stroke="%s"/>`, x, y, length, gridColour)
}

func (c *canvas) writeTo(w io.Writer) error {
	c.WriteString("</svg>\n")
	_, err := io.WriteString(w, c.String())
	return err
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}
