package lowbits

import "sluice/quant/kernel"

// product multiplies rows with all questions.
type product struct {
	dim, questions int
	plain          []float32
	packed         *kernel.Float32Matrix // nil where plain loops are faster than what the processor has
}

func newProduct(questions []float32, dim int) (*product, error) {
	p := &product{dim: dim, questions: len(questions) / dim, plain: questions}
	if kernel.MatmulF32.Path() == kernel.Ref || dim%8 != 0 {
		return p, nil
	}
	packed, err := kernel.PackFloat32(questions, p.questions, dim, nil)
	p.packed = packed
	return p, err
}

// room is what fill needs for a chunk.
func (p *product) room() []float32 { return make([]float32, chunkRows*p.questions) }

// fill writes scores[q][first+i] = <question q, row i>, for at most chunkRows rows. room is
// overwritten.
func (p *product) fill(scores [][]float32, first int, rows, room []float32) error {
	count := len(rows) / p.dim
	if p.packed == nil {
		for q, dst := range scores {
			dots(dst[first:first+count], p.plain[q*p.dim:(q+1)*p.dim], rows)
		}
		return nil
	}
	if err := p.packed.Mul(room[:count*p.questions], rows, count); err != nil {
		return err
	}
	for q, dst := range scores {
		for i := range count {
			dst[first+i] = room[i*p.questions+q]
		}
	}
	return nil
}

// dots writes the product of q with each row. Four rows share a pass over q, so that four sums run
// side by side.
func dots(dst, q, rows []float32) {
	dim, i := len(q), 0
	for ; i+4 <= len(dst); i += 4 {
		four(dst[i:i+4], q, rows[i*dim:(i+4)*dim])
	}
	for ; i < len(dst); i++ {
		var sum float32
		for j, v := range rows[i*dim : (i+1)*dim] {
			sum += v * q[j]
		}
		dst[i] = sum
	}
}

// four is dots of four rows, in slices of q's length so that no index needs a check.
func four(dst, q, rows []float32) {
	dim := len(q)
	r0, r1, r2, r3 := rows[:dim], rows[dim:][:dim], rows[2*dim:][:dim], rows[3*dim:][:dim]
	var s0, s1, s2, s3, t0, t1, t2, t3 float32
	j := 0
	for ; j+1 < dim; j += 2 {
		v, w := q[j], q[j+1]
		s0 += v * r0[j]
		t0 += w * r0[j+1]
		s1 += v * r1[j]
		t1 += w * r1[j+1]
		s2 += v * r2[j]
		t2 += w * r2[j+1]
		s3 += v * r3[j]
		t3 += w * r3[j+1]
	}
	if j < dim {
		v := q[j]
		s0, s1, s2, s3 = s0+v*r0[j], s1+v*r1[j], s2+v*r2[j], s3+v*r3[j]
	}
	dst[0], dst[1], dst[2], dst[3] = s0+t0, s1+t1, s2+t2, s3+t3
}
