package quant

import (
	"encoding/binary"
	"fmt"
	"math"
)

const (
	// BudgetMax is the most bits a vector of a Principal code can have.
	BudgetMax = 1 << 16

	allotGroup   = 8 // directions that get their bits together
	allotBitsMax = 7 // of one direction
)

// Budget says how a Principal codec spends its bits.
type Budget struct {
	Bits  int    // a vector, a multiple of 8
	Seed  uint64 // of the rotations among directions with the same number of bits
	Bound bool   // a float16 >= |x - Decode| at the end of each code
	Along bool   // a float16 after the factor: how far x lies from the mean along the direction of the mean
}

// Principal encodes vectors along the principal directions of a sample, with more bits where the
// vectors vary more.
//
// Directions are taken in groups of 8, and each bit of the budget goes to the group where it
// lessens variance × (error of a normal value at that many bits) most: reverse water-filling (Cover
// and Thomas, section 10.3.3). Directions with equally many bits are rotated among themselves,
// divided by their common deviation, and rounded to odd levels -(2^b-1) .. 2^b-1; a clipping point
// a vector is searched, and one float16 makes its length unbiased.
//
// An odd level of b bits is the sum of b signs times 1, 2 .. 2^(b-1). So a code is Budget.Bits
// signs and one factor, and is scanned as a one-bit code of so many dimensions is:
// [PrincipalQuery.Signs] spreads the question over them. The signs that weigh most stand first, so
// that a question rounded to 8 bits can have a step of its own for each of a few parts.
//
// Where the vectors lie about a mean far from zero, so do questions, and an error along it counts
// more than any other: with Budget.Along that part of a vector is a number of its own, and the
// signs code the rest. RaBitQ's second number does the same.
//
// Like Codec it keeps scratch space: one goroutine at a time; Clone gives another.
type Principal struct {
	basis   *Basis
	budget  Budget
	classes []class
	parts   []int     // the sign after each part's last
	used    int       // directions that have bits
	toMean  []float32 // the direction of the mean, of length 1; nil without Budget.Along, or where the mean is zero
	distant float32   // length of the mean
	centred []float32
	y, kept []float32 // along the directions that have bits
	signs   []uint8   // one a bit
	trial   []uint8
}

// class is a run of directions with the same number of bits.
type class struct {
	start, end int // directions
	bits       int
	planes     []int     // bit k of direction start+i is sign planes[k]+i
	step       float32   // value of level 1 in a typical vector
	rotation   *rotation // of the class
}

// NewPrincipal plans a budget over a basis. It fails with ErrSpec: a budget that is no positive
// multiple of 8, or larger than the directions with variance can take; a basis whose parts do not
// fit each other.
func NewPrincipal(basis *Basis, budget Budget) (*Principal, error) {
	if err := basis.validate(); err != nil {
		return nil, err
	}
	if budget.Bits <= 0 || budget.Bits > BudgetMax || budget.Bits%8 != 0 {
		return nil, fmt.Errorf("%w: a budget of %d bits, want a multiple of 8 up to %d", ErrSpec, budget.Bits, BudgetMax)
	}
	bits, err := allot(basis.Variance, budget.Bits)
	if err != nil {
		return nil, err
	}
	p := &Principal{basis: basis, budget: budget}
	if budget.Along {
		p.toMean, p.distant = direction(basis.Mean)
	}
	p.makeClasses(bits)
	p.placePlanes()
	p.scratch()
	return p, nil
}

// direction is x divided by its length, nil for zero, and the length.
func direction(x []float32) (to []float32, length float32) {
	exact := math.Sqrt(sumSquares(x))
	if exact == 0 {
		return nil, 0
	}
	to = make([]float32, len(x))
	for i, v := range x {
		to[i] = float32(float64(v) / exact)
	}
	return to, float32(exact)
}

// moveAlong adds amount times the direction of the mean.
func (p *Principal) moveAlong(x []float32, amount float32) {
	for i, v := range p.toMean {
		x[i] += float32(amount * v)
	}
}

// Clone returns a Principal with the same plan that can run beside this one.
func (p *Principal) Clone() *Principal {
	clone := *p
	clone.scratch()
	return &clone
}

func (p *Principal) scratch() {
	p.centred = make([]float32, p.basis.Dim)
	p.y, p.kept = make([]float32, p.used), make([]float32, p.used)
	p.signs, p.trial = make([]uint8, p.budget.Bits), make([]uint8, p.used)
}

// normalError is the mean squared error of a standard normal value rounded to 2^b evenly spaced odd
// levels with the best step, and normalStep is half that step (Max 1960, table II; verified by
// TestNormalTable).
var (
	normalError = [allotBitsMax + 2]float64{1, .3634, .1188, .03744, .01154, .003495, .001041, .0003035, 0}
	normalStep  = [allotBitsMax + 1]float64{0, .7979, .4978, .2930, .1676, .0941, .0520, .0284}
)

