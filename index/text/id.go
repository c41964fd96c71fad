package text

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
)

// PassageID names a passage: 80 bits of SHA-256 over its source's label, its document's path, the
// SHA-256 of its text, and which of the document's passages with that text it is (0 for the first).
// So an id survives edits elsewhere in the document and a move of the source.
func PassageID(label, path string, textHash [32]byte, nth int) [10]byte {
	b := make([]byte, 0, 128)
	for _, s := range []string{label, path} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = append(b, textHash[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(nth))
	sum := sha256.Sum256(b)
	return [10]byte(sum[:10])
}

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// FormatID writes an id as people see it: 16 letters and digits.
func FormatID(id [10]byte) string { return idEncoding.EncodeToString(id[:]) }

// ParseID reads what FormatID wrote.
func ParseID(s string) (id [10]byte, err error) {
	if len(s) != idEncoding.EncodedLen(len(id)) {
		return id, fmt.Errorf("%q is no passage id: it has %d characters, not %d", s, len(s), idEncoding.EncodedLen(len(id)))
	}
	if _, err = idEncoding.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("%q is no passage id: only a to z and 2 to 7 occur in one", s)
	}
	return id, nil
}
