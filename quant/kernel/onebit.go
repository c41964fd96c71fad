package kernel

import "encoding/binary"

const (
	// BitBlock is how many codes a one-bit block holds.
	BitBlock = 64

	// BitDimsMax is the largest dimension of a one-bit code; dimensions are multiples of 32 (pad
	// with zero query values).
	BitDimsMax = 1024

	bitFactorBytes = 4 // scale and offset of one code
	// scanPiece is how many blocks are scored in one call into assembly. Its half and its quarter
	// are odd or twice odd, so that streams that lie so far apart do not meet in the same sets of a
	// cache: a block of 256 bits is 9/16 of 4 KiB.
	scanPiece = 124
)

// BitBlockBytes is the size of a block of 64 codes of dims bits with their factors.
func BitBlockBytes(dims int) int { return dims/8*BitBlock + BitBlock*bitFactorBytes }

// BitScaleMax is the largest scale for which no score of such codes can leave an int32.
func BitScaleMax(dims int) uint16 { return uint16(min(1<<30/(dims*128), 1<<16-1)) }

// bitSlot is the byte of a line at which code i of a block stands.
func bitSlot(i int) int { return i%16*4 + i/16 }

// SetBitCode writes code i (dims/8 bytes, bit 8c+b of dimension 8c+b low bit first) and its factors
// into a block.
func SetBitCode(block []byte, dims, i int, code []byte, scale uint16, offset int16) error {
	if err := checkBitCode(block, dims, i, code); err != nil {
		return err
	}
	for c, b := range code[:dims/8] {
		block[c*BitBlock+bitSlot(i)] = b
	}
	f := block[dims/8*BitBlock+i*bitFactorBytes:]
	binary.LittleEndian.PutUint16(f, scale)
	binary.LittleEndian.PutUint16(f[2:], uint16(offset))
	return nil
}

// BitCode reads code i and its factors back out of a block into code (dims/8 bytes).
func BitCode(block []byte, dims, i int, code []byte) (scale uint16, offset int16, err error) {
	if err := checkBitCode(block, dims, i, code); err != nil {
		return 0, 0, err
	}
	for c := range code[:dims/8] {
		code[c] = block[c*BitBlock+bitSlot(i)]
	}
	f := block[dims/8*BitBlock+i*bitFactorBytes:]
	return binary.LittleEndian.Uint16(f), int16(binary.LittleEndian.Uint16(f[2:])), nil
}

func checkBitCode(block []byte, dims, i int, code []byte) error {
	return firstError(checkBitDims(dims), atLeast(OnebitScan, "block bytes", len(block), BitBlockBytes(dims)),
		atLeast(OnebitScan, "code bytes", len(code), dims/8), exactly(OnebitScan, "code number above 63", i&^63, 0))
}

func checkBitDims(dims int) error {
	if dims <= 0 || dims > BitDimsMax || dims%32 != 0 {
		return &ShapeError{OnebitScan.String(), "dimension (a multiple of 32)", dims, BitDimsMax}
	}
	return nil
}

// BitQuery is a question made ready for scans of one-bit codes. It is read-only after it is made:
// scans may share it.
//
// With b(d) = bit d of a code, the score is
//
//	(Σ_d (2·b(d) − 1)·q(d)) · scale + offset · bias
//
// in 32-bit arithmetic. With scales up to BitScaleMax nothing wraps.
type BitQuery struct {
	values []int8 // the question, zero past its end
	wide   bool   // 8-bit: two tables of bytes a nibble; else one
	bias   int32
	twice  int32  // 2·(sum of what the tables add too much), see table
	table  []byte // for each nibble of a code: 16 sums of q over set bits, less their least one, as low 5 bits and rest
}

// NewBitQuery makes a question of the values q, one for each dimension: −127 … 127, or, when bits
// is 4, −7 … 7 (bits is 4 or 8; a 1-bit question is ±1 at 4 bits). The dimension must be a multiple
// of 32, up to BitDimsMax.
func NewBitQuery(q []int8, bits int, bias int16) (*BitQuery, error) {
	if bits != 4 && bits != 8 {
		return nil, &ShapeError{OnebitScan.String(), "query bits (4 or 8)", bits, 8}
	}
	if err := checkBitDims(len(q)); err != nil {
		return nil, err
	}
	limit := 1<<(bits-1) - 1
	for _, v := range q {
		if int(v) > limit || int(v) < -limit {
			return nil, &ShapeError{OnebitScan.String(), "query value (its size)", int(v), limit}
		}
	}
	b := &BitQuery{values: append([]int8(nil), q...), wide: bits == 8, bias: int32(bias)}
	b.fill()
	return b, nil
}

// fill computes the tables. A table's entries are made unsigned by taking its least entry off; the
// sum of those leasts is one constant for all codes. An entry is at most 4·127 = 508: 5 low bits
// and 4 high ones, so that 8 low parts fit a byte. A 4-bit question's entries are at most 28 and
// need no second part.
func (q *BitQuery) fill() {
	step := 16
	if q.wide {
		step = 32
	}
	q.table = make([]byte, len(q.values)/4*step)
	least, sum := int32(0), int32(0)
	for _, v := range q.values {
		least += min(int32(v), 0)
		sum += int32(v)
	}
	q.twice = 2*least - sum
	for n := 0; n < len(q.values)/4; n++ {
		q.fillNibble(q.table[n*step:(n+1)*step], q.values[n*4:n*4+4])
	}
}

func (q *BitQuery) fillNibble(table []byte, v []int8) {
	for m := range 16 {
		t := 0
		for d, x := range v {
			if m>>d&1 == 1 {
				t += int(x)
			}
			t -= min(int(x), 0)
		}
		if !q.wide {
			table[m] = byte(t)
			continue
		}
		table[m], table[16+m] = byte(t&31), byte(t>>5)
	}
}

