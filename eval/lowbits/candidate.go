package lowbits

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"sluice/quant"
)

// coder is what every candidate is compiled to.
type coder interface {
	Bytes() int
	Encode(dst []byte, x []float32) error
	Decode(dst []float32, code []byte) error
}

// shifted is a coder that stores beside a code what it adds to its score for every question.
type shifted interface {
	// Shift is what was read by the last Decode.
	Shift() float32
}

// asker is a coder whose codes are scored as they are, not decoded.
type asker interface {
	// scanner prepares codes, one after the other, for questions.
	scanner(codes []byte) (scanner, error)
}

// scanner scores codes. Several questions may be asked at once.
type scanner interface {
	scan(scores, question []float32) error
}

func shiftOf(c coder) float32 {
	if s, ok := c.(shifted); ok {
		return s.Shift()
	}
	return 0
}

// Candidate is one way to code vectors.
type Candidate struct {
	Format   string  // int, odd, fp, mxfp, 1bit; sign, rabitq, turboquant; principal
	Bits     float64 // of one value; of principal: on average
	Every    int     // values a scale; 0 = one a vector
	Rotation bool
	build    func(s *source) (coder, error)
	turned   bool // codes along the axes of the source's basis: a set may be turned once for several candidates
}

// Name is the candidate in words: its format, bits, scale and rotation.
func (c Candidate) Name() string {
	name := fmt.Sprintf("%s %g", c.Format, c.Bits)
	if c.Every > 0 {
		name += fmt.Sprintf(" /%d", c.Every)
	}
	if c.Rotation {
		name += " rotated"
	}
	return name
}

// source is what a coder may look at before it codes: a seed, and a sample of what is to be coded.
type source struct {
	dim    int
	seed   uint64
	sample []float32
	mean   []float32
	other  []float32    // what the basis is fitted on instead of the sample
	basis  *quant.Basis // fitted when first asked for
}

func (s *source) fittedBasis() (*quant.Basis, error) {
	if s.basis != nil {
		return s.basis, nil
	}
	sample := s.sample
	if s.other != nil {
		sample = s.other
	}
	basis, err := quant.FitBasis(sample, s.dim)
	s.basis = basis
	return basis, err
}

// Block is a candidate of package quant: scales in float16 found by search, lengths unbiased.
func Block(name string, format quant.Format, every int, rotation bool) Candidate {
	return Candidate{Format: name, Bits: float64(format.Bits()), Every: every, Rotation: rotation, build: func(s *source) (coder, error) {
		spec := quant.Spec{Dim: s.dim, Format: format, Scale: quant.Half, Every: every, Fit: quant.Search, Unbiased: true, Rotated: rotation}
		if rotation {
			spec.Seed = s.seed
		}
		return quant.New(spec)
	}}
}

// MX is a candidate with power-of-two scales; every 32 values it is MXFP4.
func MX(every int, rotation bool) Candidate {
	return Candidate{Format: "mxfp", Bits: 4, Every: every, Rotation: rotation, build: func(s *source) (coder, error) {
		spec := quant.Spec{Dim: s.dim, Format: quant.FP4, Scale: quant.E8M0, Every: every, Fit: quant.Search, Rotated: rotation}
		if rotation {
			spec.Seed = s.seed
		}
		return quant.New(spec)
	}}
}

// Sign is the plainest code: the sign of each value and nothing else.
func Sign() Candidate {
	return Candidate{Format: "sign", Bits: 1, build: func(s *source) (coder, error) {
		var sum float64
		for _, v := range s.sample {
			sum += math.Abs(float64(v))
		}
		return signCoder{s.dim, float32(sum / float64(len(s.sample)))}, nil
	}}
}

type signCoder struct {
	dim  int
	size float32
}

func (c signCoder) Bytes() int { return (c.dim + 7) / 8 }

func (c signCoder) Encode(dst []byte, x []float32) error {
	clear(dst)
	for i, v := range x {
		if v >= 0 {
			dst[i/8] |= 1 << (i % 8)
		}
	}
	return nil
}

func (c signCoder) Decode(dst []float32, code []byte) error {
	for i := range dst {
		dst[i] = c.size * float32(int(code[i/8]>>(i%8)&1)*2-1)
	}
	return nil
}

// TurboQuant is our reproduction of TurboQuant's algorithm 1: rotated, rounded to the levels best
// for normal values, scaled by the vector's length.
func TurboQuant(bits int) Candidate {
	format := map[int]quant.Format{1: quant.Bit1, 2: quant.Normal2, 4: quant.Normal4}[bits]
	return Candidate{Format: "turboquant", Bits: float64(bits), Rotation: true, build: func(s *source) (coder, error) {
		return quant.New(quant.Spec{Dim: s.dim, Format: format, Scale: quant.Half, Every: quant.PerVector, Fit: quant.Norm, Rotated: true, Seed: s.seed})
	}}
}

// alongBits is what a vector's distance along the mean takes.
const alongBits = 16

// Principal codes along principal directions, with bits × dimension bits a vector in all: some for
// its distance along the mean, the others for signs. So it takes no more bytes than any published
// code.
func Principal(bits float64) Candidate {
	return Candidate{Format: "principal", Bits: bits, Rotation: true, turned: true, build: func(s *source) (coder, error) {
		basis, err := s.fittedBasis()
		if err != nil {
			return nil, err
		}
		return quant.NewPrincipal(basis, quant.Budget{Bits: max(int(bits*float64(s.dim))/8*8-alongBits, 8), Seed: s.seed, Along: true})
	}}
}

// budgets are what Principal is measured at, in bits a value; .667 are 256 bits of 384 dimensions.
var budgets = []float64{.25, .5, .667, 1, 1.5, 2, 3, 4}

var everies = []int{32, 64, 128, 256, quant.PerVector}

// Grid is every candidate: bits × scale × rotation, and the published codes.
func Grid() []Candidate {
	list := []Candidate{Sign()}
	for _, rotation := range []bool{false, true} {
		for _, every := range everies {
			list = append(list,
				Block("1bit", quant.Bit1, every, rotation), Block("int", quant.Int2, every, rotation), Block("int", quant.Int4, every, rotation),
				Block("odd", quant.Odd4, every, rotation), Block("fp", quant.FP4, every, rotation), Block("int", quant.Int8, every, rotation))
		}
		list = append(list, MX(32, rotation))
	}
	for _, bits := range []int{1, 2, 4} {
		list = append(list, RaBitQ(bits), TurboQuant(bits))
	}
	for _, bits := range budgets {
		list = append(list, Principal(bits))
	}
	return append(list, Principal8(1), Principal8(2))
}

// Named picks candidates of the grid by their names, as Candidate.Name writes them, in the order
// given.
func Named(names []string) ([]Candidate, error) {
	all := map[string]Candidate{}
	for _, c := range Grid() {
		all[c.Name()] = c
	}
	var out []Candidate
	for _, name := range names {
		c, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("no code is called %q; they are called %q", name, slices.Sorted(maps.Keys(all)))
		}
		out = append(out, c)
	}
	return out, nil
}
