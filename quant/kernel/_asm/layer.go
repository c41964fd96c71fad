package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func layer() {
	GLOBL("packOrder", RODATA|NOPTR) // undoes packing four vectors of dwords twice: dword 4·l + v is then of vector v, lane l
	for i := range 16 {
		DATA(4*i, U32(uint32(i%4*4+i/4)))
	}
	for _, v := range isas {
		l := &layers{v}
		l.curve()
		m := &maths{isa: v}
		m.each("siluVector", m.silu)
		l.pairwise("add", VADDPS)
		l.pairwise("multiply", VMULPS)
		l.scale()
		l.most()
		l.powers()
		l.layerNorm()
		l.rotate()
	}
	roundRowWide()
	largestWide()
}

// layers writes what stands between the products of an encoder's layer.
type layers struct{ isa }

// float is a vector of a constant.
func (l layers) float(x float32) reg.VecVirtual {
	if l.wide() {
		return l.dwords(math.Float32bits(x))
	}
	g, first, r := GP32(), XMM(), l.reg() // first: see foldFloat
	MOVL(U32(math.Float32bits(x)), g)
	VMOVD(g, first)
	VPBROADCASTD(first, r)
	return r
}

// spreadArgument is a vector of a float32 argument.
func (l layers) spreadArgument(name string) reg.VecVirtual {
	r := l.reg()
	VBROADCASTSS(argument(name), r)
	return r
}

// lanes is how many float32 a vector has.
func (v isa) lanes() int { return v.bytes / 4 }

// curve looks the five coefficients of sixteen intervals up. AVX2 looks into both halves of a table and takes one.
func (l layers) curve() {
	text("curveVector"+l.name, "func(dst, src *float32, n int, table *float32)")
	dst, src, n, table := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64()), Load(Param("table"), GP64())
	plain, end, step, magic, zero := l.dwords(0x7FFFFFFF), l.float(15.49/2.75), l.float(2.75), l.float(3*(1<<22)), l.float(0)
	var tables []reg.VecVirtual
	if l.wide() {
		for power := range 5 {
			t := l.reg()
			l.move(at(table, power*64), t)
			tables = append(tables, t)
		}
	}
	Label("loop")
	x, u, m, r, f := l.reg(), l.reg(), l.reg(), l.reg(), l.reg()
	l.move(at(src, 0), x)
	l.and(plain, x, u)
	VMINPS(u, end, u)
	l.move(u, m)
	VFMADD213PS(magic, step, m)
	VSUBPS(magic, m, r)
	VFMSUB231PS(step, u, r) // u·step − r
	var upper reg.VecVirtual
	if !l.wide() {
		upper = l.reg()
		VPSLLD(Imm(28), m, upper) // bit 3 of the index is the sign, which a blend looks at
	}
	coefficient := func(power int, dst reg.VecVirtual) {
		if l.wide() {
			VPERMPS(tables[power], m, dst)
			return
		}
		t := l.reg()
		VPERMPS(at(table, power*64), m, dst)
		VPERMPS(at(table, power*64+32), m, t)
		VBLENDVPS(upper, t, dst, dst)
	}
	coefficient(4, f)
	for power := 3; power >= 0; power-- {
		c := l.reg()
		coefficient(power, c)
		VFMADD213PS(c, r, f)
	}
	VMAXPS(zero, x, x)
	VFNMADD231PS(u, f, x)
	l.move(x, at(dst, 0))
	l.turn(n, src, dst)
}

