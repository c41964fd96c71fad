package blockfile

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"path"
	"slices"
	"testing"

	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// repaired makes the checksums of header, tables and footer hold, as far as the bytes allow, so
// that a fuzzer gets behind them.
func repaired(b []byte) []byte {
	b = slices.Clone(b)
	if len(b) < headerBytes+footerBytes {
		return b
	}
	seal := func(b []byte) { binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli)) }
	copy(b, headerMagic[:])
	seal(b[:headerBytes])
	foot := b[len(b)-footerBytes:]
	copy(foot, footerMagic[:])
	copy(foot[8:32], b[8:32])
	if end := getFooter(foot).payloadEnd; end >= 0 && end <= int64(len(b)-footerBytes) {
		binary.LittleEndian.PutUint32(foot[44:], tablesSum(getHeader(b).id, b[end:len(b)-footerBytes]))
	}
	seal(foot)
	return b
}

// Whatever bytes lie in a file's place, opening, reading and verifying it end, without a panic.
func FuzzOpen(f *testing.F) {
	for _, kind := range []Kind{KindText, KindTombstones} {
		g := newGolden(f, kind, 1)
		f.Add(g.bytes, true)
		f.Add(g.bytes, false)
		f.Add(g.bytes[:200], true)
	}
	f.Fuzz(func(t *testing.T, b []byte, repair bool) {
		if repair {
			b = repaired(b)
		}
		ref := Ref{Kind: KindText, Size: int64(len(b))}
		if len(b) >= headerBytes {
			h := getHeader(b)
			ref.Kind, ref.ID = h.kind, h.id
		}
		files := vfs.Mem()
		must(t, files.MkdirAll("d"))
		testkit.Overwrite(t, files, path.Join("d", ref.Name()), b)
		_, _ = outcome(files, ref)
		file, err := Open(files, "d", ref)
		if err != nil {
			return
		}
		defer file.Close()
		_, err = file.Verify(context.Background())
		must(t, err)
	})
}
