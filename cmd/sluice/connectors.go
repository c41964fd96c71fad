package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/calendar"
	"sluice/corpus/source/chats"
	"sluice/corpus/source/folder"
	"sluice/corpus/source/git"
	"sluice/corpus/source/history"
	"sluice/corpus/source/mail"
	"sluice/corpus/source/photos"
	"sluice/corpus/source/takeout"
	"sluice/corpus/source/warc"
	"sluice/corpus/source/web"
	"sluice/index"
	"sluice/internal/vfs"
	"sluice/serve"
)

// kinds is the table of connectors beside the folder: one line each. A connector is a package below
// corpus/source; CONTRIBUTING.md says how to write one.
var kinds = []source.Kind{
	git.Connector(),
	photos.Connector(),
	warc.Connector(),
	web.Connector(),
	mail.Connector(),
	chats.Connector(),
	takeout.Connector(),
	calendar.Connector(),
	history.Connector(),
}

// kindOf finds the connector that a user means. A folder is what needs no name.
func kindOf(typed string) (k source.Kind, rest string, ok bool, err error) {
	for _, k := range kinds {
		if k.Claims != nil && k.Claims(typed) {
			return k, typed, true, nil
		}
	}
	prefix := strings.TrimSuffix(scheme.FindString(typed), ":")
	if prefix == "" {
		return k, typed, false, nil
	}
	rest = typed[len(prefix)+1:]
	if prefix == folder.Kind {
		return k, rest, false, nil
	}
	if i := slices.IndexFunc(kinds, func(k source.Kind) bool { return k.Name == prefix }); i >= 0 {
		return kinds[i], rest, true, nil
	}
	return k, "", false, serve.Usagef("%s: there is no kind of source called %q; this version has: %s. A folder of that name is ./%s",
		typed, prefix, strings.Join(kindNames(), ", "), typed)
}

func kindNames() []string {
	names := []string{folder.Kind}
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// kindsHelp lists the kinds for --help.
func kindsHelp() string {
	var b strings.Builder
	for _, k := range kinds {
		fmt.Fprintf(&b, "  %-18s %s\n", k.Name+":"+k.Usage, k.Short)
		for name, does := range k.Options {
			fmt.Fprintf(&b, "  %-18s   --option %s=...: %s\n", "", name, does)
		}
	}
	return b.String()
}

// connectors are all kinds of sources as a service on the store in dir sees them.
func connectors(dir string) map[string]serve.Connector {
	all := map[string]serve.Connector{folder.Kind: {Open: openFolder, Same: sameFolder, Within: folderWithin, Forget: forgetInFolder}}
	for _, k := range kinds {
		con := serve.Connector{
			Open:   func(c index.SourceConfig) (corpus.Source, error) { return openKind(k, c, dir) },
			Forget: forgetIn, ForgetWhere: forgetWhereIn,
		}
		if !k.Remote {
			con.Same = sameFolder
		}
		all[k.Name] = con
	}
	return all
}

// openKind opens a source of the table.
func openKind(k source.Kind, c index.SourceConfig, dir string) (corpus.Source, error) {
	rules, err := rulesOf(c.Options)
	if err != nil {
		return nil, fmt.Errorf("source %q: %w", c.Label, err)
	}
	set := source.Setting{Info: corpus.Info{Label: c.Label, Kind: k.Name, Root: c.Root}, Rules: rules, Extract: extractor}
	if dir != "" {
		set.State = vfs.OS(filepath.Join(dir, filepath.FromSlash(index.StateFolder(c.Label))))
	}
	return k.Source(set)
}

func rulesOf(raw json.RawMessage) (rules source.Rules, err error) {
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &rules)
	}
	return rules, err
}

// forgetIn adds paths to what a source leaves out.
func forgetIn(raw json.RawMessage, paths []string) (json.RawMessage, error) {
	rules, err := rulesOf(raw)
	if err != nil {
		return nil, err
	}
	rules.Forgetting(paths)
	return json.Marshal(rules)
}

