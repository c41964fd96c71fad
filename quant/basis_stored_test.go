package quant

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"
)

func TestBasisRoundTrip(t *testing.T) {
	basis, sample := fitted40(t, 100)
	stored, err := AppendBasis([]byte("x"), basis)
	if err != nil {
		t.Fatal(err)
	}
	back, err := OpenBasis(append(stored[1:], "more"...))
	if err != nil || !slices.Equal(back.Mean, basis.Mean) || !slices.Equal(back.Axes, basis.Axes) || !slices.Equal(back.Variance, basis.Variance) {
		t.Fatalf("%v", err)
	}
	codes := [2][]byte{}
	for i, b := range []*Basis{basis, back} {
		p, err := NewPrincipal(b, Budget{Bits: 48, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		codes[i] = make([]byte, p.Bytes())
		if err := p.Encode(codes[i], sample[:40]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(codes[0], codes[1]) {
		t.Error("the basis read back codes differently")
	}
}

// Every cut and every flipped bit is found.
func TestDamagedBasis(t *testing.T) {
	random := splitmix(1)
	basis, err := FitBasis(sloping(&random, 20, 3, .5), 3)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := AppendBasis(nil, basis)
	if err != nil {
		t.Fatal(err)
	}
	for end := range stored {
		if _, err := OpenBasis(stored[:end]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("cut to %d bytes: %v", end, err)
		}
	}
	for bit := range len(stored) * 8 {
		bad := bytes.Clone(stored)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := OpenBasis(bad); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrForeign) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
	}
	for at, want := range map[int]error{4: ErrVersion, 5: ErrSpec, 20: ErrSpec, 10: ErrSpec, 8: ErrTruncated} {
		bad := bytes.Clone(stored)
		bad[at] = 9
		binary.LittleEndian.PutUint32(bad[60:], crc32.Checksum(bad[:60], castagnoli))
		if _, err := OpenBasis(bad); !errors.Is(err, want) {
			t.Errorf("byte %d: %v, want %v", at, err, want)
		}
	}
	if _, err := AppendBasis(nil, &Basis{Dim: 2}); !errors.Is(err, ErrSpec) {
		t.Errorf("no parts: %v", err)
	}
}

// Whatever the basis and the code are: a typed error or a score that is a number, and no panic.
func FuzzPrincipal(f *testing.F) {
	random := splitmix(1)
	basis, err := FitBasis(sloping(&random, 20, 3, .5), 3)
	if err != nil {
		f.Fatal(err)
	}
	stored, err := AppendBasis(nil, basis)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(stored, uint16(16), []byte{1, 2, 3, 60})
	f.Add(stored[:70], uint16(8), []byte{})
	f.Fuzz(func(t *testing.T, data []byte, bits uint16, code []byte) {
		if len(data) >= HeaderBytes { // let damage through to what reads the numbers
			binary.LittleEndian.PutUint32(data[56:], crc32.Checksum(data[HeaderBytes:], castagnoli))
			binary.LittleEndian.PutUint32(data[60:], crc32.Checksum(data[:60], castagnoli))
		}
		basis, err := OpenBasis(data)
		if err != nil {
			typed(t, err)
			return
		}
		p, err := NewPrincipal(basis, Budget{Bits: int(bits), Bound: true, Along: bits%16 == 0})
		if err != nil {
			typed(t, err)
			return
		}
		x, good := make([]float32, basis.Dim), make([]byte, p.Bytes())
		x[0] = 1
		q, err := p.Query(x)
		typed(t, err)
		typed(t, p.Encode(good, x))
		for _, c := range [][]byte{good, code} {
			typed(t, p.Decode(x, c))
			if err != nil {
				continue
			}
			score, err := q.Dot(c)
			typed(t, err)
			if score != score {
				t.Fatalf("score %v of %v", score, c)
			}
		}
	})
}