// Dims is the dimension of the codes that the question fits.
func (q *BitQuery) Dims() int { return len(q.values) }

// Scan scores every code of blocks, in order, and returns the sum of the scores. scores has room
// for 64 a block.
func (q *BitQuery) Scan(scores []int32, blocks []byte) (sum int64, err error) {
	n, err := q.blocks(blocks)
	if err == nil {
		err = atLeast(OnebitScan, "room for scores", len(scores), n*BitBlock)
	}
	if err != nil {
		return 0, err
	}
	var masks [scanPiece]uint64
	p, size := OnebitScan.path(), BitBlockBytes(q.Dims())
	for b := 0; b < n; b += scanPiece {
		e := min(b+scanPiece, n)
		sum += scanBits(p, scores[b*BitBlock:e*BitBlock], masks[:e-b], q, blocks[b*size:], 0, q.wayNow(p))
	}
	return sum, nil
}

// Top scores every code of blocks and offers those that reach top's threshold, as first + their
// place in blocks. A word of allow for each block, if allow is not nil, says which codes may be
// offered (a last block that is not full needs it). sum is the sum of all scores, allowed or not.
func (q *BitQuery) Top(top *TopK, first uint32, blocks []byte, allow []uint64) (sum int64, err error) {
	n, err := q.blocks(blocks)
	if err == nil && allow != nil {
		err = atLeast(OnebitScan, "words of allow", len(allow), n)
	}
	if err != nil {
		return 0, err
	}
	p := OnebitScan.path()
	trial, way := q.startTrial(p, len(blocks)), q.wayNow(p)
	for b := 0; b < n; b += scanPiece {
		sum += q.piece(p, top, first, blocks, allow, b, min(b+scanPiece, n), trial.way(way))
		trial.done()
	}
	return sum, nil
}

// Best does what Top does for an empty selection and all codes at once. It scores a sample first,
// to guess the threshold, so that few codes but the best are ever handled; should the guess have
// been too high, it scans again without one.
func (q *BitQuery) Best(top *TopK, first uint32, blocks []byte, allow []uint64) (sum int64, err error) {
	n, err := q.blocks(blocks)
	if s := top.sample; err == nil && s != nil && len(top.ids) == 0 && n >= 16*sampleEvery && (allow == nil || len(allow) >= n) {
		s.Reset(top.floor)
		q.scanSample(s, first, blocks, allow, n)
		top.Seed(s.guess())
	}
	if sum, err = q.Top(top, first, blocks, allow); err == nil && top.Short() {
		top.Reset(top.floor)
		return q.Top(top, first, blocks, allow)
	}
	return sum, err
}

// scanSample offers one block of sampleEvery to s, and asks for the next one meanwhile.
func (q *BitQuery) scanSample(s *TopK, first uint32, blocks []byte, allow []uint64, n int) {
	p, size := OnebitScan.path(), BitBlockBytes(q.Dims())
	for b := sampleEvery / 2; b < n; b += sampleEvery {
		if next := b + sampleEvery; next < n {
			fetchBlocks(p, blocks[next*size:(next+1)*size])
		}
		q.piece(p, s, first, blocks, allow, b, b+1, cachedWay(p))
	}
}

// batchPiece is how many blocks a batch of questions shares: they stay in the first-level cache.
const batchPiece = 8

// ScanBatch does what Top does for several questions that wait at the same time, reading memory
// once: question i offers to tops[i]. All questions have the same dimension. sums, as long as qs,
// takes the sums of all scores.
func ScanBatch(qs []*BitQuery, tops []*TopK, sums []int64, first uint32, blocks []byte, allow []uint64) error {
	if len(qs) == 0 {
		return nil
	}
	n, err := qs[0].blocks(blocks)
	err = firstError(err, exactly(OnebitScan, "selections", len(tops), len(qs)), exactly(OnebitScan, "sums", len(sums), len(qs)))
	if err == nil && allow != nil {
		err = atLeast(OnebitScan, "words of allow", len(allow), n)
	}
	for i := 1; i < len(qs) && err == nil; i++ {
		err = exactly(OnebitScan, "dimension of a batch", qs[i].Dims(), qs[0].Dims())
	}
	if err != nil {
		return err
	}
	clear(sums)
	p, size := OnebitScan.path(), BitBlockBytes(qs[0].Dims())
	for b := 0; b < n; b += batchPiece {
		e := min(b+batchPiece, n)
		next := blocks[e*size : min(e+batchPiece, n)*size]
		for i, q := range qs {
			fetchBlocks(p, next[len(next)*i/len(qs):len(next)*(i+1)/len(qs)])
			sums[i] += q.piece(p, tops[i], first, blocks, allow, b, e, cachedWay(p))
		}
	}
	return nil
}

// piece scores blocks b … e and offers what reaches the threshold.
func (q *BitQuery) piece(p Path, top *TopK, first uint32, blocks []byte, allow []uint64, b, e int, way scanWay) int64 {
	masks, scores := top.masks[:e-b], top.scratch[:(e-b)*BitBlock]
	sum := scanBits(p, scores, masks, q, blocks[b*BitBlockBytes(q.Dims()):], top.threshold, way)
	top.takeScan(scores, masks, first+uint32(b*BitBlock), allow, b)
	return sum
}

// blocks says how many whole blocks there are; anything else than whole blocks is refused.
func (q *BitQuery) blocks(blocks []byte) (int, error) {
	size := BitBlockBytes(q.Dims())
	return len(blocks) / size, exactly(OnebitScan, "bytes after the last whole block", len(blocks)%size, 0)
}
