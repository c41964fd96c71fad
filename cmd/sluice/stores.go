package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/corpus"
	"sluice/corpus/extract/sandbox"
	"sluice/corpus/source/folder"
	"sluice/corpus/source/unpack"
	"sluice/health"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
	"sluice/learn/feedback"
	"sluice/serve"
)

// storeFolder is where the store lies: --store, SLUICE_STORE, the settings, or the user data
// folder.
func (a *app) storeFolder() string {
	if a.store == "" {
		return filepath.Join(xdg.DataHome, "sluice", "store")
	}
	return a.absolute(a.store)
}

func (a *app) indexOptions() index.Options {
	return index.Options{Wait: a.wait, NoLock: a.noLock}
}

// readersWait is how long a forget waits for others to let an older generation go, which a process
// that answers questions does within a second of there being a newer one.
const readersWait = 3 * time.Second

// ingest is what brings a store up to date.
func (a *app) ingest(store *index.Store) *ingest.Ingest {
	return ingest.New(store, ingest.Options{Clock: a.clock, Jobs: a.jobs, ReadersWait: readersWait})
}

// open opens the store that exists, for a verb that makes none.
func (a *app) open(ctx context.Context) (*serve.Service, error) {
	dir := a.storeFolder()
	store, err := index.Open(vfs.OS(dir), a.indexOptions())
	if errors.Is(err, index.ErrOlder) {
		return a.renewed(ctx, dir)
	}
	if err != nil {
		return nil, storeError(dir, err)
	}
	return serve.New(a.options(store, dir)), nil
}

// openToRepair is open for a store of which nothing can be read.
func (a *app) openToRepair(ctx context.Context) (*serve.Service, error) {
	dir := a.storeFolder()
	store, err := index.OpenToRepair(vfs.OS(dir), a.indexOptions())
	if err != nil {
		return a.open(ctx)
	}
	return serve.New(a.options(store, dir)), nil
}

// create opens the store and makes one where there is none.
func (a *app) create(ctx context.Context) (*serve.Service, error) {
	dir := a.storeFolder()
	store, err := index.Create(vfs.OS(dir), a.indexOptions())
	if errors.Is(err, index.ErrOlder) {
		return a.renewed(ctx, dir)
	}
	if err != nil {
		return nil, storeError(dir, err)
	}
	return serve.New(a.options(store, dir)), nil
}

// renewed opens a store of an older format: its sources are read again before anything is asked of
// it.
func (a *app) renewed(ctx context.Context, dir string) (*serve.Service, error) {
	store, err := index.Renew(ctx, vfs.OS(dir), a.indexOptions())
	if err != nil {
		return nil, storeError(dir, err)
	}
	a.notef("the store in %s was made by an older version; its sources are read again", dir)
	svc := serve.New(a.options(store, dir))
	if _, err := svc.Sync(ctx, api.SyncRequest{}, false); err != nil {
		a.notef("not all of it could be read: %v", err)
	}
	return svc, nil
}

// storeError says which store cannot be opened and what to do.
func storeError(dir string, err error) error {
	switch {
	case errors.Is(err, index.ErrNoStore):
		return serve.Nothingf("there is no store in %s yet: `sluice add FOLDER` makes one, and `sluice ask --in FOLDER QUESTION` needs none", dir)
	case errors.Is(err, index.ErrNewer):
		return serve.Nothingf("the store in %s: %w: install the newer sluice, or name another store with --store", dir, err)
	case errors.Is(err, index.ErrNotEmpty):
		return serve.Nothingf("%s: %w", dir, err)
	case errors.Is(err, index.ErrCorrupt) && !errors.As(err, new(*index.TwoStatesError)):
		return fmt.Errorf("the store in %s: %w: `sluice repair` makes it anew from what is left and from its sources", dir, err)
	case errors.Is(err, index.ErrOlder):
		return serve.Nothingf("the store in %s: %w: remove the folder and add its sources again", dir, err)
	}
	return fmt.Errorf("the store in %s: %w", dir, err)
}

func (a *app) options(store *index.Store, dir string) serve.Options {
	o := serve.Options{
		Store: store, Ingest: a.ingest(store), Folder: dir, Dir: a.dir, Clock: a.clock, StatWait: a.statWait, LookWait: a.lookWait, LongLived: a.agent,
		Encoder:    a.usedEncoder(),
		Health:     health.OpenLog(vfs.OS(dir), a.clock),
		Feedback:   feedback.Open(vfs.OS(dir), a.clock),
		Connectors: connectors(dir),
		Upstream:   a.upstream, ChatBudget: a.chatBudget,
	}
	if a.progress != nil {
		o.Progress = a.show
	}
	return o
}

// openFolder is the folder connector as serve sees it.
func openFolder(c index.SourceConfig) (corpus.Source, error) {
	opts, err := folderOptions(c.Options)
	if err != nil {
		return nil, fmt.Errorf("source %q: %w", c.Label, err)
	}
	opts.Label = c.Label
	f, err := folder.Open(filepath.FromSlash(c.Root), opts)
	if err != nil {
		return nil, err
	}
	return unpacked(f), nil
}

// extractor reads documents that are not plain text, in processes of its own.
var extractor = sandbox.New(os.Executable)

// unpacked is a folder with what lies in its files: the text of documents, and what archives hold.
func unpacked(f *folder.Folder) corpus.Source {
	src := unpack.New(f, extractor)
	f.PreviewThrough(src)
	return src
}

// sameFolder tells whether two roots are one folder: by another case, or mounted twice. Links were
// followed when the roots were noted.
func sameFolder(a, b index.SourceConfig) bool { return sameFile(a.Root, b.Root) }

