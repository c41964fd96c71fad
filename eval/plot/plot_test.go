package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// elements reads a picture back: all elements with their attributes, and all texts.
func elements(t *testing.T, picture []byte) (list []xml.StartElement, texts []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, texts
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, picture)
		}
		switch e := token.(type) {
		case xml.StartElement:
			list = append(list, e)
		case xml.CharData:
			if text := strings.TrimSpace(string(e)); text != "" {
				texts = append(texts, text)
			}
		}
	}
}

// number is an attribute's value.
func number(t *testing.T, e xml.StartElement, name string) float64 {
	t.Helper()
	for _, a := range e.Attr {
		if a.Name.Local == name {
			v, err := strconv.ParseFloat(a.Value, 64)
			if err != nil {
				t.Fatalf("%s of %s: %v", name, e.Name.Local, err)
			}
			return v
		}
	}
	t.Fatalf("%s has no %s", e.Name.Local, name)
	return 0
}

// Every point stands where its numbers say, within the axes, and what is named is written.
func TestLines(t *testing.T) {
	var out bytes.Buffer
	lines := []Line{{Name: "a & b", Points: []Point{{64, .75}, {16, .5}}}, {Name: "c", Dashed: true, Points: []Point{{32, 1}}}}
	if err := Lines(&out, `recall <of> "all"`, "bytes", "recall", lines); err != nil {
		t.Fatal(err)
	}
	list, texts := elements(t, out.Bytes())
	var points [][2]float64
	for _, e := range list {
		if e.Name.Local == "circle" {
			points = append(points, [2]float64{number(t, e, "cx"), number(t, e, "cy")})
		}
	}
	want := [][2]float64{{linesLeft, linesTop + innerHeight}, {linesLeft + innerWidth, linesTop + innerHeight/2}, {linesLeft + innerWidth/2, linesTop}}
	for i, w := range want {
		if len(points) != 3 || math.Abs(points[i][0]-w[0]) > .1 || math.Abs(points[i][1]-w[1]) > .1 {
			t.Fatalf("points %v, want %v", points, want)
		}
	}
	if all := strings.Join(texts, "|"); !strings.HasPrefix(all, `recall <of> "all"|0.5|0.6|`) || !strings.Contains(all, "|16|32|64|bytes|recall|a & b|c") {
		t.Errorf("texts %s", all)
	}
	if n := strings.Count(out.String(), "dasharray"); n != 2 {
		t.Errorf("%d dashed strokes, want the line and its legend", n)
	}
}

// Nothing to draw, or one point in the highest place, is still a picture.
func TestLinesWithout(t *testing.T) {
	for _, lines := range [][]Line{nil, {{Name: "one", Points: []Point{{8, 1}}}}} {
		var out bytes.Buffer
		if err := Lines(&out, "", "", "", lines); err != nil {
			t.Fatal(err)
		}
		elements(t, out.Bytes())
		if strings.Contains(out.String(), "NaN") || strings.Contains(out.String(), "Inf") {
			t.Errorf("%d lines: %s", len(lines), out.String())
		}
	}
}

// A bar is as long as its share, a longer one is cut, and its number tells.
func TestBars(t *testing.T) {
	var out bytes.Buffer
	bars := []Bar{{"half <", 50, "1 GB/s", "#123"}, {"twice", 200, "2 GB/s", "#456"}, {"none", 0, "", "#789"}}
	if err := Bars(&out, "limits", bars); err != nil {
		t.Fatal(err)
	}
	list, texts := elements(t, out.Bytes())
	var widths []float64
	for _, e := range list[2:] { // after the ground
		if e.Name.Local == "rect" {
			widths = append(widths, number(t, e, "width"))
		}
	}
	if len(widths) != 3 || widths[0] != barsWidth*50/percentMax || widths[1] != barsWidth || widths[2] != 0 {
		t.Errorf("bars of %v", widths)
	}
	if all := strings.Join(texts, "|"); !strings.Contains(all, "half <|50 % · 1 GB/s|twice|200 % · 2 GB/s") {
		t.Errorf("texts %s", all)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestErrorsOfTheWriter(t *testing.T) {
	if err := Lines(full{}, "", "", "", nil); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	if err := Bars(full{}, "", nil); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

// Each stretch of a strip is as long as its share and has the colour of its count, and what nobody
// watched is none of them.
func TestStrips(t *testing.T) {
	var out bytes.Buffer
	cells := []Cell{{}, {Known: true}, {Known: true}, {Count: 1, Known: true}, {Count: 300, Known: true}, {Count: 2, Bad: true, Known: true}, {}, {}}
	if err := Strips(&out, "errors & more", []Tick{{0, "12:00"}, {.5, "18:00"}}, []Strip{{Name: "mc0 <1>", Note: "3", Strong: true, Cells: cells}, {Name: "empty"}}); err != nil {
		t.Fatal(err)
	}
	list, texts := elements(t, out.Bytes())
	type part struct{ x, width float64 }
	var parts []part
	var colours []string
	for _, e := range list[2:] {
		if e.Name.Local == "rect" && number(t, e, "y") == stripsTop {
			parts = append(parts, part{number(t, e, "x") - stripsLeft, number(t, e, "width")})
			for _, a := range e.Attr {
				if a.Name.Local == "fill" {
					colours = append(colours, a.Value)
				}
			}
		}
	}
	if want := []part{{0, 80}, {80, 160}, {240, 80}, {320, 80}, {400, 80}, {480, 160}}; !slices.Equal(parts, want) {
		t.Errorf("parts %v, want %v", parts, want)
	}
	if want := []string{unknownColour, noneColour, shades[0], shades[4], badColour, unknownColour}; !slices.Equal(colours, want) {
		t.Errorf("colours %v, want %v", colours, want)
	}
	if all := strings.Join(texts, "|"); !strings.HasPrefix(all, "errors & more|12:00|18:00|mc0 <1>|3|empty") {
		t.Errorf("texts %s", all)
	}
}
