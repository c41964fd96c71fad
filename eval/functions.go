package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"

	"sluice/cascade/flow"
)

// FunctionQuestion asks for functions in words that their code does not use.
type FunctionQuestion struct {
	Question  string   `json:"question"`
	Files     []string `json:"files"`     // that answer it, relative to their source
	Functions []string `json:"functions"` // of those files; any of them answers
}

// ReadFunctionQuestions reads questions, one JSON object a line.
func ReadFunctionQuestions(r io.Reader) (all []FunctionQuestion, err error) {
	for d := json.NewDecoder(r); ; {
		var q FunctionQuestion
		switch err := d.Decode(&q); {
		case err == io.EOF && len(all) == 0:
			return nil, fmt.Errorf("there is no question in it")
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("question %d: %w", len(all)+1, err)
		case q.Question == "" || len(q.Files) == 0 || len(q.Functions) == 0:
			return nil, fmt.Errorf("question %d needs question, files and functions", len(all)+1)
		}
		all = append(all, q)
	}
}

// A FunctionHit is a passage that was found: its file and its span there.
type FunctionHit struct {
	Path       string
	Start, End int
}

// FunctionAsker is what the questions are put to.
type FunctionAsker struct {
	Window int // how many passages are asked for; 0: as many as a window has
	Ask    func(ctx context.Context, question string, n int) ([]FunctionHit, error)
	Read   func(path string) ([]byte, error) // the text of a file
}

// FunctionsReport is how many questions found what they ask for, as shares.
type FunctionsReport struct {
	Questions  int               `json:"questions"`
	InTen      float64           `json:"in_ten"` // a passage of the function
	InWindow   float64           `json:"in_window"`
	FileInTen  float64           `json:"file_in_ten"` // any passage of its file
	FileWindow float64           `json:"file_in_window"`
	Window     int               `json:"window"`
	Each       []FunctionOutcome `json:"each"`
}

// FunctionOutcome is the best rank, from 1, of the functions and of their files; 0: not there.
type FunctionOutcome struct {
	Question string `json:"question"`
	Rank     int    `json:"rank"`
	File     int    `json:"file"`
}

// Functions asks the questions.
func Functions(ctx context.Context, questions []FunctionQuestion, a FunctionAsker) (*FunctionsReport, error) {
	if a.Window == 0 {
		a.Window = flow.PackDefault
	}
	rep := &FunctionsReport{Questions: len(questions), Window: a.Window}
	for _, q := range questions {
		spans, err := a.spans(q)
		if err != nil {
			return nil, err
		}
		hits, err := a.Ask(ctx, q.Question, a.Window)
		if err != nil {
			return nil, err
		}
		hits = hits[:min(len(hits), a.Window)]
		o := FunctionOutcome{
			Question: q.Question,
			Rank: 1 + slices.IndexFunc(hits, func(h FunctionHit) bool {
				return slices.ContainsFunc(spans[h.Path], func(s [2]int) bool { return h.Start < s[1] && s[0] < h.End })
			}),
			File: 1 + slices.IndexFunc(hits, func(h FunctionHit) bool { return slices.Contains(q.Files, h.Path) }),
		}
		rep.Each = append(rep.Each, o)
		for _, c := range []struct {
			rank, within int
			share        *float64
		}{{o.Rank, topTen, &rep.InTen}, {o.Rank, a.Window, &rep.InWindow}, {o.File, topTen, &rep.FileInTen}, {o.File, a.Window, &rep.FileWindow}} {
			if c.rank > 0 && c.rank <= c.within {
				*c.share += 1 / float64(len(questions))
			}
		}
	}
	return rep, nil
}

// spans is where the functions of a question stand, by file. All of them must be somewhere.
func (a FunctionAsker) spans(q FunctionQuestion) (map[string][][2]int, error) {
	found, spans := map[string]bool{}, map[string][][2]int{}
	for _, path := range q.Files {
		text, err := a.Read(path)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", q.Question, err)
		}
		for _, name := range q.Functions {
			if at, ok := functionSpan(text, name); ok {
				found[name], spans[path] = true, append(spans[path], at)
			}
		}
	}
	for _, name := range q.Functions {
		if !found[name] {
			return nil, fmt.Errorf("%q: none of its files defines %s: is this the source that the questions were written for?", q.Question, name)
		}
	}
	return spans, nil
}

// functionSpan is where a function of C stands, with the comment right before it: from there to the
// brace at a line's start that ends it.
func functionSpan(text []byte, name string) (span [2]int, ok bool) {
	head := regexp.MustCompile(`(?m)^(?:[A-Za-z_][\w \t*]*\n)?(?:[A-Za-z_][\w \t*]*?[ \t*])?` + regexp.QuoteMeta(name) + `\(`)
	for _, m := range head.FindAllIndex(text, -1) {
		if !isHead(bytes.SplitAfterN(text[m[0]:], []byte("\n"), headLines+1)) {
			continue
		}
		end := bytes.Index(text[m[0]:], []byte("\n}"))
		if end < 0 {
			continue
		}
		return [2]int{commentBefore(text, m[0]), m[0] + end + len("\n}")}, true
	}
	return span, false
}

// commentBefore is where the comment begins that ends right before at; at where there is none.
func commentBefore(text []byte, at int) int {
	before := bytes.TrimRight(text[:at], " \t\n")
	if bytes.Count(text[len(before):at], []byte("\n")) > 1 || !bytes.HasSuffix(before, []byte("*/")) {
		return at
	}
	if start := bytes.LastIndex(before, []byte("/*")); start >= 0 {
		return start
	}
	return at
}
