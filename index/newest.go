package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// The newest generation is the greatest one that is whole, in a slot or in generations/. A slot may
// be behind: its writer was killed, or is slow where locks do nothing. Then nothing is wrong. A
// slot or a newer copy that is not what was written is named, whatever takes its place.

// readAll reads a manifest file as far as one may reach.
func readAll(files vfs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, manifestBytesMax+4096))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

// readSlot reads and checks one slot or copy.
func readSlot(files vfs.FS, name string) (*Manifest, string, error) {
	b, err := readAll(files, name)
	if err != nil {
		return nil, "", err
	}
	return decodeSlot(b, name)
}

// decodeSlot is decodeManifest for the bytes of a file.
func decodeSlot(b []byte, name string) (*Manifest, string, error) {
	m, hash, err := decodeManifest(b)
	if c := new(CorruptManifestError); errors.As(err, &c) {
		c.Slot = name
	}
	return m, hash, err
}

const (
	slotLooks   = 5 // at a slot that another process may be writing
	slotLookGap = 100 * time.Microsecond
)

// slot is what one of the two slots holds.
type slot struct {
	number uint64
	name   string
	b      []byte
	m      *Manifest
	hash   string
	err    error
}

// lookAt reads a slot. One that is being written, so that it differs from one look to the next, is
// looked at again.
func lookAt(files vfs.FS, number uint64) (s slot) {
	s.number, s.name = number, slotName(number)
	for look := range slotLooks {
		b, err := readAll(files, s.name)
		if err != nil {
			s.err = err
			return s
		}
		same := look > 0 && bytes.Equal(b, s.b)
		s.b = b
		if s.m, s.hash, s.err = decodeSlot(b, s.name); !errors.Is(s.err, ErrCorrupt) || same {
			break
		}
		time.Sleep(slotLookGap << look)
	}
	return s
}

// place refuses a generation in the slot of the other parity, where no commit puts it: it was
// copied there.
func (s *slot) place() {
	if s.err == nil && s.m.Generation%2 != s.number {
		s.err = &CorruptManifestError{Slot: s.name, What: fmt.Sprintf("it holds generation %d, which belongs in the other slot", s.m.Generation)}
	}
}

// missing tells whether the slot is not there.
func (s slot) missing() bool { return errors.Is(s.err, fs.ErrNotExist) }

// bad tells whether the slot is there and is of no use.
func (s slot) bad() bool { return s.err != nil && !s.missing() && !errors.Is(s.err, ErrOlder) }

// newest is the newest valid generation, and what was found on the way to it.
type newest struct {
	m     *Manifest
	hash  string
	named []Degraded // what is damaged of the slots and of newer generations
	// slots are the bytes of both, where nothing else was looked at but a copy of m that is the
	// same: a generation and its parent. Otherwise they are nil.
	slots [2][]byte
}

// readManifest returns the newest valid generation with its hash. See readNewest.
func readManifest(files vfs.FS) (*Manifest, string, error) {
	n, err := readNewest(files)
	return n.m, n.hash, err
}

// newestTries bounds how often the generations are listed again because one was removed between
// the listing and the reading.
const newestTries = 100

// readNewest finds the newest valid generation.
//
// Nothing at all is ErrNoStore. Whatever is of a newer format refuses the store, because falling
// back to an older generation would lose what the newer program wrote.
func readNewest(files vfs.FS) (newest, error) {
	for range newestTries {
		if n, err := tryNewest(files); !errors.Is(err, errRetired) {
			return n, err
		}
	}
	return newest{}, errors.New("the store changes faster than it can be opened; try again")
}

// readAgain is readNewest for who has read it before: files that are as they were, byte for byte,
// say what they said.
func readAgain(files vfs.FS, before newest) (newest, error) {
	if before.stands(files) {
		return before, nil
	}
	return readNewest(files)
}

