package roofline

import (
	"fmt"
	"math"

	"sluice/cascade/flow"
	"sluice/quant/kernel"
)

// keep is how many a gather lets through: what the exact selections are measured for.
const keep = flow.GatherDefault

// must stands around what is measured: a call that fails is fast, and must not pass for a figure.
func must(err error) {
	if err != nil {
		panic("BUG: a measured kernel failed: " + err.Error())
	}
}

func mustSum(_ int64, err error) { must(err) }

// refShare is how much less plain Go is given to do, so that it does not take the run's time.
const refShare = 16

// share cuts a size for plain Go.
func share(p kernel.Path, n int) int {
	if p == kernel.Ref {
		return max(n/refShare, 1)
	}
	return n
}

func (r *random) ints(n, limit int) []int8 {
	x := make([]int8, n)
	for i := range x {
		x[i] = int8(int(r.next()%uint64(2*limit+1)) - limit)
	}
	return x
}

func (r *random) floats(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(int64(r.next())) / (1 << 63)
	}
	return x
}

// fillFast fills large memory with noise eight bytes at a time.
func (r *random) fillFast(b []byte) []byte {
	for i := 0; i+8 <= len(b); i += 8 {
		v := r.next()
		for k := range 8 {
			b[i+k] = byte(v >> (8 * k))
		}
	}
	return b
}

// noiseCodes makes blocks of random codes with like scales and small offsets.
func noiseCodes(dims, codes int) []byte {
	r, size := random(1), kernel.BitBlockBytes(dims)
	data := r.fillFast(make([]byte, codes/kernel.BitBlock*size))
	for at := 0; at < len(data); at += size {
		for f := at + size - 4*kernel.BitBlock; f < at+size; f += 4 {
			data[f+1] = 0x10 | data[f+1]&3 // scales 4,096 … 5,119
			data[f+3] = byte(int8(data[f+3]) >> 4)
		}
	}
	return data
}

func buildOnebit(o *Options, g *group) error {
	for _, codes := range o.Codes {
		for _, dims := range []int{256, 384} {
			if err := addScans(o, g, noiseCodes(dims, codes), dims, codes); err != nil {
				return err
			}
		}
	}
	return nil
}

// addScans adds one question at a time, without and with a selection, and eight at once.
func addScans(o *Options, g *group, data []byte, dims, codes int) error {
	what := fmt.Sprintf("%s × %d", count(codes), dims)
	read := g.limit(limitKey{kind: limitRead, of: what}, func() *limit { return readLimit(data) })
	none, err := kernel.NewTopK(1, math.MaxInt32)
	if err != nil {
		return err
	}
	top, err := kernel.NewTopK(keep, math.MinInt32)
	if err != nil {
		return err
	}
	r := random(2)
	for _, bits := range []int{8, 4} {
		q, err := kernel.NewBitQuery(r.ints(dims, 1<<(bits-1)-1), bits, 1)
		if err != nil {
			return err
		}
		for _, p := range o.pathsOf(kernel.OnebitScan) {
			part := data[:share(p, codes/kernel.BitBlock)*kernel.BitBlockBytes(dims)]
			size := fmt.Sprintf("%s × %d bits, %d-bit question", count(share(p, codes)), dims, bits)
			work := float64(len(part)) / giga
			g.add("onebit_scan", p, size, "GB/s", work, read, func() { mustSum(q.Top(none, 0, part, nil)) })
			if p != kernel.Ref {
				g.add("onebit_scan", p, size+", exact top "+count(keep), "GB/s", work, read, func() {
					top.Reset(math.MinInt32)
					mustSum(q.Best(top, 0, part, nil))
					top.Take()
				})
			}
		}
		if dims == 256 {
			if err := addBatch(o, g, data, codes, bits); err != nil {
				return err
			}
		}
	}
	return nil
}

// addBatch adds eight questions that share a pass. Nibbles are looked up once for each table of a
// question.
func addBatch(o *Options, g *group, data []byte, codes, bits int) error {
	const dims, questions = 256, 8
	var qs []*kernel.BitQuery
	var tops []*kernel.TopK
	r := random(3)
	for range questions {
		q, err := kernel.NewBitQuery(r.ints(dims, 1<<(bits-1)-1), bits, 1)
		if err != nil {
			return err
		}
		top, err := kernel.NewTopK(1, math.MaxInt32)
		if err != nil {
			return err
		}
		qs, tops = append(qs, q), append(tops, top)
	}
	sums := make([]int64, questions)
	for _, p := range o.pathsOf(kernel.OnebitScan) {
		if p == kernel.Ref {
			continue
		}
		part := data[:codes/kernel.BitBlock*kernel.BitBlockBytes(dims)]
		look := float64(codes) * dims / 4 * float64(bits) / 4 * questions / giga
		size := fmt.Sprintf("%s × %d bits, 8 questions of %d bits", count(codes), dims, bits)
		g.add("onebit_scan_batch8", p, size, "G look-ups/s", look, g.compute(limitLookUp, p), func() {
			must(kernel.ScanBatch(qs, tops, sums, 0, part, nil))
		})
	}
	return nil
}

const (
	vocabulary = 30522 // BERT's
	meanTokens = 77    // distinct ones of a passage of kernel source
)

