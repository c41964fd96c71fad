package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"sluice/serve"
	"sluice/serve/mcp"
)

func (a *app) mcpVerb() *cobra.Command {
	var in inFlags
	var scrub string
	var structured bool
	cmd := &cobra.Command{
		Use: "mcp", Short: "Serve agents over the Model Context Protocol on stdin and stdout", Args: cobra.NoArgs,
		Long: `Mcp speaks the Model Context Protocol on stdin and stdout, with the tools search, context, read and why. Agents
start it themselves; ` + "`sluice mcp install AGENT`" + ` prints what to tell them.`,
		Example: `  sluice mcp install claude-code
  sluice mcp --in ~/src/project`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			a.agent, a.quiet, a.progress = true, true, nil // the client may show stderr to nobody
			rate, err := parseRate(scrub)
			if err != nil {
				return nil, nil, err
			}
			svc, err := a.agentService(cmd, in)
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			if err := svc.IndexFirst(cmd.Context()); err != nil {
				return nil, nil, err
			}
			a.keep(svc, rate)
			err = mcp.Serve(cmd.Context(), svc, mcp.Options{Version: version(), Structured: structured}, a.stdin, a.stdout)
			if errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
				err = nil
			}
			return nil, nil, err
		}),
	}
	in.add(cmd, "serve this `FOLDER`: it is indexed into a store of its own, and kept up to date")
	cmd.Flags().BoolVar(&structured, "structured", false, "declare output schemas and send each result as structured content too, beside its text")
	cmd.Flags().StringVar(&scrub, "scrub", "8MiB", "how much of the store to read a second, every 7 days, to find damage that no question meets; 0: none")
	cmd.AddCommand(a.mcpInstallVerb())
	return cmd
}

// agentService opens the store for a process that answers many questions. Where there is no store
// yet one is made, so that the agent finds a server that says what to do and not one that will not
// start.
func (a *app) agentService(cmd *cobra.Command, in inFlags) (*serve.Service, error) {
	if in.any() {
		if cmd.Flags().Changed("store") {
			return nil, serve.Usagef("--in keeps a store of its own: name either --in or --store")
		}
		return a.kept(cmd.Context(), in)
	}
	return a.create(cmd.Context())
}

// parseRate reads how many bytes a second are read; 0 is none.
func parseRate(text string) (int64, error) {
	if text == "0" {
		return 0, nil
	}
	rate, err := parseBytes(text)
	if err != nil {
		return 0, serve.Usagef("--scrub: %w, or 0 for none", err)
	}
	return rate, nil
}
