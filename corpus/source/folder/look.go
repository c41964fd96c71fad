package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"sluice/corpus"
	"sluice/internal/limits"
)

var _ corpus.Lister = (*Folder)(nil)

// List implements corpus.Lister. It takes what Walk takes: the same rules decide. But folders are
// read side by side, nothing is put in order, and a file costs one call of the system.
//
// A folder's own times are no shortcut: a file that is written in place leaves them as they were.
func (f *Folder) List(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	l := &lister{walker: walker{folder: f, report: &corpus.Report{LeftOut: map[corpus.Reason]*corpus.Count{}}}, visit: visit}
	l.more.L = &l.mu
	return l.report, l.run(ctx)
}

// lister is one List. Its queue is a stack, so that few folders are open at once: those that lead
// down to where its workers are.
type lister struct {
	walker // its report is guarded by mu
	visit  func(corpus.Item) error

	mu     sync.Mutex
	more   sync.Cond // there is more in the queue, or nothing will come any more
	queue  []listed
	active int // folders that are being read
	err    error
}

// listed is a folder to be read.
type listed struct {
	parent *shared
	name   string
	info   fs.FileInfo
	why    decision
}

// shared is an open folder that stays open until all below it were opened.
type shared struct {
	*dir
	users atomic.Int32
}

func (s *shared) release() {
	if s.users.Add(-1) == 0 {
		s.root.Close()
	}
}

// listJobs is how many folders are read at once for each processor: one that waits for a slow disk
// leaves room for another.
const listJobs = 2

func (l *lister) run(ctx context.Context) error {
	defer l.folder.beginWalk()()
	l.folder.above.Store(l.folder.readAbove())
	top, err := l.folder.openTop()
	if err != nil {
		return err
	}
	root := &shared{dir: top}
	root.users.Store(2) // one is rootStays'
	defer root.release()
	l.active = 1
	var workers sync.WaitGroup
	for range listJobs * runtime.GOMAXPROCS(0) {
		workers.Go(func() { l.work(ctx) })
	}
	l.done(l.read(ctx, root))
	workers.Wait()
	if l.err != nil {
		return l.err
	}
	return l.rootStays(top)
}

// work reads folders until there are no more.
func (l *lister) work(ctx context.Context) {
	for {
		next, ok := l.take()
		if !ok {
			return
		}
		l.done(l.enter(ctx, next))
	}
}

// take waits for a folder to read.
func (l *lister) take() (next listed, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 && l.active > 0 {
		l.more.Wait()
	}
	if len(l.queue) == 0 {
		return next, false
	}
	last := len(l.queue) - 1
	next, l.queue = l.queue[last], l.queue[:last]
	l.active++
	return next, true
}

// done ends the reading of one folder. The first error ends all.
func (l *lister) done(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.err == nil {
		l.err = err
	}
	if l.active--; l.active == 0 && len(l.queue) == 0 || l.err != nil {
		l.more.Broadcast()
	}
}

// enter opens a folder and reads it.
func (l *lister) enter(ctx context.Context, next listed) error {
	defer next.parent.release()
	if l.failed() {
		return nil
	}
	c, err := next.parent.enter(next.info, next.name)
	if err != nil {
		path, _ := next.parent.child(entryOf(next.name))
		l.count(func() { l.fail(path, err) })
		return nil
	}
	c.outside, c.included = next.why.rule, next.why.included
	d := &shared{dir: c}
	d.users.Store(1)
	return l.read(ctx, d)
}

func (l *lister) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil
}

// count changes the report.
func (l *lister) count(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// read visits what is in one folder and puts the folders in it into the queue.
func (l *lister) read(ctx context.Context, d *shared) error {
	defer d.release()
	file, err := d.root.Open(".")
	if err == nil {
		defer file.Close()
		err = l.entries(ctx, d, file)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch visited := (*visitError)(nil); {
	case err == nil:
	case errors.As(err, &visited):
		return visited.err
	case d.depth == 0:
		return fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	default:
		l.count(func() { l.report.Fail(d.path, err) })
	}
	return nil
}

// entries reads the names of a folder, as many at once as a walk does.
func (l *lister) entries(ctx context.Context, d *shared, file *os.File) error {
	names, err := file.Readdirnames(windowNames)
	present := map[string]bool{}
	for _, name := range names {
		if name[0] == '.' {
			present[name] = true
		}
	}
	known := func(name string) bool { return present[name] || len(names) == windowNames }
	l.folder.readRules(d.dir, known)
	if len(d.errs) > 0 {
		l.count(func() { l.failRules(d.dir) })
	}
	at := statter{file: file}
	for len(names) > 0 {
		var taken corpus.Count
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := l.entry(d, name, &at, &taken); err != nil {
				return err
			}
		}
		l.count(func() { l.report.Taken.Files += taken.Files; l.report.Taken.Bytes += taken.Bytes })
		if err != nil {
			break
		}
		names, err = file.Readdirnames(windowNames)
	}
	if err == io.EOF {
		err = nil
	}
	return err
}

// visitError is what visit returned.
type visitError struct{ err error }

func (e *visitError) Error() string { return e.err.Error() }

// entry visits one name of a folder.
func (l *lister) entry(d *shared, name string, at *statter, taken *corpus.Count) error {
	e := entryOf(name)
	path, raw := d.child(e)
	info, err := at.lstat(d.dir, name)
	if err == nil && info.IsDir() {
		info, err = d.root.Lstat(name) // to compare with what is opened
	}
	if err != nil {
		l.count(func() { l.fail(path, err) })
		return nil //nolint:nilerr // it is counted, and costs this file
	}
	v := l.folder.decide(d.dir, name, path, raw, info)
	if v.why != "" {
		l.count(func() { l.leaveOut(d.dir, path, v.why, info) })
	}
	switch {
	case info.IsDir():
		if l.folder.pursue(v, raw) {
			l.push(listed{d, name, info, v})
		}
	case v.why != "":
	case len(path) > limits.PathBytesMax:
		l.count(func() { l.fail(path, errLongPath) })
	default:
		taken.Add(info.Size())
		if err := l.visit(l.folder.item(path, info, v)); err != nil {
			return &visitError{err}
		}
	}
	return nil
}

func (l *lister) push(next listed) {
	next.parent.users.Add(1)
	l.mu.Lock()
	l.queue = append(l.queue, next)
	l.mu.Unlock()
	l.more.Signal()
}
