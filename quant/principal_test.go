package quant

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sloping draws count normal vectors around a mean, whose spread falls from one value to the next
// by decay.
func sloping(random *splitmix, count, dim int, decay float64) []float32 {
	out := make([]float32, 0, count*dim)
	for range count {
		x := normal(random, dim)
		for i := range x {
			x[i] = x[i]*float32(math.Pow(decay, float64(i))) + .3
		}
		out = append(out, x...)
	}
	return out
}

func TestBasisDiagonalises(t *testing.T) {
	random := splitmix(4)
	const dim = 40
	sample := sloping(&random, 500, dim, .9)
	newRotationTo(sample, dim)
	b, err := FitBasis(sample, dim)
	if err != nil {
		t.Fatal(err)
	}
	for i := range dim {
		for j := range i + 1 {
			want := 0.0
			if i == j {
				want = 1
			}
			if got := dot64(b.Axes[i*dim:(i+1)*dim], b.Axes[j*dim:(j+1)*dim]); math.Abs(got-want) > 1e-6 {
				t.Fatalf("axes %d and %d: product %g", i, j, got)
			}
		}
		if i > 0 && b.Variance[i] > b.Variance[i-1] {
			t.Fatalf("variance %d is larger than the one before", i)
		}
	}
	y, products := make([]float32, dim), make([]float64, dim*dim)
	for start := 0; start < len(sample); start += dim {
		for i, v := range b.Mean {
			sample[start+i] -= v
		}
		b.project(y, sample[start:start+dim])
		for i := range dim {
			for j := range dim {
				products[i*dim+j] += float64(y[i]) * float64(y[j]) / 500
			}
		}
	}
	for i := range dim {
		for j := range dim {
			want := 0.0
			if i == j {
				want = float64(b.Variance[i])
			}
			if math.Abs(products[i*dim+j]-want) > 1e-5 {
				t.Fatalf("covariance %d, %d is %g, want %g", i, j, products[i*dim+j], want)
			}
		}
	}
}

// newRotationTo rotates every vector of a sample, so that no axis is a coordinate.
func newRotationTo(sample []float32, dim int) {
	r := newRotation(dim, 9)
	for start := 0; start < len(sample); start += dim {
		r.apply(sample[start : start+dim])
	}
}

func fitted40(t fataler, count int) (*Basis, []float32) {
	random := splitmix(6)
	sample := sloping(&random, count, 40, .93)
	b, err := FitBasis(sample, 40)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b, sample
}

// The bound holds for the vector and the score, near and far from the mean, and Dot8 and Signs say
// what Dot says.
func TestPrincipalBound(t *testing.T) {
	basis, _ := fitted40(t, 300)
	rapid.Check(t, func(t *rapid.T) {
		budget := Budget{Bits: 8 * rapid.IntRange(1, 35).Draw(t, "bytes"), Seed: rapid.Uint64().Draw(t, "seed"), Bound: true, Along: rapid.Bool().Draw(t, "along")}
		p, err := NewPrincipal(basis, budget)
		if err != nil {
			t.Fatalf("%v", err)
		}
		x, question := drawVector(t, 40), drawVector(t, 40)
		bytes, decoded := make([]byte, p.Bytes()), make([]float32, 40)
		if err := p.Encode(bytes, x); err != nil {
			t.Fatalf("%v", err)
		}
		if err := p.Decode(decoded, bytes); err != nil {
			t.Fatalf("%v", err)
		}
		q, err := p.Query(question)
		if err != nil {
			t.Fatalf("%v", err)
		}
		bound, ok := q.Bound(bytes)
		score, err := q.Dot(bytes)
		exact := dot64(question, x)
		if !ok || err != nil || math.Abs(float64(score)-exact) > float64(bound) || distance(x, decoded)*q.length > float64(bound) {
			t.Fatalf("Dot %g (%v), exact %g, distance %g, bound %g", score, err, exact, distance(x, decoded), bound)
		}
		checkSigns(t, q, bytes, score)
	})
}

