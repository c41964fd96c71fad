//go:build full

package formats

import (
	"archive/tar"
	"context"
	"errors"
	"io"

	"github.com/bodgit/sevenzip"
	"github.com/nwaples/rardecode/v2"

	"sluice/corpus/extract"
)

func init() {
	archives = append(archives, archive{".7z", "7z", true}, archive{".rar", "rar", true})
	toTar["7z"], toTar["rar"] = sevenToTar, rarToTar
}

// sevenToTar writes a 7z archive as a tar, in its own order: what lies in it is packed together.
func sevenToTar(ctx context.Context, f extract.File, out extract.Output) error {
	z, err := sevenzip.NewReader(f, f.Size)
	if err != nil {
		if locked := (*sevenzip.ReadError)(nil); errors.As(err, &locked) && locked.Encrypted {
			return extract.ErrPassword
		}
		return extract.Refusef("it is damaged: %v", err)
	}
	t := tar.NewWriter(outputWriter{out})
	left := expands(f.Size)
	for i, e := range z.File {
		if i > zipEntriesMax {
			return extract.Refusef("it is an archive of more than %d files", zipEntriesMax)
		}
		if !e.Mode().IsRegular() {
			continue
		}
		r, err := e.Open()
		if err != nil {
			return extract.Refusef("it is damaged, or packed in a way that is not read: %v", err)
		}
		err = addToTar(ctx, t, &tar.Header{Typeflag: tar.TypeReg, Name: e.Name, Size: int64(e.UncompressedSize), ModTime: e.Modified, Mode: 0o600}, r, &left)
		r.Close()
		if err != nil {
			return err
		}
	}
	return t.Close()
}

// rarToTar writes a RAR archive as a tar.
func rarToTar(ctx context.Context, f extract.File, out extract.Output) error {
	z, err := rardecode.NewReader(io.NewSectionReader(f, 0, f.Size), rardecode.MaxDictionarySize(32<<20))
	if err != nil {
		return rarError(err)
	}
	t := tar.NewWriter(outputWriter{out})
	left := expands(f.Size)
	for n := 0; ; n++ {
		e, err := z.Next()
		switch {
		case err == io.EOF:
			return t.Close()
		case err != nil:
			return rarError(err)
		case n > zipEntriesMax:
			return extract.Refusef("it is an archive of more than %d files", zipEntriesMax)
		case e.Encrypted:
			return extract.ErrPassword
		case e.IsDir || e.UnKnownSize:
			continue
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.Name, Size: e.UnPackedSize, ModTime: e.ModificationTime, Mode: 0o600}
		if err := addToTar(ctx, t, h, z, &left); err != nil {
			return err
		}
	}
}

func rarError(err error) error {
	if errors.Is(err, rardecode.ErrArchiveEncrypted) || errors.Is(err, rardecode.ErrArchivedFileEncrypted) {
		return extract.ErrPassword
	}
	return extract.Refusef("it is damaged, or packed in a way that is not read: %v", err)
}

// addToTar copies one file of so many bytes, as long as not too much was unpacked.
func addToTar(ctx context.Context, t *tar.Writer, h *tar.Header, r io.Reader, left *int64) error {
	if *left -= h.Size; h.Size < 0 || *left < 0 {
		return extract.ErrExpands
	}
	if err := errors.Join(ctx.Err(), t.WriteHeader(h)); err != nil {
		return err
	}
	if _, err := io.CopyN(t, r, h.Size); err != nil {
		if no := (*extract.Refusal)(nil); errors.As(err, &no) {
			return no
		}
		return extract.Refusef("it is damaged: %v", err)
	}
	return nil
}
