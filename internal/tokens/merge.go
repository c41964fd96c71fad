package tokens

import "slices"

// Byte-pair merging: a piece begins as single bytes; of all neighbours whose
// joined bytes are a token, the pair of the lowest rank (the first of several)
// is joined, until there is none. (Sennrich, Haddow and Birch 2016, section
// 3.2, on bytes.) Short pieces look for the pair by a scan, which costs the
// square of the length; longer ones keep the pairs in a heap.

const (
	// scanBytesMax is the longest piece merged by scans: about where the heap
	// becomes the faster of the two.
	scanBytesMax = 96

	// PieceBytesMax is the longest piece merged as a whole. A longer one (a
	// megabyte of letters without a blank, which is no text) is merged in
	// stretches of this length, to bound memory; the seams may cost tokens
	// that tiktoken would not count.
	PieceBytesMax = 1 << 20

	// keepBytesMax is the longest piece whose working memory is kept for the
	// next one.
	keepBytesMax = 1 << 16
)

// A part is a stretch of a piece that is a token by now: its beginning, and
// the rank of what it would be together with the next part (none: not a token).
type part struct {
	start int32
	rank  int32
}

// mergeScan appends to parts those of text[:end], and one at its end.
func (t *table) mergeScan(parts []part, text []byte, end int) []part {
	for i := 0; i+1 < end; i++ {
		parts = append(parts, part{int32(i), t.rank(text, i, i+2)})
	}
	parts = append(parts, part{int32(end - 1), none}, part{int32(end), none})
	for {
		at, lowest := 0, none
		for i, p := range parts {
			if p.rank < lowest {
				at, lowest = i, p.rank
			}
		}
		if lowest == none {
			return parts
		}
		parts = slices.Delete(parts, at+1, at+2)
		parts[at].rank = t.joined(parts, text, at)
		if at > 0 {
			parts[at-1].rank = t.joined(parts, text, at-1)
		}
	}
}

// joined is the rank of part i and the next together.
func (t *table) joined(parts []part, text []byte, i int) int32 {
	if i+2 >= len(parts) {
		return none
	}
	return t.rank(text, int(parts[i].start), int(parts[i+2].start))
}

// A chain is a piece as a linked list of parts with a heap of the pairs that
// may be joined.
type chain struct {
	nodes []node   // by the offset of the part's first byte; one more for the end
	pairs []uint64 // rank, then offset: a heap, the lowest on top
}

// A node's rank is that of the pair it begins; none if that is not a token or
// the node is no longer a part.
type node struct {
	before, after int32
	rank          int32
}

// merge is mergeScan for long pieces: the result's nodes, followed by after
// from 0 to the last, are the parts, as offsets from start.
func (c *chain) merge(t *table, piece []byte) {
	c.begin(t, piece)
	for len(c.pairs) > 0 {
		pair := c.pop()
		i, rank := int32(uint32(pair)), int32(pair>>32)
		if c.nodes[i].rank != rank {
			continue // it was joined with something else meanwhile
		}
		gone := c.nodes[i].after
		after := c.nodes[gone].after
		c.nodes[gone].rank = none
		c.nodes[i].after, c.nodes[after].before = after, i
		c.rank(t, piece, i)
		if before := c.nodes[i].before; before >= 0 {
			c.rank(t, piece, before)
		}
	}
}

// after returns where the part that begins at i ends.
func (c *chain) after(i int) int { return int(c.nodes[i].after) }

func (c *chain) begin(t *table, piece []byte) {
	n := int32(len(piece))
	c.nodes, c.pairs = slices.Grow(c.nodes[:0], len(piece)+1)[:n+1], slices.Grow(c.pairs[:0], len(piece))
	for i := range c.nodes {
		c.nodes[i] = node{before: int32(i) - 1, after: int32(i) + 1, rank: none}
	}
	for i := range n {
		c.rank(t, piece, i)
	}
}

// rank finds the rank of the pair that part i begins and puts it on the heap.
func (c *chain) rank(t *table, piece []byte, i int32) {
	c.nodes[i].rank = none
	second := c.nodes[i].after
	if int(second) >= len(piece) {
		return
	}
	rank := t.rank(piece, int(i), int(c.nodes[second].after))
	if rank == none {
		return
	}
	c.nodes[i].rank = rank
	c.push(uint64(rank)<<32 | uint64(uint32(i)))
}

func (c *chain) push(pair uint64) {
	c.pairs = append(c.pairs, pair)
	h, i := c.pairs, len(c.pairs)-1
	for i > 0 && h[(i-1)/2] > pair {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = pair
}

func (c *chain) pop() uint64 {
	h := c.pairs
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	c.pairs = h
	for i := 0; len(h) > 0; {
		child := 2*i + 1
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if child >= len(h) || h[child] >= last {
			h[i] = last
			break
		}
		h[i] = h[child]
		i = child
	}
	return top
}
