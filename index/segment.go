package index

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/index/vector"
	"sluice/internal/vfs"
)

// Segment is one segment of a snapshot: a text file, what of it is gone, and the arms' files that
// hang on it. Its number in the snapshot is Place.Segment.
type Segment struct {
	*openFiles
	*tombstones
	ordinal uint32
	entry   Entry
	trusted bool // see Options.TrustMemory
}

// openFiles is a segment's open text and arms' files. Snapshots of several generations share it, so
// that a block is verified once.
type openFiles struct {
	key   string
	files []*blockfile.File
	text  *text.Reader
	holes *holes       // what of the text cannot be read; nil: nothing
	arms  []arm.Reader // as the store lists its arms; nil where a file is missing or cannot be used
	lacks []error      // why
	refs  int          // guarded by Store.mu
	hurt  func(e Entry, ref blockfile.Ref, err error)
	bad   atomic.Bool // damage was met: the file may be mended by now, so later snapshots open it anew
}

// Entry is what the manifest says of the segment.
func (s *Segment) Entry() Entry { return s.entry }

// Label is the label of the source that the segment belongs to.
func (s *Segment) Label() string { return s.entry.Label }

// Documents is how many documents are stored, removed ones included.
func (s *Segment) Documents() int { return s.text.Documents() }

// Passages is how many passages are stored, removed ones included.
func (s *Segment) Passages() int { return s.text.Passages() }

// Live is how many passages are stored and not removed. Those that cannot be read are among them:
// what the others score must not depend on it.
func (s *Segment) Live() int64 { return int64(s.Passages()) - s.gone.Load().passagesN }

// Gone tells which documents and passages are removed. The sets are the caller's own.
func (s *Segment) Gone() (documents, passages *roaring.Bitmap) { return s.gone.Load().sets() }

// Name is how messages call the segment: by the first digits of its text file.
func (s *Segment) Name() string { return s.entry.Name() }

// Part is the segment as one of the store's arms sees it; false when it has no file that this arm
// can use.
func (s *Segment) Part(arms int) (arm.Part, bool) {
	if s.Lacks(arms) {
		return arm.Part{}, false
	}
	return s.part(arms), true
}

// AnyPart is Part for an arm whose file may be missing: then there is no reader.
func (s *Segment) AnyPart(arms int) arm.Part { return s.part(arms) }

// Vectors is the segment's open file of vectors of a space; nil where it has none.
func (s *Segment) Vectors(space Space) *vector.Reader {
	for _, r := range s.arms {
		if v, ok := r.(*vector.Reader); ok && v.Space() == space {
			return v
		}
	}
	return nil
}

func (s *Segment) part(arms int) arm.Part {
	return arm.Part{Reader: s.arms[arms], Removed: s.removed[arms], Segment: s.ordinal, Stored: s.Passages(), Deleted: s.gone.Load().passages, Unchecked: s.trusted}
}

// Lacks tells whether an arm has no file of this segment that it can use.
func (s *Segment) Lacks(arms int) bool { return s.arms[arms] == nil || s.tombstones.lacks[arms] != nil }

// LacksTally tells whether the segment's tombstones say nothing that an arm could take off its
// statistics.
func (s *Segment) LacksTally(arms int) bool { return s.tombstones.lacks[arms] != nil }

// degraded names the documents that cannot be read, and the arms that cannot use the segment.
func (s *Segment) degraded(arms []arm.Arm) (out []Degraded) {
	out = s.degradedHoles()
	for i, a := range arms {
		if err := cmp.Or(s.openFiles.lacks[i], s.tombstones.lacks[i]); err != nil {
			out = append(out, Degraded{What: s.Name() + " " + a.Facts().Kind.String(), Why: why(err), Documents: s.entry.Documents})
		}
	}
	return out
}

// Read runs f, which reads the segment's mapped files: it is the one door to them. A memory fault,
// which is what a failing disk or a truncated file makes of such a read, becomes an error, and so
// does a panic. Damage to the segment is an *arm.SegmentError; any other error of f passes through.
func (s *Segment) Read(f func(t *text.Reader) error) error {
	if bad := s.tombstones.bad.Load(); bad != nil {
		return s.blame(*bad)
	}
	return s.blame(vfs.Contain(func() error {
		return blockfile.Guard(func() error { return f(s.text) })
	}))
}

