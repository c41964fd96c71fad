package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func onebit() {
	for _, bits := range []int{8, 4} {
		(&scan{isa: avx2, bits: bits, abreast: 1}).write()
		for _, abreast := range []int{1, 2, 4} {
			(&scan{isa: avx512, bits: bits, abreast: abreast}).write()
		}
	}
}

// scan writes the scan of one-bit blocks. A vector holds the same 8 dimensions of 64 codes (32 with AVX2, which walks
// a block twice): its nibbles look partial sums up by a shuffle. Eight look-ups fit a byte; then bytes are added to
// words: as they are (even bytes plus 256 × odd ones) and shifted (odd ones); the odd ones are taken off at the end.
// Four blocks abreast share the loads of tables; that is for blocks in the cache. From memory, one block
// after the other with a fetch ahead is faster: four places close to each other mislead the processor's own prefetching.
type scan struct {
	isa
	bits, abreast int

	table, ahead  reg.GPVirtual      // ahead: how many bytes ahead memory is asked for
	scores, masks []reg.Register     // of each stream
	line          []reg.GPVirtual    // of each block
	nibble        reg.VecVirtual     // 0x0F in every byte
	words, odd    [][]reg.VecVirtual // [block][part] running sums; parts are low and, with 8 bits, high
	low16         reg.VecVirtual
	sum           scoreSum
}

// parts is how many tables a nibble has.
func (s *scan) parts() int { return s.bits / 4 }

