package ingest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"sluice/index/blockfile"
	"sluice/index/lexical"
	"sluice/index/text"
	"sluice/internal/vfs"
)

// spelled lists where a store's folder spells a word, whoever may refer to it: in the name of a
// file or folder, in raw bytes, in a zstd frame that is unpacked, in a name or context that is
// front-coded, in a key of a dictionary or of a tally. A file of the store that cannot be read is
// listed too: nobody can tell what it holds.
func spelled(t testing.TB, files vfs.FS, word string) (where []string) {
	t.Helper()
	word = strings.ToLower(word)
	found := func(what string, b []byte) {
		if bytes.Contains(bytes.ToLower(b), []byte(word)) {
			where = append(where, what)
		}
	}
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := files.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name)
			found(name+" (its name)", []byte(e.Name))
			if e.Dir {
				walk(name)
				continue
			}
			b := contentOf(t, files, name)
			found(name, b)
			frames(b, func(at int, plain []byte) { found(fmt.Sprintf("%s, frame at %d", name, at), plain) })
			if bytes.HasPrefix(b, []byte("SLUICEF\n")) {
				if err := ownStrings(files, dir, e, b, func(what string, s []byte) { found(name+", "+what, s) }); err != nil {
					where = append(where, fmt.Sprintf("%s cannot be read: %v", name, err))
				}
			}
		}
	}
	walk("")
	return where
}

func contentOf(t testing.TB, files vfs.FS, name string) []byte {
	t.Helper()
	f, err := files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// frames unpacks everything that begins like a zstd frame, as far as it goes.
func frames(b []byte, visit func(at int, plain []byte)) {
	magic := []byte{0x28, 0xB5, 0x2F, 0xFD}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.IgnoreChecksum(true))
	if err != nil {
		panic(err)
	}
	defer d.Close()
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], magic)
		if i < 0 {
			return
		}
		at += i
		if d.Reset(bytes.NewReader(b[at:])) != nil {
			continue
		}
		plain, _ := io.ReadAll(d) // up to what is no frame any more
		visit(at, plain)
	}
}

// ownStrings visits every string that a block file holds in a form of its own.
func ownStrings(files vfs.FS, dir string, e vfs.Entry, b []byte, visit func(what string, s []byte)) error {
	if len(b) < 64 {
		return io.ErrUnexpectedEOF
	}
	ref := blockfile.Ref{ID: blockfile.ID(b[16:32]), Size: e.Size, Kind: blockfile.Kind(binary.LittleEndian.Uint16(b[10:]))}
	if hash, _, ok := strings.Cut(e.Name, "."); ok && ref.Hash.UnmarshalText([]byte(hash)) != nil {
		return fmt.Errorf("%s is no file of the store's", e.Name)
	}
	f, err := blockfile.Open(files, dir, ref)
	if err != nil {
		return err
	}
	defer f.Close()
	switch ref.Kind {
	case blockfile.KindText:
		return textStrings(f, visit)
	case blockfile.KindLexical:
		r, err := lexical.Open(f)
		if err != nil {
			return err
		}
		return r.Terms(nil, func(key []byte, _ lexical.List) error { visit("a key", key); return nil })
	case blockfile.KindTombstones:
		return tallyStrings(f, visit)
	}
	return nil
}

func textStrings(f *blockfile.File, visit func(what string, s []byte)) error {
	t, err := text.Open(f)
	if err != nil {
		return err
	}
	visit("label", []byte(t.Label()))
	for n := range uint32(t.Documents()) {
		d, err := t.Document(n)
		if err != nil {
			return err
		}
		marks, err := t.Marks(n)
		if err != nil {
			return err
		}
		visit("document", fmt.Append(nil, d, marks))
	}
	return t.Each(func(_ uint32, _ text.Passage, context, symbol string, body []byte) error {
		visit("passage", []byte(context+"\n"+symbol+"\n"+string(body)))
		return nil
	})
}

// tallyStrings decodes the keys of a tally: in blocks of 32, each after the first as what it does
// not share with the one before.
func tallyStrings(f *blockfile.File, visit func(what string, s []byte)) error {
	for _, s := range f.Sections() {
		if s.Name != "lexical.tally" {
			continue
		}
		sec, err := f.Section(s.Name)
		if err != nil {
			return err
		}
		b, err := sec.All()
		if err != nil {
			return err
		}
		var key []byte
		for n := 0; len(b) > 0; n++ {
			if n%32 == 0 {
				key = nil
			}
			shared, rest := int(b[0]>>4), int(b[0]&15)
			b = b[1:]
			for _, p := range []*int{&shared, &rest} {
				if *p == 15 {
					more, size := binary.Uvarint(b)
					*p, b = *p+int(more), b[size:]
				}
			}
			key = append(key[:shared:shared], b[:rest]...)
			visit("a key of the tally", key)
			_, size := binary.Uvarint(b[rest:])
			b = b[rest+size:]
		}
	}
	return nil
}

// TestSpelledInFolder looks through the store of a real folder, when told to:
//
//	SLUICE_SPELLED='FOLDER WORD' go test ./ingest -run TestSpelledInFolder -v
func TestSpelledInFolder(t *testing.T) {
	dir, word, ok := strings.Cut(os.Getenv("SLUICE_SPELLED"), " ")
	if !ok {
		t.Skip("SLUICE_SPELLED names no folder and word")
	}
	for _, where := range spelled(t, vfs.OS(dir), word) {
		t.Error(where)
	}
}
