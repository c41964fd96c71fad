package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/lexical"
	"sluice/index/vector"
	"sluice/internal/vfs"
)

// Options tells how a store is used. The zero value is usable.
type Options struct {
	Wait time.Duration // how long to wait for another process; 0: not at all
	Arms []arm.Arm     // default: Arms()
	// NoLock writes without taking locks, where the file system has none: its owner says that no
	// other process writes. If one does all the same, nothing that was committed is lost.
	NoLock bool
	Beside []string // files of the store's owner that may lie in its folder before it is made

	// TrustMemory leaves out what is checked again for each question. It is there to measure what
	// the checks cost, and no flag sets it.
	TrustMemory bool
	// Rebuild is how many bytes of damaged files may be held in memory, made anew, so that a
	// question does not miss them; 0: 128 MiB; negative: none, and they are named in degraded.
	Rebuild int64
}

// Arms are gather's rankers, the lexical one first. A new arm is a package of its own and a line
// here.
func Arms() []arm.Arm {
	return []arm.Arm{
		lexical.Arm{},
		vector.Arm{},
	}
}

func (o Options) withDefaults() Options {
	if o.Arms == nil {
		o.Arms = Arms()
	}
	if o.Rebuild == 0 {
		o.Rebuild = reviveBytesDefault
	}
	return o
}

// Store is a store's folder. It holds no lock of its own, so any number of processes may have one;
// the generation that was read last is kept open for a while. Methods are safe for concurrent use.
type Store struct {
	fs   vfs.FS
	opts Options

	recent recent
	epoch  blockfile.Epoch // of questions; the store's files follow it
	wounds *wounds
	ledger *ledger

	mu   sync.Mutex
	open map[string]*openFiles  // by their names; shared by snapshots, so that a block is verified once
	gone map[string]*tombstones // by the file's name
}

func newStore(files vfs.FS, opts Options) *Store {
	return &Store{fs: files, opts: opts.withDefaults(), wounds: newWounds(), ledger: newLedger(), open: map[string]*openFiles{}, gone: map[string]*tombstones{}}
}

// Open opens an existing store; a folder without one is ErrNoStore.
func Open(files vfs.FS, opts Options) (*Store, error) {
	if _, _, err := readManifest(files); err != nil {
		return nil, err
	}
	return newStore(files, opts), nil
}

// OpenToRepair is Open for who repairs the store: also where no generation can be read.
func OpenToRepair(files vfs.FS, opts Options) (*Store, error) {
	if _, _, err := readManifest(files); err != nil && !errors.Is(err, ErrCorrupt) {
		return nil, err
	}
	s := newStore(files, opts)
	return s, s.makeFolders() // one may be what is missing
}

// Close lets go of what is kept open. Snapshots that are still held stay valid.
func (s *Store) Close() error {
	s.recent.drop()
	s.wounds.drop()
	return nil
}

// Arms lists the arms of the store.
func (s *Store) Arms() []arm.Arm { return s.opts.Arms }

// Built lists the arms whose files are built from a text as soon as that is written.
func (s *Store) Built() []arm.Arm {
	return slices.DeleteFunc(slices.Clone(s.opts.Arms), func(a arm.Arm) bool { return a.Facts().Later })
}

// cachedirTag keeps backup programs from copying a store, which can be rebuilt from its sources.
const cachedirTag = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder holds a Sluice store. It can be rebuilt from its sources.\n"

// Create opens the store of the folder and makes one where there is none. A folder that holds other
// things is left alone: its owner's backup would skip them from then on, for the tag's sake.
func Create(files vfs.FS, opts Options) (*Store, error) {
	s := newStore(files, opts)
	_, _, err := readManifest(files)
	if errors.Is(err, ErrNoStore) {
		if err = onlyOurs(files, opts.Beside); err == nil {
			return s, s.found()
		}
	}
	if err == nil {
		err = s.makeFolders() // a copied store may lack empty ones
	}
	return s, err
}

func (s *Store) makeFolders() error {
	for _, dir := range []string{"", filesDir, pendingDir, generationsDir, locksDir} {
		if err := s.fs.MkdirAll(dir); err != nil {
			return fmt.Errorf("make the store's folder: %w", err)
		}
	}
	return nil
}

