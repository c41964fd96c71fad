package canary

import (
	"cmp"
	"slices"
)

// Kind is what the flips of one burst have in common.
type Kind string

// The kinds of burst. What they point to is in Hwang, Stefanovici, Schroeder: Cosmic Rays Don't
// Strike Twice (ASPLOS 2012), and Sridharan, Liberty: A Study of DRAM Failures in the Field (SC
// 2012).
const (
	Single  Kind = "single"  // one bit: a particle, or a weak cell
	Pair    Kind = "pair"    // two bits within a cache line's length: neighbours in one chip
	Line    Kind = "line"    // three and more as close: a chip, or the bus
	Row     Kind = "row"     // many close together: a row of one chip, or a hammered one
	Column  Kind = "column"  // the same bit at regular distances: a column or a data line
	Scatter Kind = "scatter" // many without anything in common: a shower, power, or heat
)

// Burst is flips that were found in one walk and belong together.
type Burst struct {
	Kind  Kind
	Stuck int // how many of them came back after they were written anew
	Step  int // of a column: the bytes from one to the next
	Flips []Flip
}

const (
	lineBytes = 64
	rowGap    = 2 << 10 // cells of one row lie closer than this
	columnMin = 4       // fewer at regular distances are chance
	stepMin   = 64      // a column's cells are of different lines
	// occupied is the least share of a column's places that must have flipped: with a pattern that
	// holds both values half of them cannot show.
	occupied   = 0.25
	scatterMin = 5 // as many singles in one walk are one event
	// groupMax bounds the search for columns, which is quadratic in the flips of one bit position.
	groupMax = 512
)

// Bursts divides the flips of one walk into bursts: first columns, which lie far apart, then what
// lies close together, then what is left.
func Bursts(flips []Flip) []Burst {
	rest := slices.Clone(flips)
	slices.SortFunc(rest, byAddress)
	out, rest := columns(rest)
	more, singles := clusters(rest)
	out = append(out, more...)
	if len(singles) >= scatterMin {
		return append(out, burstOf(Scatter, singles))
	}
	for _, f := range singles {
		out = append(out, burstOf(Single, []Flip{f}))
	}
	return out
}

func byAddress(a, b Flip) int {
	return cmp.Or(cmp.Compare(a.Address(), b.Address()), cmp.Compare(a.Bit, b.Bit))
}

func burstOf(kind Kind, flips []Flip) Burst {
	b := Burst{Kind: kind, Flips: flips}
	for _, f := range flips {
		if f.State == Stuck {
			b.Stuck++
		}
	}
	return b
}

// columns takes out what lies at regular distances, of one bit position of a word each.
func columns(flips []Flip) (found []Burst, rest []Flip) {
	lanes := map[int][]Flip{}
	for _, f := range flips {
		lane := f.Byte%wordBytes*8 + f.Bit
		lanes[lane] = append(lanes[lane], f)
	}
	taken := map[Flip]bool{}
	for _, lane := range sortedKeys(lanes) {
		left := lanes[lane]
		for {
			members, step := regular(left)
			if members == nil {
				break
			}
			b := burstOf(Column, members)
			b.Step = step
			found = append(found, b)
			for _, f := range members {
				taken[f] = true
			}
			left = slices.DeleteFunc(slices.Clone(left), func(f Flip) bool { return taken[f] })
		}
	}
	return found, slices.DeleteFunc(flips, func(f Flip) bool { return taken[f] })
}

func sortedKeys(m map[int][]Flip) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// regular finds the most flips of one lane, in order of address, that lie at multiples of one step.
// The step is a common divisor of two neighbouring distances: that holds also where places between
// are missing.
func regular(lane []Flip) (best []Flip, step int) {
	if len(lane) < columnMin || len(lane) > groupMax {
		return nil, 0
	}
	for i := range len(lane) - 2 {
		d := divisor(lane[i+1].Address()-lane[i].Address(), lane[i+2].Address()-lane[i+1].Address())
		if d < stepMin {
			continue
		}
		members := multiples(lane, lane[i].Address(), d)
		span := members[len(members)-1].Address() - members[0].Address()
		if len(members) >= columnMin && len(members) > len(best) && float64(len(members)) >= occupied*float64(span/d+1) {
			best, step = members, d
		}
	}
	return best, step
}

// multiples are the flips whose distance from a place is a multiple of a step.
func multiples(lane []Flip, from, step int) (members []Flip) {
	for _, f := range lane {
		if (f.Address()-from)%step == 0 {
			members = append(members, f)
		}
	}
	return members
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// clusters divides flips in order of address where the gaps are wide.
func clusters(flips []Flip) (found []Burst, singles []Flip) {
	for len(flips) > 0 {
		n := 1
		for n < len(flips) && flips[n].Address()-flips[n-1].Address() <= rowGap {
			n++
		}
		near := flips[:n]
		flips = flips[n:]
		oneLine := near[n-1].Address()-near[0].Address() < lineBytes
		switch {
		case n == 1:
			singles = append(singles, near...)
		case n == 2 && oneLine:
			found = append(found, burstOf(Pair, near))
		case oneLine:
			found = append(found, burstOf(Line, near))
		case n > 3:
			found = append(found, burstOf(Row, near))
		default:
			singles = append(singles, near...)
		}
	}
	return found, singles
}