// passages makes lists of token ids: as many tokens as real passages have, common ones common.
func passages(n int) (ids []uint16, spans []kernel.Span) {
	r := random(5)
	for range n {
		count := 20 + int(r.next()%(2*(meanTokens-20)+1))
		spans = append(spans, kernel.Span{Start: uint64(len(ids)), Count: uint32(count)})
		for range count {
			u := float64(r.next()>>11) / (1 << 53)
			ids = append(ids, uint16(math.Exp(u*math.Log(vocabulary))-1)) // Zipf: the density falls as 1/rank
		}
	}
	for i := range spans { // passages are met in any order
		j := int(r.next() % uint64(n))
		spans[i], spans[j] = spans[j], spans[i]
	}
	return ids, spans
}

func buildMaxSim(o *Options, g *group) error {
	const dims = 128
	r := random(6)
	records := noiseRecords(&r, dims, vocabulary)
	units := make([]float32, kernel.MaxSimTokens)
	for i := range units {
		units[i] = 0.05
	}
	q, err := kernel.NewMaxSimQuery(r.ints(dims*kernel.MaxSimTokens, 127), dims, units)
	if err != nil {
		return err
	}
	table, err := kernel.NewMaxSimTable(vocabulary)
	if err != nil {
		return err
	}
	if err := table.Build(q, records); err != nil {
		return err
	}
	ids, spans := passages(keep)
	scores := make([]int32, len(spans))
	cache := g.limit(limitKey{kind: limitCache}, func() *limit { return readLimit(make([]byte, 1<<20)) })
	for _, p := range o.pathsOf(kernel.StaticMaxSim) {
		n := share(p, len(spans))
		tokens := 0
		for _, s := range spans[:n] {
			tokens += int(s.Count)
		}
		g.add("static_maxsim", p, fmt.Sprintf("%s × %d tokens × 32", count(n), meanTokens), "GB/s", float64(tokens)*kernel.MaxSimTokens/giga, cache,
			func() { mustSum(table.Scores(scores, ids, spans[:n])) })
		rows := share(p, vocabulary)
		small, err := kernel.NewMaxSimTable(rows)
		if err != nil {
			return err
		}
		part := records[:rows*kernel.Dot4Bytes(dims)]
		g.add("static_maxsim", p, fmt.Sprintf("table of %d × 32, %d dimensions", rows, dims), "GMAC/s", float64(rows)*kernel.MaxSimTokens*dims/giga,
			g.compute(limitNibble, p), func() { must(small.Build(q, part)) })
	}
	return nil
}

// noiseRecords makes 4-bit vectors with scales near 0.01.
func noiseRecords(r *random, dims, n int) []byte {
	size := kernel.Dot4Bytes(dims)
	data := r.fillFast(make([]byte, n*size+8))[:n*size]
	for at := dims / 2; at < len(data); at += size {
		for s := at; s < at+dims/32; s += 2 {
			data[s+1] = 0x21
		}
	}
	return data
}

func buildDot4(o *Options, g *group) error {
	r := random(7)
	for _, dims := range []int{256, 384} {
		records := noiseRecords(&r, dims, o.Records)
		q, err := kernel.NewDot4Query(r.ints(dims, 127), 1)
		if err != nil {
			return err
		}
		ids, scores := make([]uint32, keep), make([]int32, keep)
		for i := range ids {
			ids[i] = uint32(r.next() % uint64(o.Records))
		}
		size := kernel.Dot4Bytes(dims)
		what := fmt.Sprintf("%d bytes of %s", size, count(o.Records))
		bound := g.limit(limitKey{kind: limitTouch, of: what}, func() *limit { return touchLimit(records, size, ids) })
		for _, p := range o.pathsOf(kernel.Dot4) {
			n := share(p, keep)
			g.add("dot4", p, fmt.Sprintf("%s of %s, %d dimensions", count(n), count(o.Records), dims), "M records/s", float64(n)/1e6, bound,
				func() { mustSum(q.Scores(scores, records, ids[:n])) })
		}
	}
	return nil
}

func buildPostings(o *Options, g *group) error {
	const documents, stripe = 10_000_000, 1 << 16
	scatter := g.limit(limitKey{kind: limitScatter, of: count(stripe)}, func() *limit { return scatterLimit(stripe) })
	whole, err := newPostings(documents, keep, stripe)
	if err != nil {
		return err
	}
	part, err := newPostings(documents/refShare, keep/refShare, stripe)
	if err != nil {
		return err
	}
	var docs [kernel.PostingBlock]uint32
	many := make([]uint32, decodePiece*kernel.PostingBlock)
	for _, p := range o.pathsOf(kernel.PostingsTopK) {
		q := whole
		store := g.limit(limitKey{kind: limitStore, path: p}, func() *limit { return storeLimit(p) })
		if p == kernel.Ref {
			q = part
		}
		n := float64(q.count) / giga
		g.add("postings_decode", p, fmt.Sprintf("%s postings, stored order", count(q.count/1000*1000)), "G values/s", n, store, func() { q.decode(many) })
		g.add("postings_decode", p, fmt.Sprintf("%s postings, ascending", count(q.count/1000*1000)), "G values/s", n, store, func() { q.decodeOrdered(&docs) })
		g.add("postings_topk", p, fmt.Sprintf("%s postings, %s documents, exact top %d", count(q.count/1000*1000), count(q.documents), q.top.K()), "G postings/s", n, scatter,
			func() { q.run() })
	}
	return nil
}
