package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
)

// forgetPlan is what targets turned out to name.
type forgetPlan struct {
	what    ingest.Forget
	counts  api.Forget
	configs map[string]index.SourceConfig
	where   Where
	whole   map[string]bool // paths of sources whose rules keep them out, by label and path
	again   []string        // sources of which documents are to be read again without a part of them
}

// PlanForget tells what Forget would take out, without doing it.
func (s *Service) PlanForget(ctx context.Context, r api.ForgetRequest) (*api.Forget, error) {
	p, err := s.planForget(ctx, r)
	if err != nil {
		return nil, err
	}
	remains, err := s.store.Remains()
	if err != nil {
		return nil, err
	}
	p.counts.State = remains.String()
	if p.counts.Resumed = p.names(0) && !remains.Gone(); p.counts.Resumed {
		return &p.counts, nil
	}
	return &p.counts, p.unknown()
}

// Forget takes sources (by label), documents and folders (by path) and passages (by id) out of the
// store and keeps paths and ids out at later syncs. When it returns, none of it is served any more,
// and State says whether its bytes are gone. It also goes on with what an earlier forget could not
// finish; then a target that names nothing any more is no error.
func (s *Service) Forget(ctx context.Context, r api.ForgetRequest) (*api.Forget, error) {
	p, err := s.planForget(ctx, r)
	if err != nil {
		return nil, err
	}
	ctx = vfs.WithPurpose(ctx, "forget")
	before, err := s.store.Remains()
	if err != nil {
		return nil, err
	}
	if p.names(0) && before.Gone() {
		p.counts.State = before.String()
		return &p.counts, p.unknown()
	}
	p.what.KeepOut = func(c index.SourceConfig, paths []string) (index.SourceConfig, bool, error) {
		return s.keepOutAll(p, c, paths)
	}
	rep, err := s.ingest.Forget(ctx, p.what)
	if err != nil {
		return nil, locked(err)
	}
	if err := s.dropCopies(ctx); err != nil {
		return nil, fmt.Errorf("it is gone from the store, but not from what a source keeps beside it: forget it again: %w", err)
	}
	p.counts.Resumed = !before.Gone()
	p.counts.Documents, p.counts.Passages, p.counts.Older = rep.Documents, rep.Passages, rep.Older
	p.counts.State = rep.Remains.String()
	for _, d := range rep.Dropped {
		p.counts.Dropped = append(p.counts.Dropped, droppedWords(d))
	}
	for _, label := range p.again {
		if _, err := s.syncOne(ctx, label, ingest.SyncOptions{}); err != nil && ctx.Err() != nil {
			break // what is not read again now is at the next sync
		}
	}
	if p.names(0) {
		return &p.counts, nil
	}
	return &p.counts, p.unknown()
}

// dropCopies has the sources that keep copies of their documents, because these lie elsewhere, let
// go of those that their rules now say are forgotten.
func (s *Service) dropCopies(ctx context.Context) error {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return err
	}
	var all error
	for _, st := range sources {
		src, err := s.source(st.SourceConfig)
		keeps, ok := src.(interface {
			Forget(drop func(corpus.Item) bool) error
		})
		if err != nil || !ok { // a source that cannot be opened has nothing that its rules could be asked about
			continue
		}
		all = errors.Join(all, keeps.Forget(func(it corpus.Item) bool {
			_, err := src.Stat(ctx, it.Path)
			return corpus.ReasonOf(err) == corpus.Forgotten
		}))
	}
	return all
}

// Resume goes on with what was told to be forgotten and is not gone yet, as a long-lived process
// does when it starts.
func (s *Service) Resume(ctx context.Context) error {
	_, err := s.ingest.Resume(vfs.WithPurpose(ctx, "forget"))
	return locked(err)
}

func droppedWords(d ingest.Dropped) string {
	return fmt.Sprintf("%s of source %s is damaged and may have held it, so it went as a whole: `sluice sync` reads its other documents again (%s)",
		d.Segment, d.Label, Plural(d.Documents, "document"))
}

