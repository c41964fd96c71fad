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

// startTiles loads the shapes, and leaves 64-byte aligned scratch for six tiles in R10. All registers of functions on tiles are
// chosen here and not by avo: bytes name them.
func startTiles() {
	room := AllocLocal(tileScratch + 64)
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
	startTiles()
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
	tileProducts(2, wAt, columnAt)
	LEAQ(Mem{Base: reg.RCX, Index: reg.RCX, Scale: 1}, reg.RDX) // on to the band after the next: AX was moved by steps · 64
	SHLQ(Imm(4), reg.RDX)
	JMP(LabelRef("products"))
	Label("one")
	tileProducts(1, wAt, columnAt)
	XORQ(reg.RDX, reg.RDX)
	Label("products")
	Load(Param("steps"), reg.RBX)
	SHLQ(Imm(6), reg.RBX)
	SUBQ(reg.RBX, reg.RAX)
	ADDQ(reg.RDX, reg.RAX)
	tileOutputs()
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

// tileProducts sums bands of rows into tiles 0 … 5, starting from base, and stores them.
func tileProducts(bands int, wAt, columnAt Mem) {
	Load(Param("base"), reg.RDX)
	ADDQ(columnAt, reg.RDX)
	for t := range 3 * bands {
		emit(loadTile(t, numberDX, numberDI, 64*(t%3))) // one row sixteen times
	}
	MOVQ(wAt, reg.RDX)
	if bands == 2 {
		MOVQ(reg.RCX, reg.RBX)
		SHLQ(Imm(4), reg.RBX)
		ADDQ(reg.RAX, reg.RBX)
	}
	Load(Param("steps"), reg.RSI)
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

// tileOutputs turns up to 32 rows of sums into outputs.
func tileOutputs() {
	MOVQ(reg.R10, reg.RBX)
	MOVQ(U32(2*tileHigh), reg.RSI)
	CMPQ(reg.RSI, reg.R12)
	CMOVQGT(reg.R12, reg.RSI)
	SUBQ(reg.RSI, reg.R12)
	Load(Param("cStride"), reg.RDX)
	Label("output")
	VBROADCASTSS(at(reg.R13, 0), reg.Z6)
	for j, x := range []reg.VecPhysical{reg.Z7, reg.Z8, reg.Z9} {
		VCVTDQ2PS(at(reg.RBX, 64*j), x)
		VMULPS(reg.Z6, x, x)
		VFMADD213PS(tileBiases[j], tileScales[j], x)
		VMOVUPS(x, tileMask[j], at(reg.R11, 64*j))
	}
	ADDQ(Imm(4), reg.R13)
	ADDQ(U32(4*panelColumns), reg.RBX)
	ADDQ(reg.RDX, reg.R11)
	DECQ(reg.RSI)
	JNZ(LabelRef("output"))
}
