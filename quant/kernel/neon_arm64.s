#include "textflag.h"

// Go's assembler has no SDOT: Vd.4S += the dot products of the 4 signed bytes of each lane of Vn and Vm (ARMv8.2 DotProd).
#define SDOT(m, n, d) WORD $(0x4E809400 | m<<16 | n<<5 | d)

// One line of 16 codes: 8 dimensions, two nibbles, each looked up in a table of low parts and one of high parts.
#define LINE8 \
	VLD1.P (R6)(R8), [V1.B16]                              \
	VUSHR  $4, V1.B16, V2.B16                              \
	VAND   V0.B16, V1.B16, V1.B16                          \
	VLD1.P 64(R5), [V4.B16, V5.B16, V6.B16, V7.B16]        \
	VTBL   V1.B16, [V4.B16], V8.B16                        \
	VTBL   V1.B16, [V5.B16], V9.B16                        \
	VTBL   V2.B16, [V6.B16], V10.B16                       \
	VTBL   V2.B16, [V7.B16], V11.B16                       \
	VADD   V8.B16, V16.B16, V16.B16                        \
	VADD   V9.B16, V17.B16, V17.B16                        \
	VADD   V10.B16, V16.B16, V16.B16                       \
	VADD   V11.B16, V17.B16, V17.B16

// func bitSums8NEON(sums *uint16, table *byte, lines int, block *byte)
//
// For each quarter of a line (16 codes): 8 sums of low parts at even bytes, 8 at odd ones, then the same of high parts.
TEXT ·bitSums8NEON(SB), NOSPLIT, $0-32
	MOVD  sums+0(FP), R0
	MOVD  table+8(FP), R1
	MOVD  lines+16(FP), R2
	MOVD  block+24(FP), R3
	VMOVI $15, V0.B16
	MOVD  $64, R8
	MOVD  $4, R4

quarter8:
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16
	MOVD R1, R5
	MOVD R3, R6
	MOVD R2, R7

lines8:
	VEOR  V16.B16, V16.B16, V16.B16
	VEOR  V17.B16, V17.B16, V17.B16
	LINE8
	LINE8
	LINE8
	LINE8
	VADD  V16.H8, V20.H8, V20.H8
	VUSHR $8, V16.H8, V16.H8
	VADD  V16.H8, V21.H8, V21.H8
	VADD  V17.H8, V22.H8, V22.H8
	VUSHR $8, V17.H8, V17.H8
	VADD  V17.H8, V23.H8, V23.H8
	SUBS  $4, R7, R7
	BNE   lines8

	VSHL   $8, V21.H8, V16.H8
	VSUB   V16.H8, V20.H8, V20.H8
	VSHL   $8, V23.H8, V17.H8
	VSUB   V17.H8, V22.H8, V22.H8
	VST1.P [V20.H8, V21.H8, V22.H8, V23.H8], 64(R0)
	ADD    $16, R3, R3
	SUBS   $1, R4, R4
	BNE    quarter8
	RET

#define LINE4 \
	VLD1.P (R6)(R8), [V1.B16]                              \
	VUSHR  $4, V1.B16, V2.B16                              \
	VAND   V0.B16, V1.B16, V1.B16                          \
	VLD1.P 32(R5), [V4.B16, V5.B16]                        \
	VTBL   V1.B16, [V4.B16], V8.B16                        \
	VTBL   V2.B16, [V5.B16], V9.B16                        \
	VADD   V8.B16, V16.B16, V16.B16                        \
	VADD   V9.B16, V16.B16, V16.B16

// func bitSums4NEON(sums *uint16, table *byte, lines int, block *byte)
//
// For each quarter of a line: 8 sums at even bytes, 8 at odd ones.
TEXT ·bitSums4NEON(SB), NOSPLIT, $0-32
	MOVD  sums+0(FP), R0
	MOVD  table+8(FP), R1
	MOVD  lines+16(FP), R2
	MOVD  block+24(FP), R3
	VMOVI $15, V0.B16
	MOVD  $64, R8
	MOVD  $4, R4

quarter4:
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	MOVD R1, R5
	MOVD R3, R6
	MOVD R2, R7