// names tells whether the targets named n things.
func (p *forgetPlan) names(n int) bool {
	return len(p.what.Sources)+len(p.what.Paths)+len(p.what.IDs) == n
}

func (p *forgetPlan) unknown() error {
	switch n := len(p.counts.Unknown); {
	case n == 0:
		return nil
	case p.names(0):
		return Nothingf("nothing in this store is called %s", strings.Join(p.counts.Unknown, ", "))
	}
	return Partlyf("nothing in this store is called %s", strings.Join(p.counts.Unknown, ", "))
}

// planForget finds out what each target names: a source's label, a passage's id, or a path.
func (s *Service) planForget(ctx context.Context, r api.ForgetRequest) (*forgetPlan, error) {
	where, err := s.whereOf(r)
	if err != nil {
		return nil, err
	}
	if len(r.Targets) == 0 && where == (Where{}) {
		return nil, Usagef("name a source, a path or a passage id to forget, or say with --from, --after and --before what")
	}
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	p := &forgetPlan{counts: api.Forget{Sources: []string{}, Unknown: []string{}}, configs: map[string]index.SourceConfig{}, where: where, whole: map[string]bool{}}
	p.what.Paths = map[string][]string{}
	for _, src := range sn.Sources() {
		p.configs[src.Label] = src.SourceConfig
	}
	passages := map[index.Place]bool{}
	for _, target := range r.Targets {
		if err := s.planOne(sn, target, p, passages); err != nil {
			return nil, err
		}
	}
	if err := s.planWhere(sn, r, p, passages); err != nil {
		return nil, err
	}
	if err := p.count(sn, passages); err != nil {
		return nil, err
	}
	return p, s.countSources(ctx, p)
}

// countSources adds what the sources that go whole hold.
func (s *Service) countSources(ctx context.Context, p *forgetPlan) error {
	if len(p.what.Sources) == 0 {
		return nil
	}
	st, err := s.store.Status(ctx)
	if err != nil {
		return err
	}
	for _, src := range st.Sources {
		if slices.Contains(p.what.Sources, src.Label) {
			p.counts.Documents += src.Documents
			p.counts.Passages += src.Passages
		}
	}
	return nil
}

func (s *Service) planOne(sn *index.Snapshot, target string, p *forgetPlan, passages map[index.Place]bool) error {
	if label, ok := s.sourceNamed(sn, target); ok {
		if !slices.Contains(p.counts.Sources, label) {
			p.what.Sources = append(p.what.Sources, label)
			p.counts.Sources = append(p.counts.Sources, label)
		}
		return nil
	}
	if id, err := index.ParseID(target); err == nil {
		known, err := p.passage(sn, id, target, passages)
		if known || err != nil {
			return err
		}
	}
	known, err := s.planPath(sn, target, p, passages)
	if err == nil && !known {
		p.counts.Unknown = append(p.counts.Unknown, target)
	}
	return err
}

// passage plans to forget one passage; false when the store does not hold it.
func (p *forgetPlan) passage(sn *index.Snapshot, id [10]byte, target string, passages map[index.Place]bool) (bool, error) {
	found, err := sn.StoredID(id)
	if err != nil {
		return false, err
	}
	already := slices.ContainsFunc(sn.Sources(), func(st index.SourceState) bool { return slices.Contains(st.ForgottenIDs, index.FormatID(id)) })
	if !found.Any() && !already {
		return false, nil
	}
	p.what.IDs = append(p.what.IDs, id)
	p.found(target, found, already, passages)
	return true, nil
}

// found notes what was found of a target.
func (p *forgetPlan) found(target string, f *index.Found, already bool, passages map[index.Place]bool) {
	for _, place := range f.Live {
		passages[place] = true
	}
	if !f.Any() && already && !slices.Contains(p.counts.Already, target) {
		p.counts.Already = append(p.counts.Already, target)
	}
	p.counts.Older += int64(f.Dead)
}

