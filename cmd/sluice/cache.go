package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/serve"
)

// caches are the stores that --in keeps for this user.
func (a *app) caches() *caches {
	return newCaches(filepath.Join(xdg.CacheHome, "sluice", "in"), a.clock)
}

func (a *app) cacheVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "cache", Short: "List the stores that --in keeps, or clear them", Args: cobra.NoArgs,
		Long: `Cache lists the stores that --in keeps, one for each folder that was asked. They hold nothing that the folders do
not: the next --in makes one again. Together they take at most 10 GB; what was not used for longest goes first.`,
		Example: `  sluice cache
  sluice cache clear                      all of them
  sluice cache clear ~/src/project        the one of this folder`,
		RunE: a.verb(func(*cobra.Command, []string) (any, func(), error) {
			kept, err := a.caches().status()
			out := &api.Caches{Caches: kept, Bytes: bytesOf(kept)}
			return out, func() { a.printCaches(kept) }, err
		}),
	}
	cmd.AddCommand(a.cacheClearVerb())
	return cmd
}

func (a *app) cacheClearVerb() *cobra.Command {
	return &cobra.Command{
		Use: "clear [FOLDER...]", Short: "Remove the stores that --in keeps, all or those of the named folders",
		Long: `Clear removes stores that --in keeps. Nothing of the folders themselves is touched. A running ` + "`sluice mcp --in`" + `
whose store goes must be started again.`,
		RunE: a.verb(func(_ *cobra.Command, args []string) (any, func(), error) {
			cleared, err := a.caches().clear(a.roots(args))
			if len(cleared) == 0 && len(args) > 0 && err == nil {
				return nil, nil, serve.Nothingf("no store is kept for %s; `sluice cache` lists them", term.OneLine(args[0]))
			}
			out := &api.Caches{Caches: cleared, Bytes: bytesOf(cleared)}
			return out, func() {
				a.printf("%s cleared, %s\n", several(int64(len(cleared)), "store"), term.Bytes(out.Bytes))
			}, err
		}),
	}
}

// roots are named folders as kept stores know them.
func (a *app) roots(args []string) (all []string) {
	for _, arg := range args {
		all = append(all, filepath.ToSlash(realPath(a.absolute(arg))))
	}
	return all
}

func bytesOf(all []api.Cache) (n int64) {
	for _, c := range all {
		n += c.Bytes
	}
	return n
}

func (a *app) printCaches(all []api.Cache) {
	for _, c := range all {
		a.printf("    %-40s %10s  used %s\n", term.OneLine(c.Path), term.Bytes(c.Bytes), a.when(c.Used))
	}
	if len(all) == 0 {
		a.notef("--in keeps no store")
	}
}

// keptFor tells whether a store is kept for a folder, alone or together with others.
func (e entry) keptFor(root string) bool {
	return e.Path == root || strings.Contains(e.Path, strconv.Quote(root))
}

// clear removes the kept stores of the folders, or all of them, and tells which.
func (c *caches) clear(roots []string) (gone []api.Cache, err error) {
	all, err := c.list()
	for _, e := range all {
		if len(roots) > 0 && !slices.ContainsFunc(roots, e.keptFor) {
			continue
		}
		if rerr := c.remove(e.key); rerr != nil {
			err = errors.Join(err, rerr)
			continue
		}
		gone = append(gone, e.told())
	}
	return gone, err
}