// stands tells whether all that n was found in is as it was, and no generation came after it. It
// looks in the order of tryNewest.
func (n *newest) stands(files vfs.FS) bool {
	if n.slots[0] == nil {
		return false
	}
	for i, b := range n.slots {
		if now, err := readAll(files, slotName(uint64(i))); err != nil || !bytes.Equal(now, b) {
			return false
		}
	}
	all, err := listGenerations(files)
	if err != nil || len(all) == 0 || slices.Max(all) != n.m.Generation {
		return false
	}
	copied, err := readAll(files, generationName(n.m.Generation))
	return err == nil && bytes.Equal(copied, n.slots[n.m.Generation%2])
}

// errRetired says that a generation went away while it was looked for.
var errRetired = errors.New("a generation was removed while it was read")

func tryNewest(files vfs.FS) (n newest, err error) {
	slots := []slot{lookAt(files, 0), lookAt(files, 1)}
	if one, other := slots[0], slots[1]; one.err == nil && other.err == nil && one.m.Generation == other.m.Generation && one.hash != other.hash && defence.Stands(defence.TwoStates) {
		return newest{}, &TwoStatesError{Generation: one.m.Generation, One: one.name, Other: other.name}
	}
	for i := range slots {
		slots[i].place()
		s := slots[i]
		if errors.Is(s.err, blockfile.ErrNewer) {
			return newest{}, s.err
		}
		if s.bad() && defence.Stands(defence.SlotNamed) {
			n.named = append(n.named, Degraded{What: "manifest slot " + s.name, Why: why(s.err)})
		}
	}
	all, lerr := listGenerations(files)
	if lerr != nil && !errors.Is(lerr, fs.ErrNotExist) {
		return newest{}, lerr
	}
	native(files, slots, all)
	var best slot
	for _, s := range slots {
		if errors.As(s.err, new(*foreignSlotError)) {
			n.named = append(n.named, Degraded{What: "manifest slot " + s.name, Why: s.err.Error()})
		}
		if s.err == nil && (best.m == nil || s.m.Generation > best.m.Generation) {
			best = s
		}
	}
	copied, copiedHash, worse, err := newestCopy(files, all, best)
	if err != nil {
		return newest{}, err
	}
	n.m, n.hash, n.named = best.m, best.hash, append(n.named, worse...)
	if copied != nil {
		n.m, n.hash = copied, copiedHash
	}
	if n.m == nil {
		return newest{}, nothingValid(files, slots, len(all) > 0)
	}
	if copied == nil && !slices.Contains(all, n.m.Generation) {
		// Each generation has a copy as long as it is the newest. That it is gone is all that is
		// left to tell of a newer one that went with its slot.
		n.named = append(n.named, Degraded{What: "copy of generation " + strconv.FormatUint(n.m.Generation, 10), Why: whyMissing})
	}
	if slots[0].missing() && slots[1].missing() {
		n.named = append(n.named, Degraded{What: "manifest slot " + slots[0].name, Why: "missing"}, Degraded{What: "manifest slot " + slots[1].name, Why: "missing"})
	}
	if len(n.named) == 0 && copied == nil && follows(slots[0], slots[1]) {
		n.slots = [2][]byte{slots[0].b, slots[1].b}
	}
	return n, nil
}

// follows tells whether two slots hold a generation and its parent.
func follows(one, other slot) bool {
	return one.err == nil && other.err == nil && (one.m.Parent == other.hash || other.m.Parent == one.hash)
}

// nothingValid says why no generation can be read.
func nothingValid(files vfs.FS, slots []slot, copies bool) error {
	var bad []error
	for _, s := range slots {
		if errors.Is(s.err, blockfile.ErrOlder) { // said once, not for each slot
			return s.err
		}
		if !s.missing() {
			bad = append(bad, s.err)
		}
	}
	if len(bad) > 0 {
		return errors.Join(bad...)
	}
	if copies || len(storedFiles(files)) > 0 {
		return &CorruptManifestError{Slot: "0 and 1", What: "both are missing and no copy can be read: `sluice repair` finds the sources in what is left"}
	}
	return ErrNoStore
}

