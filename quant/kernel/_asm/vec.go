package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is one of the two vector widths that kernels are written for.
type isa struct {
	name  string
	bytes int // of a vector
}

var (
	avx2   = isa{"AVX2", 32}
	avx512 = isa{"AVX512", 64}
	isas   = []isa{avx2, avx512}
)

func (v isa) wide() bool { return v.bytes == 64 }

// reg is a fresh vector register.
func (v isa) reg() reg.VecVirtual {
	if v.wide() {
		return ZMM()
	}
	return YMM()
}

func (v isa) regs(n int) []reg.VecVirtual {
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = v.reg()
	}
	return r
}

// move copies 4·n bytes, from or to memory or a register.
func (v isa) move(from, to Op) {
	if v.wide() {
		VMOVDQU32(from, to)
	} else {
		VMOVDQU(from, to)
	}
}

func (v isa) and(a, b, dst Op) {
	if v.wide() {
		VPANDD(a, b, dst)
	} else {
		VPAND(a, b, dst)
	}
}

func (v isa) or(a, b, dst Op) {
	if v.wide() {
		VPORD(a, b, dst)
	} else {
		VPOR(a, b, dst)
	}
}

func (v isa) zero(r reg.VecVirtual) {
	if v.wide() {
		VPXORD(r, r, r)
	} else {
		VPXOR(r, r, r)
	}
}

// repeat16 fills a vector with the 16 bytes at m.
func (v isa) repeat16(m, dst Op) {
	if v.wide() {
		VBROADCASTI32X4(m, dst)
	} else {
		VBROADCASTI128(m, dst)
	}
}

// dwords fills a vector with a constant dword.
func (v isa) dwords(c uint32) reg.VecVirtual {
	g, r := GP32(), v.reg()
	MOVL(U32(c), g)
	v.spread(g, r)
	return r
}

// spread fills a vector with a 32-bit register.
func (v isa) spread(g reg.GPVirtual, dst reg.VecVirtual) {
	if v.wide() {
		VPBROADCASTD(g, dst)
		return
	}
	VMOVD(g, dst.AsX())
	VPBROADCASTD(dst.AsX(), dst)
}

// fold adds the dwords of r into a 64-bit register, each taken as signed. r is used up.
func (v isa) fold(r reg.VecVirtual) reg.GPVirtual {
	t := v.reg()
	if v.wide() {
		VEXTRACTI64X4(Imm(1), r, t.AsY())
		VPADDD(t.AsY(), r.AsY(), r.AsY())
	}
	VEXTRACTI128(Imm(1), r.AsY(), t.AsX())
	VPADDD(t.AsX(), r.AsX(), r.AsX())
	VPSHUFD(Imm(0x4E), r.AsX(), t.AsX())
	VPADDD(t.AsX(), r.AsX(), r.AsX())
	VPSHUFD(Imm(0xB1), r.AsX(), t.AsX())
	VPADDD(t.AsX(), r.AsX(), r.AsX())
	g, s := GP32(), GP64()
	VMOVD(r.AsX(), g)
	MOVLQSX(g, s)
	return s
}

// fold64 adds the quadwords of r into a 64-bit register. r is used up.
func (v isa) fold64(r reg.VecVirtual) reg.GPVirtual {
	t := v.reg()
	if v.wide() {
		VEXTRACTI64X4(Imm(1), r, t.AsY())
		VPADDQ(t.AsY(), r.AsY(), r.AsY())
	}
	VEXTRACTI128(Imm(1), r.AsY(), t.AsX())
	VPADDQ(t.AsX(), r.AsX(), r.AsX())
	VPSHUFD(Imm(0x4E), r.AsX(), t.AsX())
	VPADDQ(t.AsX(), r.AsX(), r.AsX())
	g := GP64()
	VMOVQ(r.AsX(), g)
	return g
}

// scoreSum sums many int32 scores exactly: all of them modulo 2^32, and their upper halves. What the first lacks of the second
// is the sum of the lower halves, which fits 32 bits.
type scoreSum struct {
	v         isa
	all, high reg.VecVirtual
}

func newScoreSum(v isa) scoreSum {
	s := scoreSum{v, v.reg(), v.reg()}
	v.zero(s.all)
	v.zero(s.high)
	return s
}

// add takes one vector of scores; 4,096 of them cannot overflow.
func (s scoreSum) add(scores, scratch reg.VecVirtual) {
	VPADDD(scores, s.all, s.all)
	VPSRAD(Imm(16), scores, scratch)
	VPADDD(scratch, s.high, s.high)
}

// total gives the sum.
func (s scoreSum) total() reg.GPVirtual {
	t := s.v.reg()
	VPSLLD(Imm(16), s.high, t)
	VPSUBD(t, s.all, s.all)
	low, high := s.v.fold(s.all), s.v.fold(s.high)
	SHLQ(Imm(16), high)
	ADDQ(high, low)
	return low
}

// text starts a function that keeps no pointer of its arguments.
func text(name, signature string) {
	TEXT(name, 0, signature)
	Pragma("noescape")
}

// argument is an argument that stays in memory.
func argument(name string) Mem {
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

// at is the memory at a register plus an offset.
func at(base reg.Register, disp int) Mem { return Mem{Base: base, Disp: disp} }

// prefetch asks for the cache line disp bytes after base.
func prefetch(base reg.Register, disp int) { PREFETCHT0(at(base, disp)) }

// prefetchBytes is how far a stream is fetched ahead.
const prefetchBytes = 4096