func checkSigns(t *rapid.T, q *PrincipalQuery, bytes []byte, score float32) {
	rounded, err := q.Dot8(bytes)
	values, parts, base := q.Signs()
	factor, _ := halfScale(uint16(bytes[q.budget.Bits/8]) | uint16(bytes[q.budget.Bits/8+1])<<8)
	var got, slack float64
	start := 0
	for n, part := range parts {
		sum := 0
		for i := start; i < part.End; i++ {
			sum += int(values[i]) * (int(bytes[i/8]>>(i%8)&1)*2 - 1)
		}
		if part.End <= start || n < len(parts)-1 && part.End%32 != 0 {
			t.Fatalf("parts %+v", parts)
		}
		got += float64(sum) * float64(part.Step) * float64(factor)
		slack += float64(part.End-start) * float64(part.Step) * .5 * float64(factor)
		start = part.End
	}
	if got += float64(base); q.budget.Along {
		second := FromHalf(uint16(bytes[q.budget.Bits/8+2]) | uint16(bytes[q.budget.Bits/8+3])<<8)
		got += float64(second) * float64(q.Mean())
	}
	if start != len(values) || err != nil || math.Abs(got-float64(rounded)) > 1e-5*(1+math.Abs(got)) {
		t.Fatalf("signs give %g, Dot8 %g (%v)", got, rounded, err)
	}
	slack += 1e-5 * (1 + math.Abs(float64(score)))
	if math.Abs(float64(rounded-score)) > slack {
		t.Fatalf("Dot8 %g, Dot %g, slack %g", rounded, score, slack)
	}
}

// About a mean far from zero, with questions that lie there too, most of a score's error is along
// the mean.
func TestPrincipalAlongTheMean(t *testing.T) {
	basis, sample := fitted40(t, 300)
	basis = &Basis{Dim: 40, Mean: slices.Clone(basis.Mean), Axes: basis.Axes, Variance: basis.Variance}
	shift := make([]float32, 40)
	for i := range shift { // spread over all directions
		shift[i] = 3
		basis.Mean[i] += shift[i]
	}
	errors := map[bool]float64{}
	for _, along := range []bool{false, true} {
		p, err := NewPrincipal(basis, Budget{Bits: 40, Along: along})
		if err != nil {
			t.Fatal(err)
		}
		q, err := p.Query(basis.Mean)
		if err != nil {
			t.Fatal(err)
		}
		bytes, x := make([]byte, p.Bytes()), make([]float32, 40)
		for at := 0; at < len(sample); at += 40 {
			for i := range x {
				x[i] = sample[at+i] + shift[i]
			}
			if err := p.Encode(bytes, x); err != nil {
				t.Fatal(err)
			}
			score, err := q.Dot(bytes)
			if err != nil {
				t.Fatal(err)
			}
			off := float64(score) - dot64(basis.Mean, x)
			errors[along] += off * off
		}
	}
	if errors[true] > errors[false]/100 {
		t.Errorf("squared error %g with the part along the mean told, %g without", errors[true], errors[false])
	}
}

// How far a vector lies along the mean costs the signs nothing: the rest is coded alike, near and
// far.
func TestPrincipalFarAlongTheMean(t *testing.T) {
	fitted, sample := fitted40(t, 300)
	p, err := NewPrincipal(fitted, Budget{Bits: 80, Along: true})
	if err != nil {
		t.Fatal(err)
	}
	var off [2]float64
	code, decoded := make([]byte, p.Bytes()), make([]float32, 40)
	for at := 0; at < len(sample); at += 40 {
		x := slices.Clone(sample[at : at+40])
		for i := range off {
			if err := p.Encode(code, x); err != nil {
				t.Fatal(err)
			}
			if err := p.Decode(decoded, code); err != nil {
				t.Fatal(err)
			}
			off[i] += math.Pow(distance(x, decoded), 2)
			p.moveAlong(x, 8)
		}
	}
	if off[1] > 1.1*off[0] {
		t.Errorf("squared error %g near, %g far along the mean", off[0], off[1])
	}
}

// A damaged number along the mean is told by whoever reads it, where the mean is zero too.
func TestPrincipalDamagedAlong(t *testing.T) {
	fitted, _ := fitted40(t, 300)
	central := &Basis{Dim: 40, Mean: make([]float32, 40), Axes: fitted.Axes, Variance: fitted.Variance}
	for _, basis := range []*Basis{fitted, central} {
		p, err := NewPrincipal(basis, Budget{Bits: 40, Along: true})
		if err != nil {
			t.Fatal(err)
		}
		x, code := make([]float32, 40), make([]byte, p.Bytes())
		x[0] = 1
		q, err := p.Query(x)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Encode(code, x); err != nil {
			t.Fatal(err)
		}
		for _, half := range []uint16{0x7C00, 0xFC00, 0x7E01} {
			binary.LittleEndian.PutUint16(code[len(code)-2:], half)
			_, dot := q.Dot(code)
			_, dot8 := q.Dot8(code)
			_, _, _, split := p.Split(code)
			for _, err := range []error{p.Decode(x, code), dot, dot8, split} {
				if !errors.Is(err, ErrScale) {
					t.Errorf("%#04x along the mean: %v", half, err)
				}
			}
		}
	}
}

