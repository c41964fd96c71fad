//go:build !amd64

package roofline

import (
	"math/bits"

	"sluice/quant/kernel"
)

// Without assembly a limit is what plain Go reaches: it flatters, and Limit.Plain says so.

const (
	turns       = 20000
	clockCycles = 1
)

type loop struct {
	run  func(turns int) int64
	work float64
}

var sink uint64

func streams(data []byte) []func() {
	return []func(){func() {
		var s uint64
		for i := 0; i+8 <= len(data); i += 8 {
			s |= uint64(data[i]) | uint64(data[i+7])
		}
		sink = s
	}}
}

func computeLoops(limitKind, kernel.Path) []loop {
	return []loop{{func(turns int) int64 {
		var a, b, c, d uint64
		for i := range uint64(turns) {
			a, b, c, d = a+uint64(bits.OnesCount64(i)), b+i, c^i, d+a
		}
		return int64(a + b + c + d)
	}, 4}}
}

func storeLoop(kernel.Path) func(to []byte, turns int) {
	return func(to []byte, turns int) {
		for range turns {
			clear(to[:512])
		}
	}
}

func scatterLoop(words []uint16, index []uint32) {
	for _, i := range index {
		words[i]++
	}
}

func touchLoop(records []byte, size int, ids []uint32) {
	var s uint64
	for _, id := range ids {
		r := records[int(id)*size:][:size]
		for at := 0; at < size; at += 64 {
			s += uint64(r[at])
		}
	}
	sink = s
}

func clockLoop(n int) {
	var s uint64
	for i := range uint64(n) {
		s += i
	}
	sink = s
}
