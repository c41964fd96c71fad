package blockfile

import "fmt"

// Kind says what a file holds. Numbers are on disk: they are never reused.
type Kind uint16

// The kinds of files.
const (
	KindText       Kind = 1  // documents, passages, their text
	KindLexical    Kind = 2  // postings
	KindTombstones Kind = 3  // which passages of a segment are dead
	KindSources    Kind = 4  // the table of sources
	KindDeltas     Kind = 5  // what tombstones take off document frequencies and lengths
	KindCodes      Kind = 6  // 1-bit codes
	KindVectors    Kind = 7  // 4-bit vectors
	KindTokens     Kind = 8  // distinct token ids
	KindTrigrams   Kind = 9  // trigrams of stretches of text
	KindParity     Kind = 10 // Reed-Solomon parity of compressed text
	KindSpare      Kind = 11 // the copy of a tombstone file
)

var kindNames = map[Kind]string{
	KindText: "text", KindLexical: "lexical", KindTombstones: "tombstones", KindSources: "sources",
	KindDeltas: "deltas", KindCodes: "codes", KindVectors: "vectors", KindTokens: "tokens",
	KindTrigrams: "trigrams", KindParity: "parity", KindSpare: "spare",
}

// Kinds returns every kind that this program knows.
func Kinds() []Kind {
	var all []Kind
	for k := KindText; kindNames[k] != ""; k++ {
		all = append(all, k)
	}
	return all
}

// String returns the kind's name, which is also the suffix of its files.
func (k Kind) String() string {
	if name := kindNames[k]; name != "" {
		return name
	}
	return fmt.Sprintf("kind%d", uint16(k))
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the name of a known kind.
func (k *Kind) UnmarshalText(b []byte) error {
	for known, name := range kindNames {
		if name == string(b) {
			*k = known
			return nil
		}
	}
	return fmt.Errorf("blockfile: %q is no kind of file", b)
}
