package answer

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"sluice/cascade/flow"
	"sluice/index"
)

// Evidence is one passage of the window. Neighbours that pack merged are apart again, so that a
// sentence cites the few lines around it.
type Evidence struct {
	flow.Member
	N int // its rank among what stands in the window, from 1
}

// evidenceOf collects the window's passages, best first.
func evidenceOf(w *flow.Window) (all []Evidence) {
	for _, k := range w.Passages {
		for _, m := range k.Members {
			all = append(all, Evidence{Member: m})
		}
	}
	slices.SortFunc(all, func(a, b Evidence) int { return cmp.Compare(a.Rank, b.Rank) })
	for i := range all {
		all[i].N = i + 1
	}
	return all
}

// proseTypes are the document types whose lines are sentences and not statements.
var proseTypes = map[string]bool{
	"": true, "text": true, "markdown": true, "rst": true, "html": true, "org": true, "asciidoc": true, "tex": true, "mail": true,
	"pdf": true, "docx": true, "odt": true, "rtf": true, "epub": true, "pptx": true, "odp": true,
}

// around is what names a passage from outside: its title, the headings above it, its file.
func (e *Evidence) around() string {
	p := &e.Passage
	name := strings.TrimSuffix(path.Base(p.Path), path.Ext(p.Path))
	return strings.Join([]string{name, p.Title, p.Context, p.Symbol}, " \n ")
}

// led tells whether what precedes a passage in its document says how to show it: the header of a
// table, the keys around a value, the encoding of a mail.
func (e *Evidence) led() bool {
	switch e.Passage.Type {
	case "csv", "json", "jsonc", "yaml", "toml", "ini", "html":
		return true
	}
	return path.Ext(e.Passage.Path) == ".eml" || isRow(strings.TrimSpace(e.Text))
}

// analyze returns the terms of texts, as they would be looked up, each text's own. All are of one
// language.
type analyze func(texts []string) [][]string

// newAnalyze returns an analyser: stems, and whole identifiers.
func newAnalyze() analyze {
	a := index.NewAnalyzer()
	var tokens []index.Token
	return func(texts []string) [][]string {
		out := make([][]string, len(texts))
		tokens = a.Tokens(tokens[:0], []byte(strings.Join(texts, "\n")))
		i, end := 0, 0
		if len(texts) > 0 {
			end = len(texts[0])
		}
		for _, t := range tokens {
			for t.Start > end {
				i++
				end += 1 + len(texts[i])
			}
			if !t.Stop {
				out[i] = append(out[i], string(t.Stem))
			}
		}
		return out
	}
}
