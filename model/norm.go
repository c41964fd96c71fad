package model

import "math"

// norm is layer normalisation (Ba et al. 2016): every row is moved to mean 0 and scaled to variance
// 1, then each column is scaled and moved by what was learned.
type norm struct {
	gain, bias []float32 // bias nil: none
	epsilon    float32
}

// run writes the normalised rows of x + added into dst, which may be x. added may be nil.
func (n *norm) run(dst, x, added []float32) {
	w := len(n.gain)
	for at := 0; at < len(x); at += w {
		row := dst[at : at+w]
		copy(row, x[at:at+w])
		if added != nil {
			addTo(row, added[at:at+w])
		}
		mean, variance := moments(row)
		scale := float32(1 / math.Sqrt(variance+float64(n.epsilon)))
		for i, v := range row {
			row[i] = (v - float32(mean)) * scale * n.gain[i]
			if n.bias != nil {
				row[i] += n.bias[i]
			}
		}
	}
}

func moments(row []float32) (mean, variance float64) {
	for _, v := range row {
		mean += float64(v)
	}
	mean /= float64(len(row))
	for _, v := range row {
		variance += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, variance / float64(len(row))
}

func addTo(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}
