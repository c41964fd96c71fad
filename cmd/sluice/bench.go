package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"sluice/eval/lowbits"
	"sluice/eval/roofline"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/serve"
)

func (a *app) benchVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure indexing, aging, answering, the inner loops, and what few bits cost", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.benchIndexVerb(), a.benchLifeVerb(), a.benchLookVerb(), a.benchFixturesVerb(), a.benchServeVerb(), a.benchStepVerb(), a.benchKnownVerb(), a.benchFunctionsVerb(), a.benchChecksVerb(), a.benchKernelsVerb(), a.benchQuantVerb())
	return cmd
}

// measured is what a bench prints in one of several forms.
type measured struct {
	json, text, plot func(io.Writer) error
	page             func(io.Writer) error // nil: there is none
}

// print writes a bench's outcome: JSON or a table on stdout, and where asked for a plot and a page
// into files.
func (a *app) print(m measured, svg, page string) error {
	write := m.text
	if a.json {
		write = m.json
	}
	return errors.Join(write(a.out), a.printTo(svg, m.plot), a.printTo(page, m.page))
}

// printTo writes one form into a file, if one is named.
func (a *app) printTo(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	path := a.absolute(name)
	f, err := vfs.Linked(filepath.Dir(path)).OpenRW(filepath.Base(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(0), write(f), f.Close())
}

// unlimit lets a bench have the memory that it needs, unless it was told otherwise.
func unlimit(cmd *cobra.Command) {
	if !cmd.Flags().Changed("memory") {
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

func (a *app) benchKernelsVerb() *cobra.Command {
	var o roofline.Options
	var svg string
	cmd := &cobra.Command{
		Use: "kernels", Short: "Each inner loop on each path, as a share of the machine's limit", Args: cobra.NoArgs,
		Long: `Kernels measures the inner loops and, in the same run, the limits that bind them: reading memory, multiplying,
adding. A share of a limit holds on other machines; milliseconds do not.`,
		Example: `  sluice bench kernels
  sluice bench kernels --kernel onebit_scan --codes 1000000,10000000 --json`,
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Kernels, "kernel", nil, "only these `NAMES`")
	f.IntSliceVar(&o.Codes, "codes", nil, "how many one-bit codes (default: 10 million)")
	f.IntVar(&o.Records, "records", 0, "how many 4-bit vectors lie around (default: 2 million)")
	f.IntVar(&o.Rounds, "rounds", 0, "measurements of each; the median counts (default: 9)")
	f.StringVar(&svg, "svg", "", "also plot into this `FILE`")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		unlimit(cmd)
		o.Progress = func(what string) { a.progress.Show(term.State{Phase: "measuring " + what}) }
		r, err := roofline.Run(cmd.Context(), o)
		if err != nil {
			return nil, nil, err
		}
		a.progress.Clear()
		return nil, nil, a.print(measured{r.WriteJSON, r.WriteText, r.WriteSVG, nil}, svg, "")
	})
	return cmd
}

// quantFlags are what `bench quant` may be told.
type quantFlags struct {
	vectors, labels, basisFrom string
	svg, page                  string
	codes                      []string
	compare                    int
	opts                       lowbits.Options
}

func (a *app) benchQuantVerb() *cobra.Command {
	var q quantFlags
	cmd := &cobra.Command{
		Use: "quant --vectors FILE", Short: "What each low-bit code costs in recall", Args: cobra.NoArgs,
		Long: `Quant codes real vectors (.npy, float32, rows by dimensions; the first rows are the questions) in every format and
counts how many of each question's true neighbours are still found.`,
		Example: `  sluice bench quant --vectors vectors.npy
  sluice bench quant --vectors vectors.npy --compare 5
  sluice bench quant --vectors vectors.npy --labels labels.json --json`,
	}
	f := cmd.Flags()
	f.StringVar(&q.vectors, "vectors", "", "`FILE` of vectors")
	f.StringSliceVar(&q.codes, "code", nil, "only these `NAMES`, as \"principal 2 rotated\" or \"int 4 /64\"")
	f.IntVar(&q.opts.Questions, "queries", 200, "how many of the first rows are questions")
	f.StringVar(&q.labels, "labels", "", "`FILE` of judgements: measure the ranking of judged documents")
	f.IntVar(&q.compare, "compare", 0, "set our codes against the published ones over this many seeds")
	f.StringVar(&q.basisFrom, "basis-from", "", "fit principal's basis on the vectors of this `FILE` instead")
	f.StringVar(&q.svg, "svg", "", "also plot into this `FILE`")
	f.StringVar(&q.page, "markdown", "", "also write the tables into this `FILE`")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		if q.vectors == "" {
			return nil, nil, serve.Usagef("name the file of vectors with --vectors")
		}
		unlimit(cmd)
		m, err := a.quant(cmd.Context(), &q)
		if err != nil {
			return nil, nil, err
		}
		a.progress.Clear()
		return nil, nil, a.print(m, q.svg, q.page)
	})
	return cmd
}

