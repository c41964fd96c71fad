package index

import (
	"errors"
	"io/fs"

	"sluice/index/blockfile"
	"sluice/index/parity"
)

// A segment's parity file hangs on its text file as the arms' files do. No question reads it: it is
// there for the day on which the text is damaged.

// WriteParity writes the parity file of a text file into dir, where the text file lies too unless
// it is in files/ already.
func (s *Store) WriteParity(dir string, text blockfile.Ref) (blockfile.Ref, error) {
	file, err := s.fs.Open(dir + "/" + text.Name())
	if errors.Is(err, fs.ErrNotExist) {
		file, err = s.fs.Open(filesDir + "/" + text.Name())
	}
	if err != nil {
		return blockfile.Ref{}, err
	}
	defer file.Close()
	w := s.NewWriter(dir, blockfile.KindParity, parity.ID(text), parity.BlockBytes)
	if err := parity.Write(w, text, file); err != nil {
		w.Abort()
		return blockfile.Ref{}, err
	}
	return w.Finish()
}

// LacksParity tells whether a segment has no parity file, or one that does not open.
func (s *Store) LacksParity(e Entry) bool {
	ref, ok := e.Derived[blockfile.KindParity]
	if !ok || ref.ID != parity.ID(e.Text) {
		return true
	}
	file, err := s.openIn(s.fs, filesDir, ref)
	if err != nil {
		return true
	}
	return file.Close() != nil
}
