package index

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// quarantineDir holds damaged bytes that were taken out of use: NAME as they were, and NAME.json
// with what is known of them. No generation names them.
const quarantineDir = "quarantine"

// quarantineMax is how many are listed.
const quarantineMax = 1_000

// Quarantined is one of them.
type Quarantined struct {
	Name       string    `json:"-"`
	File       string    `json:"file"` // whose bytes they were
	Kind       string    `json:"kind"`
	What       string    `json:"what"`
	When       time.Time `json:"when"`
	Generation uint64    `json:"generation"`
	Bytes      int64     `json:"-"`
}

// Quarantine lists what is kept of damaged files, the newest first, with the bytes that all of them
// take. more counts those that are not listed. A note that cannot be read costs only what it said.
func (s *Store) Quarantine() (items []Quarantined, bytes int64, more int, err error) {
	entries, err := s.list(quarantineDir)
	if err != nil {
		return nil, 0, 0, err
	}
	for _, e := range entries {
		bytes += e.Size
		if e.Dir || strings.HasSuffix(e.Name, ".json") {
			continue
		}
		q := Quarantined{Name: e.Name, Bytes: e.Size}
		note, err := readSmall(s.fs, quarantineDir+"/"+e.Name+".json")
		if err == nil {
			err = json.Unmarshal(note, &q)
		}
		if err != nil {
			q = Quarantined{Name: e.Name, Bytes: e.Size, What: "its note cannot be read: " + err.Error()}
		}
		items = append(items, q)
	}
	slices.SortFunc(items, func(a, b Quarantined) int {
		return cmp.Or(b.When.Compare(a.When), strings.Compare(a.Name, b.Name))
	})
	if len(items) > quarantineMax {
		items, more = items[:quarantineMax], len(items)-quarantineMax
	}
	return items, bytes, more, nil
}
