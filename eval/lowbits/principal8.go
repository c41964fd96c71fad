package lowbits

import (
	"fmt"

	"sluice/quant"
	"sluice/quant/kernel"
)

// Principal8 is Principal with the question rounded to 8 bits too, scanned by the one-bit kernel.
func Principal8(bits float64) Candidate {
	inner := Principal(bits)
	return Candidate{Format: "principal8", Bits: bits, Rotation: true, turned: true, build: func(s *source) (coder, error) {
		c, err := inner.build(s)
		if err != nil {
			return nil, err
		}
		return principal8{c.(*quant.Principal)}, nil
	}}
}

type principal8 struct{ *quant.Principal }

const (
	kernelDims = 32                   // dimensions of one-bit codes are a multiple
	scanCodes  = 32 * kernel.BitBlock // codes scanned for all parts of a question before the next
)

// scanner lays codes out in the kernel's blocks, with the factors beside them: the kernel's own are
// whole numbers.
func (p principal8) scanner(codes []byte) (scanner, error) {
	size := p.Bytes()
	count, dims := len(codes)/size, (p.Bits()+kernelDims-1)/kernelDims*kernelDims
	s := &bitScanner{Principal: p.Principal, dims: dims, factors: make([]float32, count), along: make([]float32, count)}
	s.blocks = make([]byte, (count+kernel.BitBlock-1)/kernel.BitBlock*kernel.BitBlockBytes(dims))
	padded := make([]byte, dims/8)
	for i := range count {
		signs, factor, along, err := p.Split(codes[i*size : (i+1)*size])
		if err != nil {
			return nil, fmt.Errorf("code %d: %w", i, err)
		}
		copy(padded, signs)
		s.factors[i], s.along[i] = factor, along
		block := s.blocks[i/kernel.BitBlock*kernel.BitBlockBytes(dims):]
		if err := kernel.SetBitCode(block, dims, i%kernel.BitBlock, padded, 1, 0); err != nil {
			return nil, fmt.Errorf("code %d: %w", i, err)
		}
	}
	return s, nil
}

type bitScanner struct {
	*quant.Principal
	dims    int
	factors []float32
	along   []float32
	blocks  []byte
}

// scan does what quant.PrincipalQuery.Dot8 does, a block of codes at a time.
func (s *bitScanner) scan(scores, question []float32) error {
	q, err := s.Query(question)
	if err != nil {
		return err
	}
	values, parts, base := q.Signs()
	asked := make([]*kernel.BitQuery, len(parts))
	start := 0
	for i, part := range parts {
		own := make([]int8, s.dims)
		copy(own[start:part.End], values[start:part.End])
		if asked[i], err = kernel.NewBitQuery(own, 8, 0); err != nil {
			return err
		}
		start = part.End
	}
	sums, total := make([]int32, scanCodes), make([]float64, scanCodes)
	size := kernel.BitBlockBytes(s.dims)
	for first := 0; first < len(scores); first += scanCodes {
		clear(total)
		last := min(first+scanCodes, len(scores))
		blocks := s.blocks[first/kernel.BitBlock*size : (last+kernel.BitBlock-1)/kernel.BitBlock*size]
		for i, part := range parts {
			if _, err := asked[i].Scan(sums, blocks); err != nil {
				return err
			}
			for j, sum := range sums {
				total[j] += float64(float64(sum) * float64(part.Step))
			}
		}
		for j := range scores[first:last] {
			scores[first+j] = float32(float64(total[j]*float64(s.factors[first+j])) + float64(base) + float64(float64(s.along[first+j])*float64(q.Mean())))
		}
	}
	return nil
}
