package quant

import (
	"fmt"
	"math"
	"slices"
)

// BasisDimMax is the largest dimension of a Basis: its directions are Dim² numbers.
const BasisDimMax = 4096

// Basis is what a sample says about the vectors of a model: their mean, and the orthonormal
// directions along which they vary, most first (principal component analysis).
type Basis struct {
	Dim      int
	Mean     []float32 // Dim values
	Axes     []float32 // Dim rows of Dim values, each of length 1
	Variance []float32 // along each row, falling

	turned bool // vectors are given along the axes: there are none
}

// FitBasis finds the basis of a sample, len(sample)/dim vectors one after the other. A few thousand
// suffice; fewer than dim leave directions without variance, which then get no bits. It fails with
// ErrLength and ErrNotFinite. It takes dim² × (vectors + about 30 dim) multiplications, some
// seconds for 20,000 vectors of 384 values.
func FitBasis(sample []float32, dim int) (*Basis, error) {
	if dim < 1 || dim > BasisDimMax || len(sample) == 0 || len(sample)%dim != 0 {
		return nil, fmt.Errorf("%w: a sample of %d values for dimension %d", ErrLength, len(sample), dim)
	}
	if err := finite(sample); err != nil {
		return nil, err
	}
	mean := meanOf(sample, dim)
	matrix := covariance(sample, mean)
	axes := jacobi(matrix, dim)
	basis := &Basis{Dim: dim, Mean: mean, Axes: make([]float32, dim*dim), Variance: make([]float32, dim)}
	order := make([]int, dim)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch va, vb := matrix[a*dim+a], matrix[b*dim+b]; {
		case va > vb:
			return -1
		case va < vb:
			return 1
		}
		return 0
	})
	for row, from := range order {
		basis.Variance[row] = float32(max(matrix[from*dim+from], 0))
		for i := range dim {
			basis.Axes[row*dim+i] = float32(axes[from*dim+i])
		}
	}
	return basis, finite(basis.Variance)
}

func meanOf(sample []float32, dim int) []float32 {
	sums := make([]float64, dim)
	for i, v := range sample {
		sums[i%dim] += float64(v)
	}
	mean := make([]float32, dim)
	for i, sum := range sums {
		mean[i] = float32(sum / float64(len(sample)/dim))
	}
	return mean
}

// covariance is a dim × dim matrix of float64 sums over exact products, the same on every machine.
func covariance(sample, mean []float32) []float64 {
	dim := len(mean)
	matrix, centred := make([]float64, dim*dim), make([]float64, dim)
	for start := 0; start < len(sample); start += dim {
		for i, v := range sample[start : start+dim] {
			centred[i] = float64(v - mean[i])
		}
		for i, v := range centred {
			row := matrix[i*dim+i : (i+1)*dim]
			for j, w := range centred[i:] {
				row[j] += v * w
			}
		}
	}
	count := float64(len(sample) / dim)
	for i := range dim {
		for j := i; j < dim; j++ {
			matrix[i*dim+j] /= count
			matrix[j*dim+i] = matrix[i*dim+j]
		}
	}
	return matrix
}

const (
	jacobiSweepsMax = 30
	jacobiEnough    = 1e-22 // of the squared diagonal
)

// jacobi turns the symmetric matrix a into a diagonal one in place and returns the directions as
// rows (Golub and Van Loan, Matrix Computations, section 8.5: cyclic Jacobi).
func jacobi(a []float64, dim int) []float64 {
	axes := make([]float64, dim*dim)
	for i := range dim {
		axes[i*dim+i] = 1
	}
	for range jacobiSweepsMax {
		var off, diagonal float64
		for i := range dim {
			diagonal += float64(a[i*dim+i] * a[i*dim+i])
			for j := i + 1; j < dim; j++ {
				off += float64(a[i*dim+j] * a[i*dim+j])
			}
		}
		if off <= jacobiEnough*diagonal {
			break
		}
		for p := range dim {
			for q := p + 1; q < dim; q++ {
				annihilate(a, axes, dim, p, q)
			}
		}
	}
	return axes
}

// annihilate turns the plane of p and q so that a[p][q] becomes 0.
func annihilate(a, axes []float64, dim, p, q int) {
	apq := a[p*dim+q]
	if apq == 0 {
		return
	}
	theta := (a[q*dim+q] - a[p*dim+p]) / (2 * apq)
	t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
	if theta < 0 {
		t = -t
	}
	if math.IsInf(theta, 0) {
		t = 0
	}
	c := 1 / math.Sqrt(float64(t*t)+1)
	s := t * c
	turnRows(a, dim, p, q, c, s)
	for i := range dim {
		x, y := a[i*dim+p], a[i*dim+q]
		a[i*dim+p], a[i*dim+q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	a[p*dim+q], a[q*dim+p] = 0, 0
	turnRows(axes, dim, p, q, c, s)
}

func turnRows(m []float64, dim, p, q int, c, s float64) {
	high := m[q*dim : (q+1)*dim]
	for i, x := range m[p*dim : (p+1)*dim] {
		y := high[i]
		m[p*dim+i], high[i] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
}

// Along writes the coordinates of x along the axes to dst. Both have Dim values.
func (b *Basis) Along(dst, x []float32) error {
	if len(dst) != b.Dim || len(x) != b.Dim {
		return fmt.Errorf("%w: %d values along %d axes of %d", ErrLength, len(x), len(dst), b.Dim)
	}
	b.project(dst, x)
	return nil
}

// Turned is the basis of vectors and questions that went through Along, for whoever codes a set
// several times. Codes and scores are those of the vectors themselves but for rounding. It cannot
// be stored.
func (b *Basis) Turned() *Basis {
	mean := make([]float32, b.Dim)
	b.project(mean, b.Mean)
	return &Basis{Dim: b.Dim, Mean: mean, Variance: b.Variance, turned: true}
}

// project writes the coordinates of x along the first len(dst) axes.
func (b *Basis) project(dst, x []float32) {
	if b.turned {
		copy(dst, x)
		return
	}
	for row := range dst {
		dst[row] = dotFloat32(b.Axes[row*b.Dim:(row+1)*b.Dim], x)
	}
}

// unproject writes the vector whose coordinates, less those of the mean, are y, and 0 past its end.
func (b *Basis) unproject(dst, y []float32) {
	copy(dst, b.Mean)
	for row, v := range y {
		if b.turned {
			dst[row] += v
			continue
		}
		if v == 0 {
			continue
		}
		for i, axis := range b.Axes[row*b.Dim : (row+1)*b.Dim] {
			dst[i] += float32(v * axis)
		}
	}
}

// dotFloat32 sums exact products in four float64 lanes, in a fixed order.
func dotFloat32(a, b []float32) float32 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(a[i]) * float64(b[i])
		s1 += float64(a[i+1]) * float64(b[i+1])
		s2 += float64(a[i+2]) * float64(b[i+2])
		s3 += float64(a[i+3]) * float64(b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i]) * float64(b[i])
	}
	return float32(s0 + s1 + s2 + s3)
}
