package index

import (
	"crypto/sha256"
	"fmt"

	"sluice/index/text"
	"sluice/internal/defence"
)

// forgottenUsual is how many forgotten passages are allowed for although the table of sources,
// which may be lost, does not name them.
const forgottenUsual = 64

// Names tells whether a passage's id names this text: the id is a hash of source, path, text, and
// of which of the document's equal texts it is. What is cited is held against it at answer time,
// whatever checks it has passed before: a citation is what people look up, and they trust it.
func (sn *Snapshot) Names(p *Passage, body []byte) bool {
	if sn.store.opts.TrustMemory || !defence.Stands(defence.PassageHash) {
		return true
	}
	forgotten := forgottenUsual // passages that stood before it and are gone were counted too
	if src, ok := sn.Source(p.Source); ok {
		forgotten += len(src.ForgottenIDs)
	}
	sum := sha256.Sum256(body)
	for nth := range int(p.InDoc) + forgotten + 1 {
		if text.PassageID(p.Source, p.Path, sum, nth) == p.ID {
			return true
		}
	}
	return false
}

// Misnamed says what a passage hides whose text is not the one that its id names.
func Misnamed() Degraded {
	return Degraded{What: "a passage", Why: "its text is not the one that its id names", Documents: 1}
}

// CitedText reads one passage's text and holds it against the passage's id.
func (sn *Snapshot) CitedText(p *Passage) ([]byte, error) {
	body, err := sn.Text(p.Place)
	if err == nil && !sn.Names(p, body) {
		err = fmt.Errorf("%w: passage %s: its text is not the one that its id names; run `sluice check`", ErrCorrupt, FormatID(p.ID))
	}
	return body, err
}
