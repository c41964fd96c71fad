package main

import (
	"encoding/binary"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func posting() {
	unpackTables()
	for _, v := range isas {
		for _, stored := range []bool{false, true} {
			(&unpack{isa: v}).write(stored)
		}
		(&scatter{unpack: unpack{isa: v, whole: true}}).writeUnpack()
		(&scatter{unpack: unpack{isa: v, whole: true}}).write()
		v.cut()
	}
	avx512.dense()
}

const (
	widest     = 32 // bits of a delta
	oneLoadMax = 25 // widest delta that always lies within 4 bytes
	postings   = 128
)

// unpackTables writes, for each width, which bytes hold each delta and how far it must be shifted down. AVX-512 shuffles
// the 64 bytes from a row's start; AVX2 two times 16 bytes for eight deltas, the second from byte width/2 on.
func unpackTables() {
	index := make([]byte, 0, 64*(widest+1))
	for w := range widest + 1 {
		for l := range 16 {
			for b := range 4 {
				index = append(index, byte((l*w/8+b)%64))
			}
		}
	}
	byteTable("unpackIndexAVX512", index)
	GLOBL("unpackShiftAVX512", RODATA|NOPTR)
	for w := range widest + 1 {
		for l := range 16 {
			DATA(w*64+l*4, U32(l*w%8))
		}
	}
	halfBit := func(w, l int) int { return l/4*(4*w%8) + l%4*w }
	for part, name := range []string{"unpackIndexAVX2", "unpackIndexHighAVX2"} {
		index = index[:0]
		for w := range widest + 1 {
			for l := range 8 {
				for b := range 4 {
					from := halfBit(w, l)/8 + b + 4*part
					if from > 15 {
						from = 0x80
					}
					index = append(index, byte(from))
				}
			}
		}
		byteTable(name, index)
	}
	GLOBL("unpackShiftAVX2", RODATA|NOPTR)
	for w := range widest + 1 {
		for l := range 8 {
			DATA(w*32+l*4, U32(halfBit(w, l)%8))
		}
	}
	GLOBL("eights", RODATA|NOPTR)
	for l := range 16 {
		DATA(l*4, U32(8*l))
	}
	GLOBL("count16", RODATA|NOPTR)
	for l := range 16 {
		DATA(l*4, U32(l))
	}
	GLOBL("dwordsUp1", RODATA|NOPTR) // for VPERMD: lane l takes lane l−1
	for l := range 8 {
		DATA(l*4, U32(max(l-1, 0)))
	}
}

// byteTable writes a table, eight bytes a line.
func byteTable(name string, b []byte) {
	GLOBL(name, RODATA|NOPTR)
	for i := 0; i < len(b); i += 8 {
		DATA(i, U64(binary.LittleEndian.Uint64(b[i:])))
	}
}

func symbol(name string) Mem { return NewDataAddr(Symbol{Name: name, Static: true}, 0) }

// unpack writes the decoder of a block's documents. Row r of a block holds the deltas of documents 8·lane + r, so rows are added
// downwards, and one prefix sum over the lanes' totals ends it.
type unpack struct {
	isa
	src, width reg.Register
	whole      bool             // class bytes follow the deltas: 64 bytes from the last row's start may be read
	rows       []reg.VecVirtual // AVX-512: the eight rows
	scratch    Mem              // AVX2: 512 bytes, the rows
}

func (u *unpack) write(stored bool) {
	name := "unpackDeltas"
	if stored {
		name = "unpackStored"
	}
	text(name+u.name, "func(dst *uint32, base uint32, src *byte, width uint)")
	dst, first := Load(Param("dst"), GP64()), GP32()
	u.src, u.width = Load(Param("src"), GP64()), Load(Param("width"), GP64())
	Load(Param("base"), first)
	u.load(first)
	if u.wide() {
		if !stored {
			u.transpose16()
		}
		for r, x := range u.rows {
			u.move(x, at(dst, 64*r))
		}
	} else {
		u.storeAVX2(dst, stored)
	}
	VZEROUPPER()
	RET()
}

// load leaves the documents of the block at src, which follows document base, in rows or in scratch.
func (u *unpack) load(base reg.GPVirtual) {
	INCL(base)
	if u.wide() {
		u.load512(base)
	} else {
		u.load2(base)
	}
}

// load512: a row is 16 deltas in 2·width bytes.
func (u *unpack) load512(first reg.GPVirtual) {
	bytes, ones, keep := GP64(), GP64(), K()
	LEAQ(Mem{Base: u.width, Index: u.width, Scale: 1}, bytes)
	MOVQ(I32(-1), ones)
	BZHIQ(bytes, ones, ones)
	KMOVQ(ones, keep)
	table, entry := GP64(), GP64()
	MOVQ(u.width, entry)
	SHLQ(Imm(6), entry)
	index, shift, mask := ZMM(), ZMM(), ZMM()
	LEAQ(symbol("unpackIndexAVX512"), table)
	VMOVDQU32(Mem{Base: table, Index: entry, Scale: 1}, index)
	LEAQ(symbol("unpackShiftAVX512"), table)
	VMOVDQU32(Mem{Base: table, Index: entry, Scale: 1}, shift)
	bits := GP64()
	MOVQ(I32(-1), bits)
	BZHIQ(u.width, bits, bits)
	VPBROADCASTD(bits.As32(), mask)

	u.rows = u.regs(8)
	row := GP64()
	each := func(part func(x reg.VecVirtual) Op, more func(x reg.VecVirtual)) {
		MOVQ(u.src, row)
		for r, x := range u.rows {
			if u.whole {
				VMOVDQU8(at(row, 0), part(x))
			} else {
				VMOVDQU8_Z(at(row, 0), keep, part(x))
			}
			ADDQ(bytes, row)
			more(x)
			VPANDD(mask, x, x)
			if r > 0 {
				VPADDD(u.rows[r-1], x, x)
			}
		}
	}
	one := func(x reg.VecVirtual) {
		VPERMB(x, index, x)
		VPSRLVD(shift, x, x)
	}
	// Narrow rows are loaded narrowly: a load across two cache lines costs twice.
	CMPQ(u.width, Imm(16/2))
	JA(LabelRef("above8"))
	each(func(x reg.VecVirtual) Op { return x.AsX() }, one)
	JMP(LabelRef("prefix"))
	Label("above8")
	CMPQ(u.width, Imm(32/2))
	JA(LabelRef("above16"))
	each(func(x reg.VecVirtual) Op { return x.AsY() }, one)
	JMP(LabelRef("prefix"))
	Label("above16")
	all := func(x reg.VecVirtual) Op { return x }
	CMPQ(u.width, Imm(oneLoadMax))
	JA(LabelRef("wide"))
	each(all, one)
	JMP(LabelRef("prefix"))
	Label("wide")
	indexHigh, shiftHigh, high := ZMM(), u.dwords(0x04040404), ZMM()
	VPADDB(shiftHigh, index, indexHigh)
	VPSUBD(shift, u.dwords(32), shiftHigh)
	each(all, func(x reg.VecVirtual) {
		VPERMB(x, indexHigh, high)
		VPERMB(x, index, x)
		VPSLLVD(shiftHigh, high, high)
		VPSRLVD(shift, x, x)
		VPORD(high, x, x)
	})
	Label("prefix")
	u.prefix512(first)
}

// prefix512 adds what stands before each lane: first, 8 a lane, and the totals of the lanes before.
func (u *unpack) prefix512(first reg.GPVirtual) {
	sum, t, zero := ZMM(), ZMM(), ZMM()
	u.zero(zero)
	VMOVDQA32(u.rows[7], sum)
	for n := 1; n < 16; n *= 2 {
		VALIGND(U8(16-n), zero, sum, t)
		VPADDD(t, sum, sum)
	}
	VPSUBD(u.rows[7], sum, sum)
	VPBROADCASTD(first, t)
	VPADDD(t, sum, sum)
	VPADDD(symbol("eights"), sum, sum)
	one := u.dwords(1)
	for r, x := range u.rows {
		VPADDD(sum, x, x)
		if r < 7 {
			VPADDD(one, sum, sum)
		}
	}
}

// transpose16 turns rows of documents 8·lane + r into ascending order.
func (u *unpack) transpose16() {
	var low, high [4]reg.VecVirtual
	for i := range low {
		low[i], high[i] = ZMM(), ZMM()
		VPUNPCKLDQ(u.rows[2*i+1], u.rows[2*i], low[i])
		VPUNPCKHDQ(u.rows[2*i+1], u.rows[2*i], high[i])
	}
	var a, b [4]reg.VecVirtual
	quads := func(from [4]reg.VecVirtual, i, j int) {
		for k := range 2 {
			a[j+k], b[j+k] = ZMM(), ZMM()
		}
		VPUNPCKLQDQ(from[1], from[0], a[j])
		VPUNPCKHQDQ(from[1], from[0], a[j+1])
		VPUNPCKLQDQ(from[3], from[2], b[j])
		VPUNPCKHQDQ(from[3], from[2], b[j+1])
	}
	quads(low, 0, 0)
	quads(high, 0, 2)
	for j := 0; j < 4; j += 2 {
		s := u.regs(4)
		VSHUFI32X4(U8(0x44), b[j], a[j], s[0])
		VSHUFI32X4(U8(0xEE), b[j], a[j], s[1])
		VSHUFI32X4(U8(0x44), b[j+1], a[j+1], s[2])
		VSHUFI32X4(U8(0xEE), b[j+1], a[j+1], s[3])
		for lane := range 4 {
			x := ZMM()
			imm := []int{0x88, 0xDD}[lane%2]
			VSHUFI32X4(U8(imm), s[2+lane/2], s[lane/2], x)
			u.rows[2*lane+j/2] = x
		}
	}
}

// load2: eight deltas are width bytes; the upper four start at byte width/2 of them.
func (u *unpack) load2(first reg.GPVirtual) {
	u.scratch = AllocLocal(512)
	entry, table := GP64(), GP64()
	MOVQ(u.width, entry)
	SHLQ(Imm(5), entry)
	index, shift, mask := YMM(), YMM(), YMM()
	LEAQ(symbol("unpackIndexAVX2"), table)
	VMOVDQU(Mem{Base: table, Index: entry, Scale: 1}, index)
	LEAQ(symbol("unpackShiftAVX2"), table)
	VMOVDQU(Mem{Base: table, Index: entry, Scale: 1}, shift)
	indexHigh, shiftHigh := YMM(), u.dwords(32)
	LEAQ(symbol("unpackIndexHighAVX2"), table)
	VMOVDQU(Mem{Base: table, Index: entry, Scale: 1}, indexHigh)
	VPSUBD(shift, shiftHigh, shiftHigh)
	bits, half := GP64(), GP64()
	MOVQ(I32(-1), bits)
	BZHIQ(u.width, bits, bits)
	u.spread(bits.As32().(reg.GPVirtual), mask)
	MOVQ(u.width, half)
	SHRQ(Imm(1), half)

	sums := u.regs(2)
	u.zero(sums[0])
	u.zero(sums[1])
	from, x, high := GP64(), YMM(), YMM()
	MOVQ(u.src, from)
	for i := range 16 {
		VMOVDQU(at(from, 0), x.AsX())
		VINSERTI128(Imm(1), Mem{Base: from, Index: half, Scale: 1}, x, x)
		ADDQ(u.width, from)
		VPSHUFB(indexHigh, x, high)
		VPSHUFB(index, x, x)
		VPSLLVD(shiftHigh, high, high)
		VPSRLVD(shift, x, x)
		VPOR(high, x, x)
		VPAND(mask, x, x)
		VPADDD(x, sums[i%2], sums[i%2])
		VMOVDQU(sums[i%2], u.scratch.Offset(i*32))
	}
	u.prefix2(first, sums)
}

// prefix2 does what prefix512 does, on rows in scratch.
func (u *unpack) prefix2(first reg.GPVirtual, sums []reg.VecVirtual) {
	start, t, up := YMM(), YMM(), YMM()
	u.spread(first, start)
	VMOVDQU(symbol("dwordsUp1"), up)
	zero, last := YMM(), YMM()
	u.zero(zero)
	for h, sum := range sums {
		total := YMM()
		VMOVDQA(sum, total)
		VPERMD(sum, up, sum) // exclusive: everything one lane up
		VPBLENDD(Imm(1), zero, sum, sum)
		for n := 1; n < 8; n *= 2 {
			u.shiftLanes(n, sum, t)
			VPADDD(t, sum, sum)
		}
		VPADDD(start, sum, sum)
		VPADDD(symbol("eights").Offset(32*h), sum, sum)
		if h == 0 { // what lanes 8–15 start from
			VPADDD(total, sum, last)
			VPSUBD(symbol("eights"), last, last)
			VEXTRACTI128(Imm(1), last, last.AsX())
			VPSHUFD(U8(0xFF), last.AsX(), last.AsX())
			VPBROADCASTD(last.AsX(), start)
		}
	}
	one, x := u.dwords(1), YMM()
	for i := range 16 {
		VPADDD(u.scratch.Offset(i*32), sums[i%2], x)
		VMOVDQU(x, u.scratch.Offset(i*32))
		VPADDD(one, sums[i%2], sums[i%2])
	}
}

// shiftLanes moves dwords n lanes up, zeros in.
func (u *unpack) shiftLanes(n int, x, dst reg.VecVirtual) {
	VPERM2I128(U8(0x08), x, x, dst) // zero, low half
	if n == 4 {
		return
	}
	VPALIGNR(U8(16-4*n), dst, x, dst)
}

// storeAVX2 copies the rows to dst, or transposes them.
func (u *unpack) storeAVX2(dst reg.Register, stored bool) {
	for h := range 2 {
		r := u.regs(8)
		for i := range r {
			VMOVDQU(u.scratch.Offset(i*64+h*32), r[i])
			if stored {
				VMOVDQU(r[i], at(dst, i*64+h*32))
			}
		}
		if !stored {
			transpose8(r, func(lane int, x reg.VecVirtual) { VMOVDQU(x, at(dst, h*256+lane*32)) })
		}
	}
}

// transpose8 gives the columns of an 8 × 8 matrix of dwords.
func transpose8(r []reg.VecVirtual, column func(lane int, x reg.VecVirtual)) {
	t := YMM()
	for i := 0; i < 8; i += 2 {
		VPUNPCKLDQ(r[i+1], r[i], t)
		VPUNPCKHDQ(r[i+1], r[i], r[i+1])
		VMOVDQA(t, r[i])
	}
	for _, i := range []int{0, 1, 4, 5} {
		VPUNPCKLQDQ(r[i+2], r[i], t)
		VPUNPCKHQDQ(r[i+2], r[i], r[i+2])
		VMOVDQA(t, r[i])
	}
	for lane, i := range []int{0, 2, 1, 3} { // r[i]: rows 0–3 of lanes lane and lane+4; r[i+4]: rows 4–7
		VPERM2I128(U8(0x20), r[i+4], r[i], t)
		column(lane, t)
		VPERM2I128(U8(0x31), r[i+4], r[i], t)
		column(lane+4, t)
	}
}

// scatter writes the adding of posting blocks to a stripe. With AVX-512 several blocks are decoded before any is
// added up: their chains of dependent steps overlap, and then the additions run without a pause.
type scatter struct {
	unpack
	size            reg.VecVirtual // of the stripe
	offsets         reg.Register   // 512 bytes a block
	sumLow, sumHigh reg.VecVirtual // AVX-512: of low and high bytes
	scores          reg.Register
}

func (s *scatter) write() {
	text("scatterBlocks"+s.name, "func(scores *uint16, size, start uint32, data *byte, refs *uint64, n int, table *byte, scratch *byte) int64")
	s.offsets = Load(Param("scratch"), GP64())
	if s.wide() {
		s.write512()
	} else {
		s.write2()
	}
	VZEROUPPER()
	RET()
}

// writeUnpack writes the decoding of several blocks, in stored order.
func (s *scatter) writeUnpack() {
	text("unpackBlocks"+s.name, "func(dst *uint32, data *byte, refs *uint64, n int)")
	dst, refs, n, data := Load(Param("dst"), GP64()), Load(Param("refs"), GP64()), Load(Param("n"), GP64()), Load(Param("data"), GP64())
	Label("decode")
	s.load(s.next(refs, data))
	if s.wide() {
		for r, x := range s.rows {
			s.move(x, at(dst, 64*r))
		}
	} else {
		s.storeAVX2(dst, true)
	}
	ADDQ(U32(4*postings), dst)
	ADDQ(Imm(16), refs)
	DECQ(n)
	JNZ(LabelRef("decode"))
	VZEROUPPER()
	RET()
}

// blocksAhead is how many bytes ahead of a block those after it are fetched.
const blocksAhead = 2048

// next reads a reference: 8 bytes of place, 4 of base, 4 of width.
func (s *scatter) next(refs, data reg.Register) (base reg.GPVirtual) {
	base = GP32()
	src, width := GP64(), GP64()
	MOVQ(at(refs, 0), src)
	ADDQ(data, src)
	for line := 0; line < 256; line += 64 { // blocks of a list lie one after the other
		prefetch(src, blocksAhead+line)
	}
	MOVL(at(refs, 8), base)
	MOVL(at(refs, 12), width.As32())
	s.src, s.width = src, width
	return base
}

// classes is where the class bytes start.
func (s *scatter) classes() reg.GPVirtual {
	classes := GP64()
	MOVQ(s.width, classes)
	SHLQ(Imm(4), classes)
	ADDQ(s.src, classes)
	return classes
}

// startAt is the argument start, in memory.
func (s *scatter) startAt() Mem {
	c, err := Param("start").Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

func (s *scatter) stripe() {
	s.size = s.reg()
	s.spread(Load(Param("size"), GP32()).(reg.GPVirtual), s.size)
}

const scratchBytes = 768 // of a block: 128 offsets, 128 impacts

func (s *scatter) write512() {
	refs, n, data := Load(Param("refs"), GP64()), Load(Param("n"), GP64()), Load(Param("data"), GP64())
	s.stripe()
	s.sumLow, s.sumHigh = ZMM(), ZMM()
	s.zero(s.sumLow)
	s.zero(s.sumHigh)
	Label("decode")
	base := s.next(refs, data)
	SUBL(s.startAt(), base) // from here on documents count from the stripe's start
	s.load(base)
	parts := s.impacts512(s.classes(), Load(Param("table"), GP64()))
	s.offsets512()
	s.sum512(parts)
	ADDQ(U32(scratchBytes), s.offsets)
	ADDQ(Imm(16), refs)
	DECQ(n)
	JNZ(LabelRef("decode"))

	VPSLLQ(Imm(8), s.sumHigh, s.sumHigh)
	VPADDQ(s.sumHigh, s.sumLow, s.sumLow)
	Store(s.fold64(s.sumLow), ReturnIndex(0))
	s.add512()
}

func (s *scatter) write2() {
	refs, n, data := Load(Param("refs"), GP64()), Load(Param("n"), GP64()), Load(Param("data"), GP64())
	sum := GP64()
	XORQ(sum, sum)
	Label("block")
	base := s.next(refs, data)
	SUBL(s.startAt(), base)
	s.load(base)
	s.stripe()
	s.offsets2()
	s.add2(sum)
	ADDQ(Imm(16), refs)
	DECQ(n)
	JNZ(LabelRef("block"))
	Store(sum, ReturnIndex(0))
}

// offsets512 stores where each document goes. Documents outside of the stripe go to the word behind it, and their impacts
// are cleared.
func (s *scatter) offsets512() {
	top, inside, flag := ZMM(), K(), GP32()
	for r, x := range s.rows {
		s.move(x, at(s.offsets, 64*r))
		if r == 0 {
			VMOVDQA32(x, top)
		} else {
			VPMAXUD(x, top, top)
		}
	}
	VPCMPUD(Imm(1), s.size, top, inside) // 1: less
	KMOVW(inside, flag)
	XORL(U32(0xFFFF), flag)
	JZ(LabelRef("inside"))
	outside, upper, zero := K(), K(), XMM()
	VPXOR(zero, zero, zero)
	for r, x := range s.rows {
		VPCMPUD(Imm(5), s.size, x, outside) // 5: not less
		VPMINUD(s.size, x, x)
		s.move(x, at(s.offsets, 64*r))
		VMOVDQU16(zero, outside, at(s.offsets, impactPlace(16*r)))
		KSHIFTRW(Imm(8), outside, upper)
		VMOVDQU16(zero, upper, at(s.offsets, impactPlace(16*r+8)))
	}
	JMP(LabelRef("cleared"))
	Label("inside")
}

// impactPlace is where the scratch of a block holds the impact of its i-th class: unpacking bytes to words leaves the two halves of a
// row 64 bytes apart.
func impactPlace(i int) int { return 512 + i/64*128 + i%64/16*16 + i%16/8*64 + i%8*2 }

// sum512 adds the impacts of a block to the sums of low and high bytes: from registers, or, where some were cleared, from memory.
func (s *scatter) sum512(parts [4]reg.VecVirtual) {
	zero, x, high := ZMM(), ZMM(), ZMM()
	s.zero(zero)
	add := func(x, sum reg.VecVirtual) {
		VPSADBW(zero, x, x)
		VPADDQ(x, sum, sum)
	}
	for i, part := range parts {
		add(part, []reg.VecVirtual{s.sumLow, s.sumHigh}[i%2])
	}
	JMP(LabelRef("summed"))
	Label("cleared")
	s.zero(zero)
	low8 := s.dwords(0x00FF00FF)
	for i := range 4 {
		s.move(at(s.offsets, 512+64*i), x)
		VPSRLW(Imm(8), x, high)
		s.and(low8, x, x)
		add(x, s.sumLow)
		add(high, s.sumHigh)
	}
	Label("summed")
}

// impacts512 looks 128 class bytes up: low bytes of impacts in four vectors of the table, high bytes in four more. A look-up takes 7
// bits of the class; the last one chooses between two.
func (s *scatter) impacts512(classes, table reg.Register) (parts [4]reg.VecVirtual) {
	t := s.regs(8)
	for i := range t {
		s.move(at(table, 64*i), t[i])
	}
	for g := range 2 {
		c, part := ZMM(), ZMM()
		s.move(at(classes, 64*g), c)
		low, high := lookUpImpacts(c, t)
		parts[2*g], parts[2*g+1] = low, high
		VPUNPCKLBW(high, low, part)
		s.move(part, at(s.offsets, 512+128*g))
		VPUNPCKHBW(high, low, part)
		s.move(part, at(s.offsets, 512+128*g+64))
	}
	return parts
}

func lookUpImpacts(c reg.VecVirtual, t []reg.VecVirtual) (low, high reg.VecVirtual) {
	k := K()
	VPMOVB2M(c, k)
	half := func(t []reg.VecVirtual) reg.VecVirtual {
		a, b := ZMM(), ZMM()
		VMOVDQA32(c, a)
		VMOVDQA32(c, b)
		VPERMI2B(t[1], t[0], a)
		VPERMI2B(t[3], t[2], b)
		VPBLENDMB(b, a, k, a)
		return a
	}
	return half(t[:4]), half(t[4:])
}

// add512 adds the words of all blocks.
func (s *scatter) add512() {
	scores, n, block := Load(Param("scores"), GP64()), Load(Param("n"), GP64()), Load(Param("scratch"), GP64())
	where, what := GP64(), GP64()
	Label("add")
	for i := range postings {
		MOVL(at(block, 4*i), where.As32())
		MOVWLZX(at(block, impactPlace(i)), what.As32())
		ADDW(what.As16(), Mem{Base: scores, Index: where, Scale: 2})
	}
	ADDQ(U32(scratchBytes), block)
	DECQ(n)
	JNZ(LabelRef("add"))
}

func (s *scatter) offsets2() {
	x := YMM()
	for i := range 16 {
		VMOVDQU(s.scratch.Offset(32*i), x)
		VPMINUD(x, s.size, x)
		VMOVDQU(x, at(s.offsets, 32*i))
	}
}

// add2 looks each class up in the words of the table, which stand behind its bytes. What goes to the word behind the stripe is 0.
func (s *scatter) add2(sum reg.Register) {
	scores, table, size := Load(Param("scores"), GP64()), Load(Param("table"), GP64()), Load(Param("size"), GP32())
	to, turns, classes, zero := GP64(), GP64(), s.classes(), GP64()
	MOVQ(s.offsets, to)
	MOVQ(U32(postings/16), turns)
	XORQ(zero, zero)
	Label("add")
	where, what := GP64(), GP64()
	for i := range 16 {
		MOVBLZX(at(classes, i), what.As32())
		MOVL(at(to, 4*i), where.As32())
		MOVWLZX(Mem{Base: table, Index: what, Scale: 2, Disp: 512}, what.As32())
		CMPL(where.As32(), size)
		CMOVQEQ(zero, what)
		ADDW(what.As16(), Mem{Base: scores, Index: where, Scale: 2})
		ADDQ(what, sum)
	}
	ADDQ(Imm(64), to)
	ADDQ(Imm(16), classes)
	DECQ(turns)
	JNZ(LabelRef("add"))
}

// cut writes the search of a stripe for scores above a limit. It empties the stripe.
func (v isa) cut() {
	text("cutStripe"+v.name, "func(scores *uint16, groups int, above uint32, group *uint32, mask *uint64, out *uint16) (sum, hits int64)")
	scores, groups := Load(Param("scores"), GP64()), Load(Param("groups"), GP64())
	group, mask, out := Load(Param("group"), GP64()), Load(Param("mask"), GP64()), Load(Param("out"), GP64())
	limit, above := v.reg(), GP32()
	Load(Param("above"), above)
	if v.wide() {
		VPBROADCASTW(above, limit)
	} else {
		VMOVD(above, limit.AsX())
		VPBROADCASTW(limit.AsX(), limit)
	}
	zero, total, highs := v.reg(), v.reg(), v.reg()
	for _, r := range []reg.VecVirtual{zero, total, highs} {
		v.zero(r)
	}
	highMask := v.dwords(0xFF00FF00)
	number, hits := GP32(), GP64()
	XORL(number, number)
	XORQ(hits, hits)

	Label("group")
	x := v.regs(128 / v.bytes)
	t := v.reg()
	for i := range x {
		v.move(at(scores, i*v.bytes), x[i])
		v.move(zero, at(scores, i*v.bytes))
		VPSADBW(zero, x[i], t) // all bytes; the high ones count 255 times more
		VPADDQ(t, total, total)
		v.and(highMask, x[i], t)
		VPSADBW(zero, t, t)
		VPADDQ(t, highs, highs)
	}
	found := v.above(x, limit, zero)
	TESTQ(found, found)
	JZ(LabelRef("next"))
	MOVQ(found, at(mask, 0))
	MOVL(number, at(group, 0))
	for i := range x {
		v.move(x[i], at(out, i*v.bytes))
	}
	ADDQ(Imm(8), mask)
	ADDQ(Imm(4), group)
	ADDQ(U32(128), out)
	INCQ(hits)
	Label("next")
	ADDQ(U32(128), scores)
	INCL(number)
	DECQ(groups)
	JNZ(LabelRef("group"))

	Store(hits, Return("hits"))
	VPSLLQ(Imm(8), highs, t)
	VPSUBQ(highs, t, t)
	VPADDQ(t, total, total)
	Store(v.fold64(total), Return("sum"))
	VZEROUPPER()
	RET()
}

// above sets a bit for each of 64 words that is above limit.
func (v isa) above(x []reg.VecVirtual, limit, zero reg.VecVirtual) reg.GPVirtual {
	found, upper := GP64(), GP64()
	if v.wide() {
		low, high := K(), K()
		VPCMPUW(Imm(6), limit, x[0], low) // 6: greater
		VPCMPUW(Imm(6), limit, x[1], high)
		KMOVD(low, found.As32())
		KMOVD(high, upper.As32())
	} else {
		for i, g := range []reg.GPVirtual{found, upper} {
			a, b := YMM(), YMM()
			VPSUBUSW(limit, x[2*i], a)
			VPSUBUSW(limit, x[2*i+1], b)
			VPCMPEQW(zero, a, a)
			VPCMPEQW(zero, b, b)
			VPACKSSWB(b, a, a)
			VPERMQ(U8(0xD8), a, a)
			VPMOVMSKB(a, g.As32())
			NOTL(g.As32())
		}
	}
	SHLQ(Imm(32), upper)
	ORQ(upper, found)
	return found
}

// dense writes the adding of a list with a class byte and a bit for every document.
func (v isa) dense() {
	text("scatterDense"+v.name, "func(scores *uint16, words int, present *uint64, classes *byte, table *byte) int64")
	scores, words := Load(Param("scores"), GP64()), Load(Param("words"), GP64())
	present, classes, table := Load(Param("present"), GP64()), Load(Param("classes"), GP64()), Load(Param("table"), GP64())
	t := v.regs(8)
	for i := range t {
		v.move(at(table, 64*i), t[i])
	}
	GLOBL("spreadQuads", RODATA|NOPTR) // so that unpacking bytes to words keeps their order
	for i, q := range []int{0, 4, 1, 5, 2, 6, 3, 7} {
		DATA(i*8, U64(q))
	}
	order, zero, sumLow, sumHigh := ZMM(), ZMM(), ZMM(), ZMM()
	v.move(symbol("spreadQuads"), order)
	for _, r := range []reg.VecVirtual{zero, sumLow, sumHigh} {
		v.zero(r)
	}
	Label("word")
	c, here := ZMM(), K()
	prefetch(classes, prefetchBytes)
	v.move(at(classes, 0), c)
	low, high := lookUpImpacts(c, t)
	KMOVQ(at(present, 0), here)
	part := ZMM()
	VMOVDQU8_Z(low, here, low)
	VMOVDQU8_Z(high, here, high)
	VPSADBW(zero, low, part)
	VPADDQ(part, sumLow, sumLow)
	VPSADBW(zero, high, part)
	VPADDQ(part, sumHigh, sumHigh)
	VPERMQ(low, order, low)
	VPERMQ(high, order, high)
	VPUNPCKLBW(high, low, part)
	VPADDW(at(scores, 0), part, part)
	v.move(part, at(scores, 0))
	VPUNPCKHBW(high, low, part)
	VPADDW(at(scores, 64), part, part)
	v.move(part, at(scores, 64))
	ADDQ(Imm(8), present)
	ADDQ(Imm(64), classes)
	ADDQ(U32(128), scores)
	DECQ(words)
	JNZ(LabelRef("word"))
	VPSLLQ(Imm(8), sumHigh, sumHigh)
	VPADDQ(sumHigh, sumLow, sumLow)
	Store(v.fold64(sumLow), ReturnIndex(0))
	VZEROUPPER()
	RET()
}