// A set turned once is coded as the set itself.
func TestTurnedBasis(t *testing.T) {
	basis, sample := fitted40(t, 300)
	turned := basis.Turned()
	budget := Budget{Bits: 120, Seed: 3}
	p, err := NewPrincipal(basis, budget)
	r, err2 := NewPrincipal(turned, budget)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	y, code, turnedCode := make([]float32, 40), make([]byte, p.Bytes()), make([]byte, p.Bytes())
	decoded := make([]float32, 40)
	same := 0
	for i := range 300 {
		x := sample[i*40 : (i+1)*40]
		if err := errors.Join(basis.Along(y, x), p.Encode(code, x), r.Encode(turnedCode, y), r.Decode(decoded, turnedCode)); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(code[:15], turnedCode[:15]) {
			same++
		}
		q, _ := p.Query(sample[:40])
		want, _ := q.Dot(code)
		_ = basis.Along(y, sample[:40])
		if got := dot64(y, decoded); same > i && math.Abs(got-float64(want)) > 1e-3*(1+math.Abs(got)) {
			t.Fatalf("vector %d: score %g, want %g", i, got, want)
		}
	}
	if same < 295 {
		t.Errorf("%d of 300 codes are the same", same)
	}
	if _, err := AppendBasis(nil, turned); !errors.Is(err, ErrSpec) {
		t.Errorf("a turned basis was stored: %v", err)
	}
	if err := basis.Along(y, sample[:39]); !errors.Is(err, ErrLength) {
		t.Errorf("a short vector: %v", err)
	}
}

// The heaviest signs come first, and steps of their own lessen what rounding the question costs.
func TestPrincipalParts(t *testing.T) {
	basis, sample := fitted40(t, 300)
	p, err := NewPrincipal(basis, Budget{Bits: 160})
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Query(sample[:40])
	if err != nil || len(q.parts) < 3 {
		t.Fatalf("%d parts, %v", len(q.parts), err)
	}
	for i := 1; i < len(q.parts); i++ {
		if q.parts[i].Step >= q.parts[i-1].Step {
			t.Errorf("steps do not fall: %+v", q.parts)
		}
	}
	one := *q
	one.parts = nil
	one.round([]int{160})
	var off, offOne float64
	bytes := make([]byte, p.Bytes())
	for i := range 300 {
		if err := p.Encode(bytes, sample[i*40:(i+1)*40]); err != nil {
			t.Fatal(err)
		}
		exact, _ := q.Dot(bytes)
		parts, _ := q.Dot8(bytes)
		step, _ := one.Dot8(bytes)
		off, offOne = off+math.Pow(float64(parts-exact), 2), offOne+math.Pow(float64(step-exact), 2)
	}
	if off > offOne/3 {
		t.Errorf("squared error %g, with one step %g", off, offOne)
	}
}

// What it is for: on vectors that vary unevenly, fewer errors in a score than one bit a value, at
// the same bytes.
func TestPrincipalBeatsOneBit(t *testing.T) {
	basis, sample := fitted40(t, 600)
	p, err := NewPrincipal(basis, Budget{Bits: 40})
	if err != nil {
		t.Fatal(err)
	}
	c := mustNew(t, Spec{Dim: 40, Format: Bit1, Scale: Half, Fit: Search, Rotated: true, Unbiased: true})
	if p.Bytes() != c.Bytes() {
		t.Fatalf("%d bytes against %d", p.Bytes(), c.Bytes())
	}
	var ours, theirs float64
	for i := 0; i < 300; i++ {
		x, question := sample[i*40:(i+1)*40], sample[(i+300)*40:(i+301)*40]
		bytes := make([]byte, p.Bytes())
		if err := p.Encode(bytes, x); err != nil {
			t.Fatal(err)
		}
		pq, _ := p.Query(question)
		score, _ := pq.Dot(bytes)
		ours += math.Pow(float64(score)-dot64(question, x), 2)
		bytes, _ = code(t, c, x)
		q, _ := c.Query(question)
		score, _ = q.Dot(bytes)
		theirs += math.Pow(float64(score)-dot64(question, x), 2)
	}
	if ours > theirs/2 {
		t.Errorf("squared error %g, one bit a value %g", ours, theirs)
	}
}

