package packed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sluice/corpus"
)

// tree are the files below a root, as they are now.
type tree struct {
	files  []found // in order of path
	report corpus.Report
}

// found is a file as the system describes it.
type found struct {
	path    string
	size    int64
	modTime time.Time
	changed int64 // see corpus.Item.Changed
	fileID  uint64
}

func (f found) same(o found) bool {
	return f.path == o.path && f.size == o.size && f.modTime.Equal(o.modTime) && f.changed == o.changed && f.fileID == o.fileID
}

func (t *tree) same(o *tree) bool { return slices.EqualFunc(t.files, o.files, found.same) }

// state is a digest of what the system says of all files.
func (t *tree) state() uint64 {
	h := sha256.New()
	for _, f := range t.files {
		fmt.Fprintf(h, "%q %d %d %d %d\n", f.path, f.size, f.modTime.UnixNano(), f.changed, f.fileID)
	}
	return max(1, binary.LittleEndian.Uint64(h.Sum(nil)))
}

// atRest tells whether no file was changed a moment ago.
func (t *tree) atRest(now time.Time) bool {
	return !slices.ContainsFunc(t.files, func(f found) bool {
		return !corpus.Item{ModTime: f.modTime, Changed: f.changed}.AtRest(now)
	})
}

// root opens the folder that the source lies in. single is the one file that counts there; "": all.
func (s *Source) root() (root *os.Root, single string, err error) {
	name := filepath.FromSlash(s.set.Root)
	info, err := os.Stat(name)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	if !info.IsDir() {
		name, single = filepath.Split(name)
	}
	if root, err = os.OpenRoot(name); err != nil {
		return nil, "", fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	return root, single, nil
}

// look lists the files below the root. Links are not followed, and what is no file is left out.
func (s *Source) look(ctx context.Context) (*tree, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, single, err := s.root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	t := &tree{}
	if single != "" {
		info, err := root.Lstat(single)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
		}
		t.files = append(t.files, foundOf(single, info))
		return t, nil
	}
	err = fs.WalkDir(root.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			t.report.Fail(path, err)
			return nil //nolint:nilerr // it costs what lies there
		}
		return t.add(path, e)
	})
	slices.SortFunc(t.files, func(a, b found) int { return strings.Compare(a.path, b.path) })
	return t, err
}

// add takes what the walk found.
func (t *tree) add(path string, e fs.DirEntry) error {
	switch mode := e.Type(); {
	case e.IsDir():
		if e.Name() == ".git" {
			t.report.LeaveOut(corpus.Git, 0)
			return fs.SkipDir
		}
		return nil
	case mode&fs.ModeSymlink != 0:
		t.report.LeaveOut(corpus.Symlink, 0)
		return nil
	case !mode.IsRegular():
		t.report.LeaveOut(corpus.Special, 0)
		return nil
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.report.Fail(path, err)
		return nil //nolint:nilerr // the same
	}
	if strings.ToValidUTF8(path, "") != path {
		t.report.Fail(strings.ToValidUTF8(path, "\uFFFD"), errors.New("its name is not UTF-8"))
		return nil
	}
	t.files = append(t.files, foundOf(path, info))
	return nil
}

func foundOf(path string, info fs.FileInfo) found {
	f := found{path: path, size: info.Size(), modTime: info.ModTime()}
	f.changed, f.fileID = changeOf(info)
	return f
}

// asItWas tells whether a file is as it was when it was listed.
func (s *Source) asItWas(f *file) bool {
	root, _, err := s.root()
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(f.path))
	return err == nil && info.Mode().IsRegular() && foundOf(f.path, info).same(f.found)
}

// openFile opens a file below the root. done gives it back.
func (s *Source) openFile(path string) (f *File, done func(), err error) {
	root, _, err := s.root()
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	file, err := root.OpenFile(filepath.FromSlash(path), os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file any more")
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return &File{Path: path, Size: info.Size(), ModTime: info.ModTime(), ReaderAt: file}, func() { _ = file.Close() }, nil
}

// open opens the file that documents lie in.
func (s *Source) open(p *part) (f *File, done func(), err error) {
	if p.member == nil {
		return s.openFile(p.in.path)
	}
	r, err := p.in.spool.open(p.member)
	return p.member.file(r), func() {}, err
}
