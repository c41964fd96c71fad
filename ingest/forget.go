package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"sluice/corpus"
	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/internal/clock"
	"sluice/internal/defence"
)

// Forget says what to take out of the store and keep out.
type Forget struct {
	Sources []string            // whole sources, by label
	Paths   map[string][]string // label -> paths; index.FolderOf names everything below one
	IDs     [][10]byte          // single passages
	// KeepOut returns a source's configuration with paths added to what its connector leaves out,
	// and whether they were new. It is stored together with the removal. nil: nothing is to be kept
	// out.
	KeepOut func(c index.SourceConfig, paths []string) (_ index.SourceConfig, added bool, err error)
}

// ForgetReport counts what was taken out, and says whether its bytes have left the disk.
type ForgetReport struct {
	Sources, Documents, Passages int64 // that were served until now
	Older                        int64 // documents and versions of them that were served no more, and whose bytes were still there
	Dropped                      []Dropped
	Remains                      *index.Remains
}

// Dropped are documents of a segment that went, because they cannot be read and may hold what was
// forgotten. The next sync reads them again, except what was forgotten.
type Dropped struct {
	Label, Segment string
	Documents      int64
}

// Forget takes what is named out of the store: one commit a source records it as an order, and from
// then on nobody is served it. Then the order is carried out: every segment that holds a version of
// it, live or dead, is rewritten, and every file that may spell it is removed. What keeps it from
// being finished, a crash or a reader of an older generation, is told by the report, and Resume
// goes on.
func (in *Ingest) Forget(ctx context.Context, what Forget) (*ForgetReport, error) {
	var rep ForgetReport
	for _, label := range what.Sources {
		if err := in.forgetSource(ctx, label, &rep); err != nil {
			return &rep, err
		}
	}
	ids, err := in.labelsOf(ctx, what.IDs)
	if err != nil {
		return &rep, err
	}
	labels := maps.Clone(what.Paths)
	if labels == nil {
		labels = map[string][]string{}
	}
	for label := range ids {
		labels[label] = what.Paths[label]
	}
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		f := &forgetting{ingest: in, label: label, paths: labels[label], ids: ids[label], keepOut: what.KeepOut, report: &rep}
		if err := in.inSource(ctx, label, func(dir string, sn *index.Snapshot) error { return f.run(ctx, dir, sn) }); err != nil {
			return &rep, err
		}
	}
	rep.Remains, err = in.waitForReaders(ctx)
	return &rep, err
}

// forgetSource drops the source with all of its segments.
func (in *Ingest) forgetSource(ctx context.Context, label string, rep *ForgetReport) error {
	sources, err := in.store.Sources(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(sources, func(x index.SourceState) bool { return x.Label == label }) {
		return fmt.Errorf("%w: %q", index.ErrNoSource, label) // before its lock is made, whose name spells it
	}
	lock, err := in.store.LockSource(ctx, label)
	if err != nil {
		return err
	}
	defer lock.Close()
	var documents, passages int64
	order := index.Order{Label: label, Whole: true}
	err = in.store.Commit(ctx, "", func(m *index.Manifest) error {
		documents, passages = 0, 0
		m.Segments = slices.DeleteFunc(m.Segments, func(e index.Entry) bool {
			if e.Label == label {
				documents, passages = documents+e.Documents, passages+e.Passages
			}
			return e.Label == label
		})
		if defence.Stands(defence.ForgetOrder) {
			m.Record(order)
		}
		return in.store.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) {
			i := slices.IndexFunc(all, func(x index.SourceState) bool { return x.Label == label })
			if i < 0 {
				return nil, fmt.Errorf("%w: %q", index.ErrNoSource, label)
			}
			return slices.Delete(all, i, i+1), nil
		})
	})
	if err != nil {
		return err
	}
	rep.Sources, rep.Documents, rep.Passages = rep.Sources+1, rep.Documents+documents, rep.Passages+passages
	return in.carryOut(ctx, label, lock, rep)
}

