package pages

import "testing"

// Pages are whole, zero at first, writable to the last byte, and given back once.
func TestPages(t *testing.T) {
	for _, size := range []int{0, 1, Size, Size + 1, 1 << 20} {
		p, err := New(size)
		if err != nil {
			t.Fatal(err)
		}
		b := p.Bytes()
		if len(b) < size || len(b) == 0 || len(b)%Size != 0 {
			t.Errorf("%d bytes for %d", len(b), size)
		}
		for i := range b {
			if b[i] != 0 {
				t.Fatalf("byte %d of %d is %d", i, size, b[i])
			}
			b[i] = byte(i)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil || p.Bytes() != nil {
			t.Error("a second Close", err)
		}
	}
}
