package roofline

import (
	"slices"

	"sluice/quant/kernel"
)

// random is a small generator (splitmix64): the same data in every run.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// list is the posting list of one term: whole blocks, one after the other.
type list struct {
	data  []byte
	refs  []kernel.PostingRef
	last  []uint32 // last document of each block
	table kernel.ImpactTable
}

// makeList spreads about count postings evenly at random over documents, with classes as skewed as
// real ones.
func makeList(r *random, documents, count int, most uint16) *list {
	l := new(list)
	for c := range 256 {
		l.table.Set(byte(c), uint16(uint64(most)*uint64(c+1)/256))
	}
	base, doc := kernel.NoDocument, int64(-1)
	gap := uint64(2*documents/count - 1)
	var docs [kernel.PostingBlock]uint32
	var classes [kernel.PostingBlock]byte
	for {
		for i := range docs {
			doc += 1 + int64(r.next()%gap)
			docs[i], classes[i] = uint32(doc), byte(r.next()&r.next())
		}
		if doc >= int64(documents) {
			return l
		}
		l.append(base, &docs, &classes)
		base = uint32(doc)
	}
}

func (l *list) append(base uint32, docs *[kernel.PostingBlock]uint32, classes *[kernel.PostingBlock]byte) {
	width := kernel.DeltaWidth128(base, docs)
	at := len(l.data)
	l.data = slices.Grow(l.data, kernel.PostingBytes(width))[:at+kernel.PostingBytes(width)]
	if _, err := kernel.PackPostings(l.data[at:], base, docs, classes, width); err != nil {
		panic("BUG: " + err.Error())
	}
	l.refs = append(l.refs, kernel.PostingRef{At: uint64(at), Base: base, Width: uint32(width)})
	l.last = append(l.last, docs[kernel.PostingBlock-1])
}

// postings is a question of several terms over many documents.
type postings struct {
	documents int
	lists     []*list
	count     int // postings in all lists
	cursor    []int
	stripe    *kernel.Stripe
	top       *kernel.TopK
	sample    *kernel.TopK
}

// postingShares are the lists of the question, in thousandths of the documents: 3.75 million
// postings at 10 million.
var postingShares = []int{160, 95, 60, 35, 15, 10}

func newPostings(documents, keep, stripe int) (*postings, error) {
	w, err := kernel.NewStripe(stripe)
	if err != nil {
		return nil, err
	}
	top, err := kernel.NewTopK(keep, 1)
	if err != nil {
		return nil, err
	}
	sample, err := kernel.NewTopK(max(keep*3/2/sampleEvery, 1), 1)
	if err != nil {
		return nil, err
	}
	r, p := random(11), &postings{documents: documents, stripe: w, top: top, sample: sample, cursor: make([]int, len(postingShares))}
	for i, s := range postingShares {
		p.lists = append(p.lists, makeList(&r, documents, documents/1000*s, uint16(4000+1000*i)))
		p.count += len(p.lists[i].refs) * kernel.PostingBlock
	}
	return p, nil
}

// run answers the question: a sample of the stripes for a guess of the threshold, then all of them.
func (p *postings) run() (sum int64) {
	step := p.stripe.Size() * sampleEvery
	p.sample.Reset(1)
	for base := step / 2; base < p.documents; base += step {
		p.answer(p.sample, base, base+1)
	}
	p.top.Reset(1)
	p.top.Seed(p.sample.Threshold())
	clear(p.cursor)
	sum = p.answer(p.top, 0, p.documents)
	if p.top.Take(); p.top.Short() {
		panic("BUG: a guess from evenly spread documents was too high")
	}
	return sum
}

// sampleEvery is how many stripes stand behind one that is sampled.
const sampleEvery = 24

// answer adds every list into each stripe from document from on, and cuts.
func (p *postings) answer(top *kernel.TopK, from, to int) (sum int64) {
	for base := from; base < to; base += p.stripe.Size() {
		p.stripe.Move(uint32(base))
		for i, l := range p.lists {
			p.cursor[i] = l.add(p.stripe, l.seek(p.cursor[i], uint32(base)), uint32(base+p.stripe.Size()))
		}
		part, _ := p.stripe.Cut(top, uint32(base), nil)
		sum += part
	}
	return sum
}

// seek finds the first block that reaches document first, from a block near it.
func (l *list) seek(from int, first uint32) int {
	if from < len(l.last) && l.last[from] >= first && (from == 0 || l.last[from-1] < first) {
		return from
	}
	at, _ := slices.BinarySearch(l.last, first)
	return at
}

// add adds the blocks that reach into the stripe before end, and returns the first that reaches
// past it.
func (l *list) add(w *kernel.Stripe, from int, end uint32) int {
	to := from
	for to < len(l.refs) && l.last[to] < end {
		to++
	}
	reach := min(to+1, len(l.refs)) // the block that reaches past end too, if it starts before it
	mustSum(w.AddBlocks(l.data, l.refs[from:reach], &l.table))
	return to
}

// decodePiece is how many blocks are unpacked to the same place: what a stripe holds of a list.
const decodePiece = 8

// decode unpacks every block of the question, in stored order.
func (p *postings) decode(docs []uint32) {
	for _, l := range p.lists {
		for at := 0; at < len(l.refs); at += decodePiece {
			must(kernel.UnpackBlocks(docs, l.data, l.refs[at:min(at+decodePiece, len(l.refs))]))
		}
	}
}

// decodeOrdered unpacks block by block, in ascending order.
func (p *postings) decodeOrdered(docs *[kernel.PostingBlock]uint32) {
	for _, l := range p.lists {
		for i := range l.refs {
			b := &l.refs[i]
			must(kernel.UnpackDeltas128(docs, b.Base, l.data[b.At:], uint(b.Width)))
		}
	}
}