func (s *scan) write() {
	text(fmt.Sprintf("scanBits%dx%d%s", s.bits, s.abreast, s.name),
		"func(scores *int32, masks *uint64, n int, table *byte, lines int, blocks *byte, numbers *int32) int64")
	n := Load(Param("n"), GP64())
	s.outputs(n)
	block, mask := Load(Param("blocks"), GP64()), GP64()
	s.constants()

	Label("block")
	halves := 64 / s.bytes
	for i := range s.abreast * halves {
		if half := i % halves; half == 0 {
			XORQ(mask, mask)
		}
		s.block(block, i, halves, mask)
		if i%halves == halves-1 {
			b := i / halves
			MOVQ(mask, at(s.masks[b%len(s.masks)], b/len(s.masks)*8))
		}
	}
	last := s.line[s.abreast-1]
	if s.far() {
		last = s.line[0]
	}
	LEAQ(at(last, 256-(halves-1)*s.bytes), block)
	for i := range s.masks {
		ADDQ(Imm(uint64(8*s.abreast/len(s.masks))), s.masks[i])
		ADDQ(U32(256*s.abreast/len(s.masks)), s.scores[i])
	}
	DECQ(n)
	JNZ(LabelRef("block"))

	Store(s.sum.total(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// far says that the blocks abreast are n blocks apart, two streams that keep more of the memory busy, and not neighbours.
func (s *scan) far() bool { return s.abreast == 2 }

// outputs sets where the scores and masks of the streams go.
func (s *scan) outputs(n reg.Register) {
	s.scores, s.masks = []reg.Register{Load(Param("scores"), GP64())}, []reg.Register{Load(Param("masks"), GP64())}
	if !s.far() {
		return
	}
	scores, masks := GP64(), GP64()
	MOVQ(n, scores)
	SHLQ(Imm(8), scores)
	ADDQ(s.scores[0], scores)
	LEAQ(Mem{Base: s.masks[0], Index: n, Scale: 8}, masks)
	s.scores, s.masks = append(s.scores, scores), append(s.masks, masks)
}

func (s *scan) constants() {
	s.nibble, s.low16 = s.dwords(0x0F0F0F0F), s.dwords(0xFFFF)
	s.sum = newScoreSum(s.isa)
	s.table, s.ahead = GP64(), GP64()
	if s.abreast < 4 {
		MOVLQSX(at(Load(Param("numbers"), GP64()), 12), s.ahead)
	}
	for range s.abreast {
		s.line = append(s.line, GP64())
		s.words, s.odd = append(s.words, s.regs(s.parts())), append(s.odd, s.regs(s.parts()))
	}
}

// block does one half of a block; the lines of all blocks abreast are summed with the first.
func (s *scan) block(block reg.Register, i, halves int, mask reg.Register) {
	which, half := i/halves, i%halves
	if which == 0 {
		for b := range s.words {
			for p := range s.parts() {
				s.zero(s.words[b][p])
				s.zero(s.odd[b][p])
			}
		}
		s.lines(block, half)
	}
	s.finish(which, half, mask)
}

// lines adds up all lines of a block of each block, four (eight look-ups) at a time.
func (s *scan) lines(block reg.Register, half int) {
	loop := fmt.Sprintf("lines%d", half)
	Load(Param("table"), s.table)
	LEAQ(at(block, half*s.bytes), s.line[0])
	count := Load(Param("lines"), GP64())
	size := GP64()
	MOVQ(count, size)
	SHLQ(Imm(6), size)
	ADDQ(U32(256), size)
	if s.far() {
		IMULQ(s.distance(), size)
	}
	for i := 1; i < s.abreast; i++ {
		LEAQ(Mem{Base: s.line[i-1], Index: size, Scale: 1}, s.line[i])
	}
	Label(loop)
	sums := make([][]reg.VecVirtual, s.abreast)
	for i := range sums {
		sums[i] = s.regs(s.parts())
	}
	for l := range 4 {
		s.fourth(sums, l, half == 0)
	}
	t := s.reg()
	for i := range sums {
		for p := range s.parts() {
			VPADDW(sums[i][p], s.words[i][p], s.words[i][p])
			VPSRLW(Imm(8), sums[i][p], t)
			VPADDW(t, s.odd[i][p], s.odd[i][p])
		}
		ADDQ(U32(256), s.line[i])
	}
	ADDQ(U32(8*s.parts()*16), s.table)
	SUBQ(Imm(4), count)
	JNZ(LabelRef(loop))
}

// fourth does the l-th of four lines of every block. Abreast, lines are loaded for each nibble again: registers are scarcer than loads.
func (s *scan) fourth(sums [][]reg.VecVirtual, l int, ahead bool) {
	index, t, whole := s.reg(), s.reg(), s.regs(s.abreast)
	tables := s.regs(s.parts())
	for n := range 2 {
		for p := range tables {
			s.repeat16(at(s.table, ((2*l+n)*s.parts()+p)*16), tables[p])
		}
		for i, line := range s.line {
			if ahead && n == 0 && s.abreast < 4 {
				PREFETCHT0(Mem{Base: line, Index: s.ahead, Scale: 1, Disp: l * 64})
			}
			switch {
			case s.abreast < 4 && n == 0:
				s.move(at(line, l*64), whole[i])
				s.and(whole[i], s.nibble, index)
			case s.abreast < 4:
				VPSRLW(Imm(4), whole[i], index)
				s.and(s.nibble, index, index)
			case n == 0:
				s.and(at(line, l*64), s.nibble, index)
			default:
				s.move(at(line, l*64), index)
				VPSRLW(Imm(4), index, index)
				s.and(s.nibble, index, index)
			}
			for p := range tables {
				if l+n == 0 {
					VPSHUFB(index, tables[p], sums[i][p])
					continue
				}
				VPSHUFB(index, tables[p], t)
				VPADDB(t, sums[i][p], sums[i][p])
			}
		}
	}
}

// distance is how many blocks lie between two streams, in memory.
func (s *scan) distance() Mem {
	c, err := Param("n").Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

// finish turns the sums of a block (or half of one) into scores. Byte 4j+k of a line is code 16k+j, so dword j holds the
// four codes of the same j.
func (s *scan) finish(i, half int, mask reg.Register) {
	for p := range s.parts() {
		t := s.reg()
		VPSLLW(Imm(8), s.odd[i][p], t)
		VPSUBW(t, s.words[i][p], s.words[i][p]) // even bytes alone
	}
	arg, numbers := s.reg(), Load(Param("numbers"), GP64())
	for k := range 4 {
		dot := s.dot(i, k)
		VPADDD(dot, dot, dot)
		VPBROADCASTD(at(numbers, 0), arg)
		VPADDD(arg, dot, dot)
		f, scale := s.reg(), s.reg()
		s.move(at(s.line[i], k*64), f) // past the last line, the half's shift included
		s.and(s.low16, f, scale)
		VPSRAD(Imm(16), f, f)
		VPMULLD(scale, dot, dot)
		VPBROADCASTD(at(numbers, 4), arg)
		VPMULLD(arg, f, f)
		VPADDD(f, dot, dot)
		s.move(dot, at(s.scores[i%len(s.scores)], i/len(s.scores)*256+k*64+half*32))
		s.sum.add(dot, scale)
		VPBROADCASTD(at(numbers, 8), arg)
		s.hits(dot, arg, k*16+half*8, mask)
	}
}

// dot is the sum over set bits of the codes 16k … 16k+15, less its constant.
func (s *scan) dot(i, k int) reg.VecVirtual {
	part := func(p int) reg.VecVirtual {
		from, t := s.words[i][p], s.reg()
		if k%2 == 1 {
			from = s.odd[i][p]
		}
		if k < 2 {
			s.and(s.low16, from, t)
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
