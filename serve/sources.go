package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
)

// Add opts a source in, or changes the options of one that is in, and brings it up to date. A
// configuration without options leaves those of a known source as they are.
func (s *Service) Add(ctx context.Context, c index.SourceConfig) (*api.Add, error) {
	c, err := s.settle(ctx, c)
	if err != nil {
		return nil, err
	}
	before, err := s.state(ctx, c.Label)
	if err != nil && !errors.Is(err, index.ErrNoSource) {
		return nil, err
	}
	if err := s.store.AddSource(ctx, c); err != nil {
		return nil, err
	}
	out, err := s.Sync(ctx, api.SyncRequest{Source: []string{c.Label}}, false)
	if out != nil && len(out.Sources) == 1 {
		out.Sources[0].Again = remembered(before.Options, c.Options)
	}
	return out, err
}

// remembered are the paths that options told to forget, and newer ones include by their names.
func remembered(before, after json.RawMessage) (paths []string) {
	var was, is forgetting
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return nil // there were none
	}
	had, has := corpus.NewForgetting(was.Forgotten), corpus.NewForgetting(is.Forgotten)
	for _, p := range is.Include {
		if had.Has(p) && !has.Has(p) {
			if corpus.AddressAt(p) < 0 {
				p = strings.Trim(p, "/")
			}
			paths = append(paths, p)
		}
	}
	return paths
}

// forgetting is the part of a source's options that says what stays out, and what does not.
type forgetting struct {
	Forgotten []string `json:"forgotten"`
	Include   []string `json:"include"`
	Where     []Where  `json:"forgotten_where"`
}

// settle decides what adding means when the store knows the label or the root already: the same
// root keeps its label, so that ids last; a label whose root is gone has moved; any other clash is
// refused.
func (s *Service) settle(ctx context.Context, c index.SourceConfig) (index.SourceConfig, error) {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return c, err
	}
	for _, old := range sources {
		switch {
		case old.Kind == c.Kind && s.sameRoot(old.SourceConfig, c):
			c.Label, c.Root = old.Label, old.Root
		case old.Label == c.Label && old.Kind == "": // its entry was lost: this is what brings it back
			return c, nil
		case old.Label == c.Label && !s.rootGone(ctx, old.SourceConfig):
			return c, Usagef("the label %q belongs to %s; name this source with --label", c.Label, old.Root)
		case old.Label != c.Label:
			continue
		}
		if len(c.Options) == 0 || bytes.Equal(c.Options, []byte("{}")) {
			c.Options = old.Options
		} else if c.Options, err = s.carryForgotten(old.SourceConfig, c.Options); err != nil {
			return c, err
		}
		return c, nil
	}
	return c, nil
}

// sameRoot tells whether two sources are one: a folder may have two names.
func (s *Service) sameRoot(a, b index.SourceConfig) bool {
	con := s.opts.Connectors[a.Kind]
	return a.Root == b.Root || con.Same != nil && con.Same(a, b)
}

// carryForgotten takes over what the owner told the store to forget: new options do not bring it
// back, only an include pattern does, and the connector sees to that.
func (s *Service) carryForgotten(old index.SourceConfig, options json.RawMessage) (json.RawMessage, error) {
	var had forgetting
	con, ok := s.opts.Connectors[old.Kind]
	if !ok || len(old.Options) == 0 {
		return options, nil
	}
	var given forgetting
	if err := errors.Join(json.Unmarshal(old.Options, &had), json.Unmarshal(options, &given)); err != nil {
		return options, err
	}
	named := corpus.NewForgetting(given.Include)
	had.Forgotten = slices.DeleteFunc(had.Forgotten, named.Has)
	for _, w := range had.Where {
		if con.ForgetWhere == nil {
			break
		}
		var err error
		if options, err = con.ForgetWhere(options, w); err != nil {
			return options, err
		}
	}
	if len(had.Forgotten) == 0 {
		return options, nil
	}
	return con.Forget(options, had.Forgotten)
}

// rootGone tells whether a source's root can no longer be found.
func (s *Service) rootGone(_ context.Context, c index.SourceConfig) bool {
	_, err := s.source(c)
	return errors.Is(err, corpus.ErrRootGone)
}

// Sync brings the named sources up to date, or all of them. One that cannot be costs only itself.
// With prune a source is believed even when it lost over half of its documents.
func (s *Service) Sync(ctx context.Context, r api.SyncRequest, prune bool) (*api.Add, error) {
	names, err := s.chosen(ctx, r.Source)
	if err != nil {
		return nil, err
	}
	out := &api.Add{Sources: []api.Synced{}}
	var all error
	for _, label := range names {
		rep, err := s.syncOne(ctx, label, ingest.SyncOptions{Prune: prune, Fetch: true})
		if rep == nil && err != nil && len(names) == 1 {
			return nil, locked(err)
		}
		out.Sources = append(out.Sources, synced(label, rep, err))
		all = errors.Join(all, outcome(ctx, label, rep, err))
		if ctx.Err() != nil {
			break
		}
	}
	return out, all
}

