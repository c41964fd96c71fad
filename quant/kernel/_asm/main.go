// Command asm writes the amd64 assembly of package kernel: one group of kernels a run.
//
//	go run . -group onebit -out ../onebit_amd64.s -stubs ../onebit_stubs_amd64.go -pkg kernel
//
// gen.go of package kernel holds the lines for all groups, and a test there checks that the files are what this writes.
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

var groups = map[string]func(){
	"limits":    limits,
	"onebit":    onebit,
	"float":     floats,
	"layer":     layer,
	"attention": attention,
	"tiles":     tiles,
	"matmul":    matmul,
	"maxsim":    maxsim,
	"dot4":      dot4,
	"posting":   posting,
}

func main() {
	group := flag.String("group", "", "which kernels to write")
	flag.Parse()
	write, ok := groups[*group]
	if !ok {
		fmt.Fprintf(os.Stderr, "asm: no group %q\n", *group)
		os.Exit(2)
	}
	ConstraintExpr("amd64")
	write()
	Generate()
}
