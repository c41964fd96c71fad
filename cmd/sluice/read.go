package main

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/corpus/source/git"
	"sluice/internal/term"
	"sluice/serve"
)

func (a *app) readVerb() *cobra.Command {
	var r api.ReadRequest
	var in inFlags
	blame := false
	cmd := &cobra.Command{
		Use: "read ID | PATH[:LINES]", Short: "Print a passage, or lines of a document", Args: cobra.ExactArgs(1),
		Long: `Read prints a passage by its id, or lines of a document as the store holds them. Where a passage has changed it
says so and prints what stands in its place. With --blame it says of a file in a git repository which commit each
line comes from, as of the last commit.`,
		Example: `  sluice read bdfe3kq2mwz7a5ty
  sluice read src/main.go:10-42
  sluice read src/main.go:10-42 --blame   who wrote these lines, and why`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			svc, err := a.service(cmd, in)
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			r.Target = args[0]
			out, err := svc.Read(cmd.Context(), r)
			if out == nil {
				return nil, nil, err
			}
			if blame {
				if out.Blame, err = blamed(cmd.Context(), out); err != nil {
					return nil, nil, err
				}
			}
			return out, func() { a.printRead(out) }, err
		}),
	}
	cmd.Flags().StringVar(&r.Source, "source", "", "the source's `LABEL`, where several hold the path")
	cmd.Flags().BoolVar(&blame, "blame", false, "say which commit each line comes from")
	in.add(cmd, "read from the store kept for this `FOLDER`")
	return cmd
}

// blamed asks git which commits the lines come from.
func blamed(ctx context.Context, r *api.Read) (all []api.Blamed, err error) {
	lines, err := git.Blame(ctx, filepath.FromSlash(r.URI), "", r.Lines[0], r.Lines[1])
	if err != nil {
		return nil, serve.Nothingf("%s: nobody can say which commits these lines come from: %w", r.Path, err)
	}
	for _, l := range lines {
		all = append(all, api.Blamed{Line: l.Number, Commit: l.Commit, Author: l.Author, Time: l.Time.Format(time.RFC3339), Subject: l.Subject})
	}
	return all, nil
}

// printBlamed prints each line behind the commit that it comes from, and then what the commits say.
func (a *app) printBlamed(r *api.Read) {
	lines := strings.Split(strings.TrimSuffix(r.Text, "\n"), "\n")
	said := map[string]bool{}
	for i, b := range r.Blame {
		text := ""
		if i < len(lines) {
			text = lines[i]
		}
		a.printf("%.12s %.10s %-20.20s %5d  %s\n", b.Commit, b.Time, term.OneLine(b.Author), b.Line, a.clean(text))
	}
	for _, b := range r.Blame {
		if !said[b.Commit] {
			a.printf("\n%.12s %s", b.Commit, term.OneLine(b.Subject))
		}
		said[b.Commit] = true
	}
	a.printf("\n")
}

func (a *app) printRead(r *api.Read) {
	where := fmt.Sprintf("%s:%d-%d", r.Path, r.Lines[0], r.Lines[1])
	if r.Status == "changed" {
		a.notef("the passage %s has changed; this is what stands in its place: %s (%s)", r.Target, where, r.ID)
	} else if r.Fresh == "gone" {
		a.notef("%s is gone from its source; this is what the store still holds", r.Path)
	} else if r.Fresh == "changed" {
		a.notef("%s has changed since it was indexed; this is what the store holds (`sluice sync` reads it again)", r.Path)
	}
	if name, _, _ := serve.SplitLines(r.Target); path.Base(r.Path) == name && r.Path != name {
		a.notef("%s is %s", name, r.Path)
	}
	if len(r.Blame) > 0 {
		a.printBlamed(r)
		return
	}
	a.printf("%s\n", a.clean(r.Text))
}
