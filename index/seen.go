package index

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"sync"

	"sluice/corpus"
)

// Beside the segments the store keeps, source by source, what it saw of each document when it read
// it: the document's stamp. So a later look can tell what has changed without reading anything.
//
// A sight is true of the document for ever: "with that stamp it had this version". So the file need
// not belong to a generation. It is appended to, what comes later counts, and what cannot be read
// is not known: the document is read again. It names nothing, it only holds digests.
//
//	header  magic (8), format (4), zero (4)
//	frames  entries (4), CRC-32C of that and of them (4), entries of 24 bytes: digest of the path,
//	        stamp, version

const (
	seenDir    = "seen"
	seenMagic  = "SLUICESN"
	seenFormat = 1

	seenHeader = 16
	seenFrame  = 8
	seenEntry  = 24

	// seenSlack is how many entries may stand in the file for nothing, beside as many as count.
	seenSlack = 64

	// seenBytesMax is the largest file that is read: 100 million documents.
	seenBytesMax = 100_000_000 * seenEntry
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// StateFolder is the folder of the store in which a source may keep what it would have to fetch
// again. Its name spells nothing.
func StateFolder(label string) string {
	return fmt.Sprintf("state/%016x", corpus.Digest([]byte(label)))
}

// Sight is what was seen of one document.
type Sight struct {
	Path    uint64 // corpus.Digest of it
	Stamp   corpus.Stamp
	Version uint64 // see Version and LeftOut; in the file, 0 takes back what was said before
}

// Version stands in a Sight for the version of a document.
func Version(hash [32]byte) uint64 { return binary.LittleEndian.Uint64(hash[:]) }

// LeftOut stands in a Sight for a document that was left out when it was opened.
func LeftOut(why corpus.Reason) uint64 { return corpus.Digest([]byte("left out: " + why)) }

// Failed stands in a Sight for a document that could not be read.
var Failed = corpus.Digest([]byte("failed"))

// Seen is what was seen of a source's documents. It is safe for concurrent use.
type Seen struct {
	name string

	mu      sync.RWMutex
	sights  map[uint64]Sight // by path
	bytes   int64            // of the file that are valid
	entries int              // in the file, with those that do not count any more
	torn    bool             // more stands in the file, and cannot be read
}

func seenName(label string) string {
	return fmt.Sprintf("%s/%016x", seenDir, corpus.Digest([]byte(label))) // a name that spells nothing
}

// Of returns what was seen of the document at path.
func (n *Seen) Of(path string) (Sight, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	s, ok := n.sights[corpus.Digest([]byte(path))]
	return s, ok
}

// Seen reads what was seen of a source. It knows nothing where there is no file, or a damaged one
// from the damage on.
func (s *Store) Seen(label string) *Seen {
	n := &Seen{name: seenName(label), sights: map[uint64]Sight{}}
	b, err := s.seenBytes(n.name)
	n.torn = len(b) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist)
	if err != nil || len(b) < seenHeader || string(b[:8]) != seenMagic || binary.LittleEndian.Uint32(b[8:]) != seenFormat {
		return n
	}
	n.bytes = seenHeader
	n.sights = make(map[uint64]Sight, len(b)/seenEntry)
	for b = b[seenHeader:]; len(b) >= seenFrame; {
		count := int64(binary.LittleEndian.Uint32(b))
		size := seenFrame + count*seenEntry
		if count == 0 || size > int64(len(b)) || frameSum(b[:size]) != binary.LittleEndian.Uint32(b[4:]) {
			break
		}
		for e := b[seenFrame:size]; len(e) > 0; e = e[seenEntry:] {
			one := Sight{binary.LittleEndian.Uint64(e), corpus.Stamp(binary.LittleEndian.Uint64(e[8:])), binary.LittleEndian.Uint64(e[16:])}
			n.note(one)
		}
		n.bytes, n.entries, b = n.bytes+size, n.entries+int(count), b[size:]
	}
	n.torn = len(b) > 0
	return n
}

// note takes over what was seen. A version of 0 says that there is nothing any more.
func (n *Seen) note(one Sight) {
	if one.Version == 0 {
		delete(n.sights, one.Path)
		return
	}
	n.sights[one.Path] = one
}

func (s *Store) seenBytes(name string) ([]byte, error) {
	f, err := s.fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil || size > seenBytesMax {
		return nil, err
	}
	b := make([]byte, size)
	_, err = io.ReadFull(f, b)
	return b, err
}