// planPath plans to forget a document or a folder; false when nothing has to do with the path. It
// takes the likeliest reading that holds anything, or was forgotten before, and where none does,
// all that may, as far as damage or what an interrupted sync has left lets tell.
func (s *Service) planPath(sn *index.Snapshot, target string, p *forgetPlan, passages map[index.Place]bool) (known bool, err error) {
	var unsure []named
	for _, try := range s.readings(sn, "", target) {
		for _, n := range try {
			if n.path == "." || n.path == ".." || strings.HasPrefix(n.path, "../") {
				continue
			}
			found, already, err := s.storedAt(sn, p, &n)
			if err != nil {
				return false, err
			}
			switch {
			case found.Any() || already:
				known = true
				p.what.Paths[n.source] = append(p.what.Paths[n.source], n.path)
				p.found(target, found, already, passages)
			case found.Unsure || s.store.Pended(n.source):
				unsure = append(unsure, n, named{source: n.source, path: index.FolderOf(n.path)})
			}
		}
		if known {
			return true, nil
		}
	}
	for _, n := range unsure {
		p.what.Paths[n.source] = append(p.what.Paths[n.source], n.path)
	}
	return len(unsure) > 0, nil
}

// storedAt finds a document, or where there is none and was none that was forgotten, all below a
// folder, whose path is then written as one.
func (s *Service) storedAt(sn *index.Snapshot, p *forgetPlan, n *named) (found *index.Found, already bool, err error) {
	already = s.keptOut(p.configs[n.source], n.path)
	found, err = sn.Stored(n.source, n.path)
	folder := index.FolderOf(n.path)
	if err != nil || found.Any() || already && corpus.AddressAt(n.path) >= 0 || folder == n.path {
		return found, already, err
	}
	below, err := sn.Stored(n.source, folder)
	if kept := s.keptOut(p.configs[n.source], folder); err == nil && (below.Any() || kept) {
		n.path, already = folder, kept
	}
	return below, already, err
}

// sourceNamed finds a source by its label or, when no document has that path, by its root.
func (s *Service) sourceNamed(sn *index.Snapshot, target string) (string, bool) {
	if src, ok := sn.Source(target); ok {
		return src.Label, true
	}
	for _, try := range s.readings(sn, "", target) {
		for _, n := range try {
			src, ok := sn.Source(n.source)
			if ok && n.path == "." && (!relative(target) || src.Root == realPath(filepath.Join(s.opts.Dir, target))) {
				return n.source, true
			}
		}
	}
	return "", false
}

// count adds up the documents and passages that go. What cannot be read goes uncounted.
func (p *forgetPlan) count(sn *index.Snapshot, passages map[index.Place]bool) error {
	type doc struct{ segment, doc uint32 }
	docs := map[doc]bool{}
	for place := range passages {
		rec, err := sn.Passage(place)
		if err != nil && !errors.Is(err, index.ErrCorrupt) {
			return err
		}
		if err == nil {
			docs[doc{place.Segment, rec.Doc}] = true
		}
	}
	p.counts.Documents, p.counts.Passages = int64(len(docs)), int64(len(passages))
	return nil
}

// keepOut adds paths to what a source's connector leaves out.
func (s *Service) keepOut(c index.SourceConfig, paths []string) (_ index.SourceConfig, added bool, err error) {
	con, ok := s.opts.Connectors[c.Kind]
	if !ok || con.Forget == nil {
		return c, false, Usagef("source %q is of kind %q, from which single paths cannot be forgotten by this version", c.Label, c.Kind)
	}
	was := c.Options
	if c.Options, err = con.Forget(c.Options, paths); err != nil {
		return c, false, err
	}
	return c, !bytes.Equal(was, c.Options), nil
}

// keptOut tells whether a path was forgotten before.
func (s *Service) keptOut(c index.SourceConfig, path string) bool {
	_, added, err := s.keepOut(c, []string{path})
	return err == nil && !added
}
