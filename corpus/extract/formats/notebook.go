package formats

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
)

var notebook = extract.Format{
	Name: "ipynb", Endings: []string{".ipynb"}, Media: []string{"application/x-ipynb+json"}, Text: true, Version: 1,
	Read: readNotebook,
}

// notebookCell is a cell of a notebook, of any version of the format.
type notebookCell struct {
	Kind    string           `json:"cell_type"`
	Source  lines            `json:"source"`
	Input   lines            `json:"input"` // before version 4
	Level   int              `json:"level"` // of a heading, before version 4
	Outputs []notebookOutput `json:"outputs"`
}

type notebookOutput struct {
	Text  lines            `json:"text"`
	Data  map[string]lines `json:"data"`
	Error string           `json:"ename"`
	Value string           `json:"evalue"`
	Plain lines            `json:"output_text"`
}

// lines are a text, or the lines of one. What is neither is nothing.
type lines string

// UnmarshalJSON implements json.Unmarshaler.
func (l *lines) UnmarshalJSON(b []byte) error {
	var one string
	var many []string
	switch {
	case json.Unmarshal(b, &one) == nil:
		*l = lines(one)
	case json.Unmarshal(b, &many) == nil:
		*l = lines(strings.Join(many, ""))
	}
	return nil
}

// notebookBytesMax is the largest notebook that is read: its pictures are in it.
const notebookBytesMax = 24 << 20

// readNotebook writes what a notebook's cells say and what they printed.
func readNotebook(f extract.File, w *extract.Writer) error {
	if f.Size > notebookBytesMax {
		return extract.ErrPlain
	}
	var n struct {
		Cells      []notebookCell `json:"cells"`
		Worksheets []struct {
			Cells []notebookCell `json:"cells"`
		} `json:"worksheets"`
		Metadata struct {
			Title string `json:"title"`
			Name  string `json:"name"`
		} `json:"metadata"`
	}
	if err := json.NewDecoder(io.NewSectionReader(f, 0, f.Size)).Decode(&n); err != nil {
		return extract.ErrPlain
	}
	w.Title(orElse(n.Metadata.Title, n.Metadata.Name))
	cells := n.Cells
	for _, s := range n.Worksheets {
		cells = append(cells, s.Cells...)
	}
	for i, c := range cells {
		w.Block()
		w.Marked(corpus.Heading(0, fmt.Sprintf("cell %d", i+1)), func() { c.write(w) })
	}
	return nil
}

func (c *notebookCell) write(w *extract.Writer) {
	source := string(c.Source + c.Input)
	switch c.Kind {
	case "code":
		w.String("```")
		w.Break()
		w.Raw(source)
		w.Break()
		w.String("```")
		w.Break()
	case "heading":
		w.String(strings.Repeat("#", min(max(c.Level, 1), 6)) + " ")
		w.Raw(source)
	default:
		w.Raw(source)
	}
	for _, o := range c.Outputs {
		w.Break()
		w.Raw(string(o.Text + o.Plain))
		for _, kind := range sortedKeys(o.Data) {
			if kind == "text/plain" || kind == "text/markdown" {
				w.Break()
				w.Raw(string(o.Data[kind]))
			}
		}
		if o.Error != "" {
			w.Break()
			w.String(o.Error + ": " + o.Value)
		}
	}
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
