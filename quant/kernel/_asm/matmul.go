package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func matmul() {
	GLOBL("wordOnes", RODATA|NOPTR)
	for i := range 16 {
		DATA(i*2, U16(1))
	}
	for _, what := range []string{"Int8", "Blocks", "Float32"} {
		(&tile{isa: avx512, what: what, columns: 3, high: []int{8, 4, 1}}).write()
	}
	(&tile{isa: avx2, what: "Int8", columns: 2, high: []int{6, 1}}).write()
	(&tile{isa: avx2, what: "Int4", columns: 1, high: []int{4, 1}}).write()
	(&tile{isa: avx2, what: "Float32", columns: 3, high: []int{4, 1}}).write()
	widen()
	unpackNibbles()
}

// widen writes bytes as words.
func widen() {
	text("widenAVX2", "func(dst *uint16, src *uint8, n int)")
	dst, src, n := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64())
	Label("loop")
	x := XMM()
	VPMOVZXBW(at(src, 0), x)
	VMOVDQU(x, at(dst, 0))
	ADDQ(Imm(8), src)
	ADDQ(Imm(16), dst)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("loop"))
	RET()
}

const panelColumns = 48

// tile writes a matrix product of up to 32 rows and one panel of 48 columns. Lanes are columns; 4 values of a row (1 with float32)
// are spread over all of them. AVX2 does a part of the columns after the other: it has half of the registers.
type tile struct {
	isa
	what    string
	columns int   // vectors of columns at a time
	high    []int // rows at a time: the most, and what does the rest

	k, w         reg.GPVirtual // k: bytes of a row of a
	c, a         Mem           // where the tile's outputs and rows start; kept in memory, registers are scarce
	left, number Mem           // rows to do, and the number of the first of them
	mask         reg.VecVirtual
	table        reg.VecVirtual // what the sixteen nibbles stand for
	columnAt     Mem            // bytes of a column-wise float32 array that stand before the tile
	sums, floats [][]reg.VecVirtual
}

func (t *tile) write() {
	signature := "func(c *float32, stride int, a *%s, k, rows int, w *int8, base *int32, scale, bias, rowScale *float32)"
	switch t.what {
	case "Int8":
		signature = fmt.Sprintf(signature, map[bool]string{true: "uint8", false: "uint16"}[t.wide()])
	case "Int4":
		signature = "func(c *float32, stride int, a *uint8, k, rows int, w *byte, base *int32, scales, bias, rowScale *float32, block int, table *int8)"
	case "Blocks":
		signature = "func(c *float32, stride int, a *uint8, k, rows int, w *int8, base *int32, scales, bias, rowScale *float32, block int)"
	default:
		signature = "func(c *float32, stride int, a *float32, k, depth, rows int, w *float32, bias *float32)"
	}
	text("mul"+t.what+t.name, signature)
	for _, m := range []*Mem{&t.c, &t.a, &t.left, &t.number, &t.columnAt} {
		*m = AllocLocal(8)
	}
	t.k, t.w = GP64(), GP64()
	Load(Param("k"), t.k)
	switch {
	case t.what == "Float32":
		SHLQ(Imm(2), t.k)
	case t.words():
		SHLQ(Imm(1), t.k)
	}
	MOVQ(U32(0), t.columnAt)
	Label("columns")
	t.keep("c", t.c)
	t.keep("a", t.a)
	t.keep("rows", t.left)
	first := t.column("c")
	MOVQ(first, t.c)
	MOVQ(U32(0), t.number)
	for i, n := range t.high {
		label := fmt.Sprintf("rows%d", n)
		next := "end"
		if i+1 < len(t.high) {
			next = fmt.Sprintf("rows%d", t.high[i+1])
		}
		Label(label)
		CMPQ(t.left, Imm(uint64(n)))
		JL(LabelRef(next))
		t.rows(n, label)
		JMP(LabelRef(label))
	}
	Label("end")
	if t.across() < panelColumns*4 {
		ADDQ(U32(t.across()), t.columnAt)
		CMPQ(t.columnAt, U32(panelColumns*4))
		JL(LabelRef("columns"))
	}
	VZEROUPPER()
	RET()
}