// Holds tells whether a passage of that id is stored, removed or not.
func (s *Segment) Holds(id [10]byte) (bool, error) {
	return readFrom(s, func(t *text.Reader) (bool, error) {
		_, ok, err := t.Find(id, nil)
		return ok, err
	})
}

// readFrom is Segment.Read for a function that returns something.
func readFrom[T any](s *Segment, f func(t *text.Reader) (T, error)) (out T, err error) {
	err = s.Read(func(t *text.Reader) error {
		out, err = f(t)
		return err
	})
	return out, err
}

// blame turns damage into an *arm.SegmentError.
func (s *Segment) blame(err error) error {
	if err == nil || errors.As(err, new(*arm.SegmentError)) {
		return err
	}
	if errors.Is(err, blockfile.ErrCorrupt) || errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*vfs.PanicError)) {
		s.noteHurt(err)
		return &arm.SegmentError{Segment: s.ordinal, Text: s.entry.Text.Hash, Err: err}
	}
	return err
}

// noteHurt remembers which file turned out damaged, so that it can be made anew.
func (s *Segment) noteHurt(err error) {
	bad := new(blockfile.CorruptError)
	if !errors.As(err, &bad) {
		return
	}
	files := s.openFiles.files
	if s.tombstones.file != nil {
		files = append(slices.Clone(files), s.tombstones.file)
	}
	for _, f := range files {
		if strings.HasSuffix(bad.File, f.Ref().Name()) {
			s.hurt(s.entry, f.Ref(), err)
			s.openFiles.bad.Store(true)
		}
	}
}

// openSegment opens a segment's files or shares them, and its tombstones.
func (s *Store) openSegment(e Entry) (*Segment, error) {
	open, err := s.share(e)
	if err != nil {
		return nil, err
	}
	dead, err := s.shareTombstones(e.Tombstones, open)
	if err != nil { // without it removed passages would be served, so the segment is not
		s.wounds.note(e, *e.Tombstones, err)
		s.release(open)
		return nil, err
	}
	for _, lack := range dead.lacks {
		if lack != nil {
			s.wounds.note(e, *e.Tombstones, lack)
		}
	}
	return &Segment{openFiles: open, tombstones: dead, entry: e, trusted: s.opts.TrustMemory}, nil
}

// share returns the open files of a segment, opening them if no snapshot has.
func (s *Store) share(e Entry) (*openFiles, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := e.key()
	if o := s.open[key]; o != nil {
		if !o.bad.Load() && s.wounds.same(e.Text, o.holes) {
			o.refs++
			return o, nil
		}
		o.key = "" // who has it keeps it
	}
	o, err := s.openFiles(e)
	if err != nil {
		return nil, err
	}
	o.refs = 1
	if errors.Join(o.lacks...) == nil { // what is incomplete is looked at again next time
		o.key = key
		s.open[key] = o
	}
	return o, nil
}

// openFiles opens the text file, without which there is no segment, and those of the arms that can
// be.
func (s *Store) openFiles(e Entry) (*openFiles, error) {
	o := &openFiles{arms: make([]arm.Reader, len(s.opts.Arms)), lacks: make([]error, len(s.opts.Arms))}
	o.hurt = func(e Entry, ref blockfile.Ref, err error) {
		s.ledger.error(err)
		s.wounds.note(e, ref, err)
	}
	h, image := s.wounds.holesOf(e.Text)
	if err := o.openText(s, e, h, image); err != nil {
		o.hurt(e, e.Text, err)
		o.close()
		return nil, err
	}
	for i, a := range s.opts.Arms {
		o.arms[i], o.lacks[i] = o.openArm(s, a, e)
		if a.Facts().Later && errors.Is(o.lacks[i], errNoFile) {
			o.lacks[i] = nil // nothing is wrong with the segment
		}
		o.hurt(e, e.Derived[a.Facts().Kind], o.lacks[i])
	}
	return o, nil
}

// openText opens a segment's text: all of it, or what is left of one that has holes. image is what
// is left of one that does not open; it becomes one of the segment's files.
func (o *openFiles) openText(s *Store, e Entry, h *holes, image *blockfile.File) (err error) {
	open := text.Open
	if h != nil {
		o.holes, open = h, text.OpenLeft
	}
	if image == nil {
		if image, err = s.openFile(e.Text); err != nil {
			return err
		}
	}
	o.files = append(o.files, image)
	return blockfile.Guard(func() error {
		o.text, err = open(image)
		return err
	})
}

