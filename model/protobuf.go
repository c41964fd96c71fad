package model

import (
	"encoding/binary"
	"io"
	"math"
)

// wire reads the fields of one protobuf message where they lie in a file. Only what is asked for is
// read, so that the weights of a model are passed over.
// https://protobuf.dev/programming-guides/encoding
type wire struct {
	file   string
	r      io.ReaderAt
	at, to int64 // of the file
	ahead  []byte
	from   int64 // where ahead begins
	buf    *[4096]byte
}

func newWire(file string, r io.ReaderAt, size int64) *wire {
	return &wire{file: file, r: r, to: size, buf: new([4096]byte)}
}

// field is one field of a message. Its content is a number, or lies at a place of the file.
type field struct {
	number  int
	value   uint64 // of a varint or a fixed number
	at, end int64  // of a string, a message or a packed list
	bytes   bool   // it is one of those
}

// The types that a field can have on the wire.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// each calls f for each field of the message, in the order of the file.
func (w *wire) each(f func(field) error) error {
	for w.at < w.to {
		one, err := w.next()
		if err != nil {
			return err
		}
		if err := f(one); err != nil {
			return err
		}
	}
	return nil
}

func (w *wire) next() (f field, err error) {
	key, err := w.varint()
	if err != nil {
		return f, err
	}
	if key>>3 == 0 || key>>3 > 1<<29-1 {
		return f, damaged(w.file, "there is no field %d at byte %d", key>>3, w.at)
	}
	f.number = int(key >> 3)
	switch key & 7 {
	case wireVarint:
		f.value, err = w.varint()
	case wireFixed64:
		f.value, err = w.fixed(8)
	case wireFixed32:
		f.value, err = w.fixed(4)
	case wireBytes:
		var n uint64
		if n, err = w.varint(); err == nil && n > uint64(w.to-w.at) {
			err = damaged(w.file, "a field of %d bytes at byte %d is longer than what holds it", n, w.at)
		}
		f.bytes, f.at, f.end = true, w.at, w.at+int64(n)
		w.at = f.end
	default:
		err = damaged(w.file, "a field at byte %d is of an unknown type", w.at)
	}
	return f, err
}

func (w *wire) varint() (v uint64, err error) {
	for shift := 0; ; shift += 7 {
		b, err := w.byte()
		if err != nil {
			return 0, err
		}
		if shift == 63 && b > 1 {
			return 0, damaged(w.file, "a number at byte %d has more than 64 bits", w.at)
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
}

func (w *wire) fixed(n int) (v uint64, err error) {
	for i := range n {
		b, err := w.byte()
		if err != nil {
			return 0, err
		}
		v |= uint64(b) << (8 * i)
	}
	return v, nil
}

func (w *wire) byte() (byte, error) {
	if w.at >= w.to {
		return 0, damaged(w.file, "a message ends within a field, at byte %d", w.at)
	}
	if w.at < w.from || w.at >= w.from+int64(len(w.ahead)) {
		w.ahead, w.from = w.buf[:min(int64(len(w.buf)), w.to-w.at)], w.at
		if err := readFull(w.r, w.ahead, w.at); err != nil {
			w.ahead = nil
			return 0, damaged(w.file, "byte %d cannot be read (%v)", w.at, err)
		}
	}
	b := w.ahead[w.at-w.from]
	w.at++
	return b, nil
}

// message reads the fields of a field that is a message.
func (w *wire) message(f field, each func(field) error) error {
	if !f.bytes {
		return damaged(w.file, "field %d holds no message", f.number)
	}
	at, to := w.at, w.to
	w.at, w.to = f.at, f.end
	err := w.each(each)
	w.at, w.to = at, to
	return err
}

// text reads a field that is a string.
func (w *wire) text(f field) (string, error) {
	b, err := w.content(f, nameBytesMax)
	return string(b), err
}

// content reads a field of at most max bytes.
func (w *wire) content(f field, max int64) ([]byte, error) {
	if !f.bytes || f.end-f.at > max {
		return nil, damaged(w.file, "field %d has %d bytes", f.number, f.end-f.at)
	}
	b := make([]byte, f.end-f.at)
	if err := readFull(w.r, b, f.at); err != nil {
		return nil, damaged(w.file, "byte %d cannot be read (%v)", f.at, err)
	}
	return b, nil
}

// numbers appends the numbers of a repeated field, which comes one by one or packed.
func (w *wire) numbers(list []int64, f field, max int) ([]int64, error) {
	if !f.bytes {
		list = append(list, int64(f.value))
	} else {
		at, to := w.at, w.to
		w.at, w.to = f.at, f.end
		for w.at < w.to && len(list) <= max {
			v, err := w.varint()
			if err != nil {
				return nil, err
			}
			list = append(list, int64(v))
		}
		w.at, w.to = at, to
	}
	if len(list) > max {
		return nil, damaged(w.file, "a list at byte %d is longer than %d", f.at, max)
	}
	return list, nil
}

// little is the number in the little-endian bytes.
func little(b []byte) uint64 {
	var full [8]byte
	copy(full[:], b)
	return binary.LittleEndian.Uint64(full[:])
}

func asFloat32(bits uint64) float32 { return math.Float32frombits(uint32(bits)) }
