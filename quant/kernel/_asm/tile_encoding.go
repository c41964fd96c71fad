package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
)

// Neither avo nor Go's assembler knows the instructions of AMX, so they are written as bytes. All have a VEX prefix of three bytes,
// the opcode map 0F38 and 128 bits; a tile is a number from 0 to 7, a register one from 0 to 15 (as the processor counts them).
const (
	prefixNone = 0
	prefix66   = 1
	prefixF3   = 2
	prefixF2   = 3
)

// The numbers of the general registers that address tiles.
const (
	numberAX, numberCX, numberDX, numberBX = 0, 1, 2, 3
	numberSI, numberDI                     = 6, 7
	numberR8, numberR9, numberR10          = 8, 9, 10
	numberR14                              = 14
)

// vexTiles encodes an instruction on three tiles: reg, rm and vvvv of the processor's manual.
func vexTiles(prefix, opcode, reg, rm, vvvv int) []byte {
	return []byte{0xC4, 0xE2, byte(^vvvv&15<<3 | prefix), byte(opcode), byte(0xC0 | reg<<3 | rm)}
}

// vexMemory encodes an instruction on a tile and the memory at base + index + disp; index −1 is none.
func vexMemory(prefix, opcode, tile, base, index, disp int) []byte {
	second, sib := 0xE2, 4<<3|base&7 // without index
	if index >= 0 {
		sib = index&7<<3 | base&7
		if index >= 8 {
			second &^= 0x40
		}
	}
	if base >= 8 {
		second &^= 0x20
	}
	return []byte{0xC4, byte(second), byte(0x78 | prefix), byte(opcode), byte(0x80 | tile<<3 | 4), byte(sib),
		byte(disp), byte(disp >> 8), byte(disp >> 16), byte(disp >> 24)}
}

func loadConfig(base int) []byte { return vexMemory(prefixNone, 0x49, 0, base, -1, 0) }

func releaseTiles() []byte { return []byte{0xC4, 0xE2, 0x78, 0x49, 0xC0} }

func zeroTile(tile int) []byte { return vexTiles(prefixF2, 0x49, tile, 0, 0) }

func loadTile(tile, base, index, disp int) []byte {
	return vexMemory(prefixF2, 0x4B, tile, base, index, disp)
}

func storeTile(tile, base, index, disp int) []byte {
	return vexMemory(prefixF3, 0x4B, tile, base, index, disp)
}

// addBytes is sum += a·b, a of unsigned and b of signed bytes.
func addBytes(sum, a, b int) []byte { return vexTiles(prefix66, 0x5E, sum, a, b) }

// addHalves is sum += a·b of bfloat16, to float32.
func addHalves(sum, a, b int) []byte { return vexTiles(prefixF3, 0x5C, sum, a, b) }

// emit writes bytes into the function.
func emit(code []byte) {
	for _, b := range code {
		Instruction(&ir.Instruction{Opcode: "BYTE", Operands: []operand.Op{operand.U8(b)}})
	}
}