func sameFile(a, b string) bool {
	x, err := os.Stat(filepath.FromSlash(a))
	if err != nil {
		return false
	}
	y, err := os.Stat(filepath.FromSlash(b))
	return err == nil && os.SameFile(x, y)
}

// folderWithin tells whether a folder lies inside another one.
func folderWithin(inner, outer index.SourceConfig) (rel string, ok bool) {
	rel, ok = below(filepath.FromSlash(outer.Root), filepath.FromSlash(inner.Root))
	return filepath.ToSlash(rel), ok && rel != "."
}

func folderOptions(raw json.RawMessage) (opts folder.Options, err error) {
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &opts)
	}
	return opts, err
}

// forgetInFolder adds paths to what a folder leaves out.
func forgetInFolder(raw json.RawMessage, paths []string) (json.RawMessage, error) {
	opts, err := folderOptions(raw)
	if err != nil {
		return nil, err
	}
	opts.Forgotten, opts.Include = corpus.ForgetPaths(opts.Forgotten, opts.Include, paths)
	return json.Marshal(opts)
}

// config describes a folder as the store keeps it.
func config(f *folder.Folder) (index.SourceConfig, error) {
	info := f.Info()
	opts := f.Options()
	opts.Label = "" // it stands beside
	raw, err := json.Marshal(opts)
	return index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root, Options: raw}, err
}

// openOutside opens a folder, without the store in dir where that lies inside it: a store must not
// read itself. named tells that its owner chose where it lies, and can choose another place.
func openOutside(path, dir string, opts folder.Options, named bool) (f *folder.Folder, inside bool, err error) {
	f, err = folder.Open(path, opts)
	if err != nil {
		return nil, false, err
	}
	root, store := filepath.FromSlash(f.Info().Root), realPath(dir)
	rel, within := below(root, store)
	switch _, around := below(store, root); {
	case around: // or the same
		_ = f.Close()
		return nil, false, serve.Usagef("%s is the folder of the store, or lies in it: a store does not read itself; name another one with --store", path)
	case within && named:
		_ = f.Close()
		return nil, false, serve.Usagef("the store in %s lies inside of %s: a store does not read itself; name a folder outside with --store", dir, path)
	case !within:
		return f, false, nil
	}
	_ = f.Close()
	opts.Exclude = append(opts.Exclude[:len(opts.Exclude):len(opts.Exclude)], "/"+escapePattern(filepath.ToSlash(rel))+"/")
	f, err = folder.Open(path, opts)
	return f, true, err
}

// below tells whether path is dir or lies in it, and how it is called from there.
func below(dir, path string) (rel string, ok bool) {
	rel, err := filepath.Rel(dir, path)
	return rel, err == nil && filepath.IsLocal(rel) // no way from one to the other: it is not inside
}

// realPath follows symbolic links as far as the path exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	dir, base := filepath.Split(filepath.Clean(path))
	if dir == "" || base == "" {
		return path
	}
	return filepath.Join(realPath(dir), base)
}

// escapePattern makes a path match itself as an ignore pattern.
func escapePattern(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// service opens what a question is asked of: the store, or with --in the store that is kept for a
// folder.
func (a *app) service(cmd *cobra.Command, in inFlags) (*serve.Service, error) {
	if !in.any() {
		return a.open(cmd.Context())
	}
	if cmd.Flags().Changed("store") {
		return nil, serve.Usagef("--in keeps a store of its own: name either --in or --store")
	}
	return a.kept(cmd.Context(), in)
}

// kept opens the store that is kept for folders in the user cache folder. Naming a folder is
// consent to index it, once: what has such a store is not asked about again.
func (a *app) kept(ctx context.Context, given inFlags) (*serve.Service, error) {
	caches := a.caches()
	folders, err := a.foldersOf(given, caches.root)
	if err != nil {
		return nil, err
	}
	defer closeAll(folders)
	name, in := together(folders), strings.Join(given.folders, " --in ")
	for _, f := range folders {
		if err := a.consents(filepath.FromSlash(f.Info().Root), given.yes || caches.has(name)); err != nil {
			return nil, err
		}
	}
	key, err := caches.use(name)
	if err != nil {
		return nil, fmt.Errorf("--in %s: %w", in, err)
	}
	dir := filepath.Join(caches.root, key)
	as := a.indexOptions()
	as.Beside = []string{usedName}
	store, err := index.Create(vfs.OS(dir), as)
	if rebuildable(err) {
		a.notef("the store kept for %s cannot be used (%v); building it anew", in, err)
		if err = caches.remove(key); err == nil {
			store, err = index.Create(vfs.OS(dir), as)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--in %s: %w", in, err)
	}
	opts := a.options(store, dir)
	for _, f := range folders {
		if err := ensure(ctx, store, f); err != nil {
			return nil, fmt.Errorf("--in %s: %w", in, err)
		}
		opts.SyncFirst = append(opts.SyncFirst, f.Info().Label)
	}
	return serve.New(opts), nil
}

// rebuildable tells whether a kept store can be helped by building it again.
func rebuildable(err error) bool {
	return errors.Is(err, index.ErrCorrupt) || errors.Is(err, index.ErrOlder) || errors.Is(err, index.ErrNewer)
}

// ensure makes the folder a source of its store, unless it is.
func ensure(ctx context.Context, store *index.Store, f *folder.Folder) error {
	c, err := config(f)
	if err != nil {
		return err
	}
	sources, err := store.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.Label == c.Label && s.Root == c.Root {
			return nil
		}
	}
	return store.AddSource(ctx, c)
}

// folderError says what is wrong with a folder that was named.
func folderError(name string, err error) error {
	if errors.Is(err, corpus.ErrRootGone) {
		return serve.Nothingf("%s: there is no such folder, or it cannot be read", name)
	}
	return &serve.Error{Class: serve.Usage, Err: err}
}
