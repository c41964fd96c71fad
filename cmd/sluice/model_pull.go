package main

import (
	"cmp"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"sluice/internal/netx"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/model/hub"
	"sluice/model/shelf"
	"sluice/serve"
)

// pullingFolder is where files lie while a model is fetched, in the folder of models.
const pullingFolder = "pulling"

func (a *app) modelPullVerb() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "pull ORG/NAME", Short: "Fetch a model from the Hugging Face hub", Args: cobra.ExactArgs(1),
		Long: `Pull fetches the files of a model that are read here, and no others, compares its weights with the hash that the hub
tells, and keeps it as ` + "`sluice model add`" + ` does. What was cut off goes on at the next pull. This is the only command that
fetches something. HF_ENDPOINT names a mirror, HF_TOKEN a token for models whose terms were accepted; proxies are
those of the environment. ORG/NAME@REVISION is a branch, a tag or a commit.`,
		Example: `  sluice model pull BAAI/bge-small-en-v1.5
  HF_ENDPOINT=https://mirror.example sluice model pull intfloat/e5-small-v2`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			h, err := hub.New(hub.Options{Endpoint: cmp.Or(a.getenv("HF_ENDPOINT"), hub.Default), Token: a.getenv("HF_TOKEN"), Clock: a.clock,
				Progress: func(file string, done, total int64) {
					a.progress.Show(term.State{Phase: "fetching " + term.OneLine(file), Done: done, Total: total})
				}})
			if err != nil {
				return nil, nil, serve.Usagef("HF_ENDPOINT: %w", err)
			}
			defer h.Close()
			dir := filepath.Join(a.modelsFolder(), pullingFolder)
			files := vfs.OS(dir)
			if err := files.MkdirAll(""); err != nil {
				return nil, nil, err
			}
			p, err := h.Pull(cmd.Context(), files, args[0])
			if err != nil {
				return nil, nil, pullError(err)
			}
			org, _, _ := strings.Cut(args[0], "@")
			_, short, _ := strings.Cut(org, "/")
			e, err := a.addWeights(cmd.Context(), cmp.Or(name, short), filepath.Join(dir, p.Folder), p.Origin, shelf.Rounded)
			if err != nil {
				return nil, nil, modelError(err)
			}
			out := describeModel(e, a.shelfInUse())
			return &out, func() { a.printAdded(out) }, hub.Discard(files, p.Folder)
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "what to call it (default: NAME)")
	return cmd
}

// pullError says what to do about what kept a model from coming.
func pullError(err error) error {
	switch {
	case errors.Is(err, hub.ErrName):
		return serve.Usagef("%w", err)
	case errors.Is(err, netx.ErrOffline), errors.Is(err, netx.ErrBroken):
		return serve.Nothingf("%w. A model that is here already: `sluice model add FOLDER`. A mirror: HF_ENDPOINT", err)
	case errors.Is(err, hub.ErrDamaged):
		return &serve.Error{Class: serve.Corrupt, Err: err}
	}
	return serve.Nothingf("%w", err)
}
