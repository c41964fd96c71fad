package lowbits

import (
	"io"
	"maps"
	"slices"
	"strings"

	"sluice/eval/plot"
)

// WriteSVG plots recall at 10 against bytes a vector: all bits and scales of a format in one line,
// with and without rotation; published codes dashed.
func WriteSVG(w io.Writer, title string, rows []Row) error {
	points := map[string][]plot.Point{}
	for _, r := range rows {
		name := lineOf(r)
		points[name] = append(points[name], plot.Point{X: float64(r.Bytes), Y: r.Recall10})
	}
	var lines []plot.Line
	for _, name := range slices.Sorted(maps.Keys(points)) {
		lines = append(lines, plot.Line{Name: name, Dashed: published(name) || name == "sign", Points: points[name]})
	}
	return plot.Lines(w, title, "bytes a vector", "recall@10", lines)
}

// lineOf names the line that a row is a point of.
func lineOf(r Row) string {
	name := r.Format
	if name == "1bit" {
		name = "int"
	}
	if r.Rotation && !published(r.Format) && !strings.HasPrefix(r.Format, "principal") {
		name += ", rotated"
	}
	return name
}
