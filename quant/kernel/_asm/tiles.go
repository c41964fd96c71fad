package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The tiles: six hold sums, of two bands of 16 rows and three times 16 columns; one holds a band of rows, one a part of the weights.
const (
	tileRowsNow, tileWeights = 6, 7
	tileHigh                 = 16              // rows of a tile
	tileDeep                 = 64              // bytes of a row of a tile
	tileScratch              = 2 * 16 * 3 * 64 // sums of six tiles
)

func tiles() {
	tileShapes()
	mulTilesInt8()
	mulTilesBlocks()
}

func tileShapes() {
	GLOBL("tileShapes", RODATA|NOPTR) // the operand of LDTILECFG: palette 1, eight tiles of 16 rows of 64 bytes
	DATA(0, U8(1))
	for t := range 8 {
		DATA(16+2*t, U16(tileDeep))
	}
	for t := range 8 {
		DATA(48+t, U8(tileHigh))
	}
	DATA(56, U64(0))
}

// startTiles loads the shapes, and leaves 64-byte aligned scratch for six tiles, and more, in R10. All registers of functions on tiles are
// chosen here and not by avo: bytes name them.
func startTiles(more int) {
	room := AllocLocal(tileScratch + more + 64)
	LEAQ(room, reg.R10)
	ADDQ(Imm(63), reg.R10)
	ANDQ(I8(-64), reg.R10)
	VMOVDQU32(symbol("tileShapes"), reg.Z0)
	VMOVDQU32(reg.Z0, at(reg.R10, 0))
	emit(loadConfig(numberR10))
}

// mulTilesInt8 writes products of rows of bytes and whole panels. The last panel's columns are those of mask. Rows are read up to
// a multiple of 16, and 64 bytes at a time.
//
//	AX, BX  rows of the first and the second band     CX  distance of rows
//	DX      weights                                   R8  192, the distance of four terms of a panel
//	R10     scratch: 32 rows of 48 sums               R9  192, its distance of rows
//	R11     outputs                                   R12 rows left
//	R13     scales of rows                            DI  0
func mulTilesInt8() {
	text("mulTilesInt8AMX", "func(c *float32, cStride int, a *uint8, k, steps, rows int, w *int8, base *int32, scale, bias, rowScale *float32, panels int, mask uint64)")
	wAt, cAt, columnAt, left := AllocLocal(8), AllocLocal(8), AllocLocal(8), AllocLocal(8)
	startTiles(0)
	Load(Param("k"), reg.RCX)
	MOVQ(U32(4*panelColumns), reg.R8)
	MOVQ(reg.R8, reg.R9)
	XORQ(reg.RDI, reg.RDI)
	keep := func(param string, to Mem) {
		Load(Param(param), reg.RAX)
		MOVQ(reg.RAX, to)
	}
	keep("w", wAt)
	keep("c", cAt)
	keep("panels", left)
	MOVQ(U32(0), columnAt)

	Label("panel")
	tileMasks(left)
	for j := range 3 {
		Load(Param("scale"), reg.RAX)
		ADDQ(columnAt, reg.RAX)
		VMOVUPS(at(reg.RAX, 64*j), tileScales[j])
		Load(Param("bias"), reg.RAX)
		ADDQ(columnAt, reg.RAX)
		VMOVUPS(at(reg.RAX, 64*j), tileBiases[j])
	}
	MOVQ(cAt, reg.R11)
	Load(Param("rows"), reg.R12)
	Load(Param("rowScale"), reg.R13)
	Load(Param("a"), reg.RAX)
	Label("rows")
	CMPQ(reg.R12, Imm(tileHigh))
	JLE(LabelRef("one"))
	startSums(2, wAt, columnAt)
	tileProducts(2)
	LEAQ(Mem{Base: reg.RCX, Index: reg.RCX, Scale: 1}, reg.RDX) // on to the band after the next: AX was moved by steps · 64
	SHLQ(Imm(4), reg.RDX)
	JMP(LabelRef("products"))
	Label("one")
	startSums(1, wAt, columnAt)
	tileProducts(1)
	XORQ(reg.RDX, reg.RDX)
	Label("products")
	Load(Param("steps"), reg.RBX)
	SHLQ(Imm(6), reg.RBX)
	SUBQ(reg.RBX, reg.RAX)
	ADDQ(reg.RDX, reg.RAX)
	tileOutputs(func(j int, x reg.VecPhysical) {
		VCVTDQ2PS(at(reg.RBX, 64*j), x)
		VMULPS(reg.Z6, x, x)
		VFMADD213PS(tileBiases[j], tileScales[j], x)
	})
	TESTQ(reg.R12, reg.R12)
	JNZ(LabelRef("rows"))

	Load(Param("steps"), reg.RAX)
	IMUL3Q(U32(tileHigh*4*panelColumns), reg.RAX, reg.RAX)
	ADDQ(reg.RAX, wAt)
	ADDQ(U32(4*panelColumns), cAt)
	ADDQ(U32(4*panelColumns), columnAt)
	DECQ(left)
	JNZ(LabelRef("panel"))
	emit(releaseTiles())
	VZEROUPPER()
	RET()
}