lines4:
	VEOR  V16.B16, V16.B16, V16.B16
	LINE4
	LINE4
	LINE4
	LINE4
	VADD  V16.H8, V20.H8, V20.H8
	VUSHR $8, V16.H8, V16.H8
	VADD  V16.H8, V21.H8, V21.H8
	SUBS  $4, R7, R7
	BNE   lines4

	VSHL   $8, V21.H8, V16.H8
	VSUB   V16.H8, V20.H8, V20.H8
	VST1.P [V20.H8, V21.H8], 32(R0)
	ADD    $16, R3, R3
	SUBS   $1, R4, R4
	BNE    quarter4
	RET

// 16 bytes of nibbles: low ones against 16 values, high ones against the 16 that stand 64 further on.
#define NIBBLES \
	VLD1.P 16(R3), [V1.B16]       \
	VUSHR  $4, V1.B16, V2.B16     \
	VAND   V0.B16, V1.B16, V1.B16 \
	VSUB   V3.B16, V1.B16, V1.B16 \
	VSUB   V3.B16, V2.B16, V2.B16 \
	VLD1.P 16(R1), [V4.B16]       \
	VLD1.P 16(R5), [V5.B16]       \
	SDOT(4, 1, 16)                \
	SDOT(5, 2, 17)

// func dot4BlocksNEON(dots *int32, values *int8, groups int, record *byte)
//
// Two dot products of 64 dimensions for each group of 64 bytes.
TEXT ·dot4BlocksNEON(SB), NOSPLIT, $0-32
	MOVD  dots+0(FP), R0
	MOVD  values+8(FP), R1
	MOVD  groups+16(FP), R2
	MOVD  record+24(FP), R3
	VMOVI $15, V0.B16
	VMOVI $8, V3.B16

group:
	ADD   $64, R1, R5
	VEOR  V16.B16, V16.B16, V16.B16
	VEOR  V17.B16, V17.B16, V17.B16
	NIBBLES
	NIBBLES
	NIBBLES
	NIBBLES
	ADD   $64, R1, R1
	VADDV V16.S4, V16
	VADDV V17.S4, V17
	VMOV  V16.S[0], R6
	VMOV  V17.S[0], R7
	MOVW  R6, (R0)
	MOVW  R7, 4(R0)
	ADD   $8, R0, R0
	SUBS  $1, R2, R2
	BNE   group
	RET

// func dotPanelNEON(sums *int32, a *uint8, k int, w *int8)
//
// The 48 sums of one row of activations (value + 128, turned back here) and a panel of int8 weights.
TEXT ·dotPanelNEON(SB), NOSPLIT, $0-32
	MOVD  sums+0(FP), R0
	MOVD  a+8(FP), R1
	MOVD  k+16(FP), R2
	MOVD  w+24(FP), R3
	VMOVI $128, V31.B16
	VEOR  V0.B16, V0.B16, V0.B16
	VEOR  V1.B16, V1.B16, V1.B16
	VEOR  V2.B16, V2.B16, V2.B16
	VEOR  V3.B16, V3.B16, V3.B16
	VEOR  V4.B16, V4.B16, V4.B16
	VEOR  V5.B16, V5.B16, V5.B16
	VEOR  V6.B16, V6.B16, V6.B16
	VEOR  V7.B16, V7.B16, V7.B16
	VEOR  V8.B16, V8.B16, V8.B16
	VEOR  V9.B16, V9.B16, V9.B16
	VEOR  V10.B16, V10.B16, V10.B16
	VEOR  V11.B16, V11.B16, V11.B16

quad:
	MOVWU.P 4(R1), R4
	VDUP    R4, V30.S4
	VEOR    V31.B16, V30.B16, V30.B16
	VLD1.P  64(R3), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P  64(R3), [V20.B16, V21.B16, V22.B16, V23.B16]
	VLD1.P  64(R3), [V24.B16, V25.B16, V26.B16, V27.B16]
	SDOT(30, 16, 0)
	SDOT(30, 17, 1)
	SDOT(30, 18, 2)
	SDOT(30, 19, 3)
	SDOT(30, 20, 4)
	SDOT(30, 21, 5)
	SDOT(30, 22, 6)
	SDOT(30, 23, 7)
	SDOT(30, 24, 8)
	SDOT(30, 25, 9)
	SDOT(30, 26, 10)
	SDOT(30, 27, 11)
	SUBS    $4, R2, R2
	BNE     quad

	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)
	VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R0)
	RET
