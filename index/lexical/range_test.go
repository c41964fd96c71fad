package lexical

import (
	"errors"
	"testing"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/internal/promise"
)

// TestPassagesOfTheSegmentOnly changes each byte of the lists, in several ways and behind no
// checksum: whatever they hold, no passage that the segment does not have may come out of them.
func TestPassagesOfTheSegmentOnly(t *testing.T) {
	c := promise.For(t, 10, "posting")
	passages := make([]arm.Fields, 400)
	for i := range passages {
		passages[i].Body = []byte("common")
		if i%3 == 0 {
			passages[i].Body = []byte("common third")
		}
	}
	_, good := build(t, passages)
	b := good.sections[sectionLists]
	for i, was := range b {
		for bit := range 8 {
			b[i] = was ^ 1<<bit
			c.Reached("posting", 1)
			if r, err := good.open(); err == nil {
				err = r.Terms(nil, func(_ []byte, l List) error {
					return l.Each(func(p uint32, _ byte) bool {
						if int(p) >= len(passages) {
							c.Missed("posting", "byte %d, bit %d: passage %d of %d", i, bit, p, len(passages))
						}
						return true
					})
				})
				if err != nil && !errors.Is(err, blockfile.ErrCorrupt) {
					t.Fatalf("byte %d, bit %d: %v", i, bit, err)
				}
			}
		}
		b[i] = was
	}
}
