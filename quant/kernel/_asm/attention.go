package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func attention() {
	for _, v := range isas {
		l := layers{v}
		l.packKeys()
		l.packValues()
		l.softmaxRows()
	}
	(&narrow{isa: avx512, columns: 2, high: []int{12, 4, 1}}).write()
	(&narrow{isa: avx2, columns: 2, high: []int{6, 1}}).write()
}

// packKeys turns as many rows as a vector has lanes into columns of a panel of 32; width is a multiple of 4.
func (l layers) packKeys() {
	text("packKeys"+l.name, "func(dst, k *float32, stride, width int)")
	dst, k, stride, width := Load(Param("dst"), GP64()), Load(Param("k"), GP64()), Load(Param("stride"), GP64()), Load(Param("width"), GP64())
	triple := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, triple)
	Label("loop")
	rows := make([]reg.VecVirtual, 4) // rows[r], 128-bit lane b: four values of row 4·b + r
	for r := range rows {
		rows[r] = l.reg()
	}
	group := GP64()
	MOVQ(k, group)
	for b := range l.lanes() / 4 {
		for r, m := range []Mem{{Base: group}, {Base: group, Index: stride, Scale: 1}, {Base: group, Index: stride, Scale: 2}, {Base: group, Index: triple, Scale: 1}} {
			switch {
			case b == 0:
				VMOVUPS(m, rows[r].AsX())
			case l.wide():
				VINSERTF32X4(Imm(uint64(b)), m, rows[r], rows[r])
			default:
				VINSERTF128(Imm(uint64(b)), m, rows[r], rows[r])
			}
		}
		LEAQ(Mem{Base: group, Index: stride, Scale: 4}, group)
	}
	t := l.regs(4)
	VUNPCKLPS(rows[1], rows[0], t[0])
	VUNPCKHPS(rows[1], rows[0], t[1])
	VUNPCKLPS(rows[3], rows[2], t[2])
	VUNPCKHPS(rows[3], rows[2], t[3])
	VUNPCKLPD(t[2], t[0], rows[0])
	VUNPCKHPD(t[2], t[0], rows[1])
	VUNPCKLPD(t[3], t[1], rows[2])
	VUNPCKHPD(t[3], t[1], rows[3])
	for d, r := range rows {
		l.move(r, at(dst, 4*narrowColumns*d))
	}
	ADDQ(Imm(16), k)
	ADDQ(U32(16*narrowColumns), dst)
	SUBQ(Imm(4), width)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// packValues copies 32 values of every row.
