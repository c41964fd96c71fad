package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// layerNorm normalises rows of n values, n a multiple of 16. Three passes over a row, which stays in the first-level cache: what it
// adds up to, the squares of the distances from the mean, and the values.
func (l layers) layerNorm() {
	text("layerNorm"+l.name, "func(dst, x, residual, gain, bias *float32, n, rows int, epsilon float32)")
	dst, x, residual := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("residual"), GP64())
	rows := Load(Param("rows"), GP64())
	count := l.reg()
	VCVTSI2SSQ(argument("n"), count.AsX(), count.AsX())
	VBROADCASTSS(count.AsX(), count)

	Label("row")
	sums := l.sums()
	TESTQ(residual, residual)
	JZ(LabelRef("alone"))
	l.along("sum", func(at0 reg.GPVirtual, i int) {
		v := l.reg()
		l.move(Mem{Base: x, Index: at0, Scale: 4, Disp: i * l.bytes}, v)
		VADDPS(Mem{Base: residual, Index: at0, Scale: 4, Disp: i * l.bytes}, v, v)
		l.move(v, Mem{Base: dst, Index: at0, Scale: 4, Disp: i * l.bytes})
		VADDPS(v, sums[i], sums[i])
	})
	n := Load(Param("n"), GP64())
	LEAQ(Mem{Base: residual, Index: n, Scale: 4}, residual)
	JMP(LabelRef("summed"))
	Label("alone")
	l.along("copy", func(at0 reg.GPVirtual, i int) {
		v := l.reg()
		l.move(Mem{Base: x, Index: at0, Scale: 4, Disp: i * l.bytes}, v)
		l.move(v, Mem{Base: dst, Index: at0, Scale: 4, Disp: i * l.bytes})
		VADDPS(v, sums[i], sums[i])
	})
	Label("summed")
	mean := l.average(sums, count)
	squares := l.sums()
	l.along("square", func(at0 reg.GPVirtual, i int) {
		v := l.reg()
		l.move(Mem{Base: dst, Index: at0, Scale: 4, Disp: i * l.bytes}, v)
		VSUBPS(mean, v, v)
		VFMADD231PS(v, v, squares[i])
	})
	inverse := l.average(squares, count)
	one := l.float(1)
	VADDSS(argument("epsilon"), inverse.AsX(), inverse.AsX())
	VSQRTSS(inverse.AsX(), inverse.AsX(), inverse.AsX())
	VDIVSS(inverse.AsX(), one.AsX(), inverse.AsX())
	VBROADCASTSS(inverse.AsX(), inverse)
	gain, bias := Load(Param("gain"), GP64()), Load(Param("bias"), GP64())
	l.along("write", func(at0 reg.GPVirtual, i int) {
		v, g := l.reg(), l.reg()
		l.move(Mem{Base: dst, Index: at0, Scale: 4, Disp: i * l.bytes}, v)
		l.move(Mem{Base: gain, Index: at0, Scale: 4, Disp: i * l.bytes}, g)
		VSUBPS(mean, v, v)
		VMULPS(inverse, v, v)
		VFMADD213PS(Mem{Base: bias, Index: at0, Scale: 4, Disp: i * l.bytes}, g, v)
		l.move(v, Mem{Base: dst, Index: at0, Scale: 4, Disp: i * l.bytes})
	})
	n = Load(Param("n"), GP64())
	LEAQ(Mem{Base: x, Index: n, Scale: 4}, x)
	LEAQ(Mem{Base: dst, Index: n, Scale: 4}, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// sums are 64 running sums.
func (l layers) sums() []reg.VecVirtual {
	s := l.regs(64 / l.lanes())
	for _, r := range s {
		l.zero(r)
	}
	return s
}

// along calls do for the vectors of a row: 64 values a turn, and the rest 16 a time; i is the vector of the 64.
func (l layers) along(label string, do func(at0 reg.GPVirtual, i int)) {
	at0, left := GP64(), GP64()
	XORQ(at0, at0)
	MOVQ(argument("n"), left)
	SUBQ(Imm(64), left)
	JL(LabelRef(label + "Rest"))
	Label(label)
	for i := range 64 / l.lanes() {
		do(at0, i)
	}
	ADDQ(Imm(64), at0)
	SUBQ(Imm(64), left)
	JGE(LabelRef(label))
	Label(label + "Rest")
	ADDQ(Imm(64), left)
	for part := range 3 {
		JZ(LabelRef(label + "End"))
		for i := range 16 / l.lanes() {
			do(at0, part*16/l.lanes()+i)
		}
		SUBQ(Imm(16), left)
	}
	Label(label + "End")
}

// average folds running sums and divides by count; every lane has it.
func (l layers) average(sums []reg.VecVirtual, count reg.VecVirtual) reg.VecVirtual {
	for half := len(sums) / 2; half > 0; half /= 2 {
		for i := range half {
			VADDPS(sums[i+half], sums[i], sums[i])
		}
	}
	r := l.foldFloat(sums[0], VADDPS)
	VDIVSS(count.AsX(), r.AsX(), r.AsX())
	VBROADCASTSS(r.AsX(), r)
	return r
}
