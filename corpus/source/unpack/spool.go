package unpack

import (
	"errors"
	"io"
	"os"
)

// heldBytes is how much of a spool is held in memory.
const heldBytes = 4 << 20

// spool keeps bytes that were unpacked: a few in memory, many in a file that has no name, or loses
// it when it is closed. A nil one holds nothing.
type spool struct {
	held []byte
	file *os.File
	size int64
	err  error // why not all of it could be kept: the disk is full
}

// Write implements io.Writer.
func (s *spool) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.file == nil && len(s.held)+len(b) <= heldBytes {
		s.held = append(s.held, b...)
		s.size += int64(len(b))
		return len(b), nil
	}
	if s.file == nil {
		if s.file, s.err = os.CreateTemp("", "sluice-*"); s.err != nil {
			return 0, s.err
		}
		_ = os.Remove(s.file.Name()) // Windows removes it when it is closed: see Close
		if _, s.err = s.file.Write(s.held); s.err != nil {
			return 0, s.err
		}
		s.held = nil
	}
	n, err := s.file.Write(b)
	s.size += int64(n)
	s.err = err
	return n, err
}

// ReadAt implements io.ReaderAt.
func (s *spool) ReadAt(p []byte, at int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, at)
	}
	if at >= int64(len(s.held)) {
		return 0, io.EOF
	}
	n := copy(p, s.held[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close implements io.Closer.
func (s *spool) Close() error {
	if s == nil || s.file == nil {
		return nil
	}
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	s.file = nil
	return err
}