var (
	tileScales = []reg.VecPhysical{reg.Z0, reg.Z1, reg.Z2}
	tileBiases = []reg.VecPhysical{reg.Z3, reg.Z4, reg.Z5}
	tileMask   = []reg.OpmaskPhysical{reg.K1, reg.K2, reg.K3}
)

// tileMasks sets the masks of a panel's columns: all but in the last panel.
func tileMasks(left Mem) {
	MOVQ(I32(-1), reg.RBX)
	MOVQ(left, reg.RAX)
	CMPQ(reg.RAX, Imm(1))
	JNE(LabelRef("whole"))
	Load(Param("mask"), reg.RBX)
	Label("whole")
	for _, k := range tileMask {
		KMOVW(reg.EBX, k)
		SHRQ(Imm(16), reg.RBX)
	}
}

// startSums fills tiles with what the columns begin with, and sets out for all steps.
func startSums(bands int, wAt, columnAt Mem) {
	Load(Param("base"), reg.RDX)
	ADDQ(columnAt, reg.RDX)
	spreadBase(bands, numberDX)
	MOVQ(wAt, reg.RDX)
	secondBand(bands)
	Load(Param("steps"), reg.RSI)
}

// spreadBase loads one row of 48 sums sixteen times for each band.
func spreadBase(bands, from int) {
	for t := range 3 * bands {
		emit(loadTile(t, from, numberDI, 64*(t%3))) // a distance of 0: one row sixteen times
	}
}

// secondBand sets BX sixteen rows behind AX.
func secondBand(bands int) {
	if bands == 2 {
		MOVQ(reg.RCX, reg.RBX)
		SHLQ(Imm(4), reg.RBX)
		ADDQ(reg.RAX, reg.RBX)
	}
}

// tileProducts adds SI steps to tiles 0 … 5, and stores them.
func tileProducts(bands int) {
	label := fmt.Sprintf("step%d", bands)
	Label(label)
	rows := func(band int) { emit(loadTile(tileRowsNow, []int{numberAX, numberBX}[band], numberCX, 0)) }
	weights := func(column int) { emit(loadTile(tileWeights, numberDX, numberR8, 64*column)) }
	add := func(band, column int) { emit(addBytes(3*band+column, tileRowsNow, tileWeights)) }
	rows(0)
	for column := range 3 { // bands in turns, so that each load but the first of a step serves two products
		weights(column)
		first := column % 2 * (bands - 1)
		add(first, column)
		if bands == 2 {
			rows(1 - first)
			add(1-first, column)
		}
	}
	ADDQ(Imm(tileDeep), reg.RAX)
	if bands == 2 {
		ADDQ(Imm(tileDeep), reg.RBX)
	}
	ADDQ(U32(tileHigh*4*panelColumns), reg.RDX)
	DECQ(reg.RSI)
	JNZ(LabelRef(label))
	for t := range 3 * bands {
		emit(storeTile(t, numberR10, numberR9, t/3*tileHigh*4*panelColumns+64*(t%3)))
	}
}

// tileOutputs writes up to 32 rows of outputs; value makes the j-th vector of a row, BX being where its sums are.
func tileOutputs(value func(j int, x reg.VecPhysical)) {
	MOVQ(reg.R10, reg.RBX)
	MOVQ(U32(2*tileHigh), reg.RSI)
	CMPQ(reg.RSI, reg.R12)
	CMOVQGT(reg.R12, reg.RSI)
	SUBQ(reg.RSI, reg.R12)
	Load(Param("cStride"), reg.RDX)
	Label("output")
	VBROADCASTSS(at(reg.R13, 0), reg.Z6)
	for j, x := range []reg.VecPhysical{reg.Z7, reg.Z8, reg.Z9} {
		value(j, x)
		VMOVUPS(x, tileMask[j], at(reg.R11, 64*j))
	}
	ADDQ(Imm(4), reg.R13)
	ADDQ(U32(4*panelColumns), reg.RBX)
	ADDQ(reg.RDX, reg.R11)
	DECQ(reg.RSI)
	JNZ(LabelRef("output"))
}

