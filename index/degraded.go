package index

import (
	"errors"
	"io/fs"
)

// Degraded is something that an answer could not see.
type Degraded struct {
	What      string // "segment 9f2c..", "source notes"
	Why       string // "checksum", "missing", "timeout", "newer format" or the error
	Documents int64  // how many documents that hides
}

// AddDegraded adds to a list what is not in it yet. What is named twice for one reason is one
// thing; it hides as many documents as the greater of the two says.
func AddDegraded(list []Degraded, more ...Degraded) []Degraded {
next:
	for _, d := range more {
		for i := range list {
			if list[i].What == d.What && list[i].Why == d.Why {
				list[i].Documents = max(list[i].Documents, d.Documents)
				continue next
			}
		}
		list = append(list, d)
	}
	return list
}

// damage says what an error that was met in a segment hides. ok is false when the error is not
// damage.
func (sn *Snapshot) damage(err error) (d Degraded, ok bool) {
	bad := new(segmentError)
	if !errors.As(err, &bad) {
		return d, false
	}
	e := sn.segments[bad.Segment].entry
	return Degraded{What: e.Name(), Why: why(bad.Err), Documents: e.Documents}, true
}

// Unreadable says what damage to one passage hides. ok is false when the error is not damage: then
// the question fails with it.
func Unreadable(err error) (d Degraded, ok bool) {
	if !errors.Is(err, ErrCorrupt) && !errors.Is(err, fs.ErrNotExist) {
		return d, false
	}
	return Degraded{What: "a passage", Why: err.Error(), Documents: 1}, true
}
