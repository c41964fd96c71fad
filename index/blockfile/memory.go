package blockfile

import (
	"hash/crc32"
	"slices"
	"sync"
	"sync/atomic"

	"sluice/internal/defence"
)

// Epoch counts the questions that files are read for. A block that passed its check can change
// afterwards: the page that holds it lies in memory for days, and memory fails. So trust in it ends
// with the question that it was verified for. The zero value is usable.
type Epoch struct{ n atomic.Uint32 }

// Next begins an epoch: what passed in an earlier one is checked again before it is used. Who holds
// a view of mapped bytes asks for them anew after it.
func (e *Epoch) Next() {
	if e.n.Add(1)+1 == neverStamp {
		e.n.Add(1)
	}
}

// neverStamp is the stamp of what was never checked.
const neverStamp = 0

// Follow makes the file one of those that a common epoch is counted for. It is called before the
// file is shared.
func (f *File) Follow(e *Epoch) { f.epoch = e }

// Now is the stamp of what is checked now. What is kept in other memory of ours, unpacked or
// computed, is stamped as mapped bytes are.
func (f *File) Now() uint32 { return f.epoch.n.Load() + 1 }

// Trusted tells whether what has a stamp still counts as checked.
func (f *File) Trusted(stamp uint32) bool {
	return stamp == f.Now() || stamp != neverStamp && !defence.Stands(defence.MemoryRecheck)
}

// A block is checked as a whole when it is first used. Afterwards 512 bytes of it are a granule
// with a CRC-32C of its own, kept in memory: a question that needs forty bytes here and there must
// not fetch 4 KiB for each. A mark is a granule's stamp and, in the low half, its sum.
const (
	granuleBytes = 512
	chunkMarks   = 512 // marks that are allocated together: those of 256 KiB
)

type markChunk [chunkMarks]atomic.Uint64

// mark is the mark of granule g.
func (f *File) mark(g int64) *atomic.Uint64 {
	at := &f.marks[g/chunkMarks]
	chunk := at.Load()
	if chunk == nil {
		chunk = new(markChunk)
		if !at.CompareAndSwap(nil, chunk) {
			chunk = at.Load()
		}
	}
	return &chunk[g%chunkMarks]
}

// marksOf is how many chunks of marks a file with n bytes of blocks may need.
func marksOf(n int64) int64 {
	return (n + granuleBytes*chunkMarks - 1) / (granuleBytes * chunkMarks)
}

func makeMark(stamp, sum uint32) uint64 { return uint64(stamp)<<32 | uint64(sum) }

// granule returns the mapped bytes of granule g.
func (f *File) granule(g int64) []byte {
	return f.data[g*granuleBytes : min((g+1)*granuleBytes, f.end)]
}

// verify checks the bytes from one offset to another that were not checked in the present epoch:
// granule by granule, or by whole blocks where most of one is wanted. mapped is false when some are
// right on the disk only.
func (f *File) verify(from, to int64) (mapped bool, err error) {
	mapped = true
	now := f.Now()
	for g := from / granuleBytes; g*granuleBytes < to; g++ {
		m := f.mark(g)
		mark := m.Load()
		if f.Trusted(uint32(mark >> 32)) {
			continue
		}
		n := g * granuleBytes / f.block
		_, blockEnd := f.blockSpan(n)
		if mark>>32 != neverStamp && min(to, blockEnd)-g*granuleBytes < f.block/2 && crc32.Checksum(f.granule(g), castagnoli) == uint32(mark) {
			m.Store(makeMark(now, uint32(mark)))
			checked.Add(1)
			continue
		}
		ok, err := f.checkBlock(n, now)
		if err != nil {
			return false, err
		}
		mapped = mapped && ok
		g = (blockEnd+granuleBytes-1)/granuleBytes - 1
	}
	return mapped, nil
}

// unmark takes the marks of block n away.
func (f *File) unmark(n int64) {
	f.eachGranule(n, func(_ int, g int64) { f.mark(g).Store(0) })
}

