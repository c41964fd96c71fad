package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func floats() {
	largest()
	roundRow()
	for _, v := range isas {
		v.halves()
		m := &maths{isa: v}
		m.each("expVector", m.exp)
		m.each("tanhVector", m.tanh)
		v.sumLanes()
	}
}

// largest writes the search for the largest size of a value, as bits; n is a multiple of 8.
func largest() {
	text("largestAVX2", "func(x *float32, n int) uint32")
	x, n := Load(Param("x"), GP64()), Load(Param("n"), GP64())
	most, v, plain := YMM(), YMM(), avx2.dwords(0x7FFFFFFF)
	VPXOR(most, most, most)
	Label("loop")
	VPAND(at(x, 0), plain, v)
	VPMAXUD(v, most, most)
	ADDQ(Imm(32), x)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("loop"))
	t := XMM()
	VEXTRACTI128(Imm(1), most, t)
	VPMAXUD(t, most.AsX(), most.AsX())
	VPSHUFD(U8(0x4E), most.AsX(), t)
	VPMAXUD(t, most.AsX(), most.AsX())
	VPSHUFD(U8(0xB1), most.AsX(), t)
	VPMAXUD(t, most.AsX(), most.AsX())
	g := GP32()
	VMOVD(most.AsX(), g)
	Store(g, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// roundRow writes the rounding of a row to bytes + 128; n is a multiple of 8.
func roundRow() {
	text("roundRowAVX2", "func(dst *uint8, x *float32, n int, inverse float32)")
	dst, x, n := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	inverse, v, w, most, least, flip := YMM(), YMM(), XMM(), avx2.dwords(127), avx2.dwords(0xFFFFFF81), avx2.dwords(0x80808080)
	VBROADCASTSS(argument("inverse"), inverse)
	Label("loop")
	VMULPS(at(x, 0), inverse, v)
	VCVTPS2DQ(v, v)
	VPMAXSD(least, v, v)
	VPMINSD(most, v, v)
	VEXTRACTI128(Imm(1), v, w)
	VPACKSSDW(w, v.AsX(), v.AsX())
	VPACKSSWB(v.AsX(), v.AsX(), v.AsX())
	VPXOR(flip.AsX(), v.AsX(), v.AsX())
	VMOVQ(v.AsX(), at(dst, 0))
	ADDQ(Imm(32), x)
	ADDQ(Imm(8), dst)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// halves writes the conversions from and to float16; n is a multiple of the lanes.
func (v isa) halves() {
	half := func(r reg.VecVirtual) Op {
		if v.wide() {
			return r.AsY()
		}
		return r.AsX()
	}
	for _, up := range []bool{true, false} {
		if up {
			text("halfToFloat"+v.name, "func(dst *float32, src *uint16, n int)")
		} else {
			text("floatToHalf"+v.name, "func(dst *uint16, src *float32, n int)")
		}
		dst, src, n := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64())
		x := v.reg()
		Label("loop")
		if up {
			VCVTPH2PS(at(src, 0), x)
			v.move(x, at(dst, 0))
			ADDQ(Imm(uint64(v.bytes/2)), src)
			ADDQ(U32(v.bytes), dst)
		} else {
			v.move(at(src, 0), x)
			VCVTPS2PH(Imm(0), x, half(x))
			if v.wide() { // the upper registers need the newer encoding
				VMOVDQU32(half(x), at(dst, 0))
			} else {
				VMOVDQU(half(x), at(dst, 0))
			}
			ADDQ(Imm(uint64(v.bytes/2)), dst)
			ADDQ(U32(v.bytes), src)
		}
		SUBQ(Imm(uint64(v.bytes/4)), n)
		JNZ(LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
}

// maths writes functions of one value a lane, step by step as the reference has them.
type maths struct {
	isa
	constants map[float32]reg.VecVirtual
}

// c is a vector of a constant.
func (m *maths) c(x float32) reg.VecVirtual {
	if m.constants[x] == nil {
		m.constants[x] = m.dwords(math.Float32bits(x))
	}
	return m.constants[x]
}

// each writes a loop over n values, a multiple of the lanes. Constants are loaded again every turn: AVX2 has not the registers for
// all of them at once.
func (m *maths) each(name string, f func(x reg.VecVirtual)) {
	text(name+m.name, "func(dst, src *float32, n int)")
	dst, src, n := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64())
	Label("loop")
	m.constants = map[float32]reg.VecVirtual{}
	x := m.reg()
	m.move(at(src, 0), x)
	f(x)
	m.move(x, at(dst, 0))
	ADDQ(U32(m.bytes), src)
	ADDQ(U32(m.bytes), dst)
	SUBQ(Imm(uint64(m.bytes/4)), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

func (m *maths) exp(x reg.VecVirtual) {
	n, r, p, t := m.reg(), m.reg(), m.reg(), m.reg()
	VMINPS(x, m.c(89), x) // the second operand of the processor's order wins if one is NaN: x
	VMAXPS(x, m.c(-104), x)
	VMULPS(m.c(1.44269504088896341), x, n)
	m.round(n)
	m.move(x, r)
	VFMADD231PS(m.c(-0.693359375), n, r)
	VFMADD231PS(m.c(2.12194440e-4), n, r)
	m.move(m.c(1.9875691500e-4), p)
	for _, c := range []float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		VFMADD213PS(m.c(c), r, p)
	}
	VMULPS(r, r, t)
	VFMADD213PS(r, t, p)
	VADDPS(m.c(1), p, p)
	VCVTPS2DQ(n, n)
	VPSRAD(Imm(1), n, t)
	VPSUBD(t, n, n)
	bias := m.dwords(127)
	for _, half := range []reg.VecVirtual{t, n} {
		VPADDD(bias, half, half)
		VPSLLD(Imm(23), half, half)
	}
	VMULPS(t, p, p)
	VMULPS(n, p, x)
}

// round rounds to an integer, ties to even.
func (m *maths) round(x reg.VecVirtual) {
	if m.wide() {
		VRNDSCALEPS(Imm(0), x, x)
	} else {
		VROUNDPS(Imm(0), x, x)
	}
}

func (m *maths) tanh(x reg.VecVirtual) {
	y, s, p, q := m.reg(), m.reg(), m.reg(), m.reg()
	VMINPS(x, m.c(7.90531110763549805), y)
	VMAXPS(y, m.c(-7.90531110763549805), y)
	VMULPS(y, y, s)
	m.move(m.c(-2.76076847742355e-16), p)
	for _, c := range []float32{2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03} {
		VFMADD213PS(m.c(c), s, p)
	}
	m.move(m.c(1.19825839466702e-06), q)
	for _, c := range []float32{1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03} {
		VFMADD213PS(m.c(c), s, q)
	}
	VMULPS(y, p, p)
	VDIVPS(q, p, p)
	// What is tiny, or not a number, stays as it is: neither compares as not less than the least that is not tiny.
	size := m.reg()
	m.and(m.dwords(0x7FFFFFFF), x, size)
	if m.wide() {
		k := K()
		VCMPPS(U8(0x1D), m.c(0.0004), size, k) // 0x1D: greater or equal, false for NaN
		VBLENDMPS(p, x, k, x)
		return
	}
	VCMPPS(U8(0x1D), m.c(0.0004), size, size)
	VBLENDVPS(size, p, x, x)
}

// sumLanes adds every 16th value up into sums; n is a multiple of 16.
func (v isa) sumLanes() {
	text("sumLanes"+v.name, "func(sums *float32, x *float32, n int)")
	sums, x, n := Load(Param("sums"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	s := v.regs(64 / v.bytes)
	for _, r := range s {
		v.zero(r)
	}
	Label("loop")
	for i, r := range s {
		VADDPS(at(x, i*v.bytes), r, r)
	}
	ADDQ(Imm(64), x)
	SUBQ(Imm(16), n)
	JNZ(LabelRef("loop"))
	for i, r := range s {
		v.move(r, at(sums, i*v.bytes))
	}
	VZEROUPPER()
	RET()
}