// labelsOf groups passages by their source. The store cannot tell whose a passage is that it does
// not find while segments cannot be read: then each of their sources may have it.
func (in *Ingest) labelsOf(ctx context.Context, ids [][10]byte) (map[string][][10]byte, error) {
	by := map[string][][10]byte{}
	if len(ids) == 0 {
		return by, nil
	}
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	for _, id := range ids {
		labels, err := holders(sn, id)
		if err != nil {
			return nil, err
		}
		for label := range labels {
			by[label] = append(by[label], id)
		}
	}
	return by, nil
}

// holders are the labels of the sources that have a passage, live, dead or forgotten, or may have
// it.
func holders(sn *index.Snapshot, id [10]byte) (map[string]bool, error) {
	labels, unsure := map[string]bool{}, map[string]bool{}
	for _, src := range sn.Sources() {
		if slices.Contains(src.ForgottenIDs, index.FormatID(id)) {
			labels[src.Label] = true
		}
	}
	for _, e := range sn.Lost() {
		if !e.Emptied {
			unsure[e.Label] = true
		}
	}
	for _, seg := range sn.Segments() {
		found, err := seg.Holds(id)
		switch bad := new(arm.SegmentError); {
		case errors.As(err, &bad):
			unsure[seg.Label()] = true
		case err != nil:
			return nil, err
		case found:
			labels[seg.Label()] = true
		}
	}
	if len(labels) == 0 {
		return unsure, nil
	}
	return labels, nil
}

// Resume goes on with what was told to be forgotten and is not gone: what a crash or a full disk
// cut short, and what a reader kept. Whatever opens a store to write to it calls it.
func (in *Ingest) Resume(ctx context.Context) (*index.Remains, error) {
	r, err := in.store.Remains()
	if err != nil || r.Gone() {
		return r, err
	}
	for _, o := range r.Orders {
		if err := in.resume(ctx, o.Label); err != nil {
			return r, err
		}
	}
	return in.store.Purge(ctx)
}

// resume carries out the orders of one source.
func (in *Ingest) resume(ctx context.Context, label string) error {
	lock, err := in.store.LockSource(ctx, label)
	if err != nil {
		return err
	}
	defer lock.Close()
	return in.carryOut(ctx, label, lock, &ForgetReport{})
}

// goOn is Resume for an operation that has something else to do. An order that another process is
// at is left to it.
func (in *Ingest) goOn(ctx context.Context) error {
	_, err := in.Resume(ctx)
	if errors.Is(err, index.ErrLocked) {
		return nil
	}
	return err
}

// waitForReaders resumes until all is gone, as long as readers may keep it.
func (in *Ingest) waitForReaders(ctx context.Context) (*index.Remains, error) {
	for waited := time.Duration(0); ; waited += readersPoll {
		r, err := in.Resume(ctx)
		if err == nil && r.Gone() { // or so it looks to who has not seen what the disk holds
			r, err = in.store.Purge(ctx)
		}
		if err != nil || r.Gone() || waited >= in.opts.ReadersWait {
			return r, err
		}
		if clock.Sleep(ctx, readersPoll) != nil {
			return r, nil //nolint:nilerr // who does not want to wait longer is told what remains
		}
	}
}

// readersPoll is how often it is looked whether readers have ended.
const readersPoll = 100 * time.Millisecond

// carryOut does what the orders of a source say and strikes them out. The source's lock is held; it
// is given up where the source is no more.
func (in *Ingest) carryOut(ctx context.Context, label string, lock io.Closer, rep *ForgetReport) error {
	r, err := in.store.Remains()
	if err != nil {
		return err
	}
	mine := slices.DeleteFunc(slices.Clone(r.Orders), func(o index.Order) bool { return o.Label != label })
	if len(mine) == 0 {
		return nil
	}
	texts, whole := map[blockfile.Hash]bool{}, false
	for _, o := range mine {
		whole = whole || o.Whole
		for _, h := range o.Texts {
			texts[h] = true
		}
	}
	if err := in.rewriteAll(ctx, label, texts, rep); err != nil {
		return err
	}
	if err := in.unsee(ctx, label, whole); err != nil {
		return err
	}
	if whole {
		if err := in.store.LeaveNoTrace(label, lock); err != nil {
			return err
		}
	}
	if err := in.store.DropQuarantine(func(kept string) bool { return kept == label }); err != nil {
		return err
	}
	return in.store.Commit(ctx, "", func(m *index.Manifest) error {
		m.Strike(mine)
		return nil
	})
}