// words says that bytes are multiplied as words: AVX2 has no instruction that adds products of bytes exactly.
func (t *tile) words() bool { return t.what == "Int8" && !t.wide() }

// across is how many bytes of a column-wise float32 array a tile stands for. As words a vector is four columns, two sums each.
func (t *tile) across() int {
	if t.words() {
		return t.columns * 16
	}
	return t.columns * t.bytes
}

// keep copies an argument to a local.
func (t *tile) keep(param string, to Mem) {
	MOVQ(Load(Param(param), GP64()), to)
}

// column is an argument that points to something column-wise, moved on to the tile's columns.
func (t *tile) column(param string) reg.GPVirtual {
	p := GP64()
	Load(Param(param), p)
	ADDQ(t.columnAt, p)
	return p
}

// row is an argument that points to 4 bytes a row, moved on to the tile's first row.
func (t *tile) row(param string) reg.GPVirtual {
	p, n := GP64(), GP64()
	Load(Param(param), p)
	MOVQ(t.number, n)
	LEAQ(Mem{Base: p, Index: n, Scale: 4}, p)
	return p
}

// rows does n rows of the tile, and moves on.
func (t *tile) rows(n int, label string) {
	t.sums, t.floats = nil, nil
	for range n {
		t.sums = append(t.sums, t.regs(t.columns))
		if t.what == "Int4" {
			t.floats = append(t.floats, t.regs(t.columns))
		}
	}
	MOVQ(t.column("w"), t.w)
	t.fetchOutputs(n)
	a := GP64()
	MOVQ(t.a, a)
	switch t.what {
	case "Int8":
		if t.words() {
			t.int8AsWords(a, label)
		} else {
			t.start("base")
			t.int8(a, label)
		}
		t.end8()
	case "Int4":
		t.int4(a, label)
		t.end4()
	case "Blocks":
		t.blocks(a, label)
	default:
		t.startFloat32(label)
		t.float32(a, label)
		t.store(func(r, j int) reg.VecVirtual { return t.sums[r][j] })
	}
	for range n {
		ADDQ(t.k, t.a)
	}
	ADDQ(Imm(uint64(n)), t.number)
	SUBQ(Imm(uint64(n)), t.left)
}

// alongOutputs calls do with where each row of the tile is written, and gives where the rows after them are.
func (t *tile) alongOutputs(rows int, do func(c reg.GPVirtual, r int)) reg.GPVirtual {
	stride, c := Load(Param("stride"), GP64()), GP64()
	MOVQ(t.c, c)
	for r := range rows {
		do(c, r)
		LEAQ(Mem{Base: c, Index: stride, Scale: 4}, c)
	}
	return c
}

// fetchOutputs asks for the lines that the tile will write, so that they are there when it ends.
func (t *tile) fetchOutputs(rows int) {
	t.alongOutputs(rows, func(c reg.GPVirtual, _ int) {
		for at0 := 0; at0 < t.across(); at0 += 64 {
			prefetch(c, at0)
		}
	})
}

// start fills every row of the sums with what its columns begin with.
func (t *tile) start(param string) {
	from := t.column(param)
	for j := range t.columns {
		t.move(at(from, j*t.bytes), t.sums[0][j])
		for r := 1; r < len(t.sums); r++ {
			t.move(t.sums[0][j], t.sums[r][j])
		}
	}
}

// rowsAt gives memory operands for the rows from a on.
func (t *tile) rowsAt(a reg.GPVirtual) []Mem {
	out := []Mem{{Base: a}, {Base: a, Index: t.k, Scale: 1}, {Base: a, Index: t.k, Scale: 2}}
	if len(t.sums) > 3 {
		triple := GP64()
		LEAQ(Mem{Base: t.k, Index: t.k, Scale: 2}, triple)
		out = append(out, Mem{Base: a, Index: triple, Scale: 1}, Mem{Base: a, Index: t.k, Scale: 4})
		if len(t.sums) > 5 {
			fifth := GP64()
			LEAQ(Mem{Base: t.k, Index: t.k, Scale: 4}, fifth)
			out = append(out, Mem{Base: a, Index: fifth, Scale: 1}, Mem{Base: a, Index: triple, Scale: 2})
			seventh := GP64()
			LEAQ(Mem{Base: triple, Index: t.k, Scale: 4}, seventh)
			out = append(out, Mem{Base: a, Index: seventh, Scale: 1})
		}
	}
	return out[:len(t.sums)]
}

