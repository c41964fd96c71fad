package unpack

import (
	"context"
	"errors"
	"slices"
	"sync"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
	"sluice/internal/limits"
)

// depthMax is how deep archives may lie in archives: one in the fourth is a document that is not
// read.
const depthMax = 4

// Walk implements corpus.Source.
func (s *Source) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	w := &walk{source: s, visit: visit, own: &corpus.Report{}}
	report, err := s.raw.Walk(ctx, func(it corpus.Item) error { return w.take(ctx, plain(it)) })
	if err == nil {
		err = w.finish(ctx)
	}
	return w.merged(report), err
}

// List implements corpus.Lister.
func (s *Source) List(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	w := &walk{source: s, visit: visit, own: &corpus.Report{}}
	report, err := corpus.List(ctx, s.raw, func(it corpus.Item) error {
		one := &walk{source: s, visit: visit, own: w.own, mu: &w.listed}
		return errors.Join(one.take(ctx, plain(it)), one.finish(ctx))
	})
	return w.merged(report), err
}

// walk puts the documents of archives where they belong in a walk: behind what comes before the
// archive's path and a slash.
type walk struct {
	source *Source
	visit  func(corpus.Item) error
	depth  int
	within *layer // in which the walk is; nil: in none

	mu      *sync.Mutex // guards own where walks share it
	listed  sync.Mutex
	own     *corpus.Report
	waiting []corpus.Item // archives whose turn has not come
}

// report changes the report.
func (w *walk) report(change func(*corpus.Report)) {
	if w.mu != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
	}
	change(w.own)
}

// merged adds what the other source did not visit.
func (w *walk) merged(report *corpus.Report) *corpus.Report {
	if report == nil {
		return nil
	}
	w.own.Merge(report)
	return w.own
}

// take visits an item whose turn has come, or lets an archive wait for its turn.
func (w *walk) take(ctx context.Context, it corpus.Item) error {
	if err := w.before(ctx, it.Path); err != nil {
		return err
	}
	if formats.IsArchive(it.Path) && w.depth < depthMax {
		w.waiting = append(w.waiting, it)
		return nil
	}
	w.report(func(r *corpus.Report) { r.Taken.Add(it.Size) })
	return w.visit(it)
}

// before visits what lies in archives and comes before a path; finish all of it.
func (w *walk) before(ctx context.Context, p string) error {
	for {
		next := -1
		for i, it := range w.waiting {
			if (p == "" || it.Path+"/" < p) && (next < 0 || it.Path+"/" < w.waiting[next].Path+"/") {
				next = i
			}
		}
		if next < 0 {
			return nil
		}
		it := w.waiting[next]
		w.waiting = slices.Delete(w.waiting, next, next+1)
		if err := w.into(ctx, it); err != nil {
			return err
		}
	}
}

func (w *walk) finish(ctx context.Context) error { return w.before(ctx, "") }

// into visits what lies in an archive. One that cannot be read fails by itself.
func (w *walk) into(ctx context.Context, it corpus.Item) error {
	l, err := w.source.enter(ctx, w.within, it)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.report(func(r *corpus.Report) { r.Fail(it.Path, reasonOf(err)) })
		return nil
	}
	defer w.source.layers.done(l)
	w.report(func(r *corpus.Report) { r.Merge(l.left) })
	below := &walk{source: w.source, visit: w.visit, depth: l.depth, within: l, mu: w.mu, own: w.own}
	for _, name := range l.order {
		m := l.members[name]
		item := l.item(m)
		why := w.source.raw.Inside(item.Path)
		if why == "" && (item.Size > limits.DocumentBytesMax || len(item.Path) > limits.PathBytesMax) {
			why = corpus.TooLarge
		}
		if why != "" {
			w.report(func(r *corpus.Report) { r.LeaveOut(why, item.Size) })
			continue
		}
		if err := below.take(ctx, item); err != nil {
			return err
		}
	}
	return below.finish(ctx)
}

// reasonOf is a refusal in its own words.
func reasonOf(err error) error {
	if no := (*extract.Refusal)(nil); errors.As(err, &no) {
		return no
	}
	return err
}
