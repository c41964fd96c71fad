package kernel

// StripeMax is the largest stripe, in documents: its scores (2 bytes each) stay in the second-level
// cache.
const StripeMax = 1 << 17

// stripePad keeps the postings of a block that fall outside of a stripe off other memory: they add
// 0 to the word behind it.
const stripePad = 64

// Stripe is the accumulator of a stretch of documents: lists are added one after the other, Cut
// takes the best and leaves it empty for the next stretch. A stripe belongs to one goroutine.
type Stripe struct {
	base   uint32
	size   int
	scores []uint16 // size + stripePad
	cut    cutResult
	one    [1]PostingRef // for AddBlock
	seed   uint64        // see Sample
	room   [blocksPiece * blockScratch]byte
}

const (
	blocksPiece  = 8                      // blocks added in one call into assembly
	blockScratch = PostingBlock * (4 + 2) // what a decoded block takes: where its impacts go, and the impacts
)

// PostingRef says where a posting block lies.
type PostingRef struct {
	At    uint64 // its place in the data
	Base  uint32 // the document before its first
	Width uint32 // bits of a delta
}

// NewStripe makes an empty stripe of size documents, a multiple of 64 up to StripeMax.
func NewStripe(size int) (*Stripe, error) {
	if size <= 0 || size > StripeMax || size%64 != 0 {
		return nil, &ShapeError{PostingsTopK.String(), "stripe size (a multiple of 64)", size, StripeMax}
	}
	return &Stripe{size: size, scores: make([]uint16, size+stripePad), cut: newCutResult(size)}, nil
}

// Size is how many documents the stripe covers.
func (w *Stripe) Size() int { return w.size }

// Move sets the first document of the stripe. Scores are not touched: move an empty stripe.
func (w *Stripe) Move(base uint32) { w.base = base }

// Base is the first document of the stripe.
func (w *Stripe) Base() uint32 { return w.base }

// Scores are the sums so far, modulo 2^16, of documents Base … Base+Size−1. Valid until the next
// call.
func (w *Stripe) Scores() []uint16 { return w.scores[:w.size] }

// AddBlocks adds the impacts of posting blocks of one list. Documents outside of the stripe are
// passed over. sum is the sum of what was added: over all calls it equals the sum that Cut returns,
// if memory and arithmetic held.
func (w *Stripe) AddBlocks(data []byte, refs []PostingRef, table *ImpactTable) (sum int64, err error) {
	if err := checkRefs(data, refs); err != nil {
		return 0, err
	}
	p := PostingsTopK.path()
	for len(refs) > 0 {
		n := min(len(refs), blocksPiece)
		sum += w.scatter(p, data, refs[:n], table)
		refs = refs[n:]
	}
	return sum, nil
}

// AddBlock adds one posting block (deltas of width bits, then classes) that follows document base.
// A sampled one (see Sample) is scored by the reference too; where the two differ it is a
// *WrongError.
func (w *Stripe) AddBlock(src []byte, base uint32, width uint, table *ImpactTable) (sum int64, err error) {
	w.one[0] = PostingRef{0, base, uint32(min(width, 1<<16))}
	if err := checkRefs(src, w.one[:]); err != nil {
		return 0, err
	}
	return w.addOne(PostingsTopK.path(), src, w.one[:], table)
}

// AddPostings does what AddBlock does for documents and classes that are already unpacked, in any
// order: for lists too short for a block.
func (w *Stripe) AddPostings(docs []uint32, classes []byte, table *ImpactTable) (sum int64, err error) {
	if err := exactly(PostingsTopK, "classes", len(classes), len(docs)); err != nil {
		return 0, err
	}
	return ScatterImpacts(w.scores[:w.size], w.base, docs, classes, table), nil
}

// AddDense adds a list that is stored as one class byte and one bit for each document of the
// stripe: bit d of present says whether document Base+d is in the list (classes of absent ones are
// not looked at). For terms in more than about a tenth of the documents this is faster than posting
// blocks.
func (w *Stripe) AddDense(present []uint64, classes []byte, table *ImpactTable) (sum int64, err error) {
	err = firstError(atLeast(PostingsTopK, "words of presence", len(present), w.size/64),
		atLeast(PostingsTopK, "classes", len(classes), w.size))
	if err != nil {
		return 0, err
	}
	return scatterDense(PostingsTopK.path(), w.scores[:w.size], present, classes, table), nil
}

// ScatterImpacts adds table.At(classes[i]) to scores[docs[i]−base] for every i whose document falls
// inside of scores, modulo 2^16, and returns the sum of what it added. classes must be as long as
// docs.
func ScatterImpacts(scores []uint16, base uint32, docs []uint32, classes []byte, table *ImpactTable) (sum int64) {
	classes = classes[:len(docs)]
	for i, d := range docs {
		if at := d - base; uint64(at) < uint64(len(scores)) {
			v := table.words[classes[i]]
			scores[at] += v
			sum += int64(v)
		}
	}
	return sum
}

// Cut offers every document of the stripe whose score reaches top's threshold (and is not 0) to
// top, as document number plus first − Base, and empties the stripe. A bit of allow for each
// document, if allow is not nil, says which may be offered. sum is the sum of all scores, allowed
// or not.
func (w *Stripe) Cut(top *TopK, first uint32, allow []uint64) (sum int64, err error) {
	if allow != nil {
		if err := atLeast(PostingsTopK, "words of allow", len(allow), w.size/64); err != nil {
			return 0, err
		}
	}
	floor := min(max(top.threshold, 1), 1<<16)
	for at := 0; at < w.size; at += cutPiece {
		piece := w.scores[at:min(at+cutPiece, w.size)]
		sum += cutStripe(PostingsTopK.path(), piece, floor, &w.cut)
		top.takeCut(&w.cut, first+uint32(at), allow, at/64)
		floor = min(max(top.threshold, 1), 1<<16)
	}
	return sum, nil
}

// cutPiece is how many documents are cut at once, so that the threshold follows what was found.
const cutPiece = 1 << 13

// cutResult is what cutStripe leaves: groups of 64 documents that hold a hit.
type cutResult struct {
	n      int      // groups in use
	group  []uint32 // group[g] × 64 is the first document of the group
	mask   []uint64 // which of its documents reach the floor
	scores []uint16 // their scores, 64 a group
}

func newCutResult(size int) cutResult {
	n := min(size, cutPiece) / 64
	return cutResult{group: make([]uint32, n), mask: make([]uint64, n), scores: make([]uint16, n*64)}
}