// found makes the store.
func (s *Store) found() error {
	if err := s.makeFolders(); err != nil {
		return err
	}
	if err := writeFile(s.fs, tagName, []byte(cachedirTag)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.Commit(context.Background(), "", func(*Manifest) error { return nil })
}

// tagName is the file that tells backup programs what the folder is.
const tagName = "CACHEDIR.TAG"

// ErrNotEmpty says that a store was to be made where other things lie.
var ErrNotEmpty = errors.New("the folder holds other things, and a store needs one to itself: name a new or empty folder with --store")

// onlyOurs fails unless the folder is absent, is empty, or holds what a crash left of a store that
// was being made, and what beside names.
func onlyOurs(files vfs.FS, beside []string) error {
	known := append([]string{tagName, filesDir, pendingDir, generationsDir, locksDir, slotName(0), slotName(1)}, beside...)
	for _, dir := range []string{"", filesDir} {
		entries, err := files.List(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			ours := slices.Contains(known, e.Name)
			if dir == filesDir {
				ours = isStored(e.Name) || blockfile.IsTemp(e.Name) || strings.HasPrefix(e.Name, asidePrefix)
			}
			if !ours {
				return fmt.Errorf("%w (there is %s)", ErrNotEmpty, e.Name)
			}
		}
	}
	if b, err := readAll(files, tagName); err == nil && len(b) > 0 && !strings.HasPrefix(cachedirTag, string(b)) {
		return fmt.Errorf("%w (there is another program's %s)", ErrNotEmpty, tagName)
	}
	return nil
}

func sourceLock(label string) string { return locksDir + "/source-" + fileSafe(label) }

// LockSource takes the lock of one source: one process at a time syncs, merges or forgets in it.
func (s *Store) LockSource(ctx context.Context, label string) (io.Closer, error) {
	lock, err := s.lockExclusive(ctx, sourceLock(label), s.opts.Wait)
	if err != nil {
		return nil, fmt.Errorf("source %q: %w", label, err)
	}
	return lock, nil
}

// pendingOf is the folder in which a sync of the source prepares files.
func pendingOf(label string) string { return pendingDir + "/" + fileSafe(label) }

// Pended tells whether a sync of the source has left files that it did not commit, or is at it.
func (s *Store) Pended(label string) bool {
	dir := pendingOf(label)
	folders, _ := s.fs.List(pendingDir)
	for _, f := range folders {
		name := pendingDir + "/" + f.Name
		if name != dir && !strings.HasPrefix(name, dir+runMark) {
			continue
		}
		if entries, err := s.fs.List(name); err == nil && len(entries) > 0 {
			return true
		}
	}
	return false
}

// Pending makes the source's pending folder and empties it of what a crash left behind. The caller
// holds the source's lock. Where there are no locks each gets a folder of its own, and those that
// others left stay until the store has come far: one of them may be in use.
func (s *Store) Pending(label string) (string, error) {
	dir := pendingOf(label)
	if !s.opts.NoLock {
		s.dropAbandoned(dir, math.MaxUint64)
	} else {
		m, _, err := readManifest(s.fs)
		if err != nil {
			return "", err
		}
		s.dropAbandoned(dir, m.Generation)
		dir += fmt.Sprintf("%s%d%s%s", runMark, m.Generation, runMark, vfs.Nonce())
	}
	if err := s.fs.MkdirAll(dir); err != nil {
		return "", err
	}
	return dir, s.empty(dir)
}

// runMark stands between the name of a source's pending folder, the generation at which a process
// without locks made one of its own, and a name for that one. fileSafe writes it otherwise.
const runMark = "~"

// abandonedAfter is how many generations later a pending folder of a process without locks is taken
// for abandoned. If it is not, its process finds its files gone and begins again.
const abandonedAfter = 64

// dropAbandoned removes pending folders that processes without locks left long ago.
func (s *Store) dropAbandoned(dir string, now uint64) {
	entries, _ := s.fs.List(pendingDir)
	for _, e := range entries {
		rest, ok := strings.CutPrefix(pendingDir+"/"+e.Name, dir+runMark)
		made, _, _ := strings.Cut(rest, runMark)
		g, err := strconv.ParseUint(made, 10, 64)
		if !ok || err != nil || g > now-min(now, abandonedAfter) {
			continue
		}
		if s.empty(pendingDir+"/"+e.Name) == nil {
			_ = s.fs.Remove(pendingDir + "/" + e.Name)
		}
	}
}

// empty removes the files in a folder.
func (s *Store) empty(dir string) error {
	entries, err := s.fs.List(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := s.fs.Remove(dir + "/" + e.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return s.fs.SyncDir(dir) // what a power cut brings back is not gone
}

// DropPending removes the pending folder that a process without locks has to itself; another one
// stays, empty, for the next.
func (s *Store) DropPending(dir string) {
	if s.opts.NoLock && s.empty(dir) == nil {
		_ = s.fs.Remove(dir)
	}
}

// fileSafe turns a label into a file name: what is not a letter, digit, dot or dash is written as
// %xx.
func fileSafe(label string) string {
	b := make([]byte, 0, len(label))
	for i := 0; i < len(label); i++ {
		c := label[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || (c == '.' && i > 0) {
			b = append(b, c)
			continue
		}
		// Upper case too: two labels that differ in case only must not meet on a case-folding file
		// system.
		b = fmt.Appendf(b, "%%%02x", c)
	}
	return string(b)
}

// NoSpaceError says that the disk has too little room for what is about to be written.
type NoSpaceError struct{ Need, Free int64 }

// Error implements error.
func (e *NoSpaceError) Error() string {
	return fmt.Sprintf("the disk that holds the store has %d MiB free and %d MiB are needed: make room and run `sluice sync` again; what was committed is safe", e.Free>>20, e.Need>>20)
}

// spaceReserve stays free for manifests and tables beside the segment that is checked for.
const spaceReserve = 1 << 20

// CheckSpace returns a *NoSpaceError when fewer than n bytes and a reserve can be written. A file
// system that cannot tell is trusted.
func (s *Store) CheckSpace(n int64) error {
	free, err := s.fs.Free("")
	if err == nil && free < n+spaceReserve {
		return &NoSpaceError{Need: n + spaceReserve, Free: free}
	}
	return nil
}

// NewWriter starts a file of the store in a pending folder.
func (s *Store) NewWriter(dir string, kind blockfile.Kind, id blockfile.ID, blockBytes int) *blockfile.Writer {
	return blockfile.NewWriter(s.fs, dir, kind, id, blockBytes)
}

// DerivedWriter starts the file of an arm that hangs on a text file.
func (s *Store) DerivedWriter(dir string, of arm.Facts, text blockfile.Ref) *blockfile.Writer {
	return blockfile.NewWriter(s.fs, dir, of.Kind, derivedID(of, text), of.BlockBytes)
}

// derivedID is the id of the file of an arm that hangs on a text file.
func derivedID(of arm.Facts, text blockfile.Ref) blockfile.ID {
	return blockfile.MakeID(of.Kind, of.Version, nil, text.ID[:], text.Hash[:])
}
