package quant

import "testing"

func benchSpecs() map[string]Spec {
	return map[string]Spec{
		"bit1":     {Dim: 384, Format: Bit1, Scale: Half, Every: PerVector, Fit: Search, Rotated: true, Seed: 1, Unbiased: true},
		"int4/64":  {Dim: 384, Format: Int4, Scale: Half, Every: 64, Fit: Search, Rotated: true, Seed: 1, Unbiased: true},
		"int8/max": {Dim: 384, Format: Int8, Scale: Half, Every: PerVector, Fit: AbsMax},
	}
}

func BenchmarkEncode(b *testing.B) {
	random := splitmix(1)
	x := normal(&random, 384)
	for name, spec := range benchSpecs() {
		b.Run(name, func(b *testing.B) {
			c, err := New(spec)
			if err != nil {
				b.Fatal(err)
			}
			dst := make([]byte, c.Bytes())
			b.SetBytes(4 * 384)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Encode(dst, x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDot8(b *testing.B) {
	random := splitmix(1)
	x := normal(&random, 384)
	for name, spec := range benchSpecs() {
		b.Run(name, func(b *testing.B) {
			c, _ := New(spec)
			bytes, _ := code(b, c, x)
			q, _ := c.Query(x)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := q.Dot8(bytes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPrincipal(b *testing.B) {
	basis, sample := fitted40(b, 200)
	p, err := NewPrincipal(basis, Budget{Bits: 40})
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, p.Bytes())
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Encode(dst, sample[:40]); err != nil {
			b.Fatal(err)
		}
	}
}

// Nothing that runs once a vector allocates.
func TestNoAllocations(t *testing.T) {
	random := splitmix(1)
	x := normal(&random, 384)
	for name, spec := range benchSpecs() {
		c := mustNew(t, spec)
		bytes, decoded := code(t, c, x)
		q, _ := c.Query(x)
		for what, run := range map[string]func(){
			"Encode": func() { _ = c.Encode(bytes, x) },
			"Decode": func() { _ = c.Decode(decoded, bytes) },
			"Dot":    func() { _, _ = q.Dot(bytes) },
			"Dot8":   func() { _, _ = q.Dot8(bytes) },
		} {
			if got := testing.AllocsPerRun(10, run); got != 0 {
				t.Errorf("%s: %s allocates %v times", name, what, got)
			}
		}
	}
	basis, sample := fitted40(t, 200)
	p, _ := NewPrincipal(basis, Budget{Bits: 80, Bound: true})
	dst := make([]byte, p.Bytes())
	if got := testing.AllocsPerRun(10, func() { _ = p.Encode(dst, sample[:40]) }); got != 0 {
		t.Errorf("Principal.Encode allocates %v times", got)
	}
}
