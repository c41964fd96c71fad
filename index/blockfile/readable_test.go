package blockfile

import (
	"bytes"
	"slices"
	"testing"

	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestReadable flips a bit of every byte of a file. What was hit of header, checksums and footer
// comes back as it was written; what was hit in a block costs that block and no other. Only damage
// to the table of sections costs the file.
func TestReadable(t *testing.T) {
	files := vfs.Mem()
	w := NewWriter(files, "", KindText, ID{7}, 512)
	w.Section("one")
	w.Bytes(bytes.Repeat([]byte("a page of text. "), 200))
	w.Section("two")
	w.Bytes([]byte("the end"))
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	good := testkit.ReadFile(t, files, ref.Name())
	whole, err := Open(files, "", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	blocks := int(whole.end)
	sections := blocks + len(whole.sums)
	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 1 << (at % 8)
		got, err := Readable(ref, 512, bytes.NewReader(bad), nil)
		outside := at < headerBytes || at >= blocks && at < sections || at >= len(good)-footerBytes
		switch {
		case outside && (err != nil || !bytes.Equal(got, good)):
			t.Errorf("byte %d: it is not as it was written: %v", at, err)
		case at < blocks && err != nil:
			t.Errorf("byte %d: %v", at, err)
		case at < blocks && !outside:
			if n := badBlocks(t, ref, got); n != 1 {
				t.Errorf("byte %d: it costs %d blocks", at, n)
			}
		}
	}
	for _, n := range []int{0, headerBytes, len(good) / 2, len(good) - 1} { // cut short: nothing, or what is left
		if got, err := Readable(ref, 512, bytes.NewReader(good[:n]), nil); err == nil && badBlocks(t, ref, got) == 0 && n < len(good)/2 {
			t.Errorf("of %d bytes it reads all", n)
		}
	}
}

// TestReadableWithACopyOfTheTables: whatever is left of a file's end, with a copy of it damage
// costs the blocks that it hit; and a copy that is damaged itself, or another file's, is not
// believed.
func TestReadableWithACopyOfTheTables(t *testing.T) {
	files := newDir(t)
	ref := build(t, files, KindText, 1)
	good := testkit.ReadFile(t, files, "d/"+ref.Name())
	f, err := Open(files, "d", ref)
	must(t, err)
	defer f.Close()
	end := int(f.end)
	tail := good[end-700:] // more than the tables
	for what, spoil := range map[string]func(b []byte) []byte{
		"overwritten": func(b []byte) []byte { copy(b[end:], noise(3, len(b)-end)); return b },
		"cut off":     func(b []byte) []byte { return b[:end] },
		"a section's entry": func(b []byte) []byte {
			b[len(b)-footerBytes-1] ^= 1
			return b
		},
	} {
		bad := spoil(slices.Clone(good))
		got, err := Readable(ref, 512, bytes.NewReader(bad), tail)
		if err != nil || !bytes.Equal(got, good) {
			t.Errorf("%s: it is not as it was written: %v", what, err)
		}
		bad[600] ^= 1
		if got, err = Readable(ref, 512, bytes.NewReader(bad), tail); err != nil || badBlocks(t, ref, got) != 1 {
			t.Errorf("%s, and a block: %v", what, err)
		}
		for at := 700; at < len(tail); at++ { // of the tables and the footer
			copied := slices.Clone(tail)
			copied[at] ^= 1 << (at % 8)
			if got, err := Readable(ref, 512, bytes.NewReader(bad), copied); err == nil && bytes.Equal(got[end:], copied[700:]) {
				t.Errorf("%s: byte %d of the copy is damaged, and it is believed", what, at)
			}
		}
	}
	other := build(t, files, KindText, 2)
	foreign := testkit.ReadFile(t, files, "d/"+other.Name())
	bad := slices.Clone(good)
	clear(bad[end:])
	if got, err := Readable(ref, 512, bytes.NewReader(bad), foreign[len(foreign)-(len(good)-end):]); err == nil {
		t.Errorf("another file's tables are taken: %d bytes", len(got))
	}
}

// badBlocks is how many blocks of an image do not hold.
func badBlocks(t *testing.T, ref Ref, b []byte) int {
	t.Helper()
	files := vfs.Mem()
	f, err := files.Create(ref.Name())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	file, err := Open(files, "", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for _, bad := range verified(t, file) {
		if bad.Block >= 0 {
			n++
		}
	}
	return n
}

func verified(t *testing.T, f *File) []BadBlock {
	t.Helper()
	bad, err := f.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return bad
}