// eachGranule visits the granules of block n.
func (f *File) eachGranule(n int64, visit func(i int, g int64)) {
	from, to := f.blockSpan(n)
	first := from / granuleBytes
	for g := first; g*granuleBytes < to; g++ {
		visit(int(g-first), g)
	}
}

// Event is a block whose bytes in memory were wrong while those on the disk were right: the answer
// is right too, and the machine wants looking at.
type Event struct {
	File  string
	Block int64 // -1: not a block, but what was made of the file in memory
	Count int64 // how often it was met
}

// eventsKept bounds how many different events are remembered.
const eventsKept = 256

// events are those of this process.
var events struct {
	mu    sync.Mutex
	total atomic.Int64
	list  []Event
}

// Recovered is how many times this process met wrong bytes in memory and read them again.
func Recovered() int64 { return events.total.Load() }

// Events lists what was met, the first of each file and block first.
func Events() []Event {
	events.mu.Lock()
	defer events.mu.Unlock()
	return slices.Clone(events.list)
}

// NoteRecovered remembers that what is held in memory of a file was wrong and was made again.
func NoteRecovered(file string, block int64) {
	events.total.Add(1)
	events.mu.Lock()
	defer events.mu.Unlock()
	i := slices.IndexFunc(events.list, func(e Event) bool { return e.File == file && e.Block == block })
	switch {
	case i >= 0:
		events.list[i].Count++
	case len(events.list) < eventsKept:
		events.list = append(events.list, Event{File: file, Block: block, Count: 1})
	}
}

// Recovered remembers that what is held in memory of the file was wrong and was made again.
func (f *File) Recovered(block int64) {
	NoteRecovered(f.name, block)
	f.tell(block, "it was wrong in memory", true)
}

// checked counts checks of mapped bytes in this process.
var checked atomic.Int64

// Checked is how many times this process has held a mapped block, or a granule of one, against its
// checksum.
func Checked() int64 { return checked.Load() }

// checkBlock checks the mapped bytes of block n. Where they do not hold, it looks a second time:
// the copy in memory is given up, so that the system reads the disk again. mapped is false when
// only the disk has the right bytes: then they are read from there. What fails twice is damage.
func (f *File) checkBlock(n int64, now uint32) (mapped bool, err error) {
	from, to := f.blockSpan(n)
	checked.Add(1)
	err = f.guard(func() error {
		if mapped = f.holdsMapped(n, now); mapped {
			return nil
		}
		if !defence.Stands(defence.SecondLook) {
			return f.corrupt(n, "checksum")
		}
		f.mapping.Drop(from, to)
		if mapped = f.holdsMapped(n, now); mapped {
			f.Recovered(n)
		}
		return nil
	})
	if err != nil || mapped {
		return mapped, err
	}
	buf := make([]byte, to-from)
	if err := f.pread(buf, from); err != nil {
		return false, err
	}
	if !f.holds(n, buf) {
		return false, f.corrupt(n, "checksum")
	}
	f.Recovered(n)
	return false, nil
}

// holdsMapped holds the mapped bytes of block n against its checksum and marks its granules. At its
// first use their sums are made, and made before: bytes that change in between fail the checksum.
func (f *File) holdsMapped(n int64, now uint32) bool {
	from, to := f.blockSpan(n)
	var sums []uint32
	if f.mark(from/granuleBytes).Load()>>32 == neverStamp {
		f.eachGranule(n, func(_ int, g int64) { sums = append(sums, crc32.Checksum(f.granule(g), castagnoli)) })
	}
	if !f.holds(n, f.data[from:to]) {
		f.unmark(n)
		return false
	}
	f.eachGranule(n, func(i int, g int64) {
		m := f.mark(g)
		if sums != nil {
			m.Store(makeMark(now, sums[i]))
		} else {
			m.Store(makeMark(now, uint32(m.Load())))
		}
	})
	return true
}
