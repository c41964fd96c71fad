package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/limits"
	"sluice/internal/term"
	"sluice/serve"
)

// questionFlags are what every question may be told.
type questionFlags struct {
	in       inFlags
	effort   string
	deadline time.Duration
	filters  api.Filters

	operators string // on, off or auto; empty: auto, and off for what is read from stdin
}

// add registers the flags.
func (q *questionFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	q.in.add(cmd, "ask this `FOLDER`: it is indexed into a store of its own first, and kept up to date")
	f.StringVar(&q.effort, "effort", "", "fast, balanced or deep (default: "+standardEffort(cmd)+")")
	f.DurationVar(&q.deadline, "deadline", 0, "how long the answer may take, as 500ms or 5s; the best so far is given then (default: as the effort has it)")
	f.StringVar(&q.operators, "operators", "", "whether \"a phrase\", -word, path: and lang: are read: on, off or auto (default: auto; off for stdin)")
	f.Lookup("operators").NoOptDefVal = "on"
	f.StringArrayVar(&q.filters.Source, "source", nil, "only in the source with this `LABEL` (repeatable)")
	f.StringArrayVar(&q.filters.Path, "path", nil, "only in documents whose path matches this `GLOB` (repeatable)")
	f.StringArrayVar(&q.filters.Type, "type", nil, "only in documents of this `TYPE`: go, markdown, python ... (repeatable)")
	f.StringVar(&q.filters.After, "after", "", "only documents of this `TIME` or later: 2026-03-01, RFC 3339, or 30d")
	f.StringVar(&q.filters.Before, "before", "", "only documents before this `TIME`")
}

func standardEffort(cmd *cobra.Command) string {
	if cmd.Name() == "search" {
		return "fast"
	}
	return "balanced"
}

// deadlineMS is the deadline as requests have it.
func (q *questionFlags) deadlineMS() float64 { return float64(q.deadline) / float64(time.Millisecond) }

// ask runs a verb that asks one question: do asks it of the service, and print words the answer
// while the service is still open.
func ask[R any](a *app, cmd *cobra.Command, f *questionFlags, words []string, do func(ctx context.Context, svc *serve.Service, query string) (*R, error), print func(svc *serve.Service, answer *R)) (any, func(), error) {
	query, err := a.question(words)
	if err != nil {
		return nil, nil, err
	}
	if f.operators == "" && fromStdin(words) { // it is piped, and nobody typed it
		f.operators = "off"
	}
	svc, err := a.service(cmd, f.in)
	if err != nil {
		return nil, nil, err
	}
	answer, err := do(cmd.Context(), svc, query)
	if answer == nil {
		svc.Close()
		return nil, nil, err
	}
	if a.json {
		svc.Close()
		return answer, nil, err
	}
	return answer, func() {
		defer svc.Close()
		print(svc, answer)
	}, err
}

const questionHelp = `
The question is plain words. "a phrase" must occur as written, -word before or behind the others must not occur,
path:GLOB and lang:TYPE filter. Anything else is text: foo->bar, C++, and what is pasted, as tar -xzf, an error
message or a diff. -v tells what was read, and --operators=on or off decides. A question that starts with a dash
goes after --, and - reads it from stdin, where nothing is an operator.`

// fromStdin tells whether the question is read from stdin.
func fromStdin(args []string) bool { return len(args) == 1 && args[0] == "-" }

// question puts the arguments together, or reads stdin for "-".
func (a *app) question(args []string) (string, error) {
	if fromStdin(args) {
		b, err := io.ReadAll(io.LimitReader(a.stdin, limits.QueryBytesMax+1))
		if err != nil {
			return "", serve.Nothingf("read the question from stdin: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return strings.Join(args, " "), nil
}

// shown is how a document is written for people and editors: relative to where the command runs
// when it lies below, else absolute.
func (a *app) shown(uri string) string { return term.OneLine(a.relative(uri)) }

// relative is the same, as the file system has it.
func (a *app) relative(uri string) string {
	path := filepath.FromSlash(uri)
	if a.dir != "" {
		for _, dir := range []string{a.dir, a.realDir()} {
			if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
				return rel
			}
		}
	}
	return path
}

// realDir is where the command runs without symbolic links: roots are stored so.
func (a *app) realDir() string {
	if dir, err := filepath.EvalSymlinks(a.dir); err == nil {
		return dir
	}
	return a.dir
}

// clipped is a question as messages show it.
func clipped(query string) string {
	const most = 100
	if r := []rune(query); len(r) > most {
		return string(r[:most]) + "…"
	}
	return query
}

// noHit says what was searched, why nothing was found, and what to do.
func (a *app) noHit(query string, n *api.Nothing) {
	if n == nil {
		n = &api.Nothing{}
	}
	a.notef("no passage matches %q; %s searched", clipped(query), plural(n.Searched, "passage", "was", "were"))
	for _, why := range n.Why {
		a.notef("%s", term.Clean(why.Text))
	}
}

func plural(n int64, one, is, are string) string {
	if n == 1 {
		are = is
	}
	return several(n, one) + " " + are
}

// several words a count: 1 file, 3,204 files.
func several(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return term.Number(n) + " " + one + "s"
}

// printFunnel tells what the stages noted: that time or the question was cut. With --verbose it
// tells how the answer came about.
func (a *app) printFunnel(stages []api.Stage) {
	if a.verbose && len(stages) > 0 {
		a.notef("the funnel, passages in -> on and why others went no further: gather takes those that hold words of the\n" +
			"question, judge orders them, pack fills the window, which is what a model is shown or an answer picked from")
	}
	for _, s := range stages {
		indent := ""
		if a.verbose {
			indent = "        "
			a.printStage(s)
			for _, o := range s.Operators {
				a.notef("%sread: %s", indent, o)
			}
			for _, o := range s.AsText {
				a.notef("%sread as text: %s", indent, o)
			}
			if len(s.Also) > 0 {
				a.notef("%slooked for too: %s", indent, strings.Join(s.Also, " "))
			}
		}
		for _, n := range s.Notes {
			a.notef("%s%s", indent, n)
		}
	}
}

// printStage prints one stage's account.
func (a *app) printStage(s api.Stage) {
	var dropped []string
	for _, why := range slices.Sorted(maps.Keys(s.Dropped)) {
		dropped = append(dropped, term.Number(s.Dropped[why])+" "+why)
	}
	a.notef("%-7s %12s -> %-9s %8.1f ms  %s", s.Stage, term.Number(s.In), term.Number(s.Out), s.MS, strings.Join(dropped, ", "))
}

// facts tells where in its original a result stands, if that has more than lines, and what a reader
// must know of it before trusting it.
func facts(r api.Result) (all []string) {
	if r.Where != "" {
		all = append(all, r.Where)
	}
	if r.Fresh != "fresh" {
		all = append(all, r.Fresh)
	}
	if r.Duplicates > 0 {
		all = append(all, fmt.Sprintf("+%d like it", r.Duplicates))
	}
	return append(all, r.Flags...)
}

// paint highlights the question's terms in a text, where that is wanted.
func (a *app) paint(h *serve.Highlighter, text string) string {
	if !a.style.On {
		return term.Clean(text)
	}
	var b strings.Builder
	end := 0
	for _, span := range h.Spans(text) {
		b.WriteString(term.Clean(text[end:span[0]]))
		b.WriteString(a.style.Hit(term.Clean(text[span[0]:span[1]])))
		end = span[1]
	}
	b.WriteString(term.Clean(text[end:]))
	return b.String()
}