// allot returns the bits of each direction; falling, because variances fall.
func allot(variance []float32, budget int) ([]int, error) {
	groups := (len(variance) + allotGroup - 1) / allotGroup
	weight, bits := make([]float64, groups), make([]int, groups)
	for i, v := range variance {
		weight[i/allotGroup] += float64(v)
	}
	for spent := 0; spent < budget; {
		best, gain := -1, 0.0
		for g := range weight {
			size := min(allotGroup, len(variance)-g*allotGroup)
			if bits[g] == allotBitsMax || spent+size > budget {
				continue
			}
			less := normalError[bits[g]] - normalError[bits[g]+1]
			if got := weight[g] / float64(size) * less; got > gain {
				best, gain = g, got
			}
		}
		if best < 0 {
			break // what is left stays unused: fewer bits than a group has directions, or none needed
		}
		bits[best]++
		spent += min(allotGroup, len(variance)-best*allotGroup)
	}
	if bits[0] == 0 {
		return nil, fmt.Errorf("%w: a basis without variance, or a budget below %d bits", ErrSpec, min(allotGroup, len(variance)))
	}
	out := make([]int, len(variance))
	for i := range out {
		out[i] = bits[i/allotGroup]
	}
	return out, nil
}

func (p *Principal) makeClasses(bits []int) {
	for start := 0; start < len(bits); {
		end, sum := start, 0.0
		for end < len(bits) && bits[end] == bits[start] {
			sum += float64(p.basis.Variance[end])
			end++
		}
		if bits[start] > 0 {
			deviation := math.Sqrt(sum / float64(end-start))
			p.classes = append(p.classes, class{
				start: start, end: end, bits: bits[start], planes: make([]int, bits[start]),
				step:     float32(deviation * normalStep[bits[start]]),
				rotation: newRotation(end-start, p.budget.Seed+uint64(start)),
			})
			p.used = end
		}
		start = end
	}
}

// bytes is the size of a code: the signs, a float16 factor, and the numbers that the budget asks
// for.
func (b Budget) bytes() int {
	size := b.Bits/8 + 2
	if b.Along {
		size += 2
	}
	if b.Bound {
		size += 2
	}
	return size
}

// numbers reads what stands after the signs of a code of the right size, but for the bound. It
// fails with ErrScale.
func (b Budget) numbers(code []byte) (factor, along float32, err error) {
	code = code[b.Bits/8:]
	factor, ok := halfScale(binary.LittleEndian.Uint16(code))
	if ok && b.Along {
		along = FromHalf(binary.LittleEndian.Uint16(code[2:]))
		ok = finite([]float32{along}) == nil
	}
	if !ok {
		return 0, 0, ErrScale
	}
	return factor, along, nil
}

// Bits is the number of signs of a code.
func (p *Principal) Bits() int { return p.budget.Bits }

// Bytes is the size of a code.
func (p *Principal) Bytes() int { return p.budget.bytes() }

// Split gives the parts of a code that a one-bit kernel takes: the signs, the factor of their sum,
// and, with Budget.Along, how often PrincipalQuery.Mean is added. It fails with ErrLength and
// ErrScale.
func (p *Principal) Split(code []byte) (signs []byte, factor, along float32, err error) {
	if len(code) != p.Bytes() {
		return nil, 0, 0, fmt.Errorf("%w: code of %d bytes, want %d", ErrLength, len(code), p.Bytes())
	}
	factor, along, err = p.budget.numbers(code)
	return code[:p.budget.Bits/8], factor, along, err
}

// Plan is the number of bits of each principal direction, for people.
func (p *Principal) Plan() []int {
	out := make([]int, p.basis.Dim)
	for _, c := range p.classes {
		for i := c.start; i < c.end; i++ {
			out[i] = c.bits
		}
	}
	return out
}

// Encode writes the code of x to dst. It fails as Codec.Encode does; ErrRange is for a vector more
// than 65,504 times as far from the mean as the sample. The mean itself is legal, and so is a
// vector that differs from it only where there are no bits: it is coded as the mean.
func (p *Principal) Encode(dst []byte, x []float32) error {
	if len(x) != p.basis.Dim || len(dst) != p.Bytes() {
		return fmt.Errorf("%w: %d values into %d bytes, want %d into %d", ErrLength, len(x), len(dst), p.basis.Dim, p.Bytes())
	}
	if err := finite(x); err != nil {
		return err
	}
	for i, v := range x {
		p.centred[i] = v - p.basis.Mean[i]
	}
	along := float32(0)
	if p.toMean != nil {
		along = dotFloat32(p.toMean, p.centred)
		p.moveAlong(p.centred, -along)
	}
	if !(magnitude([]float32{along}) <= halfMax) {
		return fmt.Errorf("%w: a vector %g from the mean", ErrRange, along)
	}
	length := sumSquares(p.centred) // the axes are orthonormal: what lies along those without bits need not be known
	p.basis.project(p.y, p.centred)
	for _, c := range p.classes {
		c.rotation.apply(p.y[c.start:c.end])
	}
	factor := p.search(length)
	if !(factor <= halfMax) {
		return fmt.Errorf("%w: a vector %g times as far from the mean as the sample", ErrRange, factor)
	}
	p.write(dst, float32(factor), along, length)
	return nil
}