// forgetWhereIn adds what is selected to what a source leaves out.
func forgetWhereIn(raw json.RawMessage, w serve.Where) (json.RawMessage, error) {
	rules, err := rulesOf(raw)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(rules.ForgottenWhere, w) {
		rules.ForgottenWhere = append(rules.ForgottenWhere, w)
	}
	return json.Marshal(rules)
}

// named is a source that somebody named to `add`.
type named struct {
	src    corpus.Source
	config index.SourceConfig
	given  bool // its options are to replace those that the store has
	local  bool // its root is a path of this machine
}

// close gives back what the source holds open.
func (n named) close() {
	if c, ok := n.src.(interface{ Close() error }); ok {
		_ = c.Close()
	}
}

// source opens what was named.
func (a *app) source(arg string, f *addFlags) (n named, err error) {
	k, rest, ok, err := kindOf(arg)
	if err != nil {
		return n, err
	}
	if !ok {
		return a.folder(rest, f)
	}
	if f.opts.Hidden || f.opts.NoIgnore {
		return n, serve.Usagef("%s: --hidden and --no-ignore are for folders", arg)
	}
	locate := k.Locate
	if locate == nil {
		locate = locatePath
	}
	root, label, err := locate(rest, a.absolute)
	if errors.Is(err, corpus.ErrRootGone) {
		return n, serve.Nothingf("%s: there is no such file or folder, or it cannot be read", arg)
	}
	if err != nil {
		return n, &serve.Error{Class: serve.Usage, Err: err}
	}
	if f.label != "" {
		label = f.label
	}
	rules := source.Rules{Include: f.opts.Include, Exclude: f.opts.Exclude, MaxFileSize: f.opts.MaxFileSize}
	if rules.Set, err = settingsOf(f.options); err != nil {
		return n, err
	}
	raw, err := json.Marshal(rules)
	if err != nil {
		return n, err
	}
	n = named{config: index.SourceConfig{Label: label, Kind: k.Name, Root: root, Options: raw}, given: f.given, local: !k.Remote}
	if n.src, err = openKind(k, n.config, a.storeFolder()); err != nil {
		return n, &serve.Error{Class: serve.Usage, Err: err}
	}
	return n, nil
}

// locatePath finds a file or a folder. Its label is its name without the ending of an archive.
func locatePath(typed string, absolute func(string) string) (root, label string, err error) {
	if typed == "" {
		return "", "", errors.New("name a file or a folder behind the colon")
	}
	named := absolute(typed)
	real, err := filepath.EvalSymlinks(named)
	if err == nil {
		_, err = os.Stat(real)
	}
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	label = filepath.Base(named)
	for _, end := range []string{".gz", ".zip", ".tgz", ".tar", ".warc", ".mbox", ".json", ".html", ".txt"} {
		if short := strings.TrimSuffix(label, end); short != "" {
			label = short
		}
	}
	return filepath.ToSlash(real), source.Label(label), nil
}

// folder opens a folder that was named.
func (a *app) folder(arg string, f *addFlags) (n named, err error) {
	if len(f.options) > 0 {
		return n, serve.Usagef("%s: --option is not for folders", arg)
	}
	opts := f.opts
	opts.Label = f.label
	one, inside, err := openOutside(a.absolute(arg), a.storeFolder(), opts, a.store != "")
	if err != nil {
		return n, folderError(arg, err)
	}
	n = named{src: unpacked(one), given: f.given || inside, local: true}
	n.config, err = config(one)
	return n, err
}

// settingsOf reads NAME=VALUE.
func settingsOf(all []string) (map[string]string, error) {
	set := map[string]string{}
	for _, one := range all {
		name, value, ok := strings.Cut(one, "=")
		if !ok {
			return nil, serve.Usagef("--option %s: write NAME=VALUE", one)
		}
		set[name] = value
	}
	return set, nil
}

// preview looks at what a source holds.
func (n named) preview(ctx context.Context, whole bool, progress func(int64)) (*source.Preview, error) {
	p, err := source.PreviewOf(ctx, n.src, whole, progress)
	if errors.Is(err, corpus.ErrRootGone) {
		return nil, serve.Nothingf("%s: %w", n.config.Root, err)
	}
	return p, err
}
