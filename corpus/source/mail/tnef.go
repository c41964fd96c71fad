package mail

import (
	"bytes"
	"encoding/binary"

	"sluice/corpus/source"
)

// What Outlook sends as winmail.dat (TNEF) is a file of attachments: a signature, a key, and
// attributes of a level, an id, a length, that many bytes and a sum of them.

const (
	tnefSignature = 0x223e9f78
	tnefBegins    = 0x00069002 // an attachment
	tnefTitle     = 0x00018010
	tnefData      = 0x0006800f
	tnefHeader    = 9
	tnefSum       = 2
)

// tnefParts takes a winmail.dat apart; none where it is not one. What is cut ends where it is cut.
func tnefParts(b []byte) (parts []part) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return nil
	}
	for b = b[6:]; len(b) >= tnefHeader; {
		id, n := binary.LittleEndian.Uint32(b[1:]), int(binary.LittleEndian.Uint32(b[5:]))
		if b = b[tnefHeader:]; n < 0 || n > len(b) {
			break
		}
		data := b[:n]
		b = b[min(n+tnefSum, len(b)):]
		switch {
		case id == tnefBegins:
			parts = append(parts, part{media: "application/octet-stream", params: map[string]string{}})
		case len(parts) == 0:
		case id == tnefTitle:
			name, _ := source.Decode(bytes.TrimRight(data, "\x00"), "windows-1252")
			parts[len(parts)-1].name = fileName(name)
		case id == tnefData:
			parts[len(parts)-1].body = data
		}
		if len(parts) >= partsMax {
			break
		}
	}
	for i := range parts {
		if parts[i].name == "" {
			parts[i].name = "attachment"
		}
	}
	return parts
}
