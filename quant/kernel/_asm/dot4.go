package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func dot4() {
	for _, v := range isas {
		(&dot{isa: v}).write()
	}
}

// recordsAhead is how many records ahead memory is asked for: they lie anywhere.
const recordsAhead = 16

// dot writes dot products of 4-bit vectors with one question: four blocks of 64 dimensions a turn, one lane for each.
type dot struct {
	isa
	record, ahead, q, base, scale reg.GPVirtual
	nibble, ones                  reg.VecVirtual
	sums, unit                    reg.VecVirtual // sums: s0 … s3
}

func (d *dot) write() {
	text("dot4"+d.name, "func(scores *int32, values *int8, base *int32, unit float32, dims int, records *byte, size int, ids *uint32, n int) int64")
	scores, ids, n := Load(Param("scores"), GP64()), Load(Param("ids"), GP64()), Load(Param("n"), GP64())
	size, last, total := Load(Param("size"), GP64()), GP64(), GP64()
	LEAQ(Mem{Base: ids, Index: n, Scale: 4, Disp: -4}, last)
	XORQ(total, total)
	d.nibble = d.dwords(0x0F0F0F0F)
	if !d.wide() {
		d.ones = d.dwords(0x00010001)
	}
	d.record, d.ahead, d.q, d.base, d.scale = GP64(), GP64(), GP64(), GP64(), GP64()
	d.sums, d.unit = XMM(), XMM()
	VBROADCASTSS(argument("unit"), d.unit) // not MOVSS: mixed with the upper halves of vectors that costs hundreds of cycles

	Label("record")
	LEAQ(at(ids, 4*recordsAhead), d.ahead)
	CMPQ(d.ahead, last)
	CMOVQHI(last, d.ahead)
	MOVL(at(d.ahead, 0), d.ahead.As32())
	IMULQ(size, d.ahead)
	MOVL(at(ids, 0), d.record.As32())
	IMULQ(size, d.record)
	records := Load(Param("records"), GP64())
	ADDQ(records, d.ahead)
	ADDQ(records, d.record)
	Load(Param("values"), d.q)
	Load(Param("base"), d.base)
	blocks := Load(Param("dims"), GP64())
	MOVQ(blocks, d.scale)
	SHRQ(Imm(1), d.scale)
	ADDQ(d.record, d.scale)
	PREFETCHT0(Mem{Base: d.ahead, Index: size, Scale: 1, Disp: -1})
	VPXOR(d.sums, d.sums, d.sums)
	SUBQ(U32(256), blocks)
	JL(LabelRef("half"))
	Label("four")
	d.four(2)
	SUBQ(U32(256), blocks)
	JGE(LabelRef("four"))
	Label("half")
	CMPQ(blocks, I32(-256))
	JE(LabelRef("end"))
	d.four(1)
	Label("end")
	prefetch(d.ahead, 0) // the line where the scales start
	t := XMM()
	VPSHUFD(U8(0x4E), d.sums, t)
	VADDPS(t, d.sums, d.sums)
	VPSHUFD(U8(0xB1), d.sums, t)
	VADDPS(t, d.sums, d.sums)
	score, wide := GP32(), GP64()
	VMULSS(d.unit, d.sums, d.sums)
	VCVTSS2SI(d.sums, score)
	MOVL(score, at(scores, 0))
	MOVLQSX(score, wide)
	ADDQ(wide, total)
	ADDQ(Imm(4), scores)
	ADDQ(Imm(4), ids)
	DECQ(n)
	JNZ(LabelRef("record"))
	Store(total, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// four adds groups·2 blocks to the four sums.
func (d *dot) four(groups int) {
	dots := d.regs(4)
	for b := 2 * groups; b < 4; b++ {
		d.zero(dots[b])
	}
	for g := range groups {
		prefetch(d.ahead, 64*g)
		d.group(dots[2*g], dots[2*g+1], 64*g)
	}
	r := d.gather(dots)
	base, scale := XMM(), XMM()
	if groups == 2 {
		VPADDD(at(d.base, 0), r, r)
		VCVTPH2PS(at(d.scale, 0), scale)
	} else {
		VMOVQ(at(d.base, 0), base)
		VPADDD(base, r, r)
		VMOVD(at(d.scale, 0), scale)
		VCVTPH2PS(scale, scale)
	}
	VCVTDQ2PS(r, r)
	VFMADD231PS(scale, r, d.sums)
	ADDQ(U32(64*groups), d.record)
	ADDQ(U32(64*groups), d.ahead)
	ADDQ(U32(128*groups), d.q)
	ADDQ(Imm(uint64(8*groups)), d.base)
	ADDQ(Imm(uint64(4*groups)), d.scale)
}

// group multiplies 128 dimensions: low nibbles are one block, high ones the other.
func (d *dot) group(low, high reg.VecVirtual, disp int) {
	if d.wide() {
		x, y := ZMM(), ZMM()
		d.move(at(d.record, disp), x)
		VPSRLW(Imm(4), x, y)
		d.and(d.nibble, x, x)
		d.and(d.nibble, y, y)
		d.zero(low)
		d.zero(high)
		VPDPBUSD(at(d.q, 2*disp), x, low)
		VPDPBUSD(at(d.q, 2*disp+64), y, high)
		return
	}
	for half := range 2 {
		x, y := YMM(), YMM()
		d.move(at(d.record, disp+32*half), x)
		VPSRLW(Imm(4), x, y)
		d.and(d.nibble, x, x)
		d.and(d.nibble, y, y)
		for i, n := range []reg.VecVirtual{x, y} {
			sum := []reg.VecVirtual{low, high}[i]
			VPMADDUBSW(at(d.q, 2*disp+64*i+32*half), n, n)
			if half == 0 {
				VMOVDQA(n, sum)
				continue
			}
			VPADDW(n, sum, sum) // two sums of two 12-bit products
			VPMADDWD(d.ones, sum, sum)
		}
	}
}

// gather adds the dwords of each of four vectors up: lane i is the sum of the i-th.
func (d *dot) gather(x []reg.VecVirtual) reg.VecVirtual {
	t := d.reg()
	pair := func(a, b reg.VecVirtual, low, high func(ops ...Op)) {
		low(b, a, t)
		high(b, a, a)
		VPADDD(t, a, a)
	}
	pair(x[0], x[1], VPUNPCKLDQ, VPUNPCKHDQ)
	pair(x[2], x[3], VPUNPCKLDQ, VPUNPCKHDQ)
	pair(x[0], x[2], VPUNPCKLQDQ, VPUNPCKHQDQ)
	r := x[0]
	if d.wide() {
		VEXTRACTI64X4(Imm(1), r, t.AsY())
		VPADDD(t.AsY(), r.AsY(), r.AsY())
	}
	VEXTRACTI128(Imm(1), r.AsY(), t.AsX())
	out := XMM()
	VPADDD(t.AsX(), r.AsX(), out)
	return out
}
