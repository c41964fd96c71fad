// Command sluice is stage 7 of Sluice, the command line: flags become options, options become one
// call, and the answer is printed. One file holds one verb.
package main

import (
	"context"
	"os"

	"sluice/corpus/extract/sandbox"
	"sluice/internal/clock"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Verb {
		os.Exit(sandbox.Child(os.Args[2:], os.Stdin, os.Stdout, os.Exit))
	}
	dir, _ := os.Getwd() // without it, paths are shown absolute
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, dir: dir, clock: clock.System{}, execPath: os.Executable,
	}
	os.Exit(a.run(context.Background(), os.Args[1:]))
}
