package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/index"
)

// named is a document of one source that somebody wrote a path for.
type named struct {
	source string
	path   string // relative to the source's root
	places []index.Place
}

// resolve finds what a path means: relative to a source's root, absolute, or relative to the folder
// that the command runs in, in this order. A folder means everything below it when folders is set.
// Of several sources that hold the path all are returned.
func (s *Service) resolve(sn *index.Snapshot, source, name string, folders bool) ([]named, error) {
	for _, try := range s.readings(sn, source, name) {
		var found []named
		for _, n := range try {
			hit, err := lookup(sn, n, folders)
			if err != nil {
				return nil, err
			}
			if len(hit.places) > 0 {
				found = append(found, hit)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// lookup lists the passages of a document, or of all documents of a folder.
func lookup(sn *index.Snapshot, n named, folders bool) (named, error) {
	var err error
	if n.places, err = sn.ByPath(n.source, n.path); err != nil || len(n.places) > 0 || !folders {
		return n, err
	}
	if n.path == "." { // a source's root is the source
		return n, nil
	}
	n.path = index.FolderOf(n.path)
	n.places, err = sn.ByPath(n.source, n.path)
	return n, err
}

// readings lists what a path may mean, the likeliest first; each reading may hold for several
// sources.
func (s *Service) readings(sn *index.Snapshot, source, name string) [][]named {
	var asIs, real []named
	absolute := filepath.ToSlash(Absolute(s.opts.Dir, name))
	for _, src := range sn.Sources() {
		if source != "" && src.Label != source {
			continue
		}
		if relative(name) {
			asIs = append(asIs, named{source: src.Label, path: spelled(name)})
		}
		for _, form := range []string{absolute, realPath(absolute)} {
			if rel, ok := below(src.Root, form); ok {
				real = append(real, named{source: src.Label, path: rel})
				break
			}
		}
	}
	return [][]named{asIs, real}
}

// spelled is a document's path as a store has it. That of a page is its address, as it is.
func spelled(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	return path.Clean(filepath.ToSlash(name))
}

// Absolute is the path that name means to a command that runs in dir; "" stands for an unknown
// folder.
func Absolute(dir, name string) string {
	switch {
	case dir == "" || filepath.IsAbs(name):
		return name
	case relative(name):
		return filepath.Join(dir, name)
	case filepath.VolumeName(name) == "": // \name lies on the drive of dir
		return filepath.Join(filepath.VolumeName(dir)+string(filepath.Separator), name)
	}
	absolute, err := filepath.Abs(name) // D:name lies below the folder of the process on that drive
	if err != nil {
		return name
	}
	return absolute
}

// relative tells whether name lies below the folder that a command runs in. On Windows a path can
// be neither that nor absolute.
func relative(name string) bool {
	return !strings.HasPrefix(filepath.ToSlash(name), "/") && filepath.VolumeName(name) == ""
}

// realPath follows symbolic links as far as the path exists: roots are stored so.
func realPath(p string) string {
	p = filepath.FromSlash(p)
	if real, err := filepath.EvalSymlinks(p); err == nil {
		return filepath.ToSlash(real)
	}
	dir, base := filepath.Split(strings.TrimSuffix(p, string(filepath.Separator)))
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return filepath.ToSlash(filepath.Join(real, base))
	}
	return filepath.ToSlash(p)
}

// below tells what p is called inside root.
func below(root, p string) (string, bool) {
	if p == root {
		return ".", true
	}
	rel, ok := strings.CutPrefix(p, strings.TrimSuffix(root, "/")+"/")
	return path.Clean(rel), ok
}

// reasons explains why a document is left out, in the words of `why`.
var reasons = map[corpus.Reason]string{
	corpus.Ignored:   "an ignore file names it (`sluice add` with --include PATTERN takes it in, --no-ignore all of them)",
	corpus.Hidden:    "its name, or a folder's above it, starts with a dot (--hidden or --include PATTERN takes it in)",
	corpus.Excluded:  "--exclude names it",
	corpus.Forgotten: "the store was told to forget it (`sluice add` with --include PATTERN brings it back)",
	corpus.Git:       "it lies inside .git",
	corpus.Secret:    "it is a key, a token or a key store and nothing else (--include PATTERN takes it in)",
	corpus.Binary:    "it is not text",
	corpus.TooLarge:  "it is larger than --max-filesize",
	corpus.NoReader:  "this build does not read its format, because the reader is large (`go install -tags full ./cmd/sluice` makes one that does)",
	corpus.NoText:    "it holds pictures of pages and no text",
	corpus.Symlink:   "it is a symbolic link; those are not followed",
	corpus.Special:   "it is no regular file",
	corpus.Foreign:   "it is nothing of what a source of this kind reads",
	corpus.Duplicate: "the source holds the same document under another path",
	corpus.Refused:   "its server does not give it out, or asks that it is not kept",
	corpus.Unread:    "it could not be read",
}

// absent tells why a path has no passages, as far as the sources can tell.
func (s *Service) absent(ctx context.Context, sn *index.Snapshot, name string) string {
	outside := true
	for _, try := range s.readings(sn, "", name) {
		for _, n := range try {
			outside = outside && strings.HasPrefix(n.path, "../")
			if why := s.absentFrom(ctx, sn, n); why != "" {
				return why
			}
		}
	}
	if outside {
		return fmt.Sprintf("%s lies in no source; this store has: %s. `sluice add FOLDER` adds one.", name, labels(sn.Sources()))
	}
	return fmt.Sprintf("%s is in no source of this store: there is no such file. This store has: %s.", name, labels(sn.Sources()))
}

// absentFrom asks one source about a document that the store holds no passage of; "" when the
// source does not know it.
func (s *Service) absentFrom(ctx context.Context, sn *index.Snapshot, n named) string {
	st, ok := sn.Source(n.source)
	if !ok || n.path == "." || strings.HasPrefix(n.path, "../") {
		return ""
	}
	if sn.Hides(n.source, n.path) {
		return fmt.Sprintf("%s of source %q is damaged in the store: `sluice repair` reads it again.", n.path, n.source)
	}
	src, err := s.source(st.SourceConfig)
	if err != nil {
		return ""
	}
	item, err := src.Stat(ctx, n.path)
	var left *corpus.LeftOutError
	if err == nil { // some rules need a look inside
		_, rerr := corpus.Read(ctx, src, n.path, nil)
		errors.As(rerr, &left)
	} else if !errors.As(err, &left) {
		return ""
	}
	switch {
	case left != nil:
		return fmt.Sprintf("%s of source %q is left out: %s.", n.path, n.source, cmp.Or(reasons[left.Reason], string(left.Reason)))
	case item.Size == 0:
		return fmt.Sprintf("%s of source %q is empty.", n.path, n.source)
	}
	return fmt.Sprintf("%s of source %q is not indexed yet, or holds no text: `sluice sync` brings the source up to date.", n.path, n.source)
}

// sortPlaces puts the passages of one document in the order of the document.
func sortPlaces(places []index.Place) {
	slices.SortFunc(places, func(a, b index.Place) int {
		return cmp.Or(cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.Passage, b.Passage))
	})
}

// notFound is the error for a path that names nothing.
func (s *Service) notFound(ctx context.Context, sn *index.Snapshot, name string) error {
	return Nothingf("%s", s.absent(ctx, sn, name))
}