// frameSum is the checksum of a frame, which stands between what it is of.
func frameSum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:4], castagnoli), castagnoli, frame[seenFrame:])
}

// See adds what was seen of documents. The source's lock is held. An error costs nothing but time:
// what is not known is read again.
func (s *Store) See(n *Seen, some []Sight) error {
	if len(some) == 0 {
		return nil
	}
	n.mu.Lock()
	for _, one := range some {
		n.note(one)
	}
	n.mu.Unlock()
	if n.bytes == 0 {
		return s.rewriteSeen(n)
	}
	f, err := s.fs.OpenRW(n.name)
	if err != nil {
		return err
	}
	frame := appendFrame(nil, some)
	err = f.Truncate(n.bytes) // what stands behind was not written whole
	if err == nil {
		_, err = f.WriteAt(frame, n.bytes)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		n.bytes, n.entries = n.bytes+int64(len(frame)), n.entries+len(some)
	}
	return err
}

// basis is the path, as no document has one, of the sight whose version is the state of the store
// that all others belong to, and whose stamp is what the source called its own state then
// (corpus.Stater); 0: it did not tell.
const basis = 0

// Fits tells whether what was seen is all that the source holds in this state of it: the digest of
// Manifest.Content.
func (n *Seen) Fits(content uint64) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	s, ok := n.sights[basis]
	return ok && s.Version == content
}

// State is what the source called its own state when what was seen was all that it holds.
func (n *Seen) State() uint64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return uint64(n.sights[basis].Stamp)
}

// Each calls use for what was seen of each document.
func (n *Seen) Each(use func(Sight)) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for path, s := range n.sights {
		if path != basis {
			use(s)
		}
	}
}

// Fit notes that what was seen is all that the source holds now, and what it calls its state. The
// source's lock is held.
func (s *Store) Fit(n *Seen, content, state uint64) error {
	if n.Fits(content) && n.State() == state {
		return nil
	}
	return s.See(n, []Sight{{Path: basis, Version: content, Stamp: corpus.Stamp(state)}})
}

// KeepSeen drops the sights that keep refuses. The file is written anew at once, if anything else
// stands in it than what is kept, or when more than half of it does not count any more. The
// source's lock is held.
func (s *Store) KeepSeen(n *Seen, keep func(Sight) bool, atOnce bool) error {
	n.mu.Lock()
	before := len(n.sights)
	var dropped []Sight
	for path, one := range n.sights {
		if path != basis && !keep(one) {
			dropped = append(dropped, Sight{Path: path})
			delete(n.sights, path)
		}
	}
	n.mu.Unlock()
	switch {
	case atOnce && n.torn:
		return s.rewriteSeen(n)
	case n.bytes == 0:
		return nil
	case n.entries+len(dropped) > 2*len(n.sights)+seenSlack, atOnce && n.entries+len(dropped) > before:
		return s.rewriteSeen(n)
	}
	return s.See(n, dropped)
}

// rewriteSeen writes the file anew, in the place of what was there.
func (s *Store) rewriteSeen(n *Seen) error {
	all := make([]Sight, 0, len(n.sights))
	for _, one := range n.sights {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Sight) int { return cmp.Compare(a.Path, b.Path) })
	b := make([]byte, seenHeader, seenHeader+seenFrame+len(all)*seenEntry)
	copy(b, seenMagic)
	binary.LittleEndian.PutUint32(b[8:], seenFormat)
	if len(all) > 0 {
		b = appendFrame(b, all)
	}
	if err := s.fs.MkdirAll(seenDir); err != nil {
		return err
	}
	if err := replaceFile(s.fs, n.name, b); err != nil {
		return err
	}
	n.bytes, n.entries, n.torn = int64(len(b)), len(all), false
	return s.fs.SyncDir(seenDir)
}

// Unsee forgets what was seen of a source's documents. The source's lock is held.
func (s *Store) Unsee(label string) error {
	for _, name := range []string{seenName(label), seenName(label) + newMark} {
		if err := s.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func appendFrame(b []byte, some []Sight) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(some)))
	b = binary.LittleEndian.AppendUint32(b, 0)
	for _, one := range some {
		b = binary.LittleEndian.AppendUint64(b, one.Path)
		b = binary.LittleEndian.AppendUint64(b, uint64(one.Stamp))
		b = binary.LittleEndian.AppendUint64(b, one.Version)
	}
	binary.LittleEndian.PutUint32(b[at+4:], frameSum(b[at:]))
	return b
}
