package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sluice/index/blockfile"
	"sluice/internal/defence"
)

// Format history of the manifest, newest last. Before release 1.0 an older store is rebuilt from
// its sources.
//
//	1  first
//	2  derived files by kind; tombstones instead of dead
//	3  orders to forget: a program that does not know them must not write the manifest without
const (
	manifestFormat   = 3
	manifestMin      = 2
	manifestBytesMax = 64 << 20
)

const manifestMagic = "SLUICEMF"

// manifestHeadBytes is magic, format (4), payload length (4) and generation (8).
const manifestHeadBytes = len(manifestMagic) + 4 + 4 + 8

// Manifest is one generation: which files count. Everything else about the store follows from it.
type Manifest struct {
	Generation uint64         `json:"generation"`
	Parent     string         `json:"parent"` // SHA-256 of the parent's slot, hex; "" for the first
	Sources    *blockfile.Ref `json:"sources,omitempty"`
	// Table is what the file of Sources holds. A generation has three copies of its manifest, and
	// what was opted in and forgotten can be had from nowhere else.
	Table      json.RawMessage `json:"table,omitempty"`
	Segments   []Entry         `json:"segments"`
	Orders     []Order         `json:"orders,omitempty"`      // to forget, recorded and not carried out yet
	GoneBefore uint64          `json:"gone_before,omitempty"` // no generation before this one may stay: see Order
	Restored   []Restored      `json:"restored,omitempty"`    // the backups that it came from, oldest first
}

// Entry names the files of one segment.
type Entry struct {
	Label      string                           `json:"label"`     // the source it belongs to
	Documents  int64                            `json:"documents"` // live ones, known even when the files cannot be read
	Passages   int64                            `json:"passages"`
	Bytes      int64                            `json:"bytes"` // of live documents
	Text       blockfile.Ref                    `json:"text"`
	Derived    map[blockfile.Kind]blockfile.Ref `json:"derived"`              // the arms' files and the parity, by kind
	Tombstones *blockfile.Ref                   `json:"tombstones,omitempty"` // nil while everything in it is live
	Spare      *blockfile.Ref                   `json:"spare,omitempty"`      // the copy of the tombstones
	// Lost says why nothing of the segment is served any more: a sync met damage in it and is
	// reading its documents again. Until all are there it stays, so that what is missing is named.
	Lost string `json:"lost,omitempty"`
	// Missing are the paths of the documents of a lost segment, as far as they are known and few.
	Missing []string `json:"missing,omitempty"`
	// Emptied says that the files of a lost segment were removed, because they may have held what
	// was forgotten.
	Emptied bool `json:"emptied,omitempty"`
}

// Name is how messages call the segment.
func (e Entry) Name() string { return fmt.Sprintf("segment %x", e.Text.Hash[:6]) }

// Files calls visit for every file of the segment.
func (e Entry) Files(visit func(blockfile.Ref)) {
	if e.Emptied {
		return
	}
	visit(e.Text)
	for _, kind := range slices.Sorted(maps.Keys(e.Derived)) {
		visit(e.Derived[kind])
	}
	for _, ref := range []*blockfile.Ref{e.Tombstones, e.Spare} {
		if ref != nil {
			visit(*ref)
		}
	}
}

// Size is how many bytes the files of the segment have.
func (e Entry) Size() (n int64) {
	e.Files(func(r blockfile.Ref) { n += r.Size })
	return n
}

// key names what of the segment is kept open for several snapshots.
func (e Entry) key() string {
	e.Tombstones, e.Spare = nil, nil
	var b strings.Builder
	e.Files(func(r blockfile.Ref) { b.WriteString(r.Name()) })
	return b.String()
}

// files calls visit for every file that the generation names.
func (m *Manifest) files(visit func(blockfile.Ref)) {
	if m.Sources != nil {
		visit(*m.Sources)
	}
	for _, s := range m.Segments {
		s.Files(visit)
	}
}

// names is the set of files that the generation names.
func (m *Manifest) names() map[string]bool {
	names := map[string]bool{}
	m.files(func(r blockfile.Ref) { names[r.Name()] = true })
	return names
}

// namesOnce refuses a generation that names a file twice: its documents would be there twice. That
// no document is in two files cannot be told without reading them; who changes a source sees to it
// (Same), and a check reads them.
func (m *Manifest) namesOnce() (err error) {
	names := map[string]bool{}
	m.files(func(r blockfile.Ref) {
		if names[r.Name()] && defence.Stands(defence.NamesOnce) {
			err = fmt.Errorf("BUG: a generation would name %s twice; nothing was changed", r.Name())
		}
		names[r.Name()] = true
	})
	return err
}

// Find returns the position of a segment by its text file, -1 when the generation has it no more.
func (m *Manifest) Find(text blockfile.Ref) int {
	return slices.IndexFunc(m.Segments, func(e Entry) bool { return e.Text.Hash == text.Hash && e.Text.ID == text.ID })
}

// Same tells whether the generation has the segment as e describes it: with that text, and as much
// of it gone. A segment that another process took something out of meanwhile is not the same.
func (m *Manifest) Same(e Entry) bool {
	i := m.Find(e.Text)
	return i >= 0 && m.Segments[i].state() == e.state() || !defence.Stands(defence.SourceUnchanged)
}