func (t *tile) int8(a reg.GPVirtual, label string) {
	rows, end := t.rowsAt(a), GP64()
	LEAQ(Mem{Base: a, Index: t.k, Scale: 1}, end)
	t.dotBytes(a, end, rows, label)
}

// dotBytes adds the terms up to end.
func (t *tile) dotBytes(a, end reg.GPVirtual, rows []Mem, label string) {
	w, x := t.regs(t.columns), ZMM()
	Label("k" + label)
	for j := range w {
		t.move(at(t.w, j*64), w[j])
	}
	for r, m := range rows {
		VPBROADCASTD(m, x)
		for j := range w {
			VPDPBUSD(w[j], x, t.sums[r][j])
		}
	}
	ADDQ(U32(4*panelColumns), t.w)
	ADDQ(Imm(4), a)
	CMPQ(a, end)
	JNE(LabelRef("k" + label))
}

// int8AsWords: four terms of a row, as words, are spread over all lanes; the weights become words as they are loaded: four terms of
// four columns. Eight terms a turn.
func (t *tile) int8AsWords(a reg.GPVirtual, label string) {
	rows, end := t.rowsAt(a), GP64()
	LEAQ(Mem{Base: a, Index: t.k, Scale: 1}, end)
	for r := range t.sums {
		for j := range t.columns {
			t.zero(t.sums[r][j])
		}
	}
	w, x, p := t.regs(t.columns), YMM(), YMM()
	Label("k" + label)
	for half := range 2 {
		for j := range w {
			VPMOVSXBW(at(t.w, half*4*panelColumns+j*16), w[j])
		}
		for r, m := range rows {
			VPBROADCASTQ(m.Offset(8*half), x)
			for j := range w {
				VPMADDWD(w[j], x, p)
				VPADDD(p, t.sums[r][j], t.sums[r][j])
			}
		}
	}
	ADDQ(U32(8*panelColumns), t.w)
	ADDQ(Imm(16), a)
	CMPQ(a, end)
	JNE(LabelRef("k" + label))
}

// end8 turns integer sums into outputs.
func (t *tile) end8() {
	scale, bias, rowScale := t.column("scale"), t.column("bias"), t.row("rowScale")
	var base reg.GPVirtual
	if t.words() {
		base = t.column("base")
	}
	x, y := t.reg(), t.reg()
	t.store(func(r, j int) reg.VecVirtual {
		sum := t.sums[r][j]
		if t.words() { // the two sums of each of eight columns
			VPHADDD(t.sums[r][j+1], sum, sum)
			VPERMQ(U8(0xD8), sum, sum)
			VPADDD(at(base, j*t.bytes), sum, sum)
		}
		VCVTDQ2PS(sum, sum)
		VBROADCASTSS(at(rowScale, 4*r), x)
		VMULPS(x, sum, sum)
		t.move(at(scale, j*t.bytes), y)
		VFMADD213PS(at(bias, j*t.bytes), y, sum)
		return sum
	})
}

// store writes the outputs of the rows, and moves c on. before is called where a row is written.
func (t *tile) store(value func(r, j int) reg.VecVirtual, before ...func(c reg.GPVirtual, r int)) {
	c := t.alongOutputs(len(t.sums), func(c reg.GPVirtual, r int) {
		for _, f := range before {
			f(c, r)
		}
		for j := range t.across() / t.bytes {
			t.move(value(r, j), at(c, j*t.bytes))
		}
	})
	MOVQ(c, t.c)
}

