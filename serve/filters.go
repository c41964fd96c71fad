package serve

import (
	"path"
	"path/filepath"
	"strings"

	"sluice/index"
)

// within finds the sources that path filters mean by where they lie: an absolute path, or one from
// the folder that the command runs in (./src, ../src). Other globs are on the paths of all sources.
func (s *Service) within(sources []index.SourceState, paths []string) (globs []string, in []index.Within) {
	for _, p := range paths {
		p = filepath.ToSlash(p)
		base, glob := splitGlob(p)
		var found []index.Within
		if where, ok := s.whereabouts(base); ok {
			forms := []string{path.Clean(where), realPath(where)}
			for _, src := range sources {
				if w, ok := inSource(src, forms, glob); ok {
					found = append(found, w)
				}
			}
		}
		if len(found) == 0 {
			globs = append(globs, p)
		}
		in = append(in, found...)
	}
	return globs, in
}

// whereabouts is the absolute path that the fixed part of a filter means, if it says so.
func (s *Service) whereabouts(base string) (string, bool) {
	switch {
	case filepath.IsAbs(filepath.FromSlash(base)):
		return base, true
	case s.opts.Dir == "":
		return "", false
	case base == "." || base == ".." || strings.HasPrefix(base, "./") || strings.HasPrefix(base, "../"):
		return filepath.ToSlash(Absolute(s.opts.Dir, filepath.FromSlash(base))), true
	}
	return "", false
}

// inSource tells what a filter on absolute paths is on those of a source. forms are the ways to
// write the path.
func inSource(src index.SourceState, forms []string, glob string) (index.Within, bool) {
	for _, form := range forms {
		if rel, ok := below(src.Root, form); ok {
			return index.Within{Source: src.Label, Path: path.Join("/", escapeGlob(rel), glob)}, true
		}
		if _, around := below(form, src.Root); around && (glob == "" || glob == "*" || glob == "**") {
			return index.Within{Source: src.Label, Path: "**"}, true
		}
	}
	return index.Within{}, false
}

// splitGlob splits a path filter before the first of its folders that has a sign of globs in it.
func splitGlob(p string) (base, glob string) {
	i := strings.IndexAny(p, "*?[{")
	if i < 0 {
		return p, ""
	}
	i = strings.LastIndexByte(p[:i], '/') + 1
	if i > 1 {
		return p[:i-1], p[i:]
	}
	return p[:i], p[i:]
}

// escapeGlob makes a path a glob that matches it alone.
func escapeGlob(p string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(p)
}
