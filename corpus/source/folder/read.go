package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/corpus/secret"
	"sluice/corpus/source"
	"sluice/corpus/source/folder/gitignore"
)

const (
	// chainsKept is how many chains wait for the next Open or Stat.
	chainsKept = 8
	// chainLengthKept is how many open folders of a chain wait with it.
	chainLengthKept = 24
	// triesMax is how often Open looks again when a file is replaced at that very moment, as
	// editors do.
	triesMax = 5
)

// chain is the open folders from the root down to that of the last document asked for. Documents
// are asked for in order, so most of it serves the next one too, after a look at whether it still
// holds.
type chain struct{ dirs []*dir }

// cut closes all but the first n folders.
func (c *chain) cut(n int) {
	for len(c.dirs) > n {
		last := len(c.dirs) - 1
		c.dirs[last].root.Close()
		c.dirs = c.dirs[:last]
	}
}

func (c *chain) last() *dir { return c.dirs[len(c.dirs)-1] }

func (f *Folder) takeChain() *chain {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.idle); n > 0 {
		c := f.idle[n-1]
		f.idle = f.idle[:n-1]
		return c
	}
	return &chain{}
}

func (f *Folder) giveChain(c *chain) {
	c.cut(chainLengthKept)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.idle) < chainsKept && f.mayKeep() {
		f.idle = append(f.idle, c)
		return
	}
	c.cut(0)
}

// mayKeep tells whether folders may stay open between two calls. Windows lets nobody rename or
// remove a folder that is open, so there it must not last longer than a walk. The caller holds
// f.mu.
func (f *Folder) mayKeep() bool { return !onWindows || f.walks > 0 }

// beginWalk lets folders stay open between calls until the function that it returns is called.
func (f *Folder) beginWalk() (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.walks++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.walks--; !f.mayKeep() {
			f.closeIdle()
		}
	}
}

// top makes the chain begin at the folder that the root's path names now.
func (f *Folder) top(c *chain) error {
	info, err := os.Stat(filepath.FromSlash(f.info.Root))
	if err != nil {
		return fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	if len(c.dirs) > 0 && c.dirs[0].above == f.above.Load() && f.fresh(c.dirs[0], info) {
		return nil
	}
	c.cut(0)
	d, err := f.openTop()
	if err != nil {
		return err
	}
	f.readRules(d, anything)
	c.dirs = append(c.dirs, d)
	return nil
}

// down makes the chain lead to the folder of the given names.
func (f *Folder) down(c *chain, path string, names []string) error {
	for i, name := range names {
		d := c.dirs[i]
		info, err := d.root.Lstat(name)
		if err != nil {
			return f.missing(path, err)
		}
		if !info.IsDir() {
			return gone(path, f.ask(d, name, info).why)
		}
		if len(c.dirs) > i+1 && c.dirs[i+1].name == name && f.fresh(c.dirs[i+1], info) {
			continue
		}
		c.cut(i + 1)
		if err := f.extend(c, path, name, info); err != nil {
			return err
		}
	}
	c.cut(len(names) + 1)
	return nil
}

// extend adds a folder to the chain, if its rules let it.
func (f *Folder) extend(c *chain, path, name string, info fs.FileInfo) error {
	d := c.last()
	v := f.ask(d, name, info)
	if !f.pursue(v, d.raw+name) {
		return gone(path, v.why)
	}
	below, err := d.enter(info, name)
	if err != nil {
		return f.missing(path, err)
	}
	below.outside, below.included = v.rule, v.included
	f.readRules(below, anything)
	c.dirs = append(c.dirs, below)
	return nil
}

func (f *Folder) ask(d *dir, name string, info fs.FileInfo) decision {
	path, raw := d.child(entryOf(name))
	return f.decide(d, name, path, raw, info)
}

// missing tells a document that is gone from one that could not be looked at.
func (f *Folder) missing(path string, err error) error {
	if vanished(err) {
		return gone(path, "")
	}
	return fmt.Errorf("%s: %w", path, err)
}

// find makes the chain lead to a document and applies the rules to it.
func (f *Folder) find(c *chain, path string) (name string, it found, err error) {
	names, err := split(path)
	if err != nil {
		return "", found{}, err
	}
	if err := f.top(c); err != nil {
		return "", found{}, err
	}
	last := len(names) - 1
	if err := f.down(c, path, names[:last]); err != nil {
		return "", found{}, err
	}
	name = names[last]
	info, err := c.last().root.Lstat(name)
	if err != nil {
		return "", found{}, f.missing(path, err)
	}
	if info.IsDir() {
		return "", found{}, gone(path, "")
	}
	v := f.ask(c.last(), name, info)
	if v.why != "" {
		return "", found{}, gone(path, v.why)
	}
	return name, found{f.item(path, info, v), info}, nil
}

// Stat implements corpus.Source.
func (f *Folder) Stat(ctx context.Context, path string) (corpus.Item, error) {
	if err := ctx.Err(); err != nil {
		return corpus.Item{}, err
	}
	c := f.takeChain()
	defer f.giveChain(c)
	_, it, err := f.find(c, path)
	return it.Item, err
}

// Open implements corpus.Source. A file that grows or shrinks while it is read is read to the end
// that it has then.
func (f *Folder) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return nil, corpus.Item{}, err
		}
		r, it, err := f.open(ctx, path)
		if !errors.Is(err, errReplaced) || try == triesMax {
			return r, it, err
		}
	}
}

