package serve

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"sluice/api"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/vfs"
)

// forgetPlan is what targets turned out to name.
type forgetPlan struct {
	what    ingest.Forget
	counts  api.Forget
	configs map[string]index.SourceConfig
}

// PlanForget tells what Forget would take out, without doing it.
func (s *Service) PlanForget(ctx context.Context, r api.ForgetRequest) (*api.Forget, error) {
	p, err := s.planForget(ctx, r)
	if err != nil {
		return nil, err
	}
	return &p.counts, p.unknown()
}

// Forget takes sources (by label), documents and folders (by path) and passages (by id) out of the
// store and keeps paths and ids out at later syncs. When it returns, none of it is served any more.
func (s *Service) Forget(ctx context.Context, r api.ForgetRequest) (*api.Forget, error) {
	p, err := s.planForget(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(p.counts.Unknown) == len(r.Targets) {
		return &p.counts, p.unknown()
	}
	ctx = vfs.WithPurpose(ctx, "forget")
	// What stays out is written down first: a sync between the two must not bring it back.
	for label, paths := range p.what.Paths {
		if err := s.keepOut(ctx, p.configs[label], paths); err != nil {
			return nil, err
		}
	}
	rep, err := s.ingest.Forget(ctx, p.what)
	if err != nil {
		return nil, locked(err)
	}
	p.counts.Documents, p.counts.Passages = rep.Documents, rep.Passages
	return &p.counts, p.unknown()
}

func (p *forgetPlan) unknown() error {
	switch n := len(p.counts.Unknown); {
	case n == 0:
		return nil
	case len(p.counts.Sources) == 0 && p.counts.Passages == 0:
		return Nothingf("nothing in this store is called %s", strings.Join(p.counts.Unknown, ", "))
	}
	return Partlyf("nothing in this store is called %s", strings.Join(p.counts.Unknown, ", "))
}

// planForget finds out what each target names: a source's label, a passage's id, or a path.
func (s *Service) planForget(ctx context.Context, r api.ForgetRequest) (*forgetPlan, error) {
	if len(r.Targets) == 0 {
		return nil, Usagef("name a source, a path or a passage id to forget")
	}
	sn, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	p := &forgetPlan{counts: api.Forget{Sources: []string{}, Unknown: []string{}}, configs: map[string]index.SourceConfig{}}
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
		place, live, _, err := sn.Lookup(id)
		if err != nil {
			return err
		}
		if live {
			p.what.IDs = append(p.what.IDs, id)
			passages[place] = true
			return nil
		}
	}
	found, err := s.resolve(sn, "", target, true)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		p.counts.Unknown = append(p.counts.Unknown, target)
	}
	for _, n := range found {
		p.what.Paths[n.source] = append(p.what.Paths[n.source], n.path)
		for _, place := range n.places {
			passages[place] = true
		}
	}
	return nil
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

// count adds up the documents and passages that go.
func (p *forgetPlan) count(sn *index.Snapshot, passages map[index.Place]bool) error {
	type doc struct{ segment, doc uint32 }
	docs := map[doc]bool{}
	for place := range passages {
		rec, err := sn.Passage(place)
		if err != nil {
			return err
		}
		docs[doc{place.Segment, rec.Doc}] = true
	}
	p.counts.Documents, p.counts.Passages = int64(len(docs)), int64(len(passages))
	return nil
}

// keepOut adds paths to what a source's connector leaves out.
func (s *Service) keepOut(ctx context.Context, c index.SourceConfig, paths []string) error {
	con, ok := s.opts.Connectors[c.Kind]
	if !ok || con.Forget == nil {
		return Usagef("source %q is of kind %q, from which single paths cannot be forgotten by this version", c.Label, c.Kind)
	}
	options, err := con.Forget(c.Options, paths)
	if err != nil {
		return err
	}
	c.Options = options
	return locked(s.store.AddSource(ctx, c))
}
