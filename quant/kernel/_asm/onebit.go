package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func onebit() {
	GLOBL("lowWords", RODATA|NOPTR) // the low word of every dword
	for i := range 16 {
		DATA(i*4, U32(0xFFFF))
	}
	fetchLines()
	for _, bits := range []int{8, 4} {
		for _, v := range isas {
			for _, streams := range []int{1, 2, 4} {
				if v.wide() || streams < 4 { // computing binds AVX2 before a third stream would help
					(&scan{isa: v, bits: bits, streams: streams}).write()
				}
			}
		}
	}
}

// fetchLines asks for n bytes of memory, line by line.
func fetchLines() {
	text("fetchLines", "func(from *byte, n int)")
	from, n := Load(Param("from"), GP64()), Load(Param("n"), GP64())
	Label("line")
	prefetch(from, 0)
	ADDQ(Imm(64), from)
	SUBQ(Imm(64), n)
	JG(LabelRef("line"))
	RET()
}

// scan writes the scan of one-bit blocks. A vector holds the same 8 dimensions of 64 codes, or of one half of them
// with AVX2: its nibbles look partial sums up by a shuffle. Eight look-ups fit a byte; then bytes are added to
// words: as they are (even bytes plus 256 × odd ones) and shifted (odd ones); the odd ones are taken off at the end.
//
// One block a stream is at work at a time. Streams that lie far apart keep more of the memory busy than one: what the
// processor fetches ahead of a stream by itself is limited, and so is what it can be asked for. Neighbouring blocks
// in the cache, as streams one block apart, share the loads of tables (AVX-512).
//
// With AVX2 the words lie on the stack: it has 16 registers, and they are touched once in eight look-ups.
type scan struct {
	isa
	bits, streams int

	table, ahead reg.GPVirtual  // ahead: how many bytes ahead memory is asked for
	line         []Mem          // of each stream: the lines that are at work
	lineBase     reg.GPVirtual  // what line[0] stands on
	nibble       reg.VecVirtual // 0x0F in every byte
	words, odd   [][]Op         // [stream·halves][part] running sums; parts are low and, with 8 bits, high
	sum          scoreSum
}

// parts is how many tables a nibble has.
func (s *scan) parts() int { return s.bits / 4 }

// halves is how many vectors a line takes.
func (s *scan) halves() int { return 64 / s.bytes }

