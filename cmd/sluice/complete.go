package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"sluice/serve"
)

// completion is what the shell asks for when somebody presses tab.
type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// completeWait is how long a store may take to say what it holds while somebody waits for a word.
const completeWait = time.Second

// fixed completes from a list.
func fixed(all ...string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// stored completes from what the store holds. What cannot be read completes nothing.
func (a *app) stored(pick func(*serve.Overview) []string) completion {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		a.quiet = true
		if a.settings(cmd) != nil || cmd.Flags().Changed("in") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), completeWait)
		defer cancel()
		svc, err := a.open(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer svc.Close()
		o, err := svc.Overview(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return pick(o), cobra.ShellCompDirectiveNoFileComp
	}
}

// labelsOf are the labels of sources.
func labelsOf(o *serve.Overview) (all []string) {
	for _, s := range o.Sources {
		all = append(all, s.Label)
	}
	return all
}

func typesOf(o *serve.Overview) []string { return o.Types }

// completions registers what completes the values of flags that several verbs have, and the names
// of sources where verbs take those.
func (a *app) completions(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		for name, with := range map[string]completion{
			"source": a.stored(labelsOf), "type": a.stored(typesOf),
			"effort": fixed(serve.Efforts()...), "vocab": fixed(serve.Vocabularies()...), "operators": fixed("on", "off", "auto"),
		} {
			if cmd.Flags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, with) // it fails where there is no such flag
			}
		}
		switch cmd.Name() {
		case "sync":
			cmd.ValidArgsFunction = a.stored(labelsOf)
		case "forget": // or a path
			labels := a.stored(labelsOf)
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, to string) ([]string, cobra.ShellCompDirective) {
				all, _ := labels(cmd, args, to)
				return all, cobra.ShellCompDirectiveDefault
			}
		case "search", "ask", "context", "status", "sources":
			cmd.ValidArgsFunction = fixed()
		}
	}
}
