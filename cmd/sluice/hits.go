package main

import (
	"context"
	"fmt"
	"strings"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

const (
	// snippetLines is how many lines of a passage are shown to people.
	snippetLines = 3
	// lineBytesMax is how much of a line is shown: the rest of a line of minified code helps
	// nobody.
	lineBytesMax = 240
)

func (a *app) printSearch(ctx context.Context, svc *serve.Service, s *api.Search, f *searchFlags) {
	if len(s.Results) == 0 {
		a.noHit(s.Query, s.Nothing)
	}
	p := printer{app: a, h: serve.HighlighterOf(s.Query, s.Funnel), null: f.null, around: f.around, read: svc}
	switch {
	case f.pathsOnly:
		p.paths(s.Results)
	case a.piped:
		p.lines(ctx, s.Results)
		a.noteTrust(s.Results)
	default:
		p.people(ctx, s.Results)
	}
	a.printFunnel(s.Funnel)
}

// reader reads lines of a document.
type reader interface {
	Read(ctx context.Context, r api.ReadRequest) (*api.Read, error)
}

// printer prints results.
type printer struct {
	*app
	h      *serve.Highlighter
	null   bool
	around int // lines around the best one; -1: as many as the form has
	read   reader
}

// paths prints each document once.
func (p printer) paths(all []api.Result) {
	seen := map[string]bool{}
	for _, r := range all {
		if !seen[r.URI] {
			p.printf("%s%s", p.name(r), p.end())
		}
		seen[r.URI] = true
	}
}

// name is a document's path: on one line, or as it is with a NUL behind it.
func (p printer) name(r api.Result) string {
	if p.null {
		return p.relative(r.URI) + "\x00"
	}
	return p.style.Place(p.shown(r.URI))
}

// end stands behind a path in a list of paths.
func (p printer) end() string {
	if p.null {
		return ""
	}
	return "\n"
}

// lines prints hits for programs: path:line: text. With lines around, those stand in the form
// path-line- text, and groups are apart, as in grep.
func (p printer) lines(ctx context.Context, all []api.Result) {
	for i, r := range all {
		lines, first, hit := p.excerpt(ctx, r, 1)
		if p.around > 0 && i > 0 {
			p.printf("--\n")
		}
		for k, l := range lines {
			mark := "-"
			if first+k == hit {
				mark = ":"
			}
			sep := mark
			if p.null {
				sep = ""
			}
			if l = strings.TrimRight(l, "\r"); p.around <= 0 {
				l = strings.TrimSpace(l)
			}
			p.printf("%s%s%d%s %s\n", p.name(r), sep, first+k, mark, p.paint(p.h, p.h.Crop(l, lineBytesMax)))
		}
	}
}

// people prints hits for people: where it is, what is known of it, and the lines that matter.
func (p printer) people(ctx context.Context, all []api.Result) {
	for i, r := range all {
		if i > 0 {
			p.printf("\n")
		}
		n := snippetLines
		if p.around >= 0 {
			n = 1
		}
		lines, _, hit := p.excerpt(ctx, r, n)
		p.printf("%s", p.style.Place(fmt.Sprintf("%s:%d", p.shown(r.URI), hit)))
		facts := append([]string{fmt.Sprintf("%.2f", r.Score)}, facts(r)...)
		if r.Context != "" {
			facts = append(facts, r.Context)
		}
		p.printf("  %s\n", p.style.Faint(term.OneLine(strings.Join(facts, "  "))))
		for _, l := range lines {
			p.printf("    %s\n", p.paint(p.h, p.h.Crop(strings.TrimRight(l, "\r"), lineBytesMax)))
		}
	}
}

// excerpt is the n lines of a result that matter most, or the best one with lines around: the
// number of the first, and that of the hit.
func (p printer) excerpt(ctx context.Context, r api.Result, n int) (lines []string, first, hit int) {
	lines, at := p.h.Excerpt(r.Text, n)
	hit = r.Lines[0] + at
	if p.around <= 0 {
		return lines, hit, hit
	}
	target := fmt.Sprintf("%s:%d-%d", r.Path, max(1, hit-p.around), hit+p.around)
	more, err := p.read.Read(ctx, api.ReadRequest{Target: target, Source: r.Source})
	if more == nil || err != nil && len(more.Text) == 0 {
		return lines, hit, hit
	}
	around := strings.Split(more.Text, "\n")
	if k := hit - more.Lines[0]; k >= 0 && k < len(around) && len(around[k]) > lineBytesMax {
		around[k] = lines[0] // of a long line, the part that was found
	}
	return around, more.Lines[0], hit
}

// noteTrust tells, beside lines that have no room for it, what a reader must know of results.
func (a *app) noteTrust(all []api.Result) {
	count := map[string]int64{}
	for _, r := range all {
		count[r.Fresh]++
		for _, f := range r.Flags {
			count[f]++
		}
	}
	if n := count["changed"]; n > 0 {
		a.notef("%s changed since the last sync; `sluice sync` reads what has", plural(n, "result", "has", "have"))
	}
	if n := count["secret_cut"]; n > 0 {
		a.notef("from %s what looks like a secret was cut out (secret_cut)", several(n, "result"))
	}
}
