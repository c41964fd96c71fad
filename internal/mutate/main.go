// Command mutate measures what the tests notice. It changes the code in one place, runs the tests
// of the changed package, and prints every change that they let pass.
//
//	go run ./internal/mutate [--package P,Q] [--tests P,Q] [--n 70] [--seed 1] [--j 1] [--list]
//
// A change is one of
//
//   - a comparison: < for <=, >= for >, == for !=, and back
//   - an operator: + for -, && for ||, += for -=, ++ for --, and back
//   - a whole number: one more, one less
//   - a condition: its opposite
//   - a check: an if whose body only leaves (return, break, continue) is never taken
//   - a statement: a call whose results nobody takes is left out
//
// Generated files, the arguments of errors, the choice of a kernel and the invariants are left as
// they are. A change that does not compile does not count, and neither does one that
// equivalent.txt tells, with a reason, to make no difference that a test could see.
//
// The sample is drawn evenly from the packages, by a hash of the seed and of the changed text. So
// the same seed picks the same changes after the tests have grown, for as long as the code stays.
// The tree is never touched: the changed file is an overlay, and the tests run with home, cache and
// temporary folders of their own.
//
// A survivor is no fault in itself: it is a promise that nobody has written down yet, a change that
// makes no difference, or code that is not needed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// packages are those whose mistakes a user would see as a wrong answer.
const packages = "corpus/chunk,cascade/flow,cascade/gather,cascade/judge,cascade/pack,cascade,answer," +
	"index,index/arm,index/blockfile,index/lexical,index/text,ingest,serve,serve/mcp,cmd/sluice"

// options are what the command line says.
type options struct {
	packages []string // of the mutants
	tests    []string // whose tests run beside those of the mutant's package
	n        int      // mutants
	seed     int64
	jobs     int
	list     bool // the mutants are printed, and nothing runs
}

func main() {
	var o options
	names := flag.String("package", packages, "packages to change, with commas, from the module's root")
	tests := flag.String("tests", "", "packages whose tests run too, with commas: for a package that another one's tests cover")
	flag.IntVar(&o.n, "n", 70, "changes to try; 0: all")
	flag.Int64Var(&o.seed, "seed", 1, "which ones")
	flag.IntVar(&o.jobs, "j", max(1, runtime.NumCPU()/2), "changes tried at once")
	flag.BoolVar(&o.list, "list", false, "print the changes and try none")
	flag.Parse()
	o.packages, o.tests = split(*names), split(*tests)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func split(names string) []string {
	return strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
}

// run draws the sample, tries it and prints what survived.
func run(ctx context.Context, o options) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	known, err := readEquivalents()
	if err != nil {
		return err
	}
	var drawn [][]mutant
	for _, pkg := range o.packages {
		all, err := mutants(root, pkg)
		if err != nil {
			return err
		}
		drawn = append(drawn, shuffle(without(all, known), o.seed))
	}
	if o.list {
		list(drawn)
		return nil
	}
	b, err := newBench(ctx, root, o)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.scratch) }()
	return report(o, b.try(ctx, drawn))
}

func list(drawn [][]mutant) {
	n := 0
	for _, all := range drawn {
		for _, m := range all {
			fmt.Println(m)
			n++
		}
	}
	fmt.Printf("%d mutants\n", n)
}

// report prints the count of every package, and of all.
func report(o options, counts []count) error {
	var sum count
	for i, c := range counts {
		fmt.Printf("%-16s %s\n", o.packages[i], c)
		sum.add(c)
	}
	fmt.Println(sum)
	if sum.killed+sum.survived == 0 {
		return fmt.Errorf("nothing was tried: name packages that have code and tests")
	}
	return nil
}
