package serve

import (
	"context"
	"errors"
	"slices"

	"sluice/corpus"
	"sluice/index"
)

// Addable looks whether sources can be added together, before any of them is: all or none. What it
// returns are their configurations as Add settles them: a root that is in keeps its label.
func (s *Service) Addable(ctx context.Context, all []index.SourceConfig) ([]index.SourceConfig, error) {
	sources, err := s.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	held := make([]index.SourceConfig, len(sources))
	for i, src := range sources {
		held[i] = src.SourceConfig
	}
	var settled []index.SourceConfig
	for _, c := range all {
		if c, err = s.settle(ctx, c); err != nil {
			return nil, err
		}
		for _, other := range settled {
			if other.Label == c.Label && !s.sameRoot(other, c) {
				return nil, Usagef("%s and %s would both be called %q: add one of them by itself, with --label", other.Root, c.Root, c.Label)
			}
		}
		known := slices.ContainsFunc(held, func(h index.SourceConfig) bool { return h.Label == c.Label })
		for _, other := range slices.Concat(held, settled) {
			if known || other.Label == c.Label {
				continue
			}
			if err := s.apart(ctx, other, c); err != nil {
				return nil, err
			}
		}
		settled = append(settled, c)
	}
	return settled, nil
}

// apart tells whether a new source would read nothing that another one reads: what is read twice is
// found twice.
func (s *Service) apart(ctx context.Context, old, added index.SourceConfig) error {
	con := s.opts.Connectors[added.Kind]
	if con.Within == nil || old.Kind != added.Kind {
		return nil
	}
	if rel, ok := con.Within(added, old); ok && s.reads(ctx, old, rel, added) {
		return Usagef("%s lies in source %q (%s), which reads it: ask for it alone with --path %s/", added.Root, old.Label, old.Root, rel)
	}
	if rel, ok := con.Within(old, added); ok && s.reads(ctx, added, rel, old) {
		return Usagef("%s holds source %q (%s), which would be read twice: add --exclude /%s/, or `sluice forget %s` first", added.Root, old.Label, old.Root, rel, old.Label)
	}
	return nil
}

// sharedTried is how many documents of an inner source are asked for in the outer one: its rules
// may leave some of them out.
const sharedTried = 64

// reads tells whether the outer source takes documents of the inner one, which lies at rel in it. A
// source that cannot be read now is not said to.
func (s *Service) reads(ctx context.Context, outer index.SourceConfig, rel string, inner index.SourceConfig) bool {
	out, err := s.source(outer)
	if err != nil {
		return false
	}
	in, err := s.source(inner)
	if err != nil {
		return false
	}
	found, tried := false, 0
	enough := errors.New("enough")
	_, _ = in.Walk(ctx, func(it corpus.Item) error {
		_, err := out.Stat(ctx, rel+"/"+it.Path)
		found = err == nil
		if tried++; found || tried == sharedTried {
			return enough
		}
		return nil
	})
	return found
}