// int4 keeps integer sums of a block of terms and float sums of the blocks.
func (t *tile) int4(a reg.GPVirtual, label string) {
	for r := range t.floats {
		for j := range t.columns {
			t.zero(t.floats[r][j])
		}
	}
	base, scales, end := t.column("base"), t.column("scales"), GP64()
	LEAQ(Mem{Base: a, Index: t.k, Scale: 1}, end)
	rows := t.rowsAt(a)
	t.mask, t.table = t.dwords(0x0F0F0F0F), t.reg()
	t.repeat16(at(Load(Param("table"), GP64()), 0), t.table)

	Label("block" + label)
	for j := range t.columns {
		t.move(at(base, j*t.bytes), t.sums[0][j])
		for r := 1; r < len(t.sums); r++ {
			t.move(t.sums[0][j], t.sums[r][j])
		}
	}
	stop := GP64()
	MOVQ(a, stop)
	ADDQ(argument("block"), stop)
	t.nibbleWords(a, stop, rows, label)
	for j := range t.columns {
		s := t.reg()
		t.move(at(scales, j*t.bytes), s)
		for r := range t.sums {
			VCVTDQ2PS(t.sums[r][j], t.sums[r][j])
			VFMADD231PS(s, t.sums[r][j], t.floats[r][j])
		}
	}
	ADDQ(U32(4*panelColumns), base)
	ADDQ(U32(4*panelColumns), scales)
	CMPQ(a, end)
	JNE(LabelRef("block" + label))
}

// blocks is int8 with a scale for each block of terms. The sums of the blocks are kept in the outputs, which stay in the
// first-level cache: so there are registers for as many rows as without blocks.
func (t *tile) blocks(a reg.GPVirtual, label string) {
	none := layers{t.isa}.float(0)
	t.alongOutputs(len(t.sums), func(c reg.GPVirtual, _ int) {
		for j := range t.columns {
			t.move(none, at(c, j*t.bytes))
		}
	})
	rows, end, stop := t.rowsAt(a), GP64(), GP64()
	LEAQ(Mem{Base: a, Index: t.k, Scale: 1}, end)
	base, scales := t.column("base"), t.column("scales")
	Label("block" + label)
	for j := range t.columns {
		t.move(at(base, j*t.bytes), t.sums[0][j])
		for r := 1; r < len(t.sums); r++ {
			t.move(t.sums[0][j], t.sums[r][j])
		}
	}
	MOVQ(a, stop)
	ADDQ(argument("block"), stop)
	t.dotBytes(a, stop, rows, label)
	x := t.regs(t.columns)
	for j := range x {
		t.move(at(scales, j*t.bytes), x[j])
	}
	f := t.reg()
	t.alongOutputs(len(t.sums), func(c reg.GPVirtual, r int) {
		for j := range x {
			t.move(at(c, j*t.bytes), f)
			VCVTDQ2PS(t.sums[r][j], t.sums[r][j])
			VFMADD231PS(x[j], t.sums[r][j], f)
			t.move(f, at(c, j*t.bytes))
		}
	})
	ADDQ(U32(4*panelColumns), base)
	ADDQ(U32(4*panelColumns), scales)
	CMPQ(a, end)
	JNE(LabelRef("block" + label))
	bias, rowScale := t.column("bias"), t.row("rowScale")
	t.store(func(r, j int) reg.VecVirtual { // store goes along the outputs as they are now
		return t.sums[r][j]
	}, func(c reg.GPVirtual, r int) {
		VBROADCASTSS(at(rowScale, 4*r), f)
		for j := range t.columns {
			t.move(at(c, j*t.bytes), t.sums[r][j])
			VFMADD213PS(at(bias, j*t.bytes), f, t.sums[r][j])
		}
	})
}

func (t *tile) end4() {
	bias, rowScale, x := t.column("bias"), t.row("rowScale"), t.reg()
	t.store(func(r, j int) reg.VecVirtual {
		VBROADCASTSS(at(rowScale, 4*r), x)
		VFMADD213PS(at(bias, j*t.bytes), x, t.floats[r][j])
		return t.floats[r][j]
	})
}

// nibbleWords adds the terms up to stop: 16 a turn, and 8 where no more are left.
func (t *tile) nibbleWords(a, stop reg.GPVirtual, rows []Mem, label string) {
	turn := func(groups int) {
		t.nibbleSums(rows, groups)
		ADDQ(U32(uint32(groups*4*panelColumns)), t.w)
		ADDQ(Imm(uint64(8*groups)), a)
	}
	next := GP64()
	Label("k" + label)
	LEAQ(at(a, 16), next)
	CMPQ(next, stop)
	JHI(LabelRef("rest" + label))
	turn(2)
	CMPQ(a, stop)
	JNE(LabelRef("k" + label))
	JMP(LabelRef("done" + label))
	Label("rest" + label)
	turn(1)
	Label("done" + label)
}