// mulTilesBlocks writes products of rows of bytes and one panel with a scale for each block of terms, a multiple of 64. What
// mulTilesInt8 says of its registers holds; and R14 is where the next block's base is, R15 where its scales are.
func mulTilesBlocks() {
	text("mulTilesBlocksAMX", "func(c *float32, cStride int, a *uint8, k, blocks, steps, rows int, w *int8, base *int32, scales, bias, rowScale *float32, mask uint64)")
	left, block := AllocLocal(8), AllocLocal(8)
	startTiles(tileScratch)
	Load(Param("k"), reg.RCX)
	MOVQ(U32(4*panelColumns), reg.R8)
	MOVQ(reg.R8, reg.R9)
	XORQ(reg.RDI, reg.RDI)
	MOVQ(U32(1), left)
	tileMasks(left) // the one panel is the last
	Load(Param("bias"), reg.RAX)
	for j, b := range tileBiases {
		VMOVUPS(at(reg.RAX, 64*j), b)
	}
	Load(Param("rows"), reg.RAX)
	MOVQ(reg.RAX, left)
	Load(Param("c"), reg.R11)
	Load(Param("rowScale"), reg.R13)
	Load(Param("a"), reg.RAX)

	Label("rows")
	tileClear()
	Load(Param("w"), reg.RDX)
	Load(Param("base"), reg.R14)
	Load(Param("scales"), reg.R15)
	Load(Param("blocks"), reg.RSI)
	MOVQ(reg.RSI, block)
	Label("block")
	Load(Param("steps"), reg.RSI)
	CMPQ(left, Imm(tileHigh))
	JLE(LabelRef("one"))
	spreadBase(2, numberR14)
	secondBand(2)
	tileProducts(2)
	JMP(LabelRef("products"))
	Label("one")
	spreadBase(1, numberR14)
	tileProducts(1)
	Label("products")
	tileAccumulate()
	ADDQ(U32(4*panelColumns), reg.R14)
	ADDQ(U32(4*panelColumns), reg.R15)
	DECQ(block)
	JNZ(LabelRef("block"))

	SUBQ(reg.RCX, reg.RAX) // AX stands at the next row: on by 31 more
	MOVQ(reg.RCX, reg.RDX)
	SHLQ(Imm(5), reg.RDX)
	ADDQ(reg.RDX, reg.RAX)
	MOVQ(left, reg.R12)
	tileOutputs(func(j int, x reg.VecPhysical) {
		VMOVUPS(at(reg.RBX, tileScratch+64*j), x)
		VFMADD213PS(tileBiases[j], reg.Z6, x)
	})
	MOVQ(reg.R12, left)
	TESTQ(reg.R12, reg.R12)
	JNZ(LabelRef("rows"))
	emit(releaseTiles())
	VZEROUPPER()
	RET()
}

// tileClear sets the sums of the blocks to zero.
func tileClear() {
	VPXORD(reg.Z6, reg.Z6, reg.Z6)
	LEAQ(at(reg.R10, tileScratch), reg.R12)
	MOVQ(U32(2*tileHigh), reg.RSI)
	Label("clear")
	for j := range 3 {
		VMOVUPS(reg.Z6, at(reg.R12, 64*j))
	}
	ADDQ(U32(4*panelColumns), reg.R12)
	DECQ(reg.RSI)
	JNZ(LabelRef("clear"))
}

// tileAccumulate adds a block's sums, scaled, to those of the blocks before; what of a second band there is not is nonsense, and
// stays unused.
func tileAccumulate() {
	for j, x := range tileScales {
		VMOVUPS(at(reg.R15, 64*j), x)
	}
	MOVQ(reg.R10, reg.R12)
	MOVQ(U32(2*tileHigh), reg.RSI)
	Label("accumulate")
	for j, x := range []reg.VecPhysical{reg.Z7, reg.Z8, reg.Z9} {
		VCVTDQ2PS(at(reg.R12, 64*j), reg.Z6)
		VMOVUPS(at(reg.R12, tileScratch+64*j), x)
		VFMADD231PS(tileScales[j], reg.Z6, x)
		VMOVUPS(x, at(reg.R12, tileScratch+64*j))
	}
	ADDQ(U32(4*panelColumns), reg.R12)
	DECQ(reg.RSI)
	JNZ(LabelRef("accumulate"))
}
