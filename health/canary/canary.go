// Package canary watches memory: it fills pages with known patterns, reads them again later, and
// says of each bit that is another one where it lies, which way it flipped, whether it came back
// after it was written anew, and what several of them have in common.
//
// What it sees are errors that the hardware did not correct. It sees those of its own pages only: a
// field that is a share s of the memory notices a flip at a random place with probability s. An
// address is the process's, not the module's: only within a huge page are the two alike but for a
// constant.
package canary

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"sluice/internal/defence"
)

// PageBytes is the unit in which a flip is located.
const PageBytes = 4096

const (
	wordBytes = 8
	// suspectsMax bounds what is remembered of memory that fails everywhere; what is beyond it is
	// counted only.
	suspectsMax = 1 << 16
)

// Flip is one bit that was not what had been written.
type Flip struct {
	Page, Byte int  // which page of the field, and which byte of the page
	Bit        int  // of the byte; 0 is the least
	Up         bool // 0 became 1
	State      State
}

// Address is the flip's byte in the field.
func (f Flip) Address() int { return f.Page*PageBytes + f.Byte }

// State is what became of a flip after the right value was written again.
type State int

// The states.
const (
	Fresh     State = iota // not both values have been read back since
	Transient              // both values were written since, and stayed
	Stuck                  // it came back
)

// String names a state.
func (s State) String() string { return [...]string{"fresh", "transient", "stuck"}[s] }

// Field is memory under watch. It is not safe for concurrent use.
type Field struct {
	memory  []byte
	present []pattern // of each page
	at      int       // the page that the walk goes on from
	walks   int
	// settle is called when memory was written. Tests plant bits there that do not take a value.
	settle func()
	want   [PageBytes]byte // what the page that is looked at should hold

	suspects map[uint64]*suspect // by bit of the field
	byPage   map[int][]uint64
	found    []inWalk
	beyond   int64
}

// inWalk is what one walk found.
type inWalk struct {
	walk  int
	flips []Flip
}

// suspect is a bit that flipped once.
type suspect struct {
	failed bool    // in the walk that goes on
	stayed [2]bool // the value was read back right since
	back   bool
}

// New fills memory, whose length is a multiple of PageBytes, and watches it.
func New(memory []byte) *Field {
	f := &Field{memory: memory[:len(memory)/PageBytes*PageBytes], settle: func() {}, suspects: map[uint64]*suspect{}, byPage: map[int][]uint64{}}
	f.present = make([]pattern, len(f.memory)/PageBytes)
	for page := range f.present {
		f.fill(page, zeros)
	}
	f.settle()
	return f
}

// Bytes is how much memory is watched.
func (f *Field) Bytes() int64 { return int64(len(f.memory)) }

// Walks is how often all of it was read.
func (f *Field) Walks() int { return f.walks }

// Beyond is how many flips were only counted, because too many were found.
func (f *Field) Beyond() int64 { return f.beyond }

// Walk reads the field, returns the bits that are not what was written and did not flip before, and
// writes the next pattern into each page that it read. Before each page more is asked whether to go
// on; a walk that it ends is not whole, and the next one goes on there.
func (f *Field) Walk(more func() bool) (found []Flip, whole bool) {
	defer func() {
		f.settle()
		if len(found) > 0 {
			f.found = append(f.found, inWalk{f.walks, found})
		}
	}()
	for ; f.at < len(f.present); f.at++ {
		if !more() {
			return found, false
		}
		found = f.look(f.at, found)
		f.fill(f.at, f.present[f.at].next())
	}
	f.at = 0
	f.walks++
	return found, true
}

// look compares one page with what was written.
func (f *Field) look(page int, found []Flip) []Flip {
	b := f.memory[page*PageBytes:][:PageBytes]
	first := uint64(page) * (PageBytes / wordBytes)
	f.present[page].write(f.want[:], first)
	if !bytes.Equal(b, f.want[:]) && defence.Stands(defence.Canary) {
		for i := 0; i < PageBytes; i += wordBytes {
			want, got := binary.LittleEndian.Uint64(f.want[i:]), binary.LittleEndian.Uint64(b[i:])
			if got != want {
				found = f.note(first+uint64(i/wordBytes), got, got^want, found)
			}
		}
	}
	f.stayed(page)
	return found
}

// note remembers the bits of one word that differ.
func (f *Field) note(word, got, differ uint64, found []Flip) []Flip {
	for ; differ != 0; differ &= differ - 1 {
		n := bits.TrailingZeros64(differ)
		place := word*64 + uint64(n)
		if s := f.suspects[place]; s != nil {
			s.back, s.failed = s.back || defence.Stands(defence.CanaryReturn), true
			continue
		}
		if len(f.suspects) >= suspectsMax {
			f.beyond++
			continue
		}
		flip := flipAt(place, got>>n&1 == 1)
		f.suspects[place] = &suspect{failed: true}
		f.byPage[flip.Page] = append(f.byPage[flip.Page], place)
		found = append(found, flip)
	}
	return found
}

// flipAt locates a bit of the field.
func flipAt(place uint64, up bool) Flip {
	at := place / 8
	return Flip{Page: int(at / PageBytes), Byte: int(at % PageBytes), Bit: int(place % 8), Up: up}
}

// stayed enters for each suspect of a page which did not fail now that it kept its value.
func (f *Field) stayed(page int) {
	for _, place := range f.byPage[page] {
		s := f.suspects[place]
		if !s.failed {
			s.stayed[f.present[page].word(place/64)>>(place%64)&1] = true
		}
		s.failed = false
	}
}

// fill writes a pattern into one page.
func (f *Field) fill(page int, p pattern) {
	p.write(f.memory[page*PageBytes:][:PageBytes], uint64(page)*(PageBytes/wordBytes))
	f.present[page] = p
}

// State tells what became of a flip.
func (f *Field) State(flip Flip) State {
	s := f.suspects[uint64(flip.Address())*8+uint64(flip.Bit)]
	switch {
	case s == nil:
		return Fresh
	case s.back:
		return Stuck
	case s.stayed[0] && s.stayed[1]:
		return Transient
	}
	return Fresh
}

// Bursts tells what belongs together of all that was found so far, with what became of it. Flips of
// two walks in a row are looked at together: a bit that is stuck shows only while the other value
// should be there.
func (f *Field) Bursts() (all []Burst) {
	for i := 0; i < len(f.found); {
		flips := f.settled(f.found[i].flips)
		next := i + 1
		for ; next < len(f.found) && f.found[next].walk <= f.found[i].walk+2; next++ {
			flips = append(flips, f.settled(f.found[next].flips)...)
		}
		all, i = append(all, Bursts(flips)...), next
	}
	return all
}

// settled brings the states of flips up to date.
func (f *Field) settled(flips []Flip) []Flip {
	out := make([]Flip, len(flips))
	for i, flip := range flips {
		flip.State = f.State(flip)
		out[i] = flip
	}
	return out
}

// WalksToSettle is how many walks after the one that found a flip it takes until its state is
// known: two of each value, so that a bit that takes a value now and then has its chance.
const WalksToSettle = 4
