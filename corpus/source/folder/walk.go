package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sluice/corpus"
	"sluice/internal/limits"
)

// Walk implements corpus.Source. Memory grows with the depth of the tree and with the size of its
// folders up to windowNames each, not with the number of files.
func (f *Folder) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	w := &walker{
		folder: f,
		report: &corpus.Report{LeftOut: map[corpus.Reason]*corpus.Count{}},
		visit:  func(_ *dir, _ string, it found) error { return visit(it.Item) },
	}
	return w.report, w.run(ctx)
}

// found is a document of the walk.
type found struct {
	corpus.Item
	info fs.FileInfo
}

// walker is one walk.
type walker struct {
	folder  *Folder
	report  *corpus.Report
	visit   func(d *dir, name string, it found) error
	leftOut func(path string, why corpus.Reason) // may be nil
}

// run walks from the root down.
func (w *walker) run(ctx context.Context) error {
	defer w.folder.beginWalk()()
	w.folder.above.Store(w.folder.readAbove())
	top, err := w.folder.openTop()
	if err != nil {
		return err
	}
	defer top.root.Close()
	if err := w.dir(ctx, top); err != nil {
		return err
	}
	return w.rootStays(top)
}

// rootStays makes sure that what was walked is still the root: a file system that was unmounted
// meanwhile looks like one whose files were deleted.
func (w *walker) rootStays(top *dir) error {
	now, err := os.Stat(filepath.FromSlash(w.folder.info.Root))
	if err == nil && !os.SameFile(now, top.info) {
		err = errReplaced
	}
	if err != nil {
		return fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	return nil
}

// dir visits what is in one folder.
func (w *walker) dir(ctx context.Context, d *dir) error {
	list := &listing{d: d}
	window := list.next()
	if list.err != nil && d.depth == 0 {
		return fmt.Errorf("%w: %w", corpus.ErrRootGone, list.err)
	}
	w.folder.readRules(d, list.present)
	w.failRules(d)
	var folders pending
	for ; len(window) > 0; window = list.next() {
		for _, e := range window {
			if err := w.folders(ctx, d, &folders, e.key); err != nil {
				return err
			}
			if err := w.entry(ctx, d, &folders, e); err != nil {
				return err
			}
		}
	}
	if err := w.folders(ctx, d, &folders, ""); err != nil {
		return err
	}
	if list.err != nil {
		w.report.Fail(d.path, list.err)
	}
	return ctx.Err()
}

// folders walks the folders of d whose turn comes before key.
func (w *walker) folders(ctx context.Context, d *dir, folders *pending, key string) error {
	for {
		s, ok := folders.before(key)
		if !ok {
			return nil
		}
		if err := w.down(ctx, d, s.name, s.info); err != nil {
			return err
		}
	}
}

// entry visits one file, or puts a folder where its turn will come. What vanished since the names
// were listed is passed by: it is not a document any more.
func (w *walker) entry(ctx context.Context, d *dir, folders *pending, e entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := d.root.Lstat(e.name)
	if err != nil {
		w.fail(d.path+e.key, err)
		return nil
	}
	if info.IsDir() {
		folders.add(e, info)
		return nil
	}
	path, raw := d.child(e)
	v := w.folder.decide(d, e.name, path, raw, info)
	switch {
	case v.why != "":
		w.leaveOut(d, path, v.why, info)
		return nil
	case len(path) > limits.PathBytesMax:
		w.fail(path, errLongPath)
		return nil
	}
	w.report.Taken.Add(info.Size())
	return w.visit(d, e.name, found{w.folder.item(path, info, v), info})
}

// down walks a folder, unless a rule keeps it out altogether.
func (w *walker) down(ctx context.Context, d *dir, name string, info fs.FileInfo) error {
	path, raw := d.child(entryOf(name))
	v := w.folder.decide(d, name, path, raw, info)
	if v.why != "" {
		w.leaveOut(d, path, v.why, info)
	}
	if !w.folder.pursue(v, raw) {
		return nil
	}
	c, err := d.enter(info, name)
	if err != nil {
		w.fail(path, err)
		return nil
	}
	defer c.root.Close()
	c.outside, c.included = v.rule, v.included
	return w.dir(ctx, c)
}

// fail counts a failure, unless it is that the thing is not there any more.
func (w *walker) fail(path string, err error) {
	if vanished(err) {
		return
	}
	w.report.Fail(path[:min(len(path), limits.PathBytesMax)], err)
}

// failRules counts the ignore files of a folder that could not be read.
func (w *walker) failRules(d *dir) {
	for _, e := range d.errs {
		w.report.Fail(e.Path, errors.New(e.Err))
	}
}

// leaveOut counts what a rule leaves out. What is in a folder that was counted as a whole does not
// count again.
func (w *walker) leaveOut(d *dir, path string, why corpus.Reason, info fs.FileInfo) {
	if d.outside != "" && !d.included {
		return
	}
	size := info.Size()
	if !info.Mode().IsRegular() {
		size = 0
	}
	w.report.LeaveOut(why, size)
	if info.IsDir() {
		path += "/"
	}
	if w.leftOut != nil {
		w.leftOut(path, why)
	}
}

// item describes a file that is taken.
func (f *Folder) item(path string, info fs.FileInfo, v decision) corpus.Item {
	it := corpus.Item{Path: path, Size: info.Size(), ModTime: info.ModTime(), AsIs: v.own && f.names(path)}
	it.Changed, it.FileID = identity(info)
	return it
}