// turn ends a loop over n values with one pointer or more, and the function.
func (l layers) turn(n reg.Register, pointers ...reg.Register) {
	for _, p := range pointers {
		ADDQ(Imm(uint64(l.bytes)), p)
	}
	SUBQ(Imm(uint64(l.lanes())), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

func (m *maths) silu(x reg.VecVirtual) {
	e, sign := m.reg(), m.dwords(1<<31)
	if m.wide() {
		VPXORD(sign, x, e)
	} else {
		VPXOR(sign, x, e)
	}
	m.exp(e)
	VADDPS(m.c(1), e, e)
	VDIVPS(e, x, x)
}

func (l layers) pairwise(name string, op func(ops ...Op)) {
	text(name+"Vector"+l.name, "func(dst, a, b *float32, n int)")
	dst, a, b, n, x := Load(Param("dst"), GP64()), Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("n"), GP64()), l.reg()
	Label("loop")
	l.move(at(a, 0), x)
	op(at(b, 0), x, x)
	l.move(x, at(dst, 0))
	l.turn(n, a, b, dst)
}

func (l layers) scale() {
	text("scaleVector"+l.name, "func(dst, src *float32, n int, factor float32)")
	dst, src, n, factor, x := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64()), l.spreadArgument("factor"), l.reg()
	Label("loop")
	VMULPS(at(src, 0), factor, x)
	l.move(x, at(dst, 0))
	l.turn(n, src, dst)
}

// most looks for the largest value; what is not a number is passed over.
func (l layers) most() {
	text("mostVector"+l.name, "func(x *float32, n int) float32")
	from, n, most, x := Load(Param("x"), GP64()), Load(Param("n"), GP64()), l.float(float32(math.Inf(-1))), l.reg()
	Label("loop")
	l.move(at(from, 0), x)
	VMAXPS(most, x, most)
	ADDQ(Imm(uint64(l.bytes)), from)
	SUBQ(Imm(uint64(l.lanes())), n)
	JNZ(LabelRef("loop"))
	result, err := ReturnIndex(0).Resolve()
	if err != nil {
		panic(err)
	}
	VMOVSS(l.foldFloat(most, VMAXPS).AsX(), result.Addr)
	VZEROUPPER()
	RET()
}

// foldFloat combines the upper half with the lower one until one value is left.
func (v isa) foldFloat(r reg.VecVirtual, op func(ops ...Op)) reg.VecVirtual {
	if v.wide() {
		half := YMM()
		VEXTRACTF64X4(Imm(1), r, half)
		op(half, r.AsY(), r.AsY())
	}
	t := XMM() // not a part of a vector: avo would keep the rest of it from the start of the function on
	VEXTRACTF128(Imm(1), r.AsY(), t)
	op(t, r.AsX(), r.AsX())
	VPSHUFD(Imm(0x4E), r.AsX(), t)
	op(t, r.AsX(), r.AsX())
	VPSHUFD(Imm(0xB1), r.AsX(), t)
	op(t, r.AsX(), r.AsX())
	return r
}

// power holds the constants of 2^y.
type power struct {
	layers
	least, magic reg.VecVirtual
	coefficients []reg.VecVirtual
}

func (l layers) newPower() power {
	p := power{layers: l, least: l.float(-100), magic: l.float(3 * (1 << 22))}
	for _, c := range []float32{0.001326472614891827, 0.009671512991189957, 0.05550733581185341, 0.24022242426872253, 0.6931470036506653, 1} {
		p.coefficients = append(p.coefficients, l.float(c))
	}
	return p
}

// of replaces y by 2^y.
func (p power) of(y reg.VecVirtual) {
	t, f := p.reg(), p.reg()
	VMAXPS(y, p.least, y)
	VADDPS(p.magic, y, t)
	VSUBPS(p.magic, t, f)
	VSUBPS(f, y, y)
	p.move(p.coefficients[0], f)
	for _, c := range p.coefficients[1:] {
		VFMADD213PS(c, y, f)
	}
	VPSLLD(Imm(23), t, t)
	VPADDD(t, f, y)
}

// powers replaces every x by 2^(factor·x + offset) and adds every 16th up; n is a multiple of 16.
func (l layers) powers() {
	text("powersVector"+l.name, "func(sums *float32, x *float32, n int, factor, offset float32)")
	from, n := Load(Param("x"), GP64()), Load(Param("n"), GP64())
	p, sums := l.newPower(), l.regs(16/l.lanes())
	factor := l.spreadArgument("factor")
	for _, s := range sums {
		l.zero(s)
	}
	Label("loop")
	for i, s := range sums {
		y := l.reg()
		VBROADCASTSS(argument("offset"), y)
		VFMADD231PS(at(from, i*l.bytes), factor, y)
		p.of(y)
		l.move(y, at(from, i*l.bytes))
		VADDPS(y, s, s)
	}
	ADDQ(Imm(64), from)
	SUBQ(Imm(16), n)
	JNZ(LabelRef("loop"))
	to := Load(Param("sums"), GP64())
	for i, s := range sums {
		l.move(s, at(to, i*l.bytes))
	}
	VZEROUPPER()
	RET()
}

