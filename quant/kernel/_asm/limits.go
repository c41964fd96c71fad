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
	for _, n := range []int{8, 12} {
		avx2.multiply("bytes", n, byteProducts)
		avx2.multiply("nibbles", n, nibbleProducts)
	}
	for _, n := range []int{16, 24} {
		avx512.multiply("fma", n, func(a, b, c Op) { VFMADD231PS(a, b, c) })
	}
	for _, n := range []int{8, 12, 16, 24} {
		avx512.multiply("dot", n, func(a, b, c Op) { VPDPBUSD(a, b, c) })
	}
	for _, v := range isas {
		for _, n := range []int{4, 8} {
			v.lookUps(n)
		}
		v.fill()
	}
	tilePeak()
	clock()
	addWords()
	touch()
}

// byteProducts adds 32 products of signed bytes: the sign of one factor is given to the other.
func byteProducts(a, b, c Op) {
	t := YMM()
	VPSIGNB(a, b, t)
	VPMADDUBSW(t, a, t)
	VPMADDWD(a, t, t)
	VPADDD(t, c, c)
}

// nibbleProducts adds 128 products of bytes and nibbles: four sums still fit a word.
func nibbleProducts(a, b, c Op) {
	t, u := YMM(), YMM()
	VPMADDUBSW(a, b, t)
	for range 3 {
		VPMADDUBSW(a, b, u)
		VPADDW(u, t, t)
	}
	VPMADDWD(a, t, t)
	VPADDD(t, c, c)
}

// lookUps runs n independent chains of a byte shuffle and the addition of what it found.
func (v isa) lookUps(n int) {
	text(fmt.Sprintf("lookUps%d%s", n, v.name), "func(turns int) int64")
	turns := Load(Param("turns"), GP64())
	table, index, sums, found := v.reg(), v.reg(), v.regs(n), v.regs(2)
	v.zero(table)
	v.zero(index)
	for _, s := range sums {
		v.zero(s)
	}
	Label("loop")
	for i, s := range sums {
		VPSHUFB(index, table, found[i%2])
		VPADDB(found[i%2], s, s)
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

// fill stores 512 bytes to the same place, turns times: what a decoded block takes at least.
func (v isa) fill() {
	text("fill"+v.name, "func(to *byte, turns int)")
	to, turns, x := Load(Param("to"), GP64()), Load(Param("turns"), GP64()), v.reg()
	v.zero(x)
	Label("loop")
	for i := 0; i < 512; i += v.bytes {
		v.move(x, at(to, i))
	}
	DECQ(turns)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// touch reads a word of every line of n records of size bytes (up to 256), in any order, asking for each ahead of time.
func touch() {
	text("touch", "func(records *byte, size int, ids *uint32, n int) int64")
	records, size := Load(Param("records"), GP64()), Load(Param("size"), GP64())
	ids, n := Load(Param("ids"), GP64()), Load(Param("n"), GP64())
	last, sum, record, end := GP64(), GP64(), GP64(), GP64()
	LEAQ(Mem{Base: ids, Index: n, Scale: 4, Disp: -4}, last)
	XORQ(sum, sum)
	find := func(at0 reg.Register) {
		MOVL(at(at0, 0), record.As32())
		IMULQ(size, record)
		ADDQ(records, record)
		LEAQ(Mem{Base: record, Index: size, Scale: 1, Disp: -1}, end)
	}
	Label("loop")
	ahead := GP64()
	LEAQ(at(ids, 4*recordsAhead), ahead)
	CMPQ(ahead, last)
	CMOVQHI(last, ahead)
	find(ahead)
	Label("ask")
	PREFETCHT0(at(record, 0))
	ADDQ(Imm(64), record)
	CMPQ(record, end)
	JLS(LabelRef("ask"))
	PREFETCHT0(at(end, 0))
	find(ids)
	Label("read")
	word := GP64()
	MOVBQZX(at(record, 0), word)
	ADDQ(word, sum)
	ADDQ(Imm(64), record)
	CMPQ(record, end)
	JLS(LabelRef("read"))
	MOVBQZX(at(end, 0), word)
	ADDQ(word, sum)
	ADDQ(Imm(4), ids)
	DECQ(n)
	JNZ(LabelRef("loop"))
	Store(sum, ReturnIndex(0))
	RET()
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

// tilePeak adds up products of tiles that stay where they are.
func tilePeak() {
	tileShapes()
	text("tileBytesAMX", "func(turns int) int64")
	startTiles(0)
	for t := range 8 {
		emit(zeroTile(t))
	}
	Load(Param("turns"), reg.RAX)
	Label("loop")
	for t := range 6 {
		emit(addBytes(t, tileRowsNow, tileWeights))
	}
	DECQ(reg.RAX)
	JNZ(LabelRef("loop"))
	emit(releaseTiles())
	XORQ(reg.RAX, reg.RAX)
	Store(reg.RAX, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
