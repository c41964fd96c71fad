package parity

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"sluice/index/blockfile"
)

// readBytes is how much of a file is read at a time; a multiple of every size of shard.
const readBytes = 1 << 20

// Write writes the parity of a text file, which is read from file, into w. Parity of wrong bytes
// would bring them back for ever: so the text is held against its SHA-256 while it is read. It
// takes the memory of the parity, and of columnBytesMax and some more.
func Write(w *blockfile.Writer, text blockfile.Ref, file io.ReaderAt) error {
	return layoutOf(text.Size).write(w, text, file)
}

func (l layout) write(w *blockfile.Writer, text blockfile.Ref, file io.ReaderAt) error {
	sums, err := l.sumsOf(text, file)
	if err != nil {
		return err
	}
	parity, err := l.encode(file)
	if err != nil {
		return err
	}
	tail := make([]byte, l.tail())
	if n, err := file.ReadAt(tail, l.size-l.tail()); n < len(tail) {
		return fmt.Errorf("read the text: %w", missing(err))
	}
	for n := range l.parity() {
		sums = binary.LittleEndian.AppendUint32(sums, sumOf(text.ID, l.data+n, parity[n*l.shard:][:l.shard]))
	}
	for _, s := range []struct {
		name string
		b    []byte
	}{{"sums", sums}, {"parity", parity}, {"sums.again", sums}, {"tail", tail}} {
		w.Section(s.name)
		w.Bytes(s.b)
	}
	return w.Err()
}

// sumsOf are the checksums of the file's shards.
func (l layout) sumsOf(text blockfile.Ref, file io.ReaderAt) (sums []byte, err error) {
	whole := sha256.New()
	err = l.each(file, func(n int64, shard []byte, err error) error {
		if err != nil {
			return fmt.Errorf("read the text: %w", err)
		}
		whole.Write(shard[:min(l.shard, l.size-n*l.shard)])
		sums = binary.LittleEndian.AppendUint32(sums, sumOf(text.ID, n, shard))
		return nil
	})
	if err == nil && blockfile.Hash(whole.Sum(nil)) != text.Hash {
		err = &blockfile.CorruptError{File: text.Name(), Block: -1, Kind: text.Kind, What: "its SHA-256 is another one: it has no parity until it is repaired"}
	}
	return sums, err
}

// each visits the shards of a file in order. What cannot be read is visited with the error; bytes
// that the file lacks are zeros.
func (l layout) each(file io.ReaderAt, visit func(n int64, shard []byte, err error) error) error {
	buf := make([]byte, min(readBytes, (l.size+l.shard-1)/l.shard*l.shard))
	for at := int64(0); at < l.size; at += readBytes {
		clear(buf)
		got, _ := file.ReadAt(buf[:min(readBytes, l.size-at)], at)
		for from := int64(0); from < readBytes && at+from < l.size; from += l.shard {
			var err error
			if to := min(from+l.shard, l.size-at); int64(got) < to { // a bad sector must not cost its neighbours
				if n, rerr := file.ReadAt(buf[from:to], at+from); int64(n) < to-from {
					err = missing(rerr)
				}
			}
			if err := visit((at+from)/l.shard, buf[from:from+l.shard], err); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing is why bytes are not there.
func missing(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// encode computes the parity shards.
func (l layout) encode(file io.ReaderAt) ([]byte, error) {
	code, err := l.coder()
	if err != nil {
		return nil, err
	}
	parity := make([]byte, l.parity()*l.shard)
	w := l.column()
	buf := make([]byte, l.width*w)
	shards := make([][]byte, l.width+l.spares)
	for group := range l.groups {
		for off := int64(0); off < l.shard; off += w {
			for k := range l.width {
				shards[k] = buf[k*w:][:w]
				if err := l.readColumn(shards[k], file, group, k, off); err != nil {
					return nil, err
				}
			}
			for j := range l.spares {
				n, _ := l.number(group, l.width+j)
				shards[l.width+j] = parity[(n-l.data)*l.shard+off:][:w]
			}
			if err := code.Encode(shards); err != nil {
				return nil, err
			}
		}
	}
	return parity, nil
}

// readColumn reads the bytes of a shard of the file from off on; zeros stand behind the file's end.
func (l layout) readColumn(b []byte, file io.ReaderAt, group, k, off int64) error {
	clear(b)
	n, ok := l.number(group, k)
	at := n*l.shard + off
	if !ok || at >= l.size {
		return nil
	}
	want := min(int64(len(b)), l.size-at)
	if got, err := file.ReadAt(b[:want], at); int64(got) < want {
		return fmt.Errorf("read the text: %w", missing(err))
	}
	return nil
}
