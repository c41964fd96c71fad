// Package git is the connector of stage 0 for the history of a git repository.
//
// A document is a commit: who changed what, when and why, with the change itself, or a tag. Of a
// revision that is named ("git:DIR@v1.2") the files are documents too, as they were then. Nothing
// of the working folder is read: that is what a folder is for. Submodules stay out.
package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sluice/corpus"
	"sluice/corpus/source"
)

// Kind is the Info.Kind of a repository.
const Kind = "git"

// Connector is the line of the table of connectors.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "DIR[@REV]", Short: "the history of a git repository: commits with their changes, and tags (with @REV up to there, and its files)",
		Locate: locate,
		Open:   func(s source.Setting) (corpus.Source, error) { return Open(s.Info) },
	}
}

// locate finds the repository that a user named.
func locate(typed string, absolute func(string) string) (root, label string, err error) {
	if typed == "" {
		return "", "", errors.New("name the folder of a git repository behind the colon, as in git:DIR or git:DIR@v1.2")
	}
	dir, rev := Split(absolute(typed))
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	root, label = filepath.ToSlash(real), strings.TrimSuffix(filepath.Base(dir), ".git")
	if rev != "" {
		root, label = root+"@"+rev, label+"@"+rev
	}
	return root, source.Label(label + "-history"), nil
}

// Git is a corpus.Source over one repository. It is safe for concurrent use.
type Git struct {
	info corpus.Info
	dir  string
	rev  string // "": every branch and tag
	repo *repo

	mu    sync.Mutex
	known *listing
	ahead map[string]*shown // what was read ahead, by path
	size  int               // of that
}

// shown is a document's text with its marks.
type shown struct {
	text  []byte
	marks []corpus.Mark
}

// Split takes "DIR@REV" apart. A folder whose name holds an @ is a folder.
func Split(root string) (dir, rev string) {
	at := strings.LastIndexByte(root, '@')
	if at <= 0 {
		return root, ""
	}
	if _, err := os.Stat(root); err == nil {
		return root, ""
	}
	return root[:at], root[at+1:]
}

// Open makes a source of the repository at root, which may end in "@" and a revision.
func Open(info corpus.Info) (*Git, error) {
	g := &Git{info: info, ahead: map[string]*shown{}}
	g.dir, g.rev = Split(filepath.FromSlash(info.Root))
	if strings.HasPrefix(g.rev, "-") || strings.ContainsAny(g.rev, "\x00\n") {
		return nil, fmt.Errorf("%q is no revision: name a branch, a tag or a commit", g.rev)
	}
	var err error
	if g.repo, err = findRepo(context.Background(), g.dir); err != nil {
		return nil, err
	}
	if g.rev != "" {
		if _, err := g.repo.command("rev-parse", "--verify", "--quiet", "--end-of-options", g.rev).Output(context.Background()); err != nil && !strings.Contains(g.rev, "..") {
			return nil, fmt.Errorf("%s has no revision %q: name a branch, a tag or a commit", g.dir, g.rev)
		}
	}
	return g, nil
}

// Info implements corpus.Source.
func (g *Git) Info() corpus.Info { return g.info }

// list lists what there is, unless nothing has changed since it was listed.
func (g *Git) list(ctx context.Context) (*listing, error) {
	state, _, err := g.State(ctx)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known != nil && g.known.state == state {
		return g.known, nil
	}
	l, err := g.repo.list(ctx, g.rev)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	l.state = state
	g.known, g.ahead, g.size = l, map[string]*shown{}, 0
	return l, nil
}

// Walk implements corpus.Source.
func (g *Git) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := g.list(ctx)
	if err != nil {
		return nil, err
	}
	report := &corpus.Report{}
	for why, n := range l.leftOut {
		for range n {
			report.LeaveOut(why, 0)
		}
	}
	for i := range l.entries {
		it := l.entries[i].item()
		report.Taken.Add(it.Size)
		if err := visit(it); err != nil {
			return report, err
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
	}
	return report, nil
}

// find finds the document at a path.
func (g *Git) find(ctx context.Context, path string) (*listing, int, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	l, err := g.list(ctx)
	if err != nil {
		return nil, 0, err
	}
	i, ok := slices.BinarySearchFunc(l.entries, path, func(e entry, path string) int { return strings.Compare(e.path, path) })
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", path, corpus.ErrGone)
	}
	return l, i, nil
}

// Stat implements corpus.Source.
func (g *Git) Stat(ctx context.Context, path string) (corpus.Item, error) {
	l, i, err := g.find(ctx, path)
	if err != nil {
		return corpus.Item{}, err
	}
	return l.entries[i].item(), nil
}

// Open implements corpus.Source.
func (g *Git) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	l, i, err := g.find(ctx, path)
	if err != nil {
		return nil, corpus.Item{}, err
	}
	it := l.entries[i].item()
	s, err := g.show(ctx, l, i)
	if err != nil {
		return nil, it, fmt.Errorf("%s: %w", path, err)
	}
	return source.NewMarked(s.text, s.marks), it, nil
}