func (s *scan) write() {
	text(fmt.Sprintf("scanBits%dx%d%s", s.bits, s.streams, s.name),
		"func(scores *int32, masks *uint64, n int, table *byte, lines int, blocks *byte, numbers *int32, apart, next int) int64")
	n, scores, masks := Load(Param("n"), GP64()), Load(Param("scores"), GP64()), Load(Param("masks"), GP64())
	block := Load(Param("blocks"), GP64())
	s.constants(block)

	Label("block")
	s.lines()
	s.finish(scores, masks)
	next := Load(Param("next"), GP64()) // how many blocks every stream moves on
	step := s.blockBytes()
	IMULQ(next, step)
	ADDQ(step, block)
	MOVQ(block, s.lineBase)
	skip(next, scores, masks)
	DECQ(n)
	JNZ(LabelRef("block"))

	Store(s.sum.total(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// skip moves on where the scores and masks of a block go, by so many blocks.
func skip(blocks, scores, masks reg.Register) {
	LEAQ(Mem{Base: masks, Index: blocks, Scale: 8}, masks)
	SHLQ(Imm(8), blocks)
	ADDQ(blocks, scores)
}

// blockBytes is the size of a block.
func (s *scan) blockBytes() reg.GPVirtual {
	size := Load(Param("lines"), GP64()).(reg.GPVirtual)
	SHLQ(Imm(6), size)
	ADDQ(U32(256), size)
	return size
}

func (s *scan) constants(block reg.Register) {
	s.nibble = s.dwords(0x0F0F0F0F)
	s.sum = newScoreSum(s.isa)
	s.table, s.ahead, s.lineBase = GP64(), GP64(), GP64()
	MOVLQSX(at(Load(Param("numbers"), GP64()), 12), s.ahead)
	MOVQ(block, s.lineBase)
	s.streamsFrom()
	for range s.streams * s.halves() {
		s.words, s.odd = append(s.words, s.runningSums()), append(s.odd, s.runningSums())
	}
}

// streamsFrom sets where the streams' lines are, as seen from those of the first.
func (s *scan) streamsFrom() {
	s.line = []Mem{{Base: s.lineBase}}
	if s.streams == 1 {
		return
	}
	apart := s.blockBytes()
	IMULQ(argument("apart"), apart)
	s.line = append(s.line, Mem{Base: s.lineBase, Index: apart, Scale: 1})
	if s.streams == 4 {
		triple := GP64()
		LEAQ(Mem{Base: apart, Index: apart, Scale: 2}, triple)
		s.line = append(s.line, Mem{Base: s.lineBase, Index: apart, Scale: 2}, Mem{Base: s.lineBase, Index: triple, Scale: 1})
	}
}

// runningSums are registers, or the stack where registers are scarce.
func (s *scan) runningSums() (out []Op) {
	for range s.parts() {
		if s.wide() {
			out = append(out, s.reg())
		} else {
			out = append(out, AllocLocal(s.bytes))
		}
	}
	return out
}

// lines adds up all lines of a block of each stream, four (eight look-ups) at a time.
func (s *scan) lines() {
	s.clearSums()
	Load(Param("table"), s.table)
	count := Load(Param("lines"), GP64())
	Label("lines")
	s.fetch(s.line, "fetched")
	if s.wide() {
		s.linesAbreast()
	} else {
		for i := range s.streams {
			s.linesOf(i)
		}
	}
	ADDQ(U32(256), s.lineBase)
	ADDQ(U32(8*s.parts()*16), s.table)
	SUBQ(Imm(4), count)
	JNZ(LabelRef("lines"))
}

func (s *scan) clearSums() {
	zero := s.reg()
	if !s.wide() {
		s.zero(zero)
	}
	for i := range s.words {
		for p := range s.parts() {
			for _, sum := range []Op{s.words[i][p], s.odd[i][p]} {
				if r, ok := sum.(reg.VecVirtual); ok {
					s.zero(r)
				} else {
					s.move(zero, sum)
				}
			}
		}
	}
}

// linesAbreast does four lines of every stream, nibble by nibble, so that the streams share the loads of tables.
func (s *scan) linesAbreast() {
	sums := make([][]reg.VecVirtual, s.streams)
	for i := range sums {
		sums[i] = s.regs(s.parts())
	}
	index, whole, tables := s.reg(), s.regs(s.streams), s.regs(s.parts())
	for l := range 4 {
		for n := range 2 {
			s.loadTables(tables, l, n)
			for i, line := range s.line {
				line = line.Offset(l * 64)
				switch {
				case s.streams < 4 && n == 0:
					s.move(line, whole[i])
					s.and(whole[i], s.nibble, index)
				case n == 0:
					s.and(line, s.nibble, index)
				case s.streams < 4:
					VPSRLW(Imm(4), whole[i], index)
					s.and(s.nibble, index, index)
				default: // loaded again: registers are scarcer than loads
					s.move(line, index)
					VPSRLW(Imm(4), index, index)
					s.and(s.nibble, index, index)
				}
				s.lookUp(tables, index, sums[i], l+n == 0)
			}
		}
	}
	for i := range sums {
		s.widen(i, sums[i])
	}
}

// linesOf does four lines of one stream, both halves of them with the same tables.
func (s *scan) linesOf(i int) {
	halves := s.halves()
	sums, whole := make([][]reg.VecVirtual, halves), s.regs(halves)
	for h := range sums {
		sums[h] = s.regs(s.parts())
	}
	index, tables := s.reg(), s.regs(s.parts())
	for l := range 4 {
		for n := range 2 {
			s.loadTables(tables, l, n)
			for h := range halves {
				if n == 0 {
					s.move(s.line[i].Offset(l*64+h*s.bytes), whole[h])
					s.and(whole[h], s.nibble, index)
				} else {
					VPSRLW(Imm(4), whole[h], index)
					s.and(s.nibble, index, index)
				}
				s.lookUp(tables, index, sums[h], l+n == 0)
			}
		}
	}
	for h := range sums {
		s.widen(i*halves+h, sums[h])
	}
}

// loadTables loads the tables of nibble n of the l-th of four lines.
func (s *scan) loadTables(tables []reg.VecVirtual, l, n int) {
	for p := range tables {
		s.repeat16(at(s.table, ((2*l+n)*s.parts()+p)*16), tables[p])
	}
}

// fetch asks for the four lines that every stream will read s.ahead bytes later, unless that is negative.
func (s *scan) fetch(lines []Mem, label string) {
	TESTQ(s.ahead, s.ahead)
	JS(LabelRef(label))
	for _, line := range lines {
		from := GP64()
		LEAQ(line, from)
		for l := range 4 {
			PREFETCHT0(Mem{Base: from, Index: s.ahead, Scale: 1, Disp: l * 64})
		}
	}
	Label(label)
}

// lookUp adds what the nibbles find in each table to the sums, or begins them.
func (s *scan) lookUp(tables []reg.VecVirtual, index reg.VecVirtual, sums []reg.VecVirtual, first bool) {
	t := s.reg()
	for p := range tables {
		if first {
			VPSHUFB(index, tables[p], sums[p])
			continue
		}
		VPSHUFB(index, tables[p], t)
		VPADDB(t, sums[p], sums[p])
	}
}

// widen adds eight look-ups to the words.
func (s *scan) widen(i int, sums []reg.VecVirtual) {
	add := func(x reg.VecVirtual, sum Op) {
		if r, ok := sum.(reg.VecVirtual); ok {
			VPADDW(x, r, r)
			return
		}
		t := s.reg()
		VPADDW(sum, x, t)
		s.move(t, sum)
	}
	t := s.reg()
	for p := range sums {
		add(sums[p], s.words[i][p])
		VPSRLW(Imm(8), sums[p], t)
		add(t, s.odd[i][p])
	}
}

// finish turns the sums of a block of each stream into scores and masks.
func (s *scan) finish(scores, masks reg.Register) {
	s.fetch(s.line, "fetchedFactors") // which follow the last line
	factors, toScores, toMasks := GP64(), GP64(), GP64()
	MOVQ(s.lineBase, factors)
	MOVQ(scores, toScores)
	MOVQ(masks, toMasks)
	for i := range s.streams {
		mask := GP64()
		XORQ(mask, mask)
		for h := range s.halves() {
			s.finishVector(i*s.halves()+h, h, factors, toScores, mask)
		}
		MOVQ(mask, at(toMasks, 0))
		if i < s.streams-1 {
			ADDQ(s.line[1].Index, factors)
			skip(Load(Param("apart"), GP64()), toScores, toMasks)
		}
	}
}

// finishVector does one half of a block. Byte 4j+k of a line is code 16k+j, so dword j holds the four codes of the same j.
func (s *scan) finishVector(i, half int, factors, scores, mask reg.Register) {
	words, odd := s.split(i)
	arg, numbers := s.reg(), Load(Param("numbers"), GP64())
	for k := range 4 {
		dot := s.dot(words, odd, k)
		VPADDD(dot, dot, dot)
		VPBROADCASTD(at(numbers, 0), arg)
		VPADDD(arg, dot, dot)
		f, scale := s.reg(), s.reg()
		s.move(at(factors, k*64+half*s.bytes), f)
		s.and(symbol("lowWords"), f, scale)
		VPSRAD(Imm(16), f, f)
		VPMULLD(scale, dot, dot)
		VPBROADCASTD(at(numbers, 4), arg)
		VPMULLD(arg, f, f)
		VPADDD(f, dot, dot)
		s.move(dot, at(scores, k*64+half*s.bytes))
		s.sum.add(dot, scale)
		VPBROADCASTD(at(numbers, 8), arg)
		s.hits(dot, arg, k*16+half*8, mask)
	}
}

// split gives the sums of even bytes and of odd ones, each as words.
func (s *scan) split(i int) (words, odd []reg.VecVirtual) {
	for p := range s.parts() {
		t, w, o := s.reg(), s.reg(), s.reg()
		s.move(s.odd[i][p], o)
		s.move(s.words[i][p], w)
		VPSLLW(Imm(8), o, t)
		VPSUBW(t, w, w)
		words, odd = append(words, w), append(odd, o)
	}
	return words, odd
}

// dot is the sum over set bits of the codes 16k … 16k+15, less its constant.
func (s *scan) dot(words, odd []reg.VecVirtual, k int) reg.VecVirtual {
	part := func(p int) reg.VecVirtual {
		from, t := words[p], s.reg()
		if k%2 == 1 {
			from = odd[p]
		}
		if k < 2 {
			s.and(symbol("lowWords"), from, t)
		} else {
			VPSRLD(Imm(16), from, t)
		}
		return t
	}
	dot := part(0)
	if s.parts() == 2 {
		high := part(1)
		VPSLLD(Imm(5), high, high)
		VPADDD(high, dot, dot)
	}
	return dot
}

// hits sets the bits of scores that reach the threshold.
func (s *scan) hits(dot, threshold reg.VecVirtual, shift int, mask reg.Register) {
	g := GP64()
	if s.wide() {
		k := K()
		VPCMPD(Imm(5), threshold, dot, k) // 5: not less
		KMOVW(k, g.As32())
	} else {
		VPCMPGTD(dot, threshold, threshold)
		VMOVMSKPS(threshold, g.As32())
		XORL(U32(0xFF), g.As32())
	}
	SHLQ(U8(shift), g)
	ORQ(g, mask)
}