// nibbleSums adds so many groups of 8 terms. AVX2 multiplies to words: eight terms are at most 8 · 255 · 12 = 24,480, which still
// fits one, so that both halves of two groups are added as words and widened once.
func (t *tile) nibbleSums(rows []Mem, groups int) {
	p, q := t.reg(), t.reg()
	for j := range t.columns {
		w := t.regs(2 * groups)
		for g := range groups {
			low, high := w[2*g], w[2*g+1]
			t.move(at(t.w, g*4*panelColumns+j*t.bytes), low)
			VPSRLW(Imm(4), low, high)
			VPAND(t.mask, low, low)
			VPAND(t.mask, high, high)
			VPSHUFB(low, t.table, low)
			VPSHUFB(high, t.table, high)
		}
		for r, m := range rows {
			VPBROADCASTD(m, p)
			VPMADDUBSW(w[0], p, p)
			for i, part := range w[1:] {
				VPBROADCASTD(m.Offset(4*i+4), q)
				VPMADDUBSW(part, q, q)
				VPADDW(q, p, p)
			}
			VPMADDWD(symbol("wordOnes"), p, p) // in memory: registers are scarce
			VPADDD(p, t.sums[r][j], t.sums[r][j])
		}
	}
}

// startFloat32 begins with the bias, or, without one, goes on from what an earlier part of the depth left in c.
func (t *tile) startFloat32(label string) {
	CMPQ(argument("bias"), Imm(0))
	JEQ(LabelRef("goOn" + label))
	t.start("bias")
	JMP(LabelRef("started" + label))
	Label("goOn" + label)
	t.alongOutputs(len(t.sums), func(c reg.GPVirtual, r int) {
		for j := range t.columns {
			t.move(at(c, j*t.bytes), t.sums[r][j])
		}
	})
	Label("started" + label)
}

// float32 adds depth terms; the rows lie k apart.
func (t *tile) float32(a reg.GPVirtual, label string) {
	rows, end := t.rowsAt(a), GP64()
	MOVQ(argument("depth"), end)
	LEAQ(Mem{Base: a, Index: end, Scale: 4}, end)
	w, x := t.regs(t.columns), t.reg()
	Label("k" + label)
	for k := range 2 { // two terms a turn: what the loop itself takes counts where a core is shared
		for j := range w {
			t.move(at(t.w, k*4*panelColumns+j*t.bytes), w[j])
		}
		for r, m := range rows {
			VBROADCASTSS(m.Offset(4*k), x)
			for j := range w {
				VFMADD231PS(w[j], x, t.sums[r][j])
			}
		}
	}
	ADDQ(U32(8*panelColumns), t.w)
	ADDQ(Imm(8), a)
	CMPQ(a, end)
	JNE(LabelRef("k" + label))
}

// unpackNibbles writes weights of 4 bits as bytes: n times 192 bytes, whose low nibbles are four terms of a panel and whose high
// nibbles the next four.
func unpackNibbles() {
	text("unpackNibblesAVX512", "func(dst *int8, src *byte, n int, table *int8)")
	dst, src, n, table, mask := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64()), ZMM(), avx512.dwords(0x0F0F0F0F)
	VBROADCASTI32X4(at(Load(Param("table"), GP64()), 0), table)
	Label("loop")
	for i := 0; i < 4*panelColumns; i += 64 {
		low, high := ZMM(), ZMM()
		VMOVDQU32(at(src, i), low)
		VPSRLW(Imm(4), low, high)
		VPANDD(mask, low, low)
		VPANDD(mask, high, high)
		VPSHUFB(low, table, low)
		VPSHUFB(high, table, high)
		VMOVDQU32(low, at(dst, i))
		VMOVDQU32(high, at(dst, 4*panelColumns+i))
	}
	ADDQ(U32(4*panelColumns), src)
	ADDQ(U32(8*panelColumns), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
