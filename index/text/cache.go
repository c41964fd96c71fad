package text

import (
	"hash/crc32"
	"sync"

	"sluice/index/blockfile"
)

// cacheSlots is how many unpacked blocks a reader keeps, for neighbours and for the next question
// on the same subject.
const cacheSlots = 8

// cache keeps the blocks that were used last. Block n lies in slot n modulo their number, so that a
// run of neighbours does not push itself out.
type cache struct {
	file  *blockfile.File
	slots [cacheSlots]slot
}

type slot struct {
	mu      sync.Mutex
	block   uint32
	held    bool
	sum     uint32 // of data, from when it was unpacked
	checked uint32 // when data last had that sum
	data    []byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// use calls visit with block n, unpacked into the slot's buffer unless it is there already. What
// was unpacked for an earlier question is held against its sum first: it may lie in memory for
// days. Only one caller at a time uses a slot.
func (c *cache) use(n uint32, unpack func(dst []byte, n uint32) ([]byte, error), visit func([]byte) error) error {
	s := &c.slots[n%cacheSlots]
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held || s.block != n || !s.sound(c.file) {
		s.held = false
		data, err := unpack(s.data[:0], n)
		if err != nil {
			return err
		}
		s.block, s.held, s.data = n, true, data
		s.sum, s.checked = crc32.Checksum(data, castagnoli), c.file.Now()
	}
	return visit(s.data)
}

// sound tells whether what the slot holds is what was unpacked into it.
func (s *slot) sound(f *blockfile.File) bool {
	if f.Trusted(s.checked) {
		return true
	}
	now := f.Now()
	if crc32.Checksum(s.data, castagnoli) != s.sum {
		f.Recovered(-1)
		return false
	}
	s.checked = now
	return true
}
