package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/corpus/source"
	"sluice/corpus/source/folder"
	"sluice/index"
	"sluice/internal/term"
	"sluice/serve"
)

// addFlags are what `add` may be told.
type addFlags struct {
	yes, dryRun bool
	label       string
	maxFileSize string
	opts        folder.Options
	options     []string // NAME=VALUE, of the source's kind
	given       bool     // any flag that changes what is read
}

func (a *app) addVerb() *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use: "add SOURCE...", Short: "Opt a source in and index it: a folder, mail, chats, ...", Args: cobra.MinimumNArgs(1),
		Long: `Add opts folders in. It shows what it will read (files, bytes, types) and what it leaves out and why, asks,
and then indexes. Ignore files count as in ripgrep; hidden files, binary files and files that look like
secrets stay out. An interrupted add goes on at the next sync.

A SOURCE is a folder, or the name of a kind, a colon, and where it lies:

` + kindsHelp(),
		Example: `  sluice add ~/notes
  sluice add . --dry-run                  look first
  sluice add ~/src/linux --yes            for scripts
  sluice add ~/papers --include 'drafts/**' --label papers`,
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	fl.BoolVar(&f.dryRun, "dry-run", false, "show what would be read and do nothing")
	fl.StringVar(&f.label, "label", "", "name of the source in the store (default: the folder's name)")
	fl.BoolVar(&f.opts.Hidden, "hidden", false, "read hidden files and folders")
	fl.BoolVar(&f.opts.NoIgnore, "no-ignore", false, "do not look at ignore files")
	fl.StringArrayVar(&f.opts.Include, "include", nil, "read what matches this `PATTERN` whatever leaves it out (repeatable)")
	fl.StringArrayVar(&f.opts.Exclude, "exclude", nil, "leave out what matches this `PATTERN` (repeatable)")
	fl.StringVar(&f.maxFileSize, "max-filesize", "", "leave out files larger than this `SIZE`, for instance 10M")
	fl.StringArrayVar(&f.options, "option", nil, "an option of the source's kind, as `NAME=VALUE` (repeatable)")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		for _, name := range []string{"hidden", "no-ignore", "include", "exclude", "max-filesize", "option"} {
			f.given = f.given || fl.Changed(name)
		}
		return a.add(cmd.Context(), args, &f)
	})
	return cmd
}

// scheme matches the name of a kind before a SOURCE; one letter and a colon is a drive.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+]+:`)

func (a *app) add(ctx context.Context, args []string, f *addFlags) (any, func(), error) {
	if f.label != "" && len(args) > 1 {
		return nil, nil, serve.Usagef("--label names one source; add the sources one by one")
	}
	if f.maxFileSize != "" {
		n, err := parseBytes(f.maxFileSize)
		if err != nil {
			return nil, nil, serve.Usagef("--max-filesize: %w", err)
		}
		f.opts.MaxFileSize = n
	}
	if !f.yes && !f.dryRun && !term.IsTerminal(a.stdin) {
		return nil, nil, serve.Usagef("add asks before it reads, and there is no terminal to ask on: add --yes, or look first with --dry-run")
	}
	all, err := a.named(args, f)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		for _, n := range all {
			n.close()
		}
	}()
	for _, n := range all {
		if !n.local {
			continue
		}
		if err := a.consents(filepath.FromSlash(n.config.Root), f.yes || f.dryRun); err != nil {
			return nil, nil, err
		}
	}
	if !f.yes || f.dryRun {
		previews, err := a.preview(ctx, all, f.dryRun)
		if err != nil {
			return nil, nil, err
		}
		if f.dryRun {
			return previews, func() { a.printPreviews(a.out, previews) }, nil
		}
		a.printPreviews(a.stderr, previews)
		if !a.confirm("Index this?") {
			return nil, nil, serve.Nothingf("nothing was added")
		}
	}
	return a.addAll(ctx, all, f)
}

