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
		got, err := Readable(ref, 512, bytes.NewReader(bad))
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
		if got, err := Readable(ref, 512, bytes.NewReader(good[:n])); err == nil && badBlocks(t, ref, got) == 0 && n < len(good)/2 {
			t.Errorf("of %d bytes it reads all", n)
		}
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