// quant measures in one of three ways.
func (a *app) quant(ctx context.Context, q *quantFlags) (m measured, err error) {
	if q.codes != nil {
		if q.opts.Candidates, err = lowbits.Named(q.codes); err != nil {
			return m, serve.Usagef("%w", err)
		}
	}
	v, err := a.readVectors(q.vectors)
	if err != nil {
		return m, err
	}
	if q.basisFrom != "" {
		if q.opts.BasisFrom, err = a.readVectors(q.basisFrom); err != nil {
			return m, err
		}
		if other := q.opts.BasisFrom; other.Dim != v.Dim || other.Count() <= q.opts.Questions {
			return m, serve.Usagef("%s has %d vectors of %d values, %s is of %d", q.basisFrom, other.Count(), other.Dim, q.vectors, v.Dim)
		}
	}
	q.opts.Gather, q.opts.Pack = serve.GatherDefault, serve.PackDefault
	q.opts.Progress = func(done, all int, _ lowbits.Row) {
		a.progress.Show(term.State{Phase: "measuring codes", Files: int64(done), FilesTotal: int64(all)})
	}
	switch {
	case q.labels != "" && q.compare > 0:
		return m, serve.Usagef("--labels and --compare measure different things: name one of them")
	case q.labels != "":
		return a.quantLabels(ctx, v, q)
	case q.compare > 0:
		duels, rows, err := lowbits.Compare(ctx, v, q.compare, q.opts)
		m = q.recalls(rows)
		m.text = func(w io.Writer) error { return lowbits.WriteDuels(w, duels) }
		m.page = func(w io.Writer) error { return lowbits.WriteDuelsMarkdown(w, q.title(), q.command(), duels) }
		return m, err
	}
	rows, err := lowbits.Measure(ctx, v, q.opts)
	return q.recalls(rows), err
}

func (q *quantFlags) title() string { return filepath.Base(q.vectors) }

// command is the verb as told, with files by their names only.
func (q *quantFlags) command() string {
	s := "sluice bench quant --vectors " + q.title()
	if q.codes != nil {
		s += fmt.Sprintf(" --code %q", strings.Join(q.codes, ","))
	}
	if q.basisFrom != "" {
		s += " --basis-from " + filepath.Base(q.basisFrom)
	}
	if q.labels != "" {
		s += " --labels " + filepath.Base(q.labels)
	}
	if q.compare > 0 {
		s += fmt.Sprint(" --compare ", q.compare)
	}
	return s
}

// recalls is the forms of a table of recall.
func (q *quantFlags) recalls(rows []lowbits.Row) measured {
	return measured{
		func(w io.Writer) error { return lowbits.WriteJSON(w, rows) },
		func(w io.Writer) error { return lowbits.WriteText(w, rows) },
		func(w io.Writer) error { return lowbits.WriteSVG(w, q.title(), rows) },
		func(w io.Writer) error { return lowbits.WriteMarkdown(w, q.title(), q.command(), rows) },
	}
}

func (a *app) quantLabels(ctx context.Context, v *lowbits.Vectors, q *quantFlags) (measured, error) {
	f, _, err := a.openFile(q.labels)
	if err != nil {
		return measured{}, err
	}
	defer f.Close()
	rows, err := lowbits.Labelled(ctx, v, f, q.opts)
	return measured{
		func(w io.Writer) error { return lowbits.WriteJSON(w, rows) },
		func(w io.Writer) error { return lowbits.WriteLabelText(w, rows) },
		func(io.Writer) error { return serve.Usagef("--svg plots recall, which --labels does not measure") },
		func(w io.Writer) error { return lowbits.WriteLabelMarkdown(w, q.title(), q.command(), rows) },
	}, err
}

func (a *app) readVectors(name string) (*lowbits.Vectors, error) {
	f, size, err := a.openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v, err := lowbits.ReadNPY(f, size)
	if err != nil {
		return nil, serve.Nothingf("%s: %w", name, err)
	}
	return v, nil
}

// openFile opens a file that a flag names.
func (a *app) openFile(name string) (vfs.File, int64, error) {
	path := a.absolute(name)
	f, err := vfs.Linked(filepath.Dir(path)).Open(filepath.Base(path))
	if err != nil {
		return nil, 0, serve.Nothingf("%w", err)
	}
	size, err := f.Size()
	return f, size, err
}
