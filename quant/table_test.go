package quant

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"
)

func sampleTable(t *testing.T) (*Table, []byte) {
	spec := Spec{Dim: 100, Format: Int4, Scale: Half, Every: 64, Fit: Search, Rotated: true, Seed: 1 << 40, Unbiased: true, Bound: true}
	c := mustNew(t, spec)
	table := &Table{Spec: spec}
	random := splitmix(1)
	for range 5 {
		bytes, _ := code(t, c, normal(&random, 100))
		table.Codes = append(table.Codes, bytes...)
	}
	stored, err := AppendTable([]byte("before"), table)
	if err != nil {
		t.Fatal(err)
	}
	return table, stored[len("before"):]
}

func TestTableRoundTrip(t *testing.T) {
	table, stored := sampleTable(t)
	back, err := OpenTable(append(stored, "padding after the codes"...))
	if err != nil {
		t.Fatal(err)
	}
	if back.Spec != table.Spec || back.Count() != 5 || !bytes.Equal(back.Codes, table.Codes) || !bytes.Equal(back.At(4), table.At(4)) {
		t.Errorf("%+v came back as %+v", table.Spec, back.Spec)
	}
	for _, spec := range specs(33) {
		stored, err := AppendTable(nil, &Table{Spec: spec})
		if err != nil {
			t.Fatal(err)
		}
		if back, err := OpenTable(stored); err != nil || back.Spec != spec {
			t.Errorf("%+v came back as %+v, %v", spec, back, err)
		}
	}
}

// Every cut and every flipped bit of the header is found, and a cut within the codes.
func TestDamagedTables(t *testing.T) {
	_, stored := sampleTable(t)
	for end := range stored {
		if _, err := OpenTable(stored[:end]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("cut to %d bytes: %v", end, err)
		}
	}
	for bit := range HeaderBytes * 8 {
		bad := append([]byte(nil), stored...)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := OpenTable(bad); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrForeign) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
	}
	if _, err := OpenTable([]byte("\x93NUMPY, not ours, but long enough to hold a whole header of sixty-four bytes")); !errors.Is(err, ErrForeign) {
		t.Errorf("a foreign file: %v", err)
	}
}

// Headers that are whole but say what cannot be.
func TestImpossibleHeaders(t *testing.T) {
	_, stored := sampleTable(t)
	for name, c := range map[string]struct {
		at, size int
		value    uint64
		want     error
	}{
		"version 2":       {4, 1, 2, ErrVersion},
		"unknown flag":    {7, 1, 128, ErrVersion},
		"format 0":        {5, 1, 0, ErrSpec},
		"scale 9":         {6, 1, 9, ErrSpec},
		"dimension 0":     {8, 4, 0, ErrSpec},
		"dimension 2^32":  {8, 4, 1<<32 - 1, ErrSpec},
		"dimension 80":    {8, 4, 80, ErrSpec},
		"a scale every 5": {12, 4, 5, ErrSpec},
		"count 6":         {24, 8, 6, ErrTruncated},
		"count 2^63":      {24, 8, 1 << 63, ErrTruncated},
		"count overflow":  {24, 8, 1<<64 - 1, ErrTruncated},
		"code bytes":      {32, 4, 1, ErrSpec},
		"reserved":        {40, 1, 1, ErrVersion},
	} {
		bad := append([]byte(nil), stored...)
		for i := range c.size {
			bad[c.at+i] = byte(c.value >> (8 * i))
		}
		binary.LittleEndian.PutUint32(bad[60:], crc32.Checksum(bad[:60], castagnoli))
		if _, err := OpenTable(bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := AppendTable(nil, &Table{Spec: Spec{}}); !errors.Is(err, ErrSpec) {
		t.Errorf("no spec: %v", err)
	}
	good := Spec{Dim: 8, Format: Bit1, Scale: Half, Fit: Search}
	if _, err := AppendTable(nil, &Table{Spec: good, Codes: make([]byte, 4)}); !errors.Is(err, ErrLength) {
		t.Errorf("a part of a code: %v", err)
	}
}