// storedFiles lists the finished files of the store, whatever names them.
func storedFiles(files vfs.FS) (names []string) {
	entries, _ := files.List(filesDir)
	for _, e := range entries {
		if isStored(e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}

// isStored tells whether a file in files/ has the name of a finished file: its hash and its kind.
func isStored(name string) bool {
	hash, kind, ok := strings.Cut(name, ".")
	_, err := hex.DecodeString(hash)
	return ok && err == nil && len(hash) == 2*sha256.Size && kind != ""
}

// newestCopy reads the copies that are not older than the best slot: a newer one that is valid is
// taken, one that is not is named. One of the same number must say the same.
func newestCopy(files vfs.FS, all []uint64, best slot) (m *Manifest, hash string, named []Degraded, err error) {
	from := uint64(0)
	if best.m != nil {
		from = best.m.Generation
	}
	slices.Sort(all)
	for _, g := range slices.Backward(all) {
		if g < from || g == from && best.m == nil || !defence.Stands(defence.NewestCopy) {
			break
		}
		b, err := readAll(files, generationName(g))
		if err == nil && g == from && bytes.Equal(b, best.b) {
			break
		}
		var m *Manifest
		var hash string
		if err == nil {
			m, hash, err = decodeSlot(b, generationName(g))
		}
		switch {
		case errors.Is(err, blockfile.ErrNewer):
			return nil, "", nil, err
		case err == nil && m.Generation == g && g > from:
			return m, hash, named, nil
		case err == nil && m.Generation == g && hash != best.hash && defence.Stands(defence.TwoStates):
			return nil, "", nil, &TwoStatesError{Generation: g, One: slotName(g), Other: generationName(g)}
		case g == from || errors.Is(err, ErrOlder):
		case errors.Is(err, fs.ErrNotExist):
			return nil, "", nil, errRetired
		case err == nil:
			err = &CorruptManifestError{Slot: generationName(g), What: fmt.Sprintf("it holds generation %d", m.Generation)}
			fallthrough
		default:
			named = append(named, Degraded{What: fmt.Sprintf("generation %d", g), Why: why(err)})
		}
	}
	return nil, "", named, nil
}

// TwoStatesError says that two files claim to be one generation and differ. Neither is believed.
type TwoStatesError struct {
	Generation uint64
	One, Other string
}

// Error implements error.
func (e *TwoStatesError) Error() string {
	return fmt.Sprintf("%s and %s hold two different states of generation %d: one of them belongs to another store or was restored; remove the one that is wrong", e.One, e.Other, e.Generation)
}

// Unwrap marks the error as corruption.
func (e *TwoStatesError) Unwrap() error { return blockfile.ErrCorrupt }

// foreignSlotError says that a slot's generation names files of another store.
type foreignSlotError struct{ name string }

func (e *foreignSlotError) Error() string { return "it belongs to another store" }

func (e *foreignSlotError) Unwrap() error { return blockfile.ErrCorrupt }

// native puts slots out of use that another store's manifest was copied into. Such a one follows no
// generation that is here, has no copy here, and names no file that is here, while another one
// does.
func native(files vfs.FS, slots []slot, all []uint64) {
	for i, s := range slots {
		other := slots[1-i]
		if s.err != nil || follows(s, other) {
			continue
		}
		ours := other.err == nil && !strange(files, other.m)
		copied := false
		for _, g := range all {
			m, hash, err := readSlot(files, generationName(g))
			copied = copied || err == nil && hash == s.hash
			ours = ours || err == nil && hash != s.hash && !strange(files, m)
		}
		if ours && !copied && strange(files, s.m) && defence.Stands(defence.ForeignSlot) {
			slots[i].err = &foreignSlotError{s.name}
		}
	}
}

// strange tells whether a generation names files and none of them is here.
func strange(files vfs.FS, m *Manifest) bool {
	names := m.names()
	for name := range names {
		if _, err := files.Stat(filesDir + "/" + name); err == nil {
			return false
		}
	}
	return len(names) > 0
}
