package quant

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

// fuzzSpec makes a Spec, valid or not, of a few bytes.
func fuzzSpec(head []byte) Spec {
	head = append(head, make([]byte, 8)...)
	every := []int{0, 32, 64, 128, 256, 7}
	return Spec{
		Dim:    int(binary.LittleEndian.Uint16(head)) % 600,
		Format: Format(head[2] % 10), Scale: Scale(head[3] % 4), Every: every[int(head[4])%len(every)], Fit: Fit(head[5] % 4),
		Rotated: head[6]&1 != 0, Unbiased: head[6]&2 != 0, Bound: head[6]&4 != 0, Seed: uint64(head[6] & 1 * head[7]),
	}
}

// Whatever the spec, the values and the stored bytes are: a typed error or a finite score, and no
// panic.
func FuzzCodec(f *testing.F) {
	f.Add([]byte{8, 0, 5, 1, 0, 2, 7, 3}, []byte{0, 0, 128, 63, 0, 0, 0, 192}, []byte{1, 2, 3, 4, 5})
	f.Add([]byte{64, 0, 1, 2, 1, 1, 0, 0}, bytes.Repeat([]byte{255, 255, 127, 127}, 64), bytes.Repeat([]byte{254}, 66))
	f.Add([]byte{5, 0, 3, 2, 0, 2, 1, 9}, bytes.Repeat([]byte{1, 0, 0, 0}, 5), []byte{0})
	f.Fuzz(func(t *testing.T, head, values, stored []byte) {
		spec := fuzzSpec(head)
		c, err := New(spec)
		if err != nil {
			typed(t, err)
			return
		}
		x := make([]float32, spec.Dim)
		for i := range x {
			if 4*i+4 <= len(values) {
				x[i] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))
			}
		}
		good := make([]byte, c.Bytes())
		typed(t, c.Encode(good, x))
		foreign := append(stored, make([]byte, c.Bytes())...)[:c.Bytes()]
		one := make([]float32, spec.Dim)
		one[0] = 1
		q, err := c.Query(one)
		if err != nil {
			t.Fatal(err)
		}
		checkFuzzed(t, c, q, good)
		checkFuzzed(t, c, q, foreign)
		checkFuzzed(t, c, q, stored)
	})
}

func checkFuzzed(t *testing.T, c *Codec, q *Query, code []byte) {
	decoded := make([]float32, c.Spec().Dim)
	typed(t, c.Decode(decoded, code))
	for _, dot := range []func([]byte) (float32, error){q.Dot, q.Dot8} {
		score, err := dot(code)
		typed(t, err)
		if err != nil && score != 0 || math.IsNaN(float64(score)) || math.IsInf(float64(score), 0) {
			t.Fatalf("%+v: score %g, %v", c.Spec(), score, err)
		}
	}
}

func typed(t *testing.T, err error) {
	t.Helper()
	for _, want := range []error{ErrSpec, ErrLength, ErrNotFinite, ErrRange, ErrScale, ErrForeign, ErrVersion, ErrTruncated, ErrCorrupt} {
		if err == nil || errors.Is(err, want) {
			return
		}
	}
	t.Fatalf("an error of no known type: %v", err)
}

// Any bytes: a typed error, or a table that is stored again as the same bytes.
func FuzzOpenTable(f *testing.F) {
	for _, spec := range specs(40)[:20] {
		stored, err := AppendTable(nil, &Table{Spec: spec, Codes: make([]byte, 3*spec.Bytes())})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(stored)
		f.Add(stored[:HeaderBytes+1])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := OpenTable(data)
		if err != nil {
			typed(t, err)
			return
		}
		again, err := AppendTable(nil, table)
		if err != nil || !bytes.Equal(again, data[:len(again)]) {
			t.Fatalf("stored again: %v", err)
		}
	})
}
