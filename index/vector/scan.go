package vector

import (
	"context"
	"fmt"
	"math"

	"sluice/index/arm"
	"sluice/internal/defence"
	"sluice/quant/kernel"
)

// Unit is the score of a passage whose vector is the question's own: what 100 of BM25 are in the
// arms' unit, so that a cosine that is higher by .01 counts as one of BM25. That is rough, and
// enough to say who is among the 30,000: judge weighs both by how they vary for this question.
const Unit = 100 << 10

// scoreMax bounds a score: estimates are a little over 1 now and then.
const scoreMax = Unit + Unit/8

// factorBits is how fine the factor is by which a kernel's score becomes the arm's: the product
// stays within 63 bits.
const factorBits = 24

// factorOf is that factor, for a question with that step.
func factorOf(step float32) int64 {
	return int64(math.RoundToEven(float64(step) * Unit / bitUnit * (1 << factorBits)))
}

// scorer is a question as the arm scores it.
type scorer struct {
	*question
	space  arm.Space
	factor int64
	seed   uint64 // of which blocks are computed again
}

// score makes the arm's score of a kernel's. That of a passage whose vector points away is 1: it
// was looked at.
func (s *scorer) score(raw int32) uint32 {
	return uint32(min(max(int64(raw)*s.factor>>factorBits, 1), scoreMax))
}

// least is the least score of a kernel that gives a score of at least floor.
func (s *scorer) least(floor uint32) int32 {
	if floor <= 1 || s.factor == 0 {
		return math.MinInt32
	}
	return int32(min((int64(floor)<<factorBits+s.factor-1)/s.factor, math.MaxInt32))
}

// Search implements arm.Scorer.
func (s *scorer) Search(k int, ids arm.IDs) arm.Search {
	return &search{scorer: s, top: arm.NewTopK(k, scoreMax, ids), scores: make([]int32, pieceBlocks*kernel.BitBlock)}
}

// pieceBlocks is how many blocks are scored before their scores are looked at.
const pieceBlocks = 124

// search looks at segment after segment and keeps the best.
type search struct {
	*scorer
	top    *arm.TopK
	scores []int32
}

// Scan implements arm.Search. A segment whose vectors lie in another space says nothing.
func (s *search) Scan(ctx context.Context, p arm.Part) (stats arm.Stats, err error) {
	r := p.Reader.(*Reader)
	stats.Passages = int64(r.passages)
	if r.space != s.space || r.covered == 0 {
		return stats, nil
	}
	levels, err := r.Levels()
	if err != nil {
		return stats, err
	}
	blocks, size := (r.passages+kernel.BitBlock-1)/kernel.BitBlock, kernel.BitBlockBytes(r.dim)
	for b := 0; b < blocks; b += pieceBlocks {
		if err := ctx.Err(); err != nil {
			return stats, err
		}
		n := min(pieceBlocks, blocks-b)
		codes, err := r.codes.Bytes(int64(b)*int64(size), int64(n)*int64(size))
		if err != nil {
			return stats, err
		}
		scores := s.scores[:n*kernel.BitBlock]
		sum, err := s.bits.Scan(scores, codes)
		if err != nil {
			return stats, err
		}
		if err := s.checked(p, codes, scores, sum, b); err != nil {
			return stats, err
		}
		if err := s.take(p, levels, scores, b*kernel.BitBlock, &stats); err != nil {
			return stats, err
		}
	}
	stats.Bytes = int64(blocks) * int64(size)
	return stats, nil
}

// take offers the scores of the passages from first on that were read and are allowed.
func (s *search) take(p arm.Part, levels []byte, scores []int32, first int, stats *arm.Stats) error {
	least := s.least(s.top.Floor())
	for i, raw := range scores[:min(len(scores), len(levels)-first)] {
		passage := uint32(first + i)
		if levels[passage] == byte(Unread) || p.Deleted.Has(passage) || p.Allowed != nil && !p.Allowed.Has(passage) {
			continue
		}
		if stats.Matched++; raw < least {
			continue
		}
		if err := s.top.Offer(arm.Place{Segment: p.Segment, Passage: passage}, s.score(raw)); err != nil {
			return err
		}
		least = s.least(s.top.Floor())
	}
	return nil
}

// checked holds the scores of a piece against their sum, and a few blocks against the reference. A
// core that computes wrongly is asked again without the kernel.
func (s *search) checked(p arm.Part, codes []byte, scores []int32, sum int64, first int) error {
	if p.Unchecked {
		return nil
	}
	var found int64
	for _, raw := range scores {
		found += int64(raw)
	}
	if found != sum && defence.Stands(defence.ScoreSum) {
		return &arm.AgainError{Segment: p.Segment, What: "the sum of the one-bit scores is not that of what the kernel computed"}
	}
	if !defence.Stands(defence.ReferenceResample) {
		return nil
	}
	size := kernel.BitBlockBytes(s.bits.Dims())
	for b := range len(codes) / size {
		if !kernel.Sampled(s.seed, p.Segment<<24+uint32(first+b)) {
			continue
		}
		if err := s.sameAsReference(codes[b*size:(b+1)*size], scores[b*kernel.BitBlock:(b+1)*kernel.BitBlock]); err != nil {
			kernel.OnebitScan.Reject(kernel.OnebitScan.Path())
			return &arm.AgainError{Segment: p.Segment, What: err.Error()}
		}
	}
	return nil
}

// seedOf is a number that stands for a question: FNV-1a of its values.
func seedOf(values []int8) uint64 {
	h := uint64(0xCBF29CE484222325)
	for _, v := range values {
		h = (h ^ uint64(uint8(v))) * 0x100000001B3
	}
	return h | 1
}

// sameAsReference scores a block once more, in the plainest way.
func (s *search) sameAsReference(block []byte, scores []int32) error {
	code := make([]byte, s.bits.Dims()/8)
	for i, got := range scores {
		scale, _, err := kernel.BitCode(block, s.bits.Dims(), i, code)
		if err != nil {
			return err
		}
		var sum int32
		for d, v := range s.values {
			sum += int32(v) * (int32(code[d/8]>>(d%8)&1)*2 - 1)
		}
		if want := sum * int32(scale); got != want {
			return fmt.Errorf("the kernel %s computed wrongly on path %s, which is switched off", kernel.OnebitScan, kernel.OnebitScan.Path())
		}
	}
	return nil
}

// Best implements arm.Search.
func (s *search) Best(context.Context) ([]arm.Scored, error) { return s.top.Best() }

// Score implements arm.Scorer: what a search would find. An unread passage has none.
func (s *scorer) Score(p arm.Part, passages, out []uint32) error {
	r := p.Reader.(*Reader)
	if r.space != s.space || r.covered == 0 {
		return nil
	}
	levels, err := r.Levels()
	if err != nil {
		return err
	}
	size := kernel.BitBlockBytes(r.dim)
	var scores [kernel.BitBlock]int32
	at := int64(-1)
	for i, passage := range passages {
		if levels[passage] == byte(Unread) {
			continue
		}
		if b := int64(passage / kernel.BitBlock); b != at {
			codes, err := r.codes.Bytes(b*int64(size), int64(size))
			if err != nil {
				return err
			}
			if _, err := s.bits.Scan(scores[:], codes); err != nil {
				return err
			}
			at = b
		}
		out[i] += s.score(scores[passage%kernel.BitBlock])
	}
	return nil
}
