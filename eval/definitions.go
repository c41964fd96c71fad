package eval

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"

	"sluice/cascade"
	"sluice/cascade/flow"
	"sluice/index"
)

// DefinitionsReport is how identifiers fared that were asked for by themselves.
type DefinitionsReport struct {
	Identifiers int                `json:"identifiers"` // that could be asked for
	Asked       int                `json:"asked"`
	Seed        uint64             `json:"seed"`
	First       float64            `json:"first"` // share whose definition is the first passage
	InTen       float64            `json:"in_ten"`
	Kinds       map[string]float64 `json:"kinds"`  // the same, of functions, structs and macros
	Missed      []string           `json:"missed"` // those whose definition is not first
}

// definitionKinds are the kinds of identifiers, of which equally many are asked for.
var definitionKinds = []string{"function", "struct", "macro"}

// Definitions asks for n identifiers of C documents, drawn with a seed, each by itself: a passage
// that defines it must come first. What is a definition is told by the lines of the whole file (see
// definitions), which no other part of Sluice looks at.
func Definitions(ctx context.Context, sn *index.Snapshot, source string, n int, seed uint64) (*DefinitionsReport, error) {
	found := map[string]map[string][]index.Place{} // by kind and name
	for _, kind := range definitionKinds {
		found[kind] = map[string][]index.Place{}
	}
	c := &collector{sn: sn, source: source}
	c.take = func(doc []span, text []byte) {
		for _, d := range definitions(text) {
			at := slices.IndexFunc(doc, func(s span) bool { return s.start <= d.at && d.at < s.end })
			if at >= 0 {
				found[d.kind][d.name] = append(found[d.kind][d.name], doc[at].place)
			}
		}
	}
	if err := c.walk(ctx); err != nil {
		return nil, err
	}
	rep := &DefinitionsReport{Seed: seed, Kinds: map[string]float64{}, Missed: []string{}}
	asked := cascade.New(cascade.Parts{Index: sn})
	for i, kind := range definitionKinds {
		names := slices.Sorted(maps.Keys(found[kind]))
		rep.Identifiers += len(names)
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		names = names[:min(len(names), (n+i)/len(definitionKinds))]
		first, err := rep.ask(ctx, asked, kind, names, found[kind])
		if err != nil {
			return nil, err
		}
		if len(names) > 0 {
			rep.Kinds[kind] = float64(first) / float64(len(names))
		}
	}
	if rep.Asked == 0 {
		return nil, fmt.Errorf("the store holds no C source with definitions to ask for")
	}
	rep.First, rep.InTen = rep.First/float64(rep.Asked), rep.InTen/float64(rep.Asked)
	return rep, nil
}

// ask asks for each name.
func (rep *DefinitionsReport) ask(ctx context.Context, c *cascade.Cascade, kind string, names []string, places map[string][]index.Place) (first int, err error) {
	for _, name := range names {
		res, err := c.Search(ctx, flow.Query{Raw: name, Text: name}, flow.Options{})
		if err != nil {
			return 0, err
		}
		rank := slices.IndexFunc(res.Judged, func(j flow.Judged) bool { return slices.Contains(places[name], j.Place) })
		rep.Asked++
		if rank == 0 {
			first++
			rep.First++
		} else {
			rep.Missed = append(rep.Missed, fmt.Sprintf("%s %s: %d", kind, name, rank+1))
		}
		if rank >= 0 && rank < topTen {
			rep.InTen++
		}
	}
	return first, nil
}

// definition is where a name is defined.
type definition struct {
	kind, name string
	at         int // byte of the name
}

// What begins at a line's start, in the style that the kernel asks for.
var (
	macroLine  = regexp.MustCompile(`^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w{2,})`)
	structLine = regexp.MustCompile(`^struct[ \t]+([A-Za-z_]\w{2,})[ \t]*\{`)
	headLine   = regexp.MustCompile(`^[A-Za-z_][\w \t*]*?\b([a-z_]\w{2,})\(`)
)

// headLines is how many lines the head of a function has at most.
const headLines = 12

// definitions lists what the lines of a C file define: macros, structs, and functions, whose head
// begins at a line's start and whose brace stands on a line of its own.
func definitions(text []byte) (out []definition) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	at := 0
	for i, line := range lines {
		for _, k := range []struct {
			kind string
			re   *regexp.Regexp
		}{{"macro", macroLine}, {"struct", structLine}, {"function", headLine}} {
			m := k.re.FindSubmatchIndex(line)
			if m != nil && (k.kind != "function" || isHead(lines[i:])) {
				out = append(out, definition{k.kind, string(line[m[2]:m[3]]), at + m[2]})
			}
		}
		at += len(line)
	}
	return out
}

// isHead tells whether lines go on to the brace of a function.
func isHead(lines [][]byte) bool {
	for i, line := range lines[:min(len(lines), headLines)] {
		line = bytes.TrimRight(line, " \t\r\n")
		if string(line) == "{" {
			return i > 0
		}
		if len(line) == 0 || bytes.ContainsAny(line, ";}{#=") {
			return false
		}
	}
	return false
}
