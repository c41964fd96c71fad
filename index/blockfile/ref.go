package blockfile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// ID names what a file was made from: the same kind, inputs, configuration and builder give the
// same ID and, on every machine, the same bytes. It is part of every checksum of the file.
type ID [16]byte

// MakeID derives the ID of a file from its kind, the version of the code that builds it, that
// code's configuration and whatever names its inputs.
func MakeID(kind Kind, builder uint32, config []byte, inputs ...[]byte) ID {
	h := sha256.New()
	h.Write([]byte("sluice file id\x00"))
	part := func(b []byte) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	h.Write(binary.LittleEndian.AppendUint16(nil, uint16(kind)))
	h.Write(binary.LittleEndian.AppendUint32(nil, builder))
	part(config)
	for _, in := range inputs {
		part(in)
	}
	return ID(h.Sum(nil)[:16])
}

// String returns the ID in hex.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText writes the ID in hex.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(b []byte) error { return unhex(id[:], b) }

// Hash is the SHA-256 of a whole file.
type Hash [32]byte

// String returns the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(b []byte) error { return unhex(h[:], b) }

func unhex(dst, src []byte) error {
	if len(src) != hex.EncodedLen(len(dst)) {
		return fmt.Errorf("blockfile: %d hex digits where %d belong", len(src), hex.EncodedLen(len(dst)))
	}
	_, err := hex.Decode(dst, src)
	return err
}

// Ref names one file for good: what it is, what it was made from, and every byte of it.
type Ref struct {
	Kind Kind  `json:"kind"`
	ID   ID    `json:"id"`
	Hash Hash  `json:"hash"`
	Size int64 `json:"size"`
}

// Name returns the file's name: its hash, and its kind as the suffix.
func (r Ref) Name() string { return r.Hash.String() + "." + r.Kind.String() }
