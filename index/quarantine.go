package index

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// QuarantineDir is the store's folder of damaged files that were replaced: NAME as they were, and
// NAME.json with what is known of them. No generation names them.
const QuarantineDir = "quarantine"

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