// rotate turns heads of 2·half values, half a multiple of the lanes.
func (l layers) rotate() {
	text("rotateRow"+l.name, "func(row, cos, sin *float32, heads, half int)")
	row, heads, half := Load(Param("row"), GP64()), Load(Param("heads"), GP64()), Load(Param("half"), GP64())
	Label("head")
	cos, sin, n := Load(Param("cos"), GP64()), Load(Param("sin"), GP64()), GP64()
	MOVQ(half, n)
	Label("loop")
	second := Mem{Base: row, Index: half, Scale: 4}
	x, y, c, s, a, b := l.reg(), l.reg(), l.reg(), l.reg(), l.reg(), l.reg()
	l.move(at(row, 0), x)
	l.move(second, y)
	l.move(at(cos, 0), c)
	l.move(at(sin, 0), s)
	VMULPS(x, c, a)
	VFNMADD231PS(y, s, a)
	VMULPS(y, c, b)
	VFMADD231PS(x, s, b)
	l.move(a, at(row, 0))
	l.move(b, second)
	for _, p := range []reg.Register{row, cos, sin} {
		ADDQ(Imm(uint64(l.bytes)), p)
	}
	SUBQ(Imm(uint64(l.lanes())), n)
	JNZ(LabelRef("loop"))
	LEAQ(Mem{Base: row, Index: half, Scale: 4}, row)
	DECQ(heads)
	JNZ(LabelRef("head"))
	VZEROUPPER()
	RET()
}

// largestWide is largest with vectors of 16; n is a multiple of 64.
func largestWide() {
	text("largestAVX512", "func(x *float32, n int) uint32")
	x, n, plain := Load(Param("x"), GP64()), Load(Param("n"), GP64()), avx512.dwords(0x7FFFFFFF)
	most := avx512.regs(4)
	for _, m := range most {
		avx512.zero(m)
	}
	Label("loop")
	for i, m := range most {
		v := ZMM()
		VPANDD(at(x, 64*i), plain, v)
		VPMAXUD(v, m, m)
	}
	ADDQ(U32(256), x)
	SUBQ(Imm(64), n)
	JNZ(LabelRef("loop"))
	VPMAXUD(most[1], most[0], most[0])
	VPMAXUD(most[3], most[2], most[2])
	VPMAXUD(most[2], most[0], most[0])
	g := GP32()
	VMOVD(avx512.foldFloat(most[0], VPMAXUD).AsX(), g)
	Store(g, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// roundRowWide is roundRow with vectors of 16; n is a multiple of 64.
func roundRowWide() {
	text("roundRowAVX512", "func(dst *uint8, x *float32, n int, inverse float32)")
	dst, x, n := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	inverse, least, flip, order := ZMM(), avx512.dwords(0x81818181), avx512.dwords(0x80808080), ZMM()
	VBROADCASTSS(argument("inverse"), inverse)
	VMOVDQU32(symbol("packOrder"), order)
	Label("loop")
	v := avx512.regs(4)
	for i, r := range v {
		VMULPS(at(x, 64*i), inverse, r)
		VCVTPS2DQ(r, r)
	}
	VPACKSSDW(v[1], v[0], v[0])
	VPACKSSDW(v[3], v[2], v[2])
	VPACKSSWB(v[2], v[0], v[0])
	VPERMD(v[0], order, v[0])
	VPMAXSB(least, v[0], v[0])
	VPXORD(flip, v[0], v[0])
	VMOVDQU32(v[0], at(dst, 0))
	ADDQ(U32(256), x)
	ADDQ(Imm(64), dst)
	SUBQ(Imm(64), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
