package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sluice/corpus/extract/sandbox"
	found "sluice/eval/facts"
	"sluice/serve"
)

// fixtureRow is what came of one kind of documents, and what reading them cost.
type fixtureRow struct {
	found.Row
	CPUMs     int64 `json:"cpu_ms"`     // of the processes that read
	PeakBytes int64 `json:"peak_bytes"` // that one document cost at most
}

func (a *app) benchFixturesVerb() *cobra.Command {
	var dir string
	var kinds []string
	cmd := &cobra.Command{
		Use: "fixtures", Short: "How many facts of documents of other programs are found, by kind", Args: cobra.NoArgs,
		Long: `Fixtures reads the files of a folder that facts.json describes: a list of {"file", "kind", "facts"}, where the facts
are what other programs found in the file. Each file is read in a process with limits, as add does it. Letters
and digits are compared, in lower case: blanks, quotes and hyphens differ from program to program.`,
		Example: `  sluice bench fixtures --data fixtures
  sluice bench fixtures --data fixtures --kind pdf --kind docx -v`,
	}
	cmd.Flags().StringVar(&dir, "data", "", "the `DIR` that holds facts.json and the files")
	cmd.Flags().StringSliceVar(&kinds, "kind", nil, "only this `KIND`; may be repeated")
	cmd.RunE = a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
		if dir == "" {
			return nil, nil, serve.Usagef("--data DIR names the folder that holds facts.json and the files")
		}
		for _, k := range kinds {
			if found.Kinds[k] == nil {
				return nil, nil, serve.Usagef("--kind %s: the kinds that are measured are %s", k, strings.Join(found.Names(), ", "))
			}
		}
		rows, err := a.benchFixtures(cmd.Context(), a.absolute(dir), kinds)
		if err != nil {
			return nil, nil, err
		}
		return rows, func() { a.printFixtures(rows) }, nil
	})
	return cmd
}

func (a *app) benchFixtures(ctx context.Context, dir string, kinds []string) ([]fixtureRow, error) {
	rows := []fixtureRow{}
	for _, kind := range found.Names() {
		if len(kinds) > 0 && !slices.Contains(kinds, kind) {
			continue
		}
		by := sandbox.New(os.Executable)
		some, err := found.Measure(ctx, by, dir, []string{kind})
		_ = by.Close()
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			rows = append(rows, fixtureRow{Row: r, CPUMs: by.Used().CPU.Milliseconds(), PeakBytes: by.Used().PeakBytes})
		}
	}
	return rows, nil
}

func (a *app) printFixtures(rows []fixtureRow) {
	a.printf("kind      files   facts found  not read     ms   cpu ms   peak MB   MB in   MB text\n")
	for _, r := range rows {
		a.printf("%-9s %5d  %5d of %5d %9d %6.0f %8d %9.0f %7.2f %9.3f\n", r.Kind, r.Files, r.Found, r.There, r.Refused, r.Ms, r.CPUMs,
			float64(r.PeakBytes)/1e6, float64(r.Bytes)/1e6, float64(r.Text)/1e6)
		for _, m := range r.Missed {
			if a.verbose {
				a.printf("    %s\n", m)
			}
		}
	}
}
