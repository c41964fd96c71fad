package roofline

import "sluice/quant/kernel"

// streams are the ways to read memory that compete for the bandwidth limit.
func streams(data []byte) []func() {
	first, n := &data[0], len(data)&^1023
	fs := []func(){
		func() { read1AVX2(first, n) }, func() { read2AVX2(first, n) }, func() { read4AVX2(first, n) },
		func() { read1AVX2Ahead(first, n) }, func() { read2AVX2Ahead(first, n) }, func() { read4AVX2Ahead(first, n) },
	}
	if hasPath(kernel.AVX512) {
		fs = append(fs, func() { read1AVX512(first, n) }, func() { read2AVX512(first, n) }, func() { read4AVX512(first, n) },
			func() { read1AVX512Ahead(first, n) }, func() { read2AVX512Ahead(first, n) }, func() { read4AVX512Ahead(first, n) })
	}
	return fs
}

// turns is how often a loop without memory runs in one measurement.
const turns = 20000

// loop is a compute loop with what one turn of it does.
type loop struct {
	run  func(turns int) int64
	work float64
}

// computeLoops are the loops that compete for a compute limit of a path.
func computeLoops(what limitKind, p kernel.Path) []loop {
	if p == kernel.AVX512 {
		switch what {
		case limitDot, limitNibble:
			return []loop{{dot8AVX512, 8 * 64}, {dot12AVX512, 12 * 64}, {dot16AVX512, 16 * 64}, {dot24AVX512, 24 * 64}}
		case limitFMA:
			return []loop{{fma8AVX512, 8 * 16}, {fma12AVX512, 12 * 16}, {fma16AVX512, 16 * 16}, {fma24AVX512, 24 * 16}}
		case limitLookUp:
			return []loop{{lookUps4AVX512, 4 * 64}, {lookUps8AVX512, 8 * 64}}
		}
	}
	if p == kernel.AMX && (what == limitDot || what == limitNibble) {
		return []loop{{tileBytesAMX, 6 * 16 * 16 * 64}}
	}
	switch what {
	case limitDot:
		return []loop{{madd8AVX2, 8 * 16}, {madd12AVX2, 12 * 16}, {bytes8AVX2, 8 * 32}, {bytes12AVX2, 12 * 32}}
	case limitNibble:
		return []loop{{nibbles8AVX2, 8 * 128}, {nibbles12AVX2, 12 * 128}}
	case limitFMA:
		return []loop{{fma8AVX2, 8 * 8}, {fma12AVX2, 12 * 8}}
	case limitLookUp:
		return []loop{{lookUps4AVX2, 4 * 32}, {lookUps8AVX2, 8 * 32}}
	}
	return nil
}

// storeLoop fills 512 bytes again and again.
func storeLoop(p kernel.Path) func(to []byte, turns int) {
	if p == kernel.AVX512 {
		return func(to []byte, turns int) { fillAVX512(&to[0], turns) }
	}
	return func(to []byte, turns int) { fillAVX2(&to[0], turns) }
}

func scatterLoop(words []uint16, index []uint32) { addWords(&words[0], &index[0], len(index)) }

func touchLoop(records []byte, size int, ids []uint32) { touch(&records[0], size, &ids[0], len(ids)) }

func clockLoop(n int) { addChain(n) }

// clockCycles is how many cycles one turn of the clock loop takes.
const clockCycles = 16
