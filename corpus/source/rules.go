package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/corpus"
	"sluice/corpus/source/folder/gitignore"
)

// Rules say what of a source counts, whatever its kind. They are kept in the store's table of
// sources as JSON. Patterns have .gitignore's syntax, on the documents' paths.
type Rules struct {
	// Include overrides Exclude. A pattern that is the very path of a document also says that
	// nothing is to be cut out of it.
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`
	// MaxFileSize is the largest document taken, in bytes; 0: any that a store takes.
	MaxFileSize int64 `json:"max_file_size,omitempty"`
	// Forgotten are the names (corpus.ForgottenName) of paths of documents, with all below them,
	// that the owner told the store to forget, and ForgottenWhere is what else stays out, by sender
	// and time.
	Forgotten      []string       `json:"forgotten,omitempty"`
	ForgottenWhere []corpus.Where `json:"forgotten_where,omitempty"`
	// Set are the connector's own options.
	Set map[string]string `json:"set,omitempty"`
}

// Drops tells whether the owner told the store to forget what that sender wrote at that time. A
// connector whose documents hold many messages asks for each of them.
func (r *Rules) Drops(from string, at time.Time) bool {
	return slices.ContainsFunc(r.ForgottenWhere, func(w corpus.Where) bool { return w.Holds(from, at) })
}

// Forgetting adds paths to what stays out.
func (r *Rules) Forgetting(paths []string) {
	r.Forgotten, r.Include = corpus.ForgetPaths(r.Forgotten, r.Include, paths)
}

// check refuses options that the kind does not know.
func (r *Rules) check(k Kind) error {
	for name := range r.Set {
		if _, ok := k.Options[name]; !ok {
			known := strings.Join(slices.Sorted(maps.Keys(k.Options)), ", ")
			if known == "" {
				known = "none"
			}
			return fmt.Errorf("%s: there is no option %q; this kind has: %s", k.Name, name, known)
		}
	}
	return nil
}

// Leaves tells why the rules leave a document out by its path alone; "": they do not. A source that
// has to fetch its documents asks before it does.
func (r Rules) Leaves() func(path string) corpus.Reason {
	return r.Over(nil).(*ruled).path
}

// Over is the source as the rules let it be seen. One function decides for Walk, List, Open and
// Stat, so that they agree whatever the connector is.
func (r Rules) Over(src corpus.Source) corpus.Source {
	o := &ruled{src: src, rules: r, include: gitignore.ParseLines(r.Include), exclude: gitignore.ParseLines(r.Exclude),
		forgotten: corpus.NewForgetting(r.Forgotten), asIs: map[string]bool{}}
	for _, p := range r.Include {
		if !strings.ContainsAny(p, `*?[\`) {
			if corpus.AddressAt(p) < 0 {
				p = strings.Trim(p, "/")
			}
			o.asIs[p] = true
		}
	}
	return o
}

// ruled is a source under rules.
type ruled struct {
	src              corpus.Source
	rules            Rules
	include, exclude *gitignore.List
	forgotten        corpus.Forgetting
	asIs             map[string]bool
}

var (
	_ corpus.Lister  = (*ruled)(nil)
	_ corpus.Sampler = (*ruled)(nil)
	_ corpus.Stater  = (*ruled)(nil)
	_ corpus.Fetcher = (*ruled)(nil)
	_ Previewer      = (*ruled)(nil)
)

// path is why the rules leave a document out by its path alone; "" where they do not.
func (o *ruled) path(path string) corpus.Reason {
	if o.forgotten.Holds(path) {
		return corpus.Forgotten
	}
	if matches(o.exclude, path) && !matches(o.include, path) {
		return corpus.Excluded
	}
	return ""
}

// matches tells whether patterns match a path, or a folder above it.
func matches(list *gitignore.List, path string) bool {
	for at := 0; list != nil; {
		slash := strings.IndexByte(path[at:], '/')
		part, dir := path, slash >= 0
		if dir {
			part = path[:at+slash]
		}
		switch list.Match(part, dir) {
		case gitignore.Ignore:
			return true
		case gitignore.Keep:
			return false
		}
		if !dir {
			break
		}
		at += slash + 1
	}
	return false
}

// why is why the rules leave a document out.
func (o *ruled) why(it corpus.Item) corpus.Reason {
	if why := o.path(it.Path); why != "" {
		return why
	}
	switch {
	case o.rules.Drops(it.From, it.Time): // its file's time is not its own: the file may hold many
		return corpus.Forgotten
	case o.rules.MaxFileSize > 0 && it.Size > o.rules.MaxFileSize:
		return corpus.TooLarge
	}
	return ""
}

func (o *ruled) item(it corpus.Item) corpus.Item {
	it.AsIs = it.AsIs || o.asIs[it.Path]
	return it
}

func gone(path string, why corpus.Reason) error {
	return fmt.Errorf("%w: %w", corpus.ErrGone, &corpus.LeftOutError{Path: path, Reason: why})
}

// Info implements corpus.Source.
func (o *ruled) Info() corpus.Info { return o.src.Info() }

// Walk implements corpus.Source.
func (o *ruled) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return o.through(ctx, o.src.Walk, visit)
}

// List implements corpus.Lister.
func (o *ruled) List(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return o.through(ctx, func(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
		return corpus.List(ctx, o.src, visit)
	}, visit)
}

// through lists what the rules let through, and counts what they do not.
func (o *ruled) through(ctx context.Context, list func(context.Context, func(corpus.Item) error) (*corpus.Report, error),
	visit func(corpus.Item) error) (*corpus.Report, error) {
	var mu sync.Mutex
	own := corpus.Report{}
	report, err := list(ctx, func(it corpus.Item) error {
		why := o.why(it)
		mu.Lock()
		if why != "" {
			own.LeaveOut(why, it.Size)
			mu.Unlock()
			return nil
		}
		own.Taken.Add(it.Size)
		mu.Unlock()
		return visit(o.item(it))
	})
	if report == nil {
		return nil, err
	}
	own.Merge(report)
	return &own, err
}

// Open implements corpus.Source.
func (o *ruled) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	if why := o.path(path); why != "" {
		return nil, corpus.Item{}, o.alive(ctx, path, why)
	}
	r, it, err := o.src.Open(ctx, path)
	if err != nil {
		return nil, it, err
	}
	if why := o.why(it); why != "" {
		return nil, it, errors.Join(gone(path, why), r.Close())
	}
	return r, o.item(it), nil
}

// Stat implements corpus.Source.
func (o *ruled) Stat(ctx context.Context, path string) (corpus.Item, error) {
	if why := o.path(path); why != "" {
		return corpus.Item{}, o.alive(ctx, path, why)
	}
	it, err := o.src.Stat(ctx, path)
	if err != nil {
		return it, err
	}
	if why := o.why(it); why != "" {
		return it, gone(path, why)
	}
	return o.item(it), nil
}

// alive is the error for a document that is left out: of a source whose root is missing nothing can
// be said.
func (o *ruled) alive(ctx context.Context, path string, why corpus.Reason) error {
	if _, err := o.src.Stat(ctx, path); err != nil && !errors.Is(err, corpus.ErrGone) {
		return err
	}
	return gone(path, why)
}

// Sample implements corpus.Sampler: of a source that cannot look into its documents it is 0.
func (o *ruled) Sample(ctx context.Context, path string) (uint64, error) {
	if s, ok := o.src.(corpus.Sampler); ok {
		return s.Sample(ctx, path)
	}
	return 0, nil
}

// State implements corpus.Stater.
func (o *ruled) State(ctx context.Context) (uint64, bool, error) {
	if s, ok := o.src.(corpus.Stater); ok {
		return s.State(ctx)
	}
	return 0, false, nil
}

// Preview implements Previewer: a source that knows better is asked.
func (o *ruled) Preview(ctx context.Context, whole bool, progress func(n int64)) (*Preview, error) {
	if p, ok := o.src.(Previewer); ok {
		return p.Preview(ctx, whole, progress)
	}
	return PreviewOf(ctx, struct{ corpus.Source }{o}, whole, progress)
}

// Fetch implements corpus.Fetcher.
func (o *ruled) Fetch(ctx context.Context, tell func(done, waiting int64)) error {
	return corpus.Fetch(ctx, o.src, tell)
}

// Forget implements Forgetful.
func (o *ruled) Forget(drop func(corpus.Item) bool) error {
	if f, ok := o.src.(Forgetful); ok {
		return f.Forget(drop)
	}
	return nil
}

// Close gives back what the source holds open.
func (o *ruled) Close() error {
	if c, ok := o.src.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
