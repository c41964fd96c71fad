package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func maxsim() {
	GLOBL("packedOrder", RODATA|NOPTR) // dwords after packing within halves
	for i, d := range []int{0, 4, 1, 5, 2, 6, 3, 7} {
		DATA(i*4, U32(d))
	}
	GLOBL("onesAVX2", RODATA|NOPTR)
	for i := range 16 {
		DATA(i*2, U16(1))
	}
	scoreMaxSim()
	(&simTable{isa: avx2, vectors: 4, rows: 1}).write()
	(&simTable{isa: avx512, vectors: 2, rows: 3}).write()
}

// spansAhead is how many passages ahead ids are fetched, spanLines how many lines of them: 160 ids.
const (
	spansAhead = 8
	spanLines  = 5
)

// scoreMaxSim writes the scoring of passages. A row of the table is 32 bytes, so wider vectors than AVX2's gain nothing.
func scoreMaxSim() {
	text("maxSimAVX2", "func(scores *int32, table *byte, mask uint64, ids *uint16, spans *uint64, n int) int64")
	scores, table, mask := Load(Param("scores"), GP64()), Load(Param("table"), GP64()), Load(Param("mask"), GP64())
	ids, spans, n := Load(Param("ids"), GP64()), Load(Param("spans"), GP64()), Load(Param("n"), GP64())
	last, sum, zero := GP64(), GP64(), YMM()
	MOVQ(n, last)
	DECQ(last)
	SHLQ(Imm(4), last)
	ADDQ(spans, last)
	XORQ(sum, sum)
	VPXOR(zero, zero, zero)

	Label("passage")
	ahead := GP64()
	LEAQ(at(spans, 16*spansAhead), ahead)
	CMPQ(ahead, last)
	CMOVQHI(last, ahead)
	MOVQ(at(ahead, 0), ahead)
	for line := range spanLines {
		PREFETCHT0(Mem{Base: ids, Index: ahead, Scale: 2, Disp: 64 * line})
	}
	id, count, best, second := GP64(), GP64(), YMM(), YMM()
	MOVQ(at(spans, 0), id)
	LEAQ(Mem{Base: ids, Index: id, Scale: 2}, id)
	MOVL(at(spans, 8), count.As32())
	VPXOR(best, best, best)
	VPXOR(second, second, second)
	token := func(disp int, into reg.VecVirtual) {
		row := GP64()
		MOVWLZX(at(id, disp), row.As32())
		ANDQ(mask, row)
		SHLQ(Imm(5), row)
		VPMAXUB(Mem{Base: table, Index: row, Scale: 1}, into, into)
	}
	eight := func() {
		for i := range 8 {
			token(2*i, []reg.VecVirtual{best, second}[i%2])
		}
	}
	SUBQ(Imm(8), count)
	JL(LabelRef("few"))
	JZ(LabelRef("last"))
	Label("eight")
	eight()
	ADDQ(Imm(16), id)
	SUBQ(Imm(8), count)
	JG(LabelRef("eight"))
	Label("last") // the last eight, some of them for the second time: a maximum does not mind, a loop's end costs more
	LEAQ(Mem{Base: id, Index: count, Scale: 2}, id)
	eight()
	JMP(LabelRef("end"))
	Label("few")
	ADDQ(Imm(8), count)
	JZ(LabelRef("end"))
	Label("one")
	token(0, best)
	ADDQ(Imm(2), id)
	DECQ(count)
	JNZ(LabelRef("one"))
	Label("end")
	VPMAXUB(second, best, best)
	VPSADBW(zero, best, best)
	score := avx2.fold64(best)
	MOVL(score.As32(), at(scores, 0))
	ADDQ(score, sum)
	ADDQ(Imm(4), scores)
	ADDQ(Imm(16), spans)
	DECQ(n)
	JNZ(LabelRef("passage"))
	Store(sum, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// simTable writes the building of a table: lanes are question tokens, 4 dimensions of one vocabulary row are spread over all of them.
type simTable struct {
	isa
	vectors, rows int // vectors hold the 32 question tokens; rows of the vocabulary at a time

	table, record, lanes, base, unit, dims, size reg.GPVirtual
	nibble                                       reg.VecVirtual
}

func (s *simTable) write() {
	text("buildMaxSim"+s.name, "func(table *byte, n int, lanes *int8, base *int32, unit *float32, dims int, records *byte, size int)")
	s.table, s.record, s.lanes = GP64(), GP64(), GP64()
	Load(Param("table"), s.table)
	Load(Param("records"), s.record)
	s.dims, s.size, s.base = GP64(), GP64(), GP64()
	Load(Param("size"), s.size)
	n := Load(Param("n"), GP64())
	s.nibble = s.dwords(0x0F0F0F0F)
	if s.rows > 1 {
		Label("many")
		CMPQ(n, Imm(uint64(s.rows)))
		JL(LabelRef("few"))
		s.tile(s.rows, "Many")
		SUBQ(Imm(uint64(s.rows)), n)
		JMP(LabelRef("many"))
		Label("few")
		TESTQ(n, n)
		JZ(LabelRef("end"))
	}
	Label("one")
	s.tile(1, "One")
	DECQ(n)
	JNZ(LabelRef("one"))
	Label("end")
	VZEROUPPER()
	RET()
}

// tile does some rows of the vocabulary, and moves on to those after.
func (s *simTable) tile(rows int, label string) {
	sums := make([][]reg.VecVirtual, rows) // float sums of a row
	for r := range sums {
		sums[r] = s.regs(s.vectors)
		for _, x := range sums[r] {
			s.zero(x)
		}
	}
	Load(Param("lanes"), s.lanes)
	Load(Param("base"), s.base)
	Load(Param("dims"), s.dims)
	row, scale := GP64(), GP64() // of the first row; the others follow size apart
	MOVQ(s.record, row)
	MOVQ(s.dims, scale)
	SHRQ(Imm(1), scale)
	ADDQ(row, scale)
	Label("group" + label)
	if s.wide() {
		s.group512(sums, row, scale, label)
	} else {
		s.group2(sums[0], row, scale)
		ADDQ(Imm(64), row)
	}
	ADDQ(U32(128*32), s.lanes) // 128 dimensions of 32 tokens
	ADDQ(U32(2*128), s.base)
	ADDQ(Imm(4), scale)
	SUBQ(U32(128), s.dims)
	JNZ(LabelRef("group" + label))
	s.unit = Load(Param("unit"), GP64()).(reg.GPVirtual)
	for _, sum := range sums {
		s.store(sum)
		ADDQ(s.size, s.record)
		ADDQ(Imm(32), s.table)
	}
}

// group512 adds 128 dimensions: 16 dwords of low nibbles are one block, the high nibbles another.
func (s *simTable) group512(sums [][]reg.VecVirtual, row, scale reg.GPVirtual, label string) {
	dots := make([][][2]reg.VecVirtual, len(sums)) // [row][vector][block]
	for r := range dots {
		dots[r] = make([][2]reg.VecVirtual, s.vectors)
		for v := range dots[r] {
			for b := range 2 {
				dots[r][v][b] = ZMM()
				s.move(at(s.base, b*128+v*64), dots[r][v][b])
			}
		}
	}
	end := GP64()
	LEAQ(at(row, 64), end)
	apart := []Mem{{Base: row}, {Base: row, Index: s.size, Scale: 1}, {Base: row, Index: s.size, Scale: 2}}
	low, high, q := ZMM(), ZMM(), ZMM()
	Label("dwords" + label)
	for r := range dots {
		VPBROADCASTD(apart[r], low)
		VPSRLD(Imm(4), low, high)
		s.and(s.nibble, low, low)
		s.and(s.nibble, high, high)
		for v := range s.vectors {
			VPDPBUSD(at(s.lanes, v*64), low, dots[r][v][0])
			VPDPBUSD(at(s.lanes, 2048+v*64), high, dots[r][v][1])
		}
	}
	ADDQ(U32(128), s.lanes)
	ADDQ(Imm(4), row)
	CMPQ(row, end)
	JNE(LabelRef("dwords" + label))
	SUBQ(U32(2048), s.lanes)
	from := GP64()
	MOVQ(scale, from)
	for r := range dots {
		for b := range 2 {
			VPBROADCASTW(at(from, 2*b), q.AsY())
			VCVTPH2PS(q.AsY(), q)
			for v := range s.vectors {
				VCVTDQ2PS(dots[r][v][b], dots[r][v][b])
				VFMADD231PS(q, dots[r][v][b], sums[r][v])
			}
		}
		ADDQ(s.size, from)
	}
}

// group2: products of a nibble and an int8 fit 12 bits, so eight sums of two of them fit a word.
func (s *simTable) group2(sums []reg.VecVirtual, row, scale reg.GPVirtual) {
	for b := range 2 {
		dots := s.regs(s.vectors)
		for v := range dots {
			s.move(at(s.base, b*128+v*32), dots[v])
		}
		for half := range 2 {
			words, x, t := s.regs(s.vectors), YMM(), YMM()
			for d := range 8 {
				VPBROADCASTD(at(row, half*32+d*4), x)
				if b == 1 {
					VPSRLD(Imm(4), x, x)
				}
				s.and(s.nibble, x, x)
				for v := range words {
					q := at(s.lanes, b*2048+(half*8+d)*128+v*32)
					if d == 0 {
						VPMADDUBSW(q, x, words[v])
						continue
					}
					VPMADDUBSW(q, x, t)
					VPADDW(t, words[v], words[v])
				}
			}
			for v := range words {
				VPMADDWD(symbol("onesAVX2"), words[v], words[v])
				VPADDD(words[v], dots[v], dots[v])
			}
		}
		f := YMM()
		VPBROADCASTW(at(scale, 2*b), f.AsX())
		VCVTPH2PS(f.AsX(), f)
		for v := range dots {
			VCVTDQ2PS(dots[v], dots[v])
			VFMADD231PS(f, dots[v], sums[v])
		}
	}
}

// store rounds a row and stores it.
func (s *simTable) store(sums []reg.VecVirtual) {
	zero := s.reg()
	s.zero(zero)
	for v, x := range sums {
		VMULPS(at(s.unit, v*s.bytes), x, x)
		VCVTPS2DQ(x, x)
		VPMAXSD(zero, x, x)
		if s.wide() {
			VPMOVUSDB(x, at(s.table, v*16))
		}
	}
	if s.wide() {
		return
	}
	top := s.dwords(255)
	for _, x := range sums {
		VPMINSD(top, x, x)
	}
	VPACKUSDW(sums[1], sums[0], sums[0]) // 128-bit halves: 0–3 8–11 | 4–7 12–15
	VPACKUSDW(sums[3], sums[2], sums[2])
	VPACKUSWB(sums[2], sums[0], sums[0]) // dwords 0 2 4 6 | 1 3 5 7
	order := YMM()
	VMOVDQU(symbol("packedOrder"), order)
	VPERMD(sums[0], order, sums[0])
	VMOVDQU(sums[0], at(s.table, 0))
}
