// Package folder is the connector of stage 0 for a folder of files.
//
// It reads regular files below one root and nothing else. Every file is reached through os.Root,
// folder by folder, and what was opened is compared with what was listed, so that a symbolic link
// is never followed and a folder that is swapped for one during a walk leads nowhere. Which files
// count is decided as ripgrep does, by ignore files of .gitignore's syntax; on top of that, binary
// files (package source) and key stores (package secret) stay out.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"sluice/corpus"
	"sluice/corpus/source/folder/gitignore"
	"sluice/internal/clock"
	"sluice/internal/limits"
)

// Kind is the Info.Kind of a folder.
const Kind = "folder"

// Options say what of a folder counts. They are kept in the store's table of sources as JSON.
// Patterns have .gitignore's syntax, relative to the root.
type Options struct {
	// Label names the source in its store; "" stands for the folder's own name.
	Label string `json:"label,omitempty"`
	// Hidden takes files and folders whose name begins with a dot. .git always stays out.
	Hidden bool `json:"hidden,omitempty"`
	// NoIgnore looks at no ignore file.
	NoIgnore bool `json:"no_ignore,omitempty"`
	// Include overrides every rule below it: what a pattern matches is taken, and so is what lies
	// in a folder that a pattern matches, except that a key store must be matched itself. Secrets
	// are cut out of what is taken, unless a pattern is the very path of the file, without
	// wildcards. What cannot be read as text, symbolic links and .git stay out even so.
	Include []string `json:"include,omitempty"`
	// Exclude leaves out what a pattern matches.
	Exclude []string `json:"exclude,omitempty"`
	// MaxFileSize is the largest file taken, in bytes; 0 stands for limits.DocumentBytesMax.
	MaxFileSize int64 `json:"max_file_size,omitempty"`
	// Forgotten are the names (corpus.ForgottenName) of paths of files and folders that the owner
	// told the store to forget.
	Forgotten []string `json:"forgotten,omitempty"`
}

// Folder is a corpus.Source over one folder. It is safe for concurrent use.
type Folder struct {
	info      corpus.Info
	opts      Options
	include   *gitignore.List
	exclude   *gitignore.List
	forgotten corpus.Forgetting
	clock     clock.Clock

	above atomic.Pointer[above] // rules that come from outside the root, as the last walk found them

	through corpus.Source // what Preview reads documents through

	mu    sync.Mutex
	idle  []*chain // open folders kept for the next Open or Stat
	walks int      // walks under way
}

var _ corpus.Source = (*Folder)(nil)

// Open makes a source of the folder at root. It fails with corpus.ErrRootGone where there is none.
func Open(root string, opts Options) (*Folder, error) {
	named, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	real, err := filepath.EvalSymlinks(named)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	if info, err := os.Stat(real); err != nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder: name the folder that holds it", root)
	}
	if opts.Label == "" {
		opts.Label = labelOf(named)
	}
	f := &Folder{
		info:      corpus.Info{Label: opts.Label, Kind: Kind, Root: filepath.ToSlash(real)},
		opts:      opts,
		include:   gitignore.ParseLines(opts.Include),
		exclude:   gitignore.ParseLines(opts.Exclude),
		forgotten: corpus.NewForgetting(opts.Forgotten),
		clock:     clock.System{},
	}
	f.through = f
	f.above.Store(f.readAbove())
	return f, nil
}

// labelOf is the last element of a path, and for the root of a file system a word.
func labelOf(path string) string {
	name := filepath.Base(path)
	if strings.ContainsRune(name, filepath.Separator) {
		name = strings.Trim(filepath.VolumeName(path), `:\/`)
	}
	if name == "" || name == "." {
		return "root"
	}
	return name
}

// PreviewThrough makes Preview read documents through another source over this one.
func (f *Folder) PreviewThrough(src corpus.Source) { f.through = src }

// Info implements corpus.Source.
func (f *Folder) Info() corpus.Info { return f.info }

// Options returns the options with which the folder was opened, with its label.
func (f *Folder) Options() Options { return f.opts }

// Close gives back the folders that Open and Stat hold open. The source can still be used.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closeIdle()
	return nil
}

func (f *Folder) closeIdle() {
	for _, c := range f.idle {
		c.cut(0)
	}
	f.idle = nil
}

// sizeMax is the largest file that is taken.
func (f *Folder) sizeMax() int64 {
	if f.opts.MaxFileSize > 0 {
		return min(f.opts.MaxFileSize, limits.DocumentBytesMax)
	}
	return limits.DocumentBytesMax
}

// openTop opens the root anew: a handle of an earlier call may belong to a folder that was moved
// away. The rules of the folder are still to be read.
func (f *Folder) openTop() (*dir, error) {
	root, err := os.OpenRoot(filepath.FromSlash(f.info.Root + here))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	info, err := root.Stat(".")
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	above := f.above.Load()
	return &dir{root: root, info: info, above: above, rules: above.rules}, nil
}

// gone is the error for a document that is not there, or that a rule leaves out.
func gone(path string, why corpus.Reason) error {
	if why == "" {
		return fmt.Errorf("%s: %w", path, corpus.ErrGone)
	}
	return fmt.Errorf("%w: %w", corpus.ErrGone, &corpus.LeftOutError{Path: path, Reason: why})
}

// vanished tells that an error means that nothing of that name is there.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFolder) || errors.Is(err, errLoop) || errors.Is(err, errTooLong)
}

// onWindows guards what only exists there.
const onWindows = runtime.GOOS == "windows"