// state names what counts of the segment: its text, and what of it is gone.
func (e Entry) state() string {
	state := e.Text.Name()
	if e.Tombstones != nil {
		state += e.Tombstones.Name()
	}
	return state
}

// Content names all that a generation holds of a source. While it stays the same, what was found
// out about the source's documents holds, and none is added twice.
func (m *Manifest) Content(label string) string {
	var all []string
	for _, e := range m.Segments {
		if e.Label == label {
			all = append(all, e.state())
		}
	}
	slices.Sort(all) // a merge elsewhere may move them
	return strings.Join(all, "\n")
}

// ErrSourceChanged says that another process changed a source that this one was changing: what it
// knew of the documents does not hold any more.
var ErrSourceChanged = errors.New("another process changed the source at the same time: run this again when it is done")

// Put replaces a segment's entry. A segment without live documents leaves the store; one that the
// generation does not have, because its source was forgotten meanwhile, does not come back.
func (m *Manifest) Put(e Entry) {
	i := m.Find(e.Text)
	switch {
	case i < 0:
	case e.Documents == 0:
		m.Segments = slices.Delete(m.Segments, i, i+1)
	default:
		m.Segments[i] = e
	}
}

// encode returns the bytes of a slot: head, JSON, SHA-256 over both.
func (m *Manifest) encode() ([]byte, error) { return m.encodeAs(manifestFormat) }

func (m *Manifest) encodeAs(format uint32) ([]byte, error) {
	payload, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(payload) > manifestBytesMax {
		return nil, fmt.Errorf("manifest of %d bytes is over the limit of %d: merge segments first", len(payload), manifestBytesMax)
	}
	b := make([]byte, 0, manifestHeadBytes+len(payload)+sha256.Size)
	b = append(b, manifestMagic...)
	b = binary.LittleEndian.AppendUint32(b, format)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint64(b, m.Generation)
	b = append(b, payload...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// decodeManifest reads a slot. One of an older format is an *blockfile.OlderError beside what is
// read of it. Bytes behind the checksum are what a longer, older generation left.
func decodeManifest(b []byte) (*Manifest, string, error) {
	if len(b) < manifestHeadBytes+sha256.Size || string(b[:len(manifestMagic)]) != manifestMagic {
		return nil, "", &CorruptManifestError{What: "no manifest header"}
	}
	format := binary.LittleEndian.Uint32(b[8:])
	size := int64(binary.LittleEndian.Uint32(b[12:]))
	if size > manifestBytesMax || int64(manifestHeadBytes)+size+sha256.Size > int64(len(b)) {
		return nil, "", &CorruptManifestError{What: "payload length is beyond the slot"}
	}
	end := manifestHeadBytes + int(size)
	sum := sha256.Sum256(b[:end])
	if !bytes.Equal(sum[:], b[end:end+sha256.Size]) && defence.Stands(defence.ManifestSum) {
		return nil, "", &CorruptManifestError{What: "checksum"}
	}
	if format > manifestFormat { // only after the checksum: a damaged number is damage, not a newer store
		return nil, "", &blockfile.NewerError{File: "manifest", Format: int(format), Supported: manifestFormat}
	}
	if format < manifestMin {
		return decodeOlder(b[manifestHeadBytes:end], format)
	}
	m := new(Manifest)
	if err := json.Unmarshal(b[manifestHeadBytes:end], m); err != nil {
		return nil, "", &CorruptManifestError{What: err.Error()}
	}
	if m.Generation != binary.LittleEndian.Uint64(b[16:]) {
		return nil, "", &CorruptManifestError{What: "generation in head and payload differ"}
	}
	return m, hex.EncodeToString(sum[:]), nil
}

// decodeOlder reads of an older format what has never changed its place: the number and the table
// of sources.
func decodeOlder(payload []byte, format uint32) (*Manifest, string, error) {
	var head struct {
		Generation uint64         `json:"generation"`
		Sources    *blockfile.Ref `json:"sources"`
	}
	if err := json.Unmarshal(payload, &head); err != nil {
		return nil, "", &CorruptManifestError{What: err.Error()}
	}
	older := &blockfile.OlderError{File: "the store's manifest", Format: int(format), Supported: manifestMin}
	return &Manifest{Generation: head.Generation, Sources: head.Sources}, "", older
}

// CorruptManifestError says that a manifest slot is not what was written.
type CorruptManifestError struct{ Slot, What string }

// Error implements error.
func (e *CorruptManifestError) Error() string {
	return fmt.Sprintf("store: manifest slot %s is damaged (%s)", e.Slot, e.What)
}

// Unwrap marks the error as corruption.
func (e *CorruptManifestError) Unwrap() error { return blockfile.ErrCorrupt }

func slotName(generation uint64) string { return fmt.Sprintf("manifest.%d", generation%2) }

func generationName(g uint64) string { return fmt.Sprintf(generationsDir+"/%d", g) }

// generationLock is a file of its own, because an exclusive holder writes its name into what it
// locks.
func generationLock(g uint64) string { return fmt.Sprintf(locksDir+"/generation-%d", g) }

// ErrNoStore says that the folder holds no store.
var ErrNoStore = errors.New("there is no store here yet: `sluice add FOLDER` makes one")
