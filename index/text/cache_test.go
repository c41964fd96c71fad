package text

import (
	"bytes"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/promise"
)

// TestFlipsInUnpackedText flips bits of what is kept unpacked between questions. The next question
// must find what was unpacked and not what is there now; within one question nothing is unpacked
// twice.
func TestFlipsInUnpackedText(t *testing.T) {
	promise.Sweep(t)
	c := promise.For(t, 10, "unpacked text")
	files, ref := small(t)
	r := open(t, files, ref)
	var epoch blockfile.Epoch
	r.f.Follow(&epoch)
	want, err := r.Text(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(want) {
		held := r.cache.slots[0].data
		held[bit/8] ^= 1 << (bit % 8)
		c.Reached("unpacked text", 1)
		epoch.Next()
		if got, err := r.Text(nil, 0); err != nil || !bytes.Equal(got, want) {
			c.Missed("unpacked text", "bit %d: %q, %v", bit, got, err)
			held[bit/8] ^= 1 << (bit % 8)
		}
	}
	epoch.Next()
	if _, err := r.Text(nil, 0); err != nil {
		t.Fatal(err)
	}
	before := &r.cache.slots[0].data[0]
	if _, err := r.Text(nil, 0); err != nil || before != &r.cache.slots[0].data[0] {
		t.Error("unpacked again within one question", err)
	}
}