func (l layers) packValues() {
	text("packValues"+l.name, "func(dst, v *float32, stride, rows int)")
	dst, v, stride, n := Load(Param("dst"), GP64()), Load(Param("v"), GP64()), Load(Param("stride"), GP64()), Load(Param("rows"), GP64())
	Label("loop")
	for i := 0; i < 4*narrowColumns; i += l.bytes {
		x := l.reg()
		l.move(at(v, i), x)
		l.move(x, at(dst, i))
	}
	ADDQ(stride, v)
	ADDQ(U32(4*narrowColumns), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// narrowColumns is how many columns a panel has that attention packs: keys, or values of a head.
const narrowColumns = 32

// softmaxRows replaces rows of n values, n a multiple of 32, by powers, and writes one over the sum of each row. What one row waits
// for, another one can do: AVX-512 has the registers for two.
func (l layers) softmaxRows() {
	text("softmaxRows"+l.name, "func(x *float32, stride, n, rows int, factor float32, inverse *float32)")
	s := &softmax{power: l.newPower(), x: Load(Param("x"), GP64()), inverse: Load(Param("inverse"), GP64()), rows: Load(Param("rows"), GP64())}
	if l.wide() {
		s.factor = l.spreadArgument("factor")
		Label("two")
		CMPQ(s.rows, Imm(2))
		JL(LabelRef("one"))
		s.some(2)
		SUBQ(Imm(2), s.rows)
		JMP(LabelRef("two"))
	}
	Label("one")
	TESTQ(s.rows, s.rows)
	JZ(LabelRef("end"))
	s.some(1)
	DECQ(s.rows)
	JMP(LabelRef("one"))
	Label("end")
	VZEROUPPER()
	RET()
}

type softmax struct {
	power
	x, inverse, rows reg.Register
	factor           reg.VecVirtual // where there is a register for it
}

// some does one row or two, and moves on.
func (s *softmax) some(rows int) {
	offset := make([]reg.VecVirtual, rows)
	most, sums := make([][]reg.VecVirtual, rows), make([][]reg.VecVirtual, rows)
	for r := range rows {
		most[r], sums[r] = s.regs(2), s.regs(16/s.lanes())
		for _, m := range most[r] {
			s.move(s.float(float32(math.Inf(-1))), m)
		}
	}
	s.along(rows, "most", func(v Mem, r, i int) {
		y := s.reg()
		s.move(v, y)
		VMAXPS(most[r][i%2], y, most[r][i%2])
	})
	for r := range rows {
		VMAXPS(most[r][1], most[r][0], most[r][0])
		offset[r] = s.foldFloat(most[r][0], VMAXPS)
		VBROADCASTSS(offset[r].AsX(), offset[r])
		factor := s.factor
		if factor == nil {
			factor = s.spreadArgument("factor")
		}
		VMULPS(factor, offset[r], offset[r])
		for _, v := range sums[r] {
			s.move(s.float(0), v)
		}
	}
	s.along(rows, "power", func(v Mem, r, i int) {
		y := s.reg()
		if s.factor != nil {
			s.move(v, y)
			VFMSUB132PS(s.factor, offset[r], y)
		} else {
			VBROADCASTSS(argument("factor"), y)
			VFMSUB132PS(v, offset[r], y)
		}
		s.of(y)
		s.move(y, v)
		VADDPS(y, sums[r][i%len(sums[r])], sums[r][i%len(sums[r])])
	})
	for r := range rows {
		if len(sums[r]) == 2 {
			VADDPS(sums[r][1], sums[r][0], sums[r][0])
		}
		sum, one := s.foldFloat(sums[r][0], VADDPS), s.coefficients[5]
		VDIVSS(sum.AsX(), one.AsX(), sum.AsX())
		VMOVSS(sum.AsX(), at(s.inverse, 4*r))
		ADDQ(argument("stride"), s.x)
	}
	ADDQ(Imm(uint64(4*rows)), s.inverse)
}

// along calls do for the vectors of the rows, 32 values a turn.
func (s *softmax) along(rows int, label string, do func(v Mem, r, i int)) {
	label = fmt.Sprintf("%s%d", label, rows)
	n, from := Load(Param("n"), GP64()), []reg.GPVirtual{GP64(), GP64()}[:rows]
	MOVQ(s.x, from[0])
	if rows == 2 {
		MOVQ(s.x, from[1])
		ADDQ(argument("stride"), from[1])
	}
	Label(label)
	for i := range 32 / s.lanes() {
		for r, f := range from {
			do(at(f, i*s.bytes), r, i)
		}
	}
	for _, f := range from {
		ADDQ(U32(128), f)
	}
	SUBQ(Imm(32), n)
	JNZ(LabelRef(label))
}

// narrow writes products of rows with one panel of 32 columns, for terms that lie anywhere: c = scale of the row · Σ a·w, the terms
// added from 0 up.
type narrow struct {
	isa
	columns int   // vectors of columns at a time
	high    []int // rows at a time: the most, and what does the rest
	none    reg.VecVirtual
}

func (t *narrow) write() {
	text("mulNarrow"+t.name, "func(c *float32, cStride int, a *float32, aStride, depth, rows int, w *float32, scale *float32)")
	columnAt, cAt, aAt, left, scaleAt := AllocLocal(8), AllocLocal(8), AllocLocal(8), AllocLocal(8), AllocLocal(8)
	stride := Load(Param("aStride"), GP64()).(reg.GPVirtual)
	MOVQ(U32(0), columnAt)
	t.none = layers{t.isa}.float(0)
	Label("columns")
	t.keep("a", aAt)
	t.keep("rows", left)
	t.keep("scale", scaleAt)
	first := Load(Param("c"), GP64())
	ADDQ(columnAt, first)
	MOVQ(first, cAt)
	for i, n := range t.high {
		label := fmt.Sprintf("rows%d", n)
		Label(label)
		CMPQ(left, Imm(uint64(n)))
		next := "end"
		if i+1 < len(t.high) {
			next = fmt.Sprintf("rows%d", t.high[i+1])
		}
		JL(LabelRef(next))
		t.rows(n, label, stride, columnAt, cAt, aAt, scaleAt)
		SUBQ(Imm(uint64(n)), left)
		JMP(LabelRef(label))
	}
	Label("end")
	if across := t.columns * t.bytes; across < 4*narrowColumns {
		ADDQ(U32(across), columnAt)
		CMPQ(columnAt, U32(4*narrowColumns))
		JL(LabelRef("columns"))
	}
	VZEROUPPER()
	RET()
}

func (t *narrow) keep(param string, to Mem) { MOVQ(Load(Param(param), GP64()), to) }

// rows does n rows of the columns, and moves on.
func (t *narrow) rows(n int, label string, stride reg.GPVirtual, columnAt, cAt, aAt, scaleAt Mem) {
	bases, triple := make([]reg.GPVirtual, (n+3)/4), GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, triple)
	var m []Mem
	for b := range bases {
		bases[b] = GP64()
		if b == 0 {
			MOVQ(aAt, bases[0])
		} else {
			LEAQ(Mem{Base: bases[b-1], Index: stride, Scale: 4}, bases[b])
		}
		m = append(m, Mem{Base: bases[b]}, Mem{Base: bases[b], Index: stride, Scale: 1}, Mem{Base: bases[b], Index: stride, Scale: 2}, Mem{Base: bases[b], Index: triple, Scale: 1})
	}
	sums := make([][]reg.VecVirtual, n)
	for r := range sums {
		sums[r] = t.regs(t.columns)
		for _, s := range sums[r] {
			t.move(t.none, s) // not t.zero: avo would take it for a use, and keep s from the start of the function on
		}
	}
	w, depth := GP64(), GP64()
	Load(Param("w"), w)
	ADDQ(columnAt, w)
	Load(Param("depth"), depth)
	step := func(k int) {
		v, x := t.regs(t.columns), t.reg()
		for j := range v {
			t.move(at(w, 4*narrowColumns*k+j*t.bytes), v[j])
		}
		for r := range n {
			VBROADCASTSS(m[r].Offset(4*k), x)
			for j := range v {
				VFMADD231PS(v[j], x, sums[r][j])
			}
		}
	}
	move := func(turns int) {
		for _, b := range bases {
			ADDQ(Imm(uint64(4*turns)), b)
		}
		ADDQ(U32(4*narrowColumns*turns), w)
	}
	const unrolled = 4
	SUBQ(Imm(unrolled), depth)
	JL(LabelRef("rest" + label))
	Label("k" + label)
	for k := range unrolled {
		step(k)
	}
	move(unrolled)
	SUBQ(Imm(unrolled), depth)
	JGE(LabelRef("k" + label))
	Label("rest" + label)
	ADDQ(Imm(unrolled), depth)
	JZ(LabelRef("done" + label))
	Label("one" + label)
	step(0)
	move(1)
	DECQ(depth)
	JNZ(LabelRef("one" + label))
	Label("done" + label)
	t.scale(sums, label, scaleAt)
	c, cStride := GP64(), Load(Param("cStride"), GP64())
	MOVQ(cAt, c)
	for r := range sums {
		for j, s := range sums[r] {
			t.move(s, at(c, j*t.bytes))
		}
		ADDQ(cStride, c)
	}
	MOVQ(c, cAt)
	next := GP64()
	MOVQ(aAt, next)
	for range n / 4 {
		LEAQ(Mem{Base: next, Index: stride, Scale: 4}, next)
	}
	for range n % 4 {
		ADDQ(stride, next)
	}
	MOVQ(next, aAt)
}

// scale multiplies rows by numbers of their own, where there are any.
func (t *narrow) scale(sums [][]reg.VecVirtual, label string, scaleAt Mem) {
	from := GP64()
	MOVQ(scaleAt, from)
	TESTQ(from, from)
	JZ(LabelRef("plain" + label))
	x := t.reg()
	for r := range sums {
		VBROADCASTSS(at(from, 4*r), x)
		for _, s := range sums[r] {
			VMULPS(x, s, s)
		}
	}
	ADDQ(Imm(uint64(4*len(sums))), from)
	MOVQ(from, scaleAt)
	Label("plain" + label)
}