// unsee forgets what was seen of documents that the source has no more. What was left out when it
// was read never was one, and would be taken for new. The source's lock is held.
func (in *Ingest) unsee(ctx context.Context, label string, whole bool) error {
	if whole {
		return in.store.Unsee(label)
	}
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	live, err := knownOf(sn, label)
	if err != nil {
		return err
	}
	paths := make(map[uint64]bool, len(live))
	for path := range live {
		paths[corpus.Digest([]byte(path))] = true
	}
	return in.store.KeepSeen(in.store.Seen(label), func(s index.Sight) bool { return paths[s.Path] || noDocument(s.Version) }, true)
}

// rewriteAll rewrites the segments with these text files without what is gone from them. What of
// one cannot be read goes with it.
func (in *Ingest) rewriteAll(ctx context.Context, label string, texts map[blockfile.Hash]bool, rep *ForgetReport) error {
	if len(texts) == 0 {
		return nil
	}
	dir, err := in.store.Pending(label)
	if err != nil {
		return err
	}
	for tries := 0; ; tries++ {
		err := in.rewrite(ctx, label, dir, texts)
		bad := new(arm.SegmentError)
		if !errors.As(err, &bad) {
			return err
		}
		if tries < mendTries {
			name, err := in.fromSpares(ctx, label, bad.Text)
			if err != nil {
				return err
			}
			if name != "" {
				continue
			}
		}
		if _, err := in.carve(ctx, label, bad.Text, index.Why(bad.Err)); err != nil {
			return err
		}
		if err := in.letGo(ctx, bad, rep); err != nil {
			return err
		}
	}
}

// letGo lets a segment that cannot be read go as a whole.
func (in *Ingest) letGo(ctx context.Context, bad *arm.SegmentError, rep *ForgetReport) error {
	var gone *index.Entry
	err := in.store.Commit(ctx, "", func(m *index.Manifest) error {
		i := slices.IndexFunc(m.Segments, func(e index.Entry) bool { return e.Text.Hash == bad.Text && !e.Emptied })
		if i < 0 {
			return bad
		}
		e := m.Segments[i]
		gone = &e
		empty(m, e)
		return nil
	})
	if err == nil {
		rep.dropped(*gone)
	}
	return err
}

// empty lets the files of a segment go and keeps its entry: what it held is named until a sync has
// read it again.
func empty(m *index.Manifest, e index.Entry) {
	if i := m.Find(e.Text); i >= 0 {
		m.Segments[i].Lost, m.Segments[i].Emptied = "damaged, and let go with what was forgotten", true
		m.Segments[i].Missing = nil // one of them may be what was forgotten
	}
}

func (rep *ForgetReport) dropped(e index.Entry) {
	rep.Dropped = append(rep.Dropped, Dropped{Label: e.Label, Segment: e.Name(), Documents: e.Documents})
}

// forgetting is what a forget does in one source.
type forgetting struct {
	ingest  *Ingest
	label   string
	paths   []string
	ids     [][10]byte
	keepOut func(c index.SourceConfig, paths []string) (index.SourceConfig, bool, error)
	report  *ForgetReport

	found *findings
	news  bool // the table of sources must change
}

// run records the order, together with the removal, and carries it out.
func (f *forgetting) run(ctx context.Context, dir string, sn *index.Snapshot) (err error) {
	if f.found, err = find(sn, f.ingest.store.Arms(), f.label, f.paths, f.ids); err != nil {
		return err
	}
	if carved, err := f.carveBad(ctx); err != nil || carved { // what can be read need not go with the rest
		if err != nil {
			return err
		}
		again, err := f.ingest.store.Snapshot(ctx)
		if err != nil {
			return err
		}
		defer again.Close()
		sn = again
		if f.found, err = find(sn, f.ingest.store.Arms(), f.label, f.paths, f.ids); err != nil {
			return err
		}
	}
	needed, err := f.needed(sn)
	if err != nil || !needed {
		return err
	}
	err = f.ingest.commit(ctx, dir, f.found.removal, func(m *index.Manifest) error {
		for _, e := range f.found.bad {
			empty(m, e)
		}
		if defence.Stands(defence.ForgetOrder) {
			m.Record(index.Order{Label: f.label, Texts: f.found.texts()})
		}
		return f.ingest.store.ChangeSources(m, f.noted)
	})
	if err != nil {
		return err
	}
	f.report.add(f.found)
	return f.ingest.carryOut(ctx, f.label, nothing{}, f.report)
}

