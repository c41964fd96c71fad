package blockfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// Readable returns the bytes of a damaged file with a header, a footer and tables that Open takes,
// as far as these follow from what is left: a header says nothing that ref does not, a footer
// little that the file's size does not, and a table of checksums is as good as each of its sums.
// What cannot be read is zeros. Blocks are checked as ever when they are used, so damage costs the
// blocks that it hit and not the file. Where it hit nothing else than header, checksums and footer,
// what is returned is the file as it was written.
//
// tail may hold a copy of the file's last bytes, checked by nobody: where the file's own tables do
// not fit their checksum, those of the copy take their place, if they do.
func Readable(ref Ref, blockBytes int, raw io.ReaderAt, tail []byte) ([]byte, error) {
	damaged := &CorruptError{File: ref.Name(), Block: -1, Kind: ref.Kind, What: "its tables are damaged"}
	if ref.Size < headerBytes+footerBytes || ref.Size > fileBytesMax {
		return nil, damaged
	}
	b := make([]byte, ref.Size)
	for at := 0; at < len(b); at += blockBytes { // a bad sector must not cost its neighbours
		part := b[at:min(len(b), at+blockBytes)]
		if n, err := raw.ReadAt(part, int64(at)); err != nil && !errors.Is(err, io.EOF) {
			clear(part[n:])
		}
	}
	h := header{format: Format, kind: ref.Kind, blockBytes: uint32(blockBytes), id: ref.ID}
	copy(b, h.encode())
	if _, whole := tablesOf(b, h, ref.Size); !whole {
		if tables, whole := tablesOf(tail, h, ref.Size); whole {
			copy(b[len(b)-len(tables):], tables)
		}
	}
	foot, ok := footerOf(b, h)
	if !ok {
		return nil, damaged
	}
	summed := bytes.Clone(b)
	for n, at := int64(0), foot.payloadEnd; n < blocksOf(foot.payloadEnd, int64(blockBytes)); n, at = n+1, at+sumBytes {
		block := b[n*int64(blockBytes) : min((n+1)*int64(blockBytes), foot.payloadEnd)]
		binary.LittleEndian.PutUint32(summed[at:], blockSum(seedOf(ref.ID), n, block))
	}
	if seal(summed, foot); sha256.Sum256(summed) == ref.Hash {
		return summed, nil
	}
	seal(b, foot)
	return b, nil
}

// tablesOf are the tables and the footer at the end of a file of that header and size, or of a copy
// of its end; false when they do not fit their checksums.
func tablesOf(end []byte, h header, size int64) (tables []byte, whole bool) {
	if len(end) < footerBytes {
		return nil, false
	}
	at := len(end) - footerBytes
	foot := getFooter(end[at:])
	n := size - foot.payloadEnd
	if [8]byte(end[at:]) != footerMagic || !sumHolds(end[at:]) || foot.header != h || n < footerBytes || n > int64(len(end)) {
		return nil, false
	}
	tables = end[int64(len(end))-n:]
	return tables, tablesSum(h.id, tables[:n-footerBytes]) == foot.tablesSum
}

// seal writes the footer, with the checksum of the tables as they are.
func seal(b []byte, foot footer) {
	foot.tablesSum = tablesSum(foot.id, b[foot.payloadEnd:len(b)-footerBytes])
	copy(b[len(b)-footerBytes:], foot.encode())
}

// footerOf is the footer of a file, as it stands there or as it must have been.
func footerOf(b []byte, h header) (footer, bool) {
	tail := b[len(b)-footerBytes:]
	if [8]byte(tail) == footerMagic && sumHolds(tail) {
		if foot := getFooter(tail); foot.header == h && adds(b, foot) {
			return foot, true
		}
	}
	for n := uint32(1); n <= sectionsMax; n++ {
		rest := int64(len(b)) - footerBytes - int64(n)*entryBytes // for payload and checksums
		about := blocksOf(rest*int64(h.blockBytes)/(int64(h.blockBytes)+sumBytes), int64(h.blockBytes))
		for blocks := about - 1; blocks <= about+1; blocks++ {
			if foot := (footer{header: h, payloadEnd: rest - blocks*sumBytes, sections: n}); adds(b, foot) {
				return foot, true
			}
		}
	}
	return footer{}, false
}

// adds tells whether a footer fits the file's size and its table of sections.
func adds(b []byte, foot footer) bool {
	end, block := foot.payloadEnd, int64(foot.blockBytes)
	if end < headerBytes || end%sectionAlign != 0 || foot.sections > sectionsMax {
		return false
	}
	table := end + blocksOf(end, block)*sumBytes
	if table+int64(foot.sections)*entryBytes+footerBytes != int64(len(b)) {
		return false
	}
	f := &File{end: end}
	return f.readSections(b[table:len(b)-footerBytes]) == nil
}
