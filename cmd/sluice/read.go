package main

import (
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/serve"
)

func (a *app) readVerb() *cobra.Command {
	var r api.ReadRequest
	var in inFlags
	cmd := &cobra.Command{
		Use: "read ID | PATH[:LINES]", Short: "Print a passage, or lines of a document", Args: cobra.ExactArgs(1),
		Long: `Read prints a passage by its id, or lines of a document as the store holds them. Where a passage has changed it
says so and prints what stands in its place.`,
		Example: `  sluice read bdfe3kq2mwz7a5ty
  sluice read src/main.go:10-42`,
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
			return out, func() { a.printRead(out) }, err
		}),
	}
	cmd.Flags().StringVar(&r.Source, "source", "", "the source's `LABEL`, where several hold the path")
	in.add(cmd, "read from the store kept for this `FOLDER`")
	return cmd
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
	a.printf("%s\n", a.clean(r.Text))
}