// A vector that differs from the mean only where there are no bits is coded as the mean, with a
// bound that says so.
func TestPrincipalBesideTheBits(t *testing.T) {
	basis, _ := fitted40(t, 300)
	p, err := NewPrincipal(basis, Budget{Bits: 8, Bound: true})
	if err != nil {
		t.Fatal(err)
	}
	x := slices.Clone(basis.Mean)
	for i, axis := range basis.Axes[39*40:] {
		x[i] += axis
	}
	bytes, decoded := make([]byte, p.Bytes()), make([]float32, 40)
	if err := p.Encode(bytes, x); err != nil {
		t.Fatal(err)
	}
	if err := p.Decode(decoded, bytes); err != nil {
		t.Fatal(err)
	}
	q, _ := p.Query(x)
	if bound, _ := q.Bound(bytes); distance(x, decoded)*q.length > float64(bound) {
		t.Errorf("off by %g, bound %g", distance(x, decoded)*q.length, bound)
	}
}

func TestPrincipalBadInput(t *testing.T) {
	basis, _ := fitted40(t, 100)
	for _, bits := range []int{-8, 0, 7, BudgetMax + 8} {
		if _, err := NewPrincipal(basis, Budget{Bits: bits}); !errors.Is(err, ErrSpec) {
			t.Errorf("%d bits: %v", bits, err)
		}
	}
	flat := &Basis{Dim: 8, Mean: make([]float32, 8), Axes: make([]float32, 64), Variance: make([]float32, 8)}
	if _, err := NewPrincipal(flat, Budget{Bits: 8}); !errors.Is(err, ErrSpec) {
		t.Errorf("no variance: %v", err)
	}
	if _, err := NewPrincipal(&Basis{Dim: 8}, Budget{Bits: 8}); !errors.Is(err, ErrSpec) {
		t.Errorf("no axes: %v", err)
	}
	for _, sample := range [][]float32{nil, make([]float32, 41)} {
		if _, err := FitBasis(sample, 40); !errors.Is(err, ErrLength) {
			t.Errorf("sample of %d: %v", len(sample), err)
		}
	}
	if _, err := FitBasis([]float32{1, float32(math.NaN())}, 2); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	p, err := NewPrincipal(basis, Budget{Bits: 80})
	if err != nil {
		t.Fatal(err)
	}
	badPrincipalVectors(t, p, basis)
}

func badPrincipalVectors(t *testing.T, p *Principal, basis *Basis) {
	dst, x := make([]byte, p.Bytes()), make([]float32, 40)
	for value, want := range map[float32]error{float32(math.NaN()): ErrNotFinite, float32(math.Inf(1)): ErrNotFinite, 1e38: ErrRange, 1e7: ErrRange} {
		x[3] = value
		if err := p.Encode(dst, x); !errors.Is(err, want) {
			t.Errorf("%g: %v", value, err)
		}
	}
	if err := p.Encode(dst[1:], x); !errors.Is(err, ErrLength) {
		t.Errorf("short destination: %v", err)
	}
	if err := p.Encode(dst, basis.Mean); err != nil {
		t.Errorf("the mean itself: %v", err)
	}
	q, err := p.Query(basis.Mean)
	if err != nil {
		t.Fatal(err)
	}
	if score, err := q.Dot(dst); err != nil || math.Abs(float64(score)-dot64(basis.Mean, basis.Mean)) > 1e-4 {
		t.Errorf("the mean scores %g, %v", score, err)
	}
	for _, half := range [][2]byte{{0, 0}, {0, 0x7c}, {1, 0x7c}, {0, 0xbc}} {
		copy(dst[10:], half[:])
		if _, err := q.Dot(dst); !errors.Is(err, ErrScale) {
			t.Errorf("factor %x: %v", half, err)
		}
		if err := p.Decode(x, dst); !errors.Is(err, ErrScale) {
			t.Errorf("factor %x: %v", half, err)
		}
	}
	if _, err := q.Dot8(dst[:5]); !errors.Is(err, ErrLength) {
		t.Errorf("short code: %v", err)
	}
	if _, err := p.Query(make([]float32, 3)); !errors.Is(err, ErrLength) {
		t.Errorf("short question: %v", err)
	}
}

// The table of the allotment is what rounding normal values gives.
func TestNormalTable(t *testing.T) {
	for bits := 1; bits <= allotBitsMax; bits++ {
		grid, codes := layout{top: 1<<bits - 1}, make([]uint8, 1)
		var off, weight float64
		for v := -6.0; v < 6; v += 1e-3 {
			density := math.Exp(-v * v / 2)
			grid.nearest(codes, []float32{float32(v)}, float32(normalStep[bits]))
			level := float64(2*int(codes[0]) - grid.top)
			off += density * math.Pow(v-level*normalStep[bits], 2)
			weight += density
		}
		if got := off / weight; math.Abs(got/normalError[bits]-1) > .02 {
			t.Errorf("%d bits: error %g, the table says %g", bits, got, normalError[bits])
		}
	}
}