// named opens what was named.
func (a *app) named(args []string, f *addFlags) (all []named, err error) {
	for _, arg := range args {
		n, err := a.source(arg, f)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// addAll adds the sources one after the other, if none of them is refused. One that is in already
// keeps its options when none are given.
func (a *app) addAll(ctx context.Context, named []named, f *addFlags) (any, func(), error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	svc, err := a.create(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer svc.Close()
	configs, err := a.addable(ctx, svc, named, f)
	if err != nil {
		return nil, nil, err
	}
	all := &api.Add{Sources: []api.Synced{}}
	var errs error
	for i, c := range configs {
		one, err := svc.Add(ctx, c)
		if one != nil {
			all.Sources = append(all.Sources, one.Sources...)
		}
		if errs = errors.Join(errs, err); ctx.Err() != nil {
			if left := configs[i+1:]; len(left) > 0 {
				errs = errors.Join(errs, serve.Partlyf("not begun: %s; add it again", strings.Join(rootsOf(left), ", ")))
			}
			break
		}
	}
	if len(all.Sources) == 0 {
		return nil, nil, errs
	}
	a.fillFew(ctx, svc)
	return all, func() { a.printSynced(all, errs) }, errs
}

// addable describes the sources, when all of them can be added.
func (a *app) addable(ctx context.Context, svc *serve.Service, all []named, f *addFlags) ([]index.SourceConfig, error) {
	configs := make([]index.SourceConfig, len(all))
	for i, n := range all {
		configs[i] = n.config
	}
	settled, err := svc.Addable(ctx, configs)
	if err != nil {
		return nil, err
	}
	for i := range configs {
		if f.label != "" && settled[i].Label != f.label {
			return nil, serve.Usagef("%s is in the store as %q, and a source keeps its label, for ids of passages hang on it: leave out --label, or `sluice forget %s` first",
				a.shown(settled[i].Root), settled[i].Label, settled[i].Label)
		}
		if !all[i].given {
			configs[i].Options = nil
		}
	}
	return configs, nil
}

func rootsOf(all []index.SourceConfig) (roots []string) {
	for _, c := range all {
		roots = append(roots, c.Root)
	}
	return roots
}

// preview looks at what the sources hold: whole reads the documents to their ends.
func (a *app) preview(ctx context.Context, all []named, whole bool) (*api.Previews, error) {
	out := &api.Previews{Sources: []api.Preview{}}
	for _, n := range all {
		label := n.config.Label
		p, err := n.preview(ctx, whole, func(n int64) { a.progress.Show(term.State{Phase: "looking at " + label, Files: n}) })
		if err != nil {
			return nil, err
		}
		out.Sources = append(out.Sources, previewOf(n, p))
	}
	a.progress.Clear()
	return out, nil
}

func previewOf(n named, p *source.Preview) api.Preview {
	out := api.Preview{Label: n.config.Label, URI: n.config.Root, Files: p.Taken.Files, Bytes: p.Taken.Bytes,
		Types: []api.TypeCount{}, LeftOut: map[string]api.Counted{}, Examples: map[string][]string{}, Failures: []string{},
		Secrets: p.Secrets, SecretDocuments: p.SecretIn}
	for _, t := range p.Types {
		out.Types = append(out.Types, api.TypeCount{Type: t.Name, Counted: api.Counted(t.Count)})
	}
	for _, l := range p.LeftOut {
		out.LeftOut[string(l.Reason)] = api.Counted(l.Count)
		out.Examples[string(l.Reason)] = l.Examples
	}
	for _, x := range p.Failures {
		out.Failures = append(out.Failures, x.Path+": "+x.Err)
	}
	return out
}

// typesShown is how many types a preview lists by name.
const typesShown = 8

// printPreviews words what will be read and what will not.
func (a *app) printPreviews(w io.Writer, all *api.Previews) {
	for _, p := range all.Sources {
		fmt.Fprintf(w, "%s (%s): %s in %s\n", term.OneLine(p.Label), a.shown(p.URI), term.Bytes(p.Bytes), several(p.Files, "file"))
		for i, t := range p.Types {
			if i == typesShown {
				fmt.Fprintf(w, "  and %s more\n", several(int64(len(p.Types)-i), "type"))
				break
			}
			fmt.Fprintf(w, "  %-12s %10s  %s\n", term.OneLine(t.Type), term.Bytes(t.Bytes), several(t.Files, "file"))
		}
		if len(p.LeftOut) > 0 {
			fmt.Fprintln(w, "left out:")
		}
		for _, why := range slices.Sorted(maps.Keys(p.LeftOut)) {
			fmt.Fprintf(w, "  %-12s %10s  %s", why, term.Number(p.LeftOut[why].Files), term.OneLine(strings.Join(p.Examples[why], ", ")))
			if int(p.LeftOut[why].Files) > len(p.Examples[why]) {
				fmt.Fprint(w, ", ...")
			}
			fmt.Fprintln(w)
		}
		if p.Secrets > 0 {
			fmt.Fprintf(w, "%s\n", secretsCut(p.Secrets, p.SecretDocuments))
		}
		for _, f := range p.Failures {
			fmt.Fprintf(w, "  cannot be read: %s\n", term.OneLine(f))
		}
	}
}

// confirm asks a question on the terminal; anything but yes is no.
func (a *app) confirm(question string) bool {
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
