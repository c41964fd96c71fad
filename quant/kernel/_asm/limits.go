package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// limits writes the loops that package eval/roofline measures the machine's limits with. They do nothing but the one thing.
func limits() {
	for _, v := range isas {
		for _, streams := range []int{1, 2, 4} {
			v.read(streams, 0)
			v.read(streams, prefetchBytes)
		}
		for _, n := range []int{8, 12} {
			v.multiply("fma", n, func(a, b, c Op) { VFMADD231PS(a, b, c) })
			v.multiply("madd", n, func(a, b, c Op) {
				t := v.reg()
				VPMADDWD(a, b, t)
				VPADDD(t, c, c)
			})
		}
	}
	for _, n := range []int{16, 24} {
		avx512.multiply("fma", n, func(a, b, c Op) { VFMADD231PS(a, b, c) })
	}
	for _, n := range []int{8, 12, 16, 24} {
		avx512.multiply("dot", n, func(a, b, c Op) { VPDPBUSD(a, b, c) })
	}
	clock()
	addWords()
}

// read reads bytes bytes (a multiple of 1,024) as so many streams side by side.
func (v isa) read(streams, ahead int) {
	name := fmt.Sprintf("read%d%s", streams, v.name)
	if ahead > 0 {
		name += "Ahead"
	}
	text(name, "func(data *byte, bytes int) int64")
	data, n := Load(Param("data"), GP64()), Load(Param("bytes"), GP64())
	part := GP64()
	MOVQ(n, part)
	SHRQ(U8(map[int]int{1: 0, 2: 1, 4: 2}[streams]), part)
	from := make([]reg.GPVirtual, streams)
	sums := v.regs(4)
	for i := range sums {
		v.zero(sums[i])
	}
	for i := range from {
		from[i] = GP64()
		if i == 0 {
			MOVQ(data, from[0])
		} else {
			LEAQ(Mem{Base: from[i-1], Index: part, Scale: 1}, from[i])
		}
	}
	Label("loop")
	k := 0
	for line := 0; line < 256; line += 64 {
		for _, f := range from {
			if ahead > 0 {
				prefetch(f, line+ahead)
			}
			for at0 := 0; at0 < 64; at0 += v.bytes {
				v.or(at(f, line+at0), sums[k%4], sums[k%4])
				k++
			}
		}
	}
	for _, f := range from {
		ADDQ(U32(256), f)
	}
	SUBQ(U32(256), part)
	JNZ(LabelRef("loop"))
	for _, s := range sums[1:] {
		v.or(s, sums[0], sums[0])
	}
	Store(v.fold(sums[0]), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// multiply runs n independent chains of one operation, turns times.
func (v isa) multiply(what string, n int, op func(a, b, c Op)) {
	text(fmt.Sprintf("%s%d%s", what, n, v.name), "func(turns int) int64")
	turns := Load(Param("turns"), GP64())
	a, b, sums := v.reg(), v.reg(), v.regs(n)
	v.zero(a)
	v.zero(b)
	for _, s := range sums {
		v.zero(s)
	}
	Label("loop")
	for _, s := range sums {
		op(a, b, s)
	}
	DECQ(turns)
	JNZ(LabelRef("loop"))
	for _, s := range sums[1:] {
		VPADDD(s, sums[0], sums[0])
	}
	Store(v.fold(sums[0]), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// clock is a chain of 16 × turns dependent additions: a cycle each.
func clock() {
	text("addChain", "func(turns int) int64")
	turns, x := Load(Param("turns"), GP64()), GP64()
	XORQ(x, x)
	Label("loop")
	for range 16 {
		ADDQ(turns, x)
	}
	DECQ(turns)
	JNZ(LabelRef("loop"))
	Store(x, ReturnIndex(0))
	RET()
}

// addWords adds 1 to the words that n indices (a multiple of 8) name: the least that adding postings up takes.
func addWords() {
	text("addWords", "func(words *uint16, index *uint32, n int)")
	words, index, n := Load(Param("words"), GP64()), Load(Param("index"), GP64()), Load(Param("n"), GP64())
	one, i := GP64(), GP64()
	MOVQ(U32(1), one)
	Label("loop")
	for k := range 8 {
		MOVL(at(index, 4*k), i.As32())
		ADDW(one.As16(), Mem{Base: words, Index: i, Scale: 2})
	}
	ADDQ(Imm(32), index)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("loop"))
	RET()
}
