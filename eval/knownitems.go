package eval

import (
	"bytes"
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"sluice/index"
)

// KnownItem is a question whose answer is known: the passage it was taken from.
type KnownItem struct {
	Question string
	Place    index.Place // holds most of the bytes of the comment that the question summarises
}

// FindKnownItems reads the C documents of a source ("" means all) and returns n questions, all when
// n is 0: the summaries of their kernel-doc comments, drawn with a fixed seed. A summary that
// stands over several comments asks for none of them in particular and is left out. all is how many
// there were to draw from.
func FindKnownItems(ctx context.Context, sn *index.Snapshot, source string, n int, seed uint64) (items []KnownItem, all int, err error) {
	c := &collector{sn: sn, source: source, times: map[string]int{}}
	c.take = c.comments
	if err := c.walk(ctx); err != nil {
		return nil, 0, err
	}
	items = slices.DeleteFunc(c.items, func(it KnownItem) bool { return c.times[strings.ToLower(it.Question)] > 1 })
	// What is drawn must not depend on how the store is cut into segments.
	slices.SortFunc(items, func(a, b KnownItem) int { return cmp.Compare(a.Question, b.Question) })
	r := rand.New(rand.NewPCG(seed, seed))
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	all = len(items)
	if n > 0 && n < all {
		items = items[:n]
	}
	return items, all, nil
}

// collector reads C documents as a whole and gathers what take finds in them.
type collector struct {
	sn     *index.Snapshot
	source string
	take   func(doc []span, text []byte)
	items  []KnownItem
	times  map[string]int // lower-cased summary -> comments it stands over
	docs   [][]span       // documents whose texts are read next
	spans  int            // in docs
}

// span is a passage of a document.
type span struct {
	place      index.Place
	doc        uint32 // in its segment
	start, end int
	line, last int
}

// spansAtOnce is how many passages are read in one go: neighbours share blocks of the store.
const spansAtOnce = 4096

// walk visits every passage's record, document by document.
func (c *collector) walk(ctx context.Context) error {
	for ord, seg := range c.sn.Segments() {
		if err := c.segment(ctx, uint32(ord), seg.Passages()); err != nil {
			return err
		}
	}
	return c.flush(ctx)
}

// segment visits the live passages of one segment.
func (c *collector) segment(ctx context.Context, ord uint32, passages int) error {
	var places []index.Place
	for p := range uint32(passages) {
		if place := (index.Place{Segment: ord, Passage: p}); c.sn.Live(place) {
			places = append(places, place)
		}
	}
	all := make([]span, len(places))
	err := c.sn.Records(ctx, places, func(k int, rec *index.Record) error {
		start, line := int(rec.Start()), int(rec.Line())
		all[k] = span{place: places[k], doc: rec.Doc(), start: start, end: start + int(rec.Bytes()),
			line: line, last: line + max(int(rec.Lines()), 1) - 1}
		return nil
	}, nil)
	for len(all) > 0 && err == nil {
		n := slices.IndexFunc(all, func(s span) bool { return s.doc != all[0].doc })
		if n < 0 {
			n = len(all)
		}
		err = c.add(ctx, all[:n])
		all = all[n:]
	}
	return err
}

// add takes a document if it is C of the source that is asked for.
func (c *collector) add(ctx context.Context, doc []span) error {
	p, err := c.sn.Passage(doc[0].place)
	if err != nil || p.Type != "c" || c.source != "" && p.Source != c.source {
		return err
	}
	c.docs = append(c.docs, doc)
	if c.spans += len(doc); c.spans >= spansAtOnce {
		return c.flush(ctx)
	}
	return nil
}

// flush reads the texts of the documents and looks for comments in them.
func (c *collector) flush(ctx context.Context) error {
	texts := make([][]byte, len(c.docs))
	var places []index.Place
	var of, at []int
	for d, doc := range c.docs {
		texts[d] = blank(doc)
		for _, s := range doc {
			places, of, at = append(places, s.place), append(of, d), append(at, s.start)
		}
	}
	err := c.sn.Texts(ctx, places, func(k int, body []byte) error {
		copy(texts[of[k]][at[k]:], body)
		return nil
	}, nil)
	if err != nil {
		return err
	}
	for d, doc := range c.docs {
		c.take(doc, texts[d])
	}
	c.docs, c.spans = c.docs[:0], 0
	return nil
}

// blank is a document's white space: its passages are copied over it. Line ends come first in every
// gap.
func blank(doc []span) []byte {
	text := bytes.Repeat([]byte{' '}, doc[len(doc)-1].end)
	at, line := 0, 1
	for _, s := range doc {
		for ; line < s.line && at < s.start; line++ {
			text[at] = '\n'
			at++
		}
		at, line = s.end, s.last
	}
	return text
}

// comments takes the summaries of one document's comments.
func (c *collector) comments(doc []span, text []byte) {
	for _, comment := range docComments(text) {
		c.times[strings.ToLower(comment.summary)]++
		best := slices.MaxFunc(doc, func(a, b span) int { return cmp.Compare(a.within(comment), b.within(comment)) })
		c.items = append(c.items, KnownItem{Question: comment.summary, Place: best.place})
	}
}

// within is how many bytes of the comment the passage holds.
func (s span) within(c docComment) int { return min(s.end, c.end) - max(s.start, c.start) }