// openFile opens a file of the store, or the one that was made anew in its place.
func (s *Store) openFile(ref blockfile.Ref) (*blockfile.File, error) {
	if f := s.wounds.file(ref); f != nil {
		return f, nil
	}
	return s.openIn(s.fs, filesDir, ref)
}

// openIn opens a file that follows the store's epochs and enters its damage in the store's ledger.
func (s *Store) openIn(files vfs.FS, dir string, ref blockfile.Ref) (*blockfile.File, error) {
	f, err := blockfile.Open(files, dir, ref)
	if err != nil {
		s.ledger.error(err)
		return nil, err
	}
	f.Follow(&s.epoch)
	f.OnDamage(func(block int64, what string, corrected bool) {
		s.ledger.enter(Damage{ref.Name(), block, what, corrected})
	})
	return f, nil
}

// errNoFile says that a segment was made before the store had the arm.
var errNoFile = errors.New("not built yet (`sluice sync` builds it)")

// openArm opens one arm's file and holds it against the text.
func (o *openFiles) openArm(s *Store, a arm.Arm, e Entry) (arm.Reader, error) {
	ref, ok := e.Derived[a.Facts().Kind]
	if !ok || ref.ID != derivedID(a.Facts(), e.Text) { // or by another version of the arm, or for another text
		return nil, errNoFile
	}
	file, err := s.openFile(ref)
	if err != nil {
		return nil, err
	}
	var r arm.Reader
	err = blockfile.Guard(func() error {
		r, err = a.Open(file)
		return err
	})
	if err == nil && r.Passages() != o.text.Passages() {
		err = fmt.Errorf("a %s file of %d passages beside a text of %d: %w", ref.Kind, r.Passages(), o.text.Passages(), blockfile.ErrCorrupt)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	o.files = append(o.files, file)
	return r, nil
}

// ReadText runs f on a text file that lies in dir, or in the store when it is not there.
func (s *Store) ReadText(dir string, ref blockfile.Ref, f func(t *text.Reader) error) error {
	if _, err := s.fs.Stat(dir + "/" + ref.Name()); errors.Is(err, fs.ErrNotExist) {
		dir = filesDir
	}
	return s.ReadPending(dir, ref, f)
}

// ReadPending runs f on a text file that was written and not committed yet.
func (s *Store) ReadPending(dir string, ref blockfile.Ref, f func(t *text.Reader) error) error {
	file, err := s.openIn(s.fs, dir, ref)
	if err != nil {
		return err
	}
	return readText(file, text.Open, f)
}

// readText runs f on a text file of the store.
func (s *Store) readText(ref blockfile.Ref, f func(t *text.Reader) error) error {
	file, err := s.openFile(ref)
	if err != nil {
		return err
	}
	return readText(file, text.Open, f)
}

// readText runs f on an open text file and closes it.
func readText(file *blockfile.File, open func(*blockfile.File) (*text.Reader, error), f func(t *text.Reader) error) error {
	defer file.Close()
	return blockfile.Guard(func() error {
		t, err := open(file)
		if err != nil {
			return err
		}
		return f(t)
	})
}

func (s *Store) release(o *openFiles) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.refs--; o.refs == 0 {
		if o.key != "" {
			delete(s.open, o.key)
		}
		o.close()
	}
}

func (o *openFiles) close() {
	for _, f := range o.files {
		_ = f.Close()
	}
}

// whyChecksum is the word for damage.
const whyChecksum = "checksum"

// Why puts an error in the few words that a response carries.
func Why(err error) string { return why(err) }

// whyMissing is why in a few words when a file is not there.
const whyMissing = "missing"

func why(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return whyMissing
	case errors.Is(err, vfs.ErrLink):
		return vfs.ErrLink.Error()
	case errors.Is(err, vfs.ErrNoFile):
		return vfs.ErrNoFile.Error()
	case errors.As(err, new(*blockfile.NewerError)):
		return "newer format"
	case errors.Is(err, blockfile.ErrCorrupt):
		return whyChecksum
	}
	return err.Error()
}
