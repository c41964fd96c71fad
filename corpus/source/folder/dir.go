package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"sluice/corpus"
	"sluice/internal/defence"
	"sluice/internal/limits"
)

const (
	// here at the end of a path makes opening it fail at once where it is no folder: a FIFO would
	// block.
	here = "/."

	// depthMax is how deep folders may be nested: each level of a walk holds one open handle.
	depthMax = 250

	// ignoreFileBytesMax is the largest ignore file that is read.
	ignoreFileBytesMax = 1 << 20

	// racyTime is the age below which a change may hide behind an equal modification time.
	racyTime = 2 * time.Second
)

var (
	errReplaced = errors.New("was replaced by something else while it was read; sync again")
	errTooDeep  = errors.New("folders are nested too deep")
	errLongPath = errors.New("the path is too long")
	errBigRules = errors.New("the ignore file is too large and does not count")
)

// dir is an open folder below the root, with the rules that hold in it.
type dir struct {
	root  *os.Root
	info  fs.FileInfo
	name  string // as the file system spells it; "" for the root of the source
	raw   string // path from the source's root as the file system spells it, with a slash at its end, or ""
	path  string // the same as corpus.Item.Path spells it
	depth int

	above    *above
	rules    rules
	outside  corpus.Reason // why a rule leaves the folder out, when it is read only for what Include brings back
	included bool          // an Include pattern matches the folder or one above it

	files []stamp   // the ignore files that count here
	read  time.Time // when they were read
	errs  []corpus.Failure
}

// stamp tells whether a file is still the one that was read.
type stamp struct {
	name string
	size int64
	time time.Time
}

// child returns the path of an entry, as Item.Path spells it and as the file system does.
func (d *dir) child(e entry) (path, raw string) {
	raw = d.raw + e.name
	if len(d.path) == len(d.raw) && len(e.key) == len(e.name) {
		return raw, raw // the other spelling is always longer
	}
	return d.path + e.key, raw
}

func entryOf(name string) entry { return entry{name, encodeName(name)} }

// enter opens the folder that was listed in d as info. Should another thing stand in its place by
// now, a symbolic link in particular, it is not entered. The rules of the folder are still to be
// read.
func (d *dir) enter(info fs.FileInfo, name string) (*dir, error) {
	if d.depth >= depthMax {
		return nil, errTooDeep
	}
	path, raw := d.child(entryOf(name))
	if len(path) >= limits.PathBytesMax {
		return nil, errLongPath
	}
	root, err := d.root.OpenRoot(name + here)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	if err == nil && !os.SameFile(info, opened) && defence.Stands(defence.ListedIsOpened) {
		err = errReplaced
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return &dir{root: root, info: info, name: name, raw: raw + "/", path: path + "/", depth: d.depth + 1, above: d.above, rules: d.rules}, nil
}

// openFile opens the regular file that was listed in d as info, and nothing else: not blocking,
// should it have become a FIFO, and not following, should it have become a symbolic link.
func (d *dir) openFile(name string, info fs.FileInfo) (*os.File, fs.FileInfo, error) {
	file, err := d.root.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	opened, err := file.Stat()
	if err == nil && (!opened.Mode().IsRegular() || !os.SameFile(info, opened)) && defence.Stands(defence.ListedIsOpened) {
		err = errReplaced
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, opened, nil
}

// readSmall reads a whole file of at most ignoreFileBytesMax. A file that is absent or no regular
// file is nil.
func (d *dir) readSmall(name string) ([]byte, *stamp, error) {
	info, err := d.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		if err != nil && !vanished(err) {
			return nil, nil, err
		}
		return nil, nil, nil
	}
	if info.Size() > ignoreFileBytesMax {
		return nil, nil, errBigRules
	}
	file, _, err := d.openFile(name, info)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, ignoreFileBytesMax))
	return text, &stamp{name, info.Size(), info.ModTime()}, err
}

// fresh tells that d's rules still hold, given what its parent now says of it.
func (f *Folder) fresh(d *dir, info fs.FileInfo) bool {
	if !os.SameFile(d.info, info) || !info.ModTime().Equal(d.info.ModTime()) || d.racy(info.ModTime()) {
		return false
	}
	return !slices.ContainsFunc(d.files, func(s stamp) bool {
		now, err := d.root.Lstat(s.name)
		return err != nil || now.Size() != s.size || !now.ModTime().Equal(s.time) || d.racy(s.time)
	})
}

// racy tells that a file was changed so shortly before d was read that a later change need not
// show.
func (d *dir) racy(modified time.Time) bool { return d.read.Sub(modified) < racyTime }