// typical is the vector's size along the directions that have bits, as a multiple of the sample's.
func (p *Principal) typical() float64 {
	var sum float64
	for _, c := range p.classes {
		unit := float64(c.step) / normalStep[c.bits]
		sum += sumSquares(p.y[c.start:c.end]) / float64(unit*unit)
	}
	return math.Sqrt(sum / float64(p.used))
}

// searchShares are the clipping points tried, as multiples of the one that suits a normal vector of
// the same size.
var searchShares = []float64{.6, .7, .8, .9, 1, 1.1, 1.25, 1.4}

// seenLeast is the least cosine between a vector and its code at which the length is made unbiased.
// Below it the vector lies where there are no bits, and stretching the rest would only stretch its
// error.
const seenLeast = .1

// search fills p.signs with the codes that point most nearly along y and returns their factor: 0
// for no y, NaN for one that is not finite.
func (p *Principal) search(length float64) (factor float64) {
	size, best := p.typical(), -1.0
	factor = math.NaN()
	if size == 0 {
		clear(p.signs)
		return 0
	}
	for _, share := range searchShares {
		var along, square float64
		for _, c := range p.classes {
			a, s := p.roundClass(c, float32(size*share))
			along += float64(a * float64(c.step))
			square += float64(float64(c.step) * float64(c.step) * float64(s))
		}
		if got := along / math.Sqrt(square); got > best {
			best, factor = got, along/square
			if got*got >= seenLeast*seenLeast*length {
				factor = length / along
			}
			p.keepTrial()
		}
	}
	return factor
}

func (p *Principal) roundClass(c class, size float32) (along float64, square int64) {
	grid := layout{top: 1<<c.bits - 1}
	return grid.nearestOdd(p.trial[c.start:c.end], p.y[c.start:c.end], 1/float32(size*c.step))
}

// keepTrial spreads the codes being tried over signs.
func (p *Principal) keepTrial() {
	for _, c := range p.classes {
		codes := p.trial[c.start:c.end]
		for k := range c.bits {
			signs := p.signs[c.planes[k]:][:len(codes)]
			for i, code := range codes {
				signs[i] = code >> k & 1
			}
		}
	}
}

func (p *Principal) write(dst []byte, factor, along float32, length float64) {
	pack(dst[:p.budget.Bits/8], p.signs, 1)
	h := ToHalf(factor)
	if h == 0 {
		h = halfZero
	}
	numbers := dst[p.budget.Bits/8:]
	binary.LittleEndian.PutUint16(numbers, h)
	rounded := 0.0 // error of along
	if p.budget.Along {
		a := ToHalf(along)
		binary.LittleEndian.PutUint16(numbers[2:], a)
		rounded = float64(along) - float64(FromHalf(a))
	}
	if !p.budget.Bound {
		return
	}
	p.levels(FromHalf(h))
	off := max(length-sumSquares(p.y), 0) + rounded*rounded
	for i, v := range p.y {
		d := float64(v) - float64(p.kept[i])
		off += float64(d * d)
	}
	distance := math.Sqrt(off) + principalSlack*(math.Sqrt(length)+float64(magnitude(p.basis.Mean))+math.Abs(float64(along)))
	binary.LittleEndian.PutUint16(dst[len(dst)-2:], halfUp(float32(min(distance, halfMax))))
}

// principalSlack is boundSlack for a basis: its axes, float32 themselves, are orthonormal only
// nearly.
const principalSlack = 1e-4

// levels fills p.kept with the values of p.signs before the rotations are undone.
func (p *Principal) levels(factor float32) {
	clear(p.kept)
	for _, c := range p.classes {
		size := c.end - c.start
		for i := range size {
			code := 0
			for k := range c.bits {
				code |= int(p.signs[c.planes[k]+i]) << k
			}
			p.kept[c.start+i] = float32(float32(2*code-(1<<c.bits-1)) * float32(c.step*factor))
		}
	}
}

// Decode writes the vector of a code to dst. It fails with ErrLength and ErrScale.
func (p *Principal) Decode(dst []float32, code []byte) error {
	if len(dst) != p.basis.Dim || len(code) != p.Bytes() {
		return fmt.Errorf("%w: %d bytes into %d values, want %d into %d", ErrLength, len(code), len(dst), p.Bytes(), p.basis.Dim)
	}
	factor, along, err := p.budget.numbers(code)
	if err != nil {
		return err
	}
	unpack(p.signs, code, 1)
	p.levels(factor)
	for _, c := range p.classes {
		c.rotation.invert(p.kept[c.start:c.end])
	}
	p.basis.unproject(dst, p.kept)
	if p.toMean != nil { // the signs may point along the mean too, by mistake: what is known of that is better
		p.moveAlong(dst, float32(along-dotFloat32(p.toMean, dst))+p.distant)
		return finite(dst)
	}
	return nil
}
