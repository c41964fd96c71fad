package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sluice/corpus/source/folder"
)

// inFlags name the folders that a verb is asked of.
type inFlags struct {
	folders []string
	yes     bool // they are meant, however much they hold
}

// add registers the flags.
func (f *inFlags) add(cmd *cobra.Command, usage string) {
	cmd.Flags().StringArrayVar(&f.folders, "in", nil, usage+" (repeatable)")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask where --in names a root or a home folder")
}

// any tells whether a folder is named.
func (f *inFlags) any() bool { return len(f.folders) > 0 }

// foldersOf opens the folders that --in names: each once, none that lies in another one of them, in
// the order of their paths, and each under a label of its own. caches is what none of them reads.
func (a *app) foldersOf(given inFlags, caches string) (all []*folder.Folder, err error) {
	defer func() {
		if err != nil {
			closeAll(all)
		}
	}()
	for _, name := range given.folders {
		f, err := a.folderAsKnown(a.absolute(name), caches)
		if err != nil {
			return all, folderError(name, err)
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(x, y *folder.Folder) int { return cmp.Compare(x.Info().Root, y.Info().Root) })
	kept, labels := all[:0:0], map[string]bool{}
	for _, f := range all {
		root := f.Info().Root
		if i := slices.IndexFunc(kept, func(k *folder.Folder) bool { return holds(k.Info().Root, root) || sameFile(k.Info().Root, root) }); i >= 0 {
			if root != kept[i].Info().Root {
				a.notef("%s is read with %s, which it lies in", root, kept[i].Info().Root)
			}
			_ = f.Close()
			continue
		}
		if label := f.Info().Label; labels[label] {
			_ = f.Close()
			if f, _, err = openOutside(filepath.FromSlash(root), caches, folder.Options{Label: free(label, labels)}, false); err != nil {
				return kept, err
			}
		}
		labels[f.Info().Label] = true
		kept = append(kept, f)
	}
	return kept, nil
}

// folderAsKnown opens a folder by the name under which a store is kept for it, if it has several.
func (a *app) folderAsKnown(path, caches string) (*folder.Folder, error) {
	f, _, err := openOutside(path, caches, folder.Options{}, false)
	if err != nil {
		return nil, err
	}
	known := newCaches(caches, a.clock).known(f.Info().Root)
	if known == f.Info().Root {
		return f, nil
	}
	_ = f.Close()
	f, _, err = openOutside(filepath.FromSlash(known), caches, folder.Options{}, false)
	return f, err
}

// holds tells whether a folder is another one or lies around it.
func holds(around, root string) bool {
	_, ok := below(filepath.FromSlash(around), filepath.FromSlash(root))
	return ok
}

// free is a label that is not taken.
func free(label string, taken map[string]bool) string {
	for n := 2; ; n++ {
		if other := fmt.Sprintf("%s-%d", label, n); !taken[other] {
			return other
		}
	}
}

// together names folders as one: a store is kept for them together. No other folders are named so.
func together(all []*folder.Folder) string {
	if len(all) == 1 {
		return all[0].Info().Root
	}
	var roots []string
	for _, f := range all {
		roots = append(roots, strconv.Quote(f.Info().Root))
	}
	return strings.Join(roots, " ")
}

func closeAll(all []*folder.Folder) {
	for _, f := range all {
		_ = f.Close()
	}
}