// carveBad keeps what can be read of segments that may hold what is to be forgotten and cannot be
// read, and tells whether there was any.
func (f *forgetting) carveBad(ctx context.Context) (carved bool, err error) {
	for _, e := range f.found.bad {
		name, err := f.ingest.salvage(ctx, nil, f.label, e.Text.Hash, "checksum")
		if err != nil {
			return carved, err
		}
		carved = carved || name != ""
	}
	return carved, nil
}

// nothing stands for a lock that is held further up.
type nothing struct{}

// Close implements io.Closer.
func (nothing) Close() error { return nil }

// needed tells whether there is anything to remove, or to keep out that was not kept out before.
func (f *forgetting) needed(sn *index.Snapshot) (bool, error) {
	if f.found.any() {
		return true, nil
	}
	_, err := f.noted(slices.Clone(sn.Sources()))
	return f.news, err
}

// noted enters into the table of sources what stays out, and takes out of it what spells it.
func (f *forgetting) noted(all []index.SourceState) ([]index.SourceState, error) {
	i := slices.IndexFunc(all, func(x index.SourceState) bool { return x.Label == f.label })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q", index.ErrNoSource, f.label)
	}
	st := &all[i]
	for _, id := range f.ids {
		if name := index.FormatID(id); !slices.Contains(st.ForgottenIDs, name) {
			st.ForgottenIDs, f.news = append(slices.Clip(st.ForgottenIDs), name), true
		}
	}
	if spelledIn(st, f.paths) {
		f.news = true
	}
	if f.paths == nil || f.keepOut == nil {
		return all, nil
	}
	c, added, err := f.keepOut(st.SourceConfig, f.paths)
	st.SourceConfig, f.news = c, f.news || added
	return all, err
}

// spelledIn takes out of what is noted of a source all that spells a path, and tells whether there
// was any.
func spelledIn(st *index.SourceState, names []string) (any bool) {
	paths := newPaths(names)
	kept := slices.DeleteFunc(slices.Clone(st.Failures), func(x corpus.Failure) bool { return paths.name(x.Path) })
	any = len(kept) < len(st.Failures)
	st.FailureN -= len(st.Failures) - len(kept)
	st.Failures = kept
	guessed := maps.Clone(st.Guessed)
	maps.DeleteFunc(guessed, func(path, _ string) bool { return paths.name(path) })
	any = any || len(guessed) < len(st.Guessed)
	st.Guessed = guessed
	return any
}

// paths are names of documents and, with a slash at the end, of folders. There may be as many as
// documents.
type paths struct {
	documents map[string]bool
	folders   []string
}

func newPaths(names []string) *paths {
	p := &paths{documents: map[string]bool{}}
	for _, name := range names {
		if index.NamesFolder(name) {
			p.folders = append(p.folders, name)
		} else {
			p.documents[index.OnePath(name)] = true
		}
	}
	return p
}

// name tells whether a document is named.
func (p *paths) name(path string) bool {
	return p.documents[index.OnePath(path)] || slices.ContainsFunc(p.folders, func(name string) bool { return index.PathNames(name, path) })
}

// add counts what is newly gone.
func (rep *ForgetReport) add(f *findings) {
	for seg, gone := range f.removal.of {
		documents, passages := f.removal.base.Segments()[seg].Gone()
		rep.Documents += int64(gone.Documents.GetCardinality() - documents.GetCardinality())
		rep.Passages += int64(gone.Passages.GetCardinality() - passages.GetCardinality())
	}
	rep.Older += f.older
	for _, e := range f.bad {
		rep.dropped(e)
	}
}