// chosen checks the labels; none means all.
func (s *Service) chosen(ctx context.Context, asked []string) ([]string, error) {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, Nothingf("this store has no sources yet: `sluice add FOLDER` adds one")
	}
	known := map[string]bool{}
	var all []string
	for _, src := range sources {
		known[src.Label] = true
		all = append(all, src.Label)
	}
	for _, label := range asked {
		if !known[label] {
			return nil, Usagef("there is no source %q; this store has: %s", label, labels(sources))
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	return all, nil
}

// syncOne brings one source up to date.
func (s *Service) syncOne(ctx context.Context, label string, opts ingest.SyncOptions) (*ingest.Report, error) {
	for range optionsTries {
		rep, err := s.syncWith(ctx, label, opts)
		if !errors.Is(err, ingest.ErrOptions) {
			s.FillBeside()
			return rep, err
		}
	}
	return nil, fmt.Errorf("source %q: %w", label, ingest.ErrOptions)
}

// optionsTries bounds how often a sync begins again because its source's options changed.
const optionsTries = 10

// syncWith is one try of syncOne, with the options that the source has now.
func (s *Service) syncWith(ctx context.Context, label string, opts ingest.SyncOptions) (*ingest.Report, error) {
	st, err := s.state(ctx, label)
	if err != nil {
		return nil, err
	}
	opts.Opened = &st.SourceConfig
	src, err := s.source(st.SourceConfig)
	if err != nil {
		return nil, err
	}
	if tell := s.telling(label, opts.Progress); tell != nil && !opts.Small {
		opts.Progress = progress(ctx, st, src, tell)
	}
	s.filling.RLock()
	defer s.filling.RUnlock()
	return s.ingest.Sync(vfs.WithPurpose(ctx, "sync of "+label), src, opts)
}

// state is what the newest generation knows of a source.
func (s *Service) state(ctx context.Context, label string) (index.SourceState, error) {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return index.SourceState{}, err
	}
	i := slices.IndexFunc(sources, func(st index.SourceState) bool { return st.Label == label })
	if i < 0 {
		return index.SourceState{}, fmt.Errorf("%w: %q", index.ErrNoSource, label)
	}
	return sources[i], nil
}

// telling is who is told how a sync comes along: whoever asked for it, and the service's owner.
func (s *Service) telling(label string, asked func(ingest.Progress)) func(ingest.Progress) {
	if s.opts.Progress == nil {
		return asked
	}
	return func(p ingest.Progress) {
		s.opts.Progress(label, p)
		if asked != nil {
			asked(p)
		}
	}
}

// progress tells how a sync comes along. Before a source's first sync its files are counted, so
// that a time can be told; later ones read little.
func progress(ctx context.Context, st index.SourceState, src corpus.Source, tell func(ingest.Progress)) func(ingest.Progress) {
	var all corpus.Count
	if st.Synced.IsZero() {
		p := ingest.Progress{Phase: "counting"}
		_, err := src.Walk(ctx, func(it corpus.Item) error {
			all.Add(it.Size)
			p.Indexed = all.Files
			tell(p)
			return nil
		})
		if err != nil {
			all = corpus.Count{} // the sync will say what is wrong
		}
	}
	return func(p ingest.Progress) {
		p.FilesTotal, p.BytesAll = all.Files, all.Bytes
		tell(p)
	}
}

// locked keeps a waiting writer's error as it is: it names who holds the lock, and nothing was
// done.
func locked(err error) error {
	if errors.Is(err, vfs.ErrLocked) {
		return &Error{Nothing, fmt.Errorf("%w; try again, or wait longer with --wait", err)}
	}
	return err
}

// outcome words what of a sync went wrong, nil when nothing did.
func outcome(ctx context.Context, label string, rep *ingest.Report, err error) error {
	switch {
	case interrupted(ctx, err):
		return Partlyf("source %q: interrupted; what was read is kept, and `sluice sync` goes on from there", label)
	case errors.Is(err, corpus.ErrRootGone):
		return Partlyf("source %q: %w; nothing was removed (if it moved: `sluice add NEWPLACE --label %s`)", label, err, label)
	case err != nil && ClassOf(err) == Corrupt:
		return fmt.Errorf("source %q: %w", label, err)
	case err != nil:
		return Partlyf("source %q: %w", label, locked(err))
	case rep.Report != nil && rep.Report.FailureN > 0:
		return Partlyf("source %q: %s could not be read, first %s: %s", label, Plural(int64(rep.Report.FailureN), "document"), rep.Report.Failures[0].Path, rep.Report.Failures[0].Err)
	}
	return nil
}

// synced words a sync's report.
func synced(label string, rep *ingest.Report, err error) api.Synced {
	out := api.Synced{Label: label, LeftOut: map[string]int64{}, Failures: []string{}}
	if rep != nil {
		out.Added, out.Changed, out.Removed, out.Same = rep.Added, rep.Changed, rep.Removed, rep.Same
		out.Mended, out.BadMarks = rep.Mended, rep.BadMarks
		out.Secrets, out.SecretDocuments = rep.Secrets, rep.SecretDocuments
		out.Bytes, out.Passages, out.Seconds = rep.Bytes, rep.Passages, rep.Took.Round(time.Millisecond).Seconds()
	}
	if rep != nil && rep.Report != nil {
		for why, c := range rep.Report.LeftOut {
			out.LeftOut[string(why)] = c.Files
		}
		for _, f := range rep.Report.Failures {
			out.Failures = append(out.Failures, f.Path+": "+f.Err)
		}
	}
	if err != nil {
		out.Failures = append(out.Failures, err.Error())
	}
	return out
}
