package kernel

const (
	// Dot4DimsMax is the largest dimension of a 4-bit vector; dimensions are multiples of 128 (pad
	// with zero values).
	Dot4DimsMax = 4096

	dot4Piece = 1 << 17 // dimensions of the records of one call into assembly
)

// Dot4Bytes is the size of the record of a 4-bit vector.
func Dot4Bytes(dims int) int { return dims/2 + dims/64*2 }

func checkDot4Dims(dims int) error {
	if dims <= 0 || dims > Dot4DimsMax || dims%128 != 0 {
		return &ShapeError{Dot4.String(), "dimension (a multiple of 128)", dims, Dot4DimsMax}
	}
	return nil
}

// PackDot4 writes the record of a vector: values −8 … 7 and the float16 bits of one scale for each
// 64 of them.
func PackDot4(dst []byte, values []int8, scales []uint16) error {
	err := firstError(checkDot4Dims(len(values)), exactly(Dot4, "scales", len(scales), len(values)/64),
		atLeast(Dot4, "bytes of a record", len(dst), Dot4Bytes(len(values))))
	if err != nil {
		return err
	}
	for d := range len(values) / 2 {
		low := d/64*128 + d%64
		dst[d] = byte(values[low]+8)&15 | byte(values[low+64]+8)<<4
	}
	for b, s := range scales {
		at := len(values)/2 + b*2
		dst[at], dst[at+1] = byte(s), byte(s>>8)
	}
	return nil
}

// UnpackDot4 is the inverse of PackDot4: len(values) is the dimension.
func UnpackDot4(values []int8, scales []uint16, record []byte) error {
	err := firstError(checkDot4Dims(len(values)), atLeast(Dot4, "scales", len(scales), len(values)/64),
		atLeast(Dot4, "bytes of a record", len(record), Dot4Bytes(len(values))))
	if err != nil {
		return err
	}
	for d := range values {
		values[d] = dot4Value(record, d)
	}
	for b := range len(values) / 64 {
		scales[b] = dot4Scale(record, len(values), b)
	}
	return nil
}

func dot4Value(record []byte, d int) int8 {
	return int8(record[d/128*64+d%64]>>(d%128/64*4)&15) - 8
}

func dot4Scale(record []byte, dims, b int) uint16 {
	return uint16(record[dims/2+b*2]) | uint16(record[dims/2+b*2+1])<<8
}

// Dot4Query is a question made ready for dot products with 4-bit vectors. It is read-only after it
// is made.
type Dot4Query struct {
	values []int8
	base   []int32 // −8·Σ of each 64 values: the nibbles' offset
	unit   float32
}

// NewDot4Query makes a question of int8 values (a multiple of 128); unit is what a dot product is
// multiplied by before it is rounded to the integer score.
func NewDot4Query(values []int8, unit float32) (*Dot4Query, error) {
	if err := checkDot4Dims(len(values)); err != nil {
		return nil, err
	}
	q := &Dot4Query{values: append([]int8(nil), values...), base: make([]int32, len(values)/64), unit: unit}
	for d, v := range values {
		q.base[d/64] -= 8 * int32(v)
	}
	return q, nil
}

// Dims is the dimension of the question.
func (q *Dot4Query) Dims() int { return len(q.values) }

// Scores computes the score of the records numbered ids and returns their sum. records is an array
// of records of Dot4Bytes(Dims) bytes. With dot(b) the integer product of block b of 64 dimensions
// and scale(b) its scale, four sums
//
//	s(j) = fma(float32(dot(b)), scale(b), s(j)) for b = j, j+4, … from s(j) = 0
//	score = round(((s0+s2) + (s1+s3)) · unit)
//
// each step rounded to float32, the last to even; what does not fit an int32, or is not a number,
// gives math.MinInt32.
func (q *Dot4Query) Scores(scores []int32, records []byte, ids []uint32) (sum int64, err error) {
	size := Dot4Bytes(q.Dims())
	if err := atLeast(Dot4, "room for scores", len(scores), len(ids)); err != nil {
		return 0, err
	}
	top := uint32(0)
	for _, id := range ids {
		top = max(top, id)
	}
	if len(ids) > 0 && uint64(top) >= uint64(len(records)/size) {
		return 0, &ShapeError{Dot4.String(), "records", len(records) / size, int(top) + 1}
	}
	p, piece := Dot4.path(), dot4Piece/q.Dims()
	for at := 0; at < len(ids); at += piece {
		end := min(at+piece, len(ids))
		sum += dot4(p, scores[at:end], q, records, ids[at:end])
	}
	return sum, nil
}
