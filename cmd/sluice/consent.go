package main

import (
	"os"
	"os/user"
	"path/filepath"

	"sluice/internal/term"
	"sluice/serve"
)

// consents makes sure that a folder which holds all that somebody has was meant: `/`, or a home
// folder, is what an empty variable or a wrong working directory turns a path into. On a terminal
// it asks. Where nobody can be asked, only yes will do. root is the folder without symbolic links.
func (a *app) consents(root string, yes bool) error {
	what := wide(root, homes())
	switch {
	case what == "" || yes:
		return nil
	case !term.IsTerminal(a.stdin):
		return serve.Usagef("%s %s: name a folder in it, or say with --yes that all of it is to be read", root, what)
	case !a.confirm(term.OneLine(root) + " " + what + ". Read all of it?"):
		return serve.Nothingf("nothing was read; name a folder in it")
	}
	return nil
}

// wide says why a folder is more than somebody will have meant; "" stands for one that is not.
func wide(root string, homes []string) string {
	root = filepath.Clean(root)
	if filepath.Dir(root) == root {
		return "is the root of a file system"
	}
	for _, home := range homes {
		switch rel, within := below(root, home); {
		case within && rel == ".":
			return "is a whole home folder"
		case within:
			return "holds a whole home folder"
		}
	}
	return ""
}

// homes are the home folders of the user, as the environment has it and as the system does.
func homes() (all []string) {
	if dir, err := os.UserHomeDir(); err == nil && filepath.IsAbs(dir) {
		all = append(all, realPath(dir))
	}
	if u, err := user.Current(); err == nil && filepath.IsAbs(u.HomeDir) {
		all = append(all, realPath(u.HomeDir))
	}
	return all
}