func (f *Folder) open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	file, it, err := f.openStored(path)
	if err != nil {
		return nil, corpus.Item{}, err
	}
	text := source.NewText(&reader{ctx, file}, path)
	if err := text.Check(); err != nil {
		text.Close()
		file.Close()
		return nil, corpus.Item{}, err
	}
	return &document{text, file}, it, nil
}

// OpenRaw opens a file as it is stored. The Item tells its size.
func (f *Folder) OpenRaw(ctx context.Context, path string) (corpus.RawFile, corpus.Item, error) {
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return nil, corpus.Item{}, err
		}
		file, it, err := f.openStored(path)
		if err == nil {
			return file, it, nil
		}
		if !errors.Is(err, errReplaced) || try == triesMax {
			return nil, it, err
		}
	}
}

func (f *Folder) openStored(path string) (*os.File, corpus.Item, error) {
	c := f.takeChain()
	defer f.giveChain(c)
	name, it, err := f.find(c, path)
	if err != nil {
		return nil, corpus.Item{}, err
	}
	file, info, err := c.last().openFile(name, it.info)
	if err != nil {
		return nil, corpus.Item{}, f.missing(path, err)
	}
	v := f.ask(c.last(), name, info)
	if v.why != "" {
		file.Close()
		return nil, corpus.Item{}, gone(path, v.why)
	}
	return file, f.item(path, info, v), nil
}

// Inside tells why the rules leave out what lies at a path in an archive: those of its owner, and
// those of names. Ignore files in an archive are documents.
func (f *Folder) Inside(path string) corpus.Reason {
	if f.names(path) {
		return ""
	}
	why := corpus.Reason("")
	for end := 0; end < len(path); end++ {
		next := strings.IndexByte(path[end:], '/')
		dir := next >= 0
		if end += max(next, 0); !dir {
			end = len(path)
		}
		part := path[:end]
		name := part[strings.LastIndexByte(part, '/')+1:]
		said := f.include.Match(part, dir)
		switch {
		case f.forgotten.Has(part) && !f.names(part) && !f.names(part+"/"):
			return corpus.Forgotten
		case strings.EqualFold(name, gitDir):
			return corpus.Git
		case said == gitignore.Ignore:
			why = ""
		case f.exclude.Match(part, dir) == gitignore.Ignore:
			why = corpus.Excluded
		case why == "" && name[0] == '.' && !f.opts.Hidden:
			why = corpus.Hidden
		}
		if !dir && said != gitignore.Ignore && secret.Name(path) {
			return corpus.Secret
		}
	}
	return why
}

// names tells whether a pattern of Include is this very path: what a wildcard matches was not
// looked at by anybody, so secrets are cut out of it.
func (f *Folder) names(path string) bool {
	return slices.ContainsFunc(f.opts.Include, func(p string) bool {
		return strings.TrimPrefix(p, "/") == path && !strings.ContainsAny(p, `*?[\`)
	})
}

// reader reads a file as long as its context lasts.
type reader struct {
	ctx  context.Context
	file *os.File
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.file.Read(p)
}

// document is the text of one open file.
type document struct {
	*source.Text
	file *os.File
}

// Close implements io.Closer.
func (d *document) Close() error {
	d.Text.Close()
	return d.file.Close()
}
