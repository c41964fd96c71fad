package main

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestTileEncodings compares with what LLVM's assembler writes (llvm-mc --show-encoding), but that displacements have four bytes here.
func TestTileEncodings(t *testing.T) {
	for _, c := range []struct {
		what string
		got  []byte
		want string
	}{
		{"ldtilecfg (%r10)", loadConfig(numberR10), "c4 c2 78 49 84 22 00 00 00 00"},
		{"tilerelease", releaseTiles(), "c4 e2 78 49 c0"},
		{"tilezero %tmm5", zeroTile(5), "c4 e2 7b 49 e8"},
		{"tileloadd (%rax,%rcx), %tmm6", loadTile(6, numberAX, numberCX, 0), "c4 e2 7b 4b b4 08 00 00 00 00"},
		{"tileloadd 128(%rdx,%r8), %tmm7", loadTile(7, numberDX, numberR8, 128), "c4 a2 7b 4b bc 02 80 00 00 00"},
		{"tileloadd 64(%r10,%r9), %tmm1", loadTile(1, numberR10, numberR9, 64), "c4 82 7b 4b 8c 0a 40 00 00 00"},
		{"tilestored %tmm3, 3072(%r10,%r8)", storeTile(3, numberR10, numberR8, 3072), "c4 82 7a 4b 9c 02 00 0c 00 00"},
		{"tdpbusd %tmm7, %tmm6, %tmm4", addBytes(4, 6, 7), "c4 e2 41 5e e6"},
		{"tdpbf16ps %tmm2, %tmm1, %tmm0", addHalves(0, 1, 2), "c4 e2 6a 5c c1"},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(c.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.got, want) {
			t.Errorf("%s: % x, must be % x", c.what, c.got, want)
		}
	}
}
