package text

import "encoding/binary"

// recordBytes is what is stored for each passage.
const recordBytes = 40

// Record is a passage as it is stored:
//
//	0 simhash (8)  8 id (10)  18 lines (2)  20 document (4)  24 start (4)  28 text offset (4)
//	32 line (4)  36 length - 1 (2)  38 flags (1)  39 is 1 for an empty text (1)
//
// The text offset counts raw bytes of the section text.
type Record [recordBytes]byte

// SimHash returns the near-duplicate code of the passage's text.
func (r *Record) SimHash() uint64 { return binary.LittleEndian.Uint64(r[0:]) }

// ID returns the passage's id.
func (r *Record) ID() [10]byte { return [10]byte(r[8:18]) }

// Lines returns how many lines the passage touches.
func (r *Record) Lines() uint16 { return binary.LittleEndian.Uint16(r[18:]) }

// Doc returns the index of the passage's document, which may be out of range in a hostile file.
func (r *Record) Doc() uint32 { return binary.LittleEndian.Uint32(r[20:]) }

// Start returns where the passage starts in its document.
func (r *Record) Start() uint32 { return binary.LittleEndian.Uint32(r[24:]) }

// Line returns the passage's first line.
func (r *Record) Line() uint32 { return binary.LittleEndian.Uint32(r[32:]) }

// Bytes returns the length of the passage's text.
func (r *Record) Bytes() uint32 {
	return uint32(binary.LittleEndian.Uint16(r[36:])) + 1 - uint32(r[39]&1)
}

// Flags returns the flags that the passage was added with.
func (r *Record) Flags() uint8 { return r[38] }

// offset returns where the passage's text starts in the raw text.
func (r *Record) offset() uint32 { return binary.LittleEndian.Uint32(r[28:]) }

func (r *Record) passage() Passage {
	return Passage{
		ID: r.ID(), Doc: r.Doc(), Start: r.Start(), Bytes: r.Bytes(),
		Line: r.Line(), Lines: r.Lines(), Flags: r.Flags(), SimHash: r.SimHash(),
	}
}

// makeRecord lays a passage out. p.Bytes is at most limits.PassageBytesMax.
func makeRecord(p Passage, offset uint32) (r Record) {
	binary.LittleEndian.PutUint64(r[0:], p.SimHash)
	copy(r[8:18], p.ID[:])
	binary.LittleEndian.PutUint16(r[18:], p.Lines)
	binary.LittleEndian.PutUint32(r[20:], p.Doc)
	binary.LittleEndian.PutUint32(r[24:], p.Start)
	binary.LittleEndian.PutUint32(r[28:], offset)
	binary.LittleEndian.PutUint32(r[32:], p.Line)
	if p.Bytes == 0 {
		r[39] = 1
	} else {
		binary.LittleEndian.PutUint16(r[36:], uint16(p.Bytes-1))
	}
	r[38] = p.Flags
	return r
}

// documentBytes is what is stored for each document beside its names.
const documentBytes = 72

// sizeMax is the largest size that is stored: no document that is taken comes near.
const sizeMax = 1<<48 - 1

func (d *Document) encode() (b [documentBytes]byte) {
	copy(b[:32], d.Hash[:])
	binary.LittleEndian.PutUint64(b[32:], uint64(d.ModTime))
	binary.LittleEndian.PutUint64(b[40:], uint64(d.Time))
	binary.LittleEndian.PutUint64(b[48:], uint64(min(d.Size, sizeMax))|uint64(d.Secrets)<<48)
	binary.LittleEndian.PutUint32(b[56:], d.First)
	binary.LittleEndian.PutUint32(b[60:], d.Count)
	binary.LittleEndian.PutUint32(b[64:], d.Bytes)
	binary.LittleEndian.PutUint32(b[68:], d.Lines)
	return b
}

func decodeDocument(b []byte) Document {
	return Document{
		Hash:    [32]byte(b[:32]),
		ModTime: int64(binary.LittleEndian.Uint64(b[32:])),
		Time:    int64(binary.LittleEndian.Uint64(b[40:])),
		Size:    int64(binary.LittleEndian.Uint64(b[48:])) & sizeMax,
		Secrets: binary.LittleEndian.Uint16(b[54:]),
		First:   binary.LittleEndian.Uint32(b[56:]),
		Count:   binary.LittleEndian.Uint32(b[60:]),
		Bytes:   binary.LittleEndian.Uint32(b[64:]),
		Lines:   binary.LittleEndian.Uint32(b[68:]),
	}
}
