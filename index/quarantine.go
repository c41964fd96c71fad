package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"sluice/index/blockfile"
)

// QuarantineDir is the store's folder of damaged files that were replaced: NAME as they were, and
// NAME.json with what is known of them. No generation names them.
const QuarantineDir = "quarantine"

// quarantineBytesMax is how much room the damaged bytes may take: the oldest go first.
const quarantineBytesMax = 256 << 20

// quarantineNote ends the name of what is said of a quarantined file.
const quarantineNote = ".json"

// Quarantined is a damaged file that was replaced. Its bytes are kept for a human.
type Quarantined struct {
	File       string    `json:"file"`
	Kind       string    `json:"kind"`
	What       string    `json:"what"` // what was wrong with it
	When       time.Time `json:"when"`
	Generation uint64    `json:"generation"`
	Label      string    `json:"label"` // the source whose documents it held
	Bytes      int64     `json:"bytes"` // that are kept
}

// Quarantined lists what is kept, the oldest first. A note that cannot be read costs only what it
// said.
func (s *Store) Quarantined() (all []Quarantined, err error) {
	entries, err := s.list(QuarantineDir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Dir || strings.HasSuffix(e.Name, quarantineNote) {
			continue
		}
		q := Quarantined{Bytes: e.Size}
		note, err := readSmall(s.fs, QuarantineDir+"/"+e.Name+quarantineNote)
		if err == nil {
			err = json.Unmarshal(note, &q)
		}
		if err != nil {
			q = Quarantined{Bytes: e.Size, What: "its note cannot be read: " + err.Error()}
		}
		q.File = e.Name
		all = append(all, q)
	}
	slices.SortStableFunc(all, func(a, b Quarantined) int { return a.When.Compare(b.When) })
	return all, nil
}

// Quarantine copies a damaged file to where nothing reads it. The file itself stays until its
// replacement takes its name: a crash between must not leave the store without either.
func (s *Store) Quarantine(ref blockfile.Ref, q Quarantined) error {
	if err := s.fs.MkdirAll(QuarantineDir); err != nil {
		return err
	}
	m, _, err := readManifest(s.fs)
	if err != nil {
		return err
	}
	q.File, q.Kind, q.Generation = ref.Name(), ref.Kind.String(), m.Generation
	if err := s.unquarantine(q.File); err != nil {
		return err
	}
	if err := s.makeRoom(ref.Size); err != nil {
		return err
	}
	if q.Bytes, err = s.copyToQuarantine(ref); err != nil {
		return err
	}
	note, err := json.Marshal(q)
	if err != nil {
		return err
	}
	if err := writeFile(s.fs, QuarantineDir+"/"+q.File+quarantineNote, note); err != nil {
		return err
	}
	return s.fs.SyncDir(QuarantineDir)
}

// copyToQuarantine copies what lies under a file's name. Of one that is missing, or too large, an
// empty file is kept.
func (s *Store) copyToQuarantine(ref blockfile.Ref) (n int64, err error) {
	if _, err := s.fs.Stat(filesDir + "/" + ref.Name()); errors.Is(err, fs.ErrNotExist) || ref.Size > quarantineBytesMax {
		return 0, writeFile(s.fs, QuarantineDir+"/"+ref.Name(), nil)
	}
	from, err := s.fs.Open(filesDir + "/" + ref.Name())
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := s.fs.Create(QuarantineDir + "/" + ref.Name())
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(to, io.LimitReader(from, quarantineBytesMax))
	if err == nil {
		err = to.Sync()
	}
	if cerr := to.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("keep the damaged %s: %w", ref.Name(), err), s.fs.Remove(QuarantineDir+"/"+ref.Name()))
	}
	return n, nil
}

// makeRoom removes the oldest until n bytes more are within the limit.
func (s *Store) makeRoom(n int64) error {
	all, err := s.Quarantined()
	if err != nil {
		return err
	}
	for _, q := range all {
		n += q.Bytes
	}
	for _, q := range all {
		if n <= quarantineBytesMax {
			break
		}
		if err := s.unquarantine(q.File); err != nil {
			return err
		}
		n -= q.Bytes
	}
	return nil
}

// DropQuarantine removes what is kept of the sources for which gone holds: what was forgotten must
// not stay here. With what a crash left behind it is not choosy.
func (s *Store) DropQuarantine(gone func(label string) bool) error {
	all, err := s.Quarantined()
	if err != nil {
		return err
	}
	for _, q := range all {
		if q.Label == "" || gone(q.Label) {
			if err := s.unquarantine(q.File); err != nil {
				return err
			}
		}
	}
	return s.dropUnnoted()
}

// dropUnnoted removes files that nothing is said of.
func (s *Store) dropUnnoted() error {
	entries, err := s.fs.List(QuarantineDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name, quarantineNote); ok {
			said[name], said[e.Name] = true, true
		}
	}
	for _, e := range entries {
		if !said[e.Name] {
			err = errors.Join(err, s.fs.Remove(QuarantineDir+"/"+e.Name))
		}
	}
	return errors.Join(err, s.fs.SyncDir(QuarantineDir))
}

// unquarantine removes one file and its note, as far as they are there.
func (s *Store) unquarantine(name string) (err error) {
	for _, n := range []string{name, name + quarantineNote} {
		if rerr := s.fs.Remove(QuarantineDir + "/" + n); !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}
