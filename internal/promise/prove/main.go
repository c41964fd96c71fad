// Command prove runs the tests of PROMISES.md, writes down what they injected and missed, and takes
// the defences away one by one: without a defence a test of its row must fail.
//
//	go run ./internal/promise/prove              run everything and write PROMISES.md
//	go run ./internal/promise/prove -from DIR    take the counts of a run of the tests that had
//	                                             SLUICE_PROMISES=DIR, and write nothing; with
//	                                             -write PROMISES.md all the same
//	go run ./internal/promise/prove -defences    only take the defences away
//	go run ./internal/promise/prove -row 7       one row, and write nothing
//
// It exits with 1 when a row was not reached, something was missed, or a defence is not missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"sluice/internal/promise"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	from     string
	defences bool
	row      int
	write    bool
	out      string
}

func run(ctx context.Context) error {
	var o options
	flag.StringVar(&o.from, "from", "", "take the counts that a run of the tests left in this `folder`")
	flag.BoolVar(&o.defences, "defences", false, "only take the defences away")
	flag.IntVar(&o.row, "row", 0, "only the row of this `number`")
	flag.BoolVar(&o.write, "write", false, "write the page with -from too")
	flag.StringVar(&o.out, "o", "PROMISES.md", "`file` to write")
	flag.Parse()
	rows := slices.Clone(promise.Rows)
	if o.row != 0 {
		rows = slices.DeleteFunc(rows, func(r promise.Row) bool { return r.Number != o.row })
	}
	if len(rows) == 0 {
		return fmt.Errorf("there is no row %d", o.row)
	}
	var failed error
	if !o.defences {
		counted, err := counts(ctx, rows, o.from)
		if err != nil {
			return err
		}
		failed = judge(rows, counted)
		if (o.from == "" || o.write) && o.row == 0 && failed == nil {
			failed = os.WriteFile(o.out, page(rows, counted), 0o644)
		}
	}
	if o.from != "" {
		return failed
	}
	return errors.Join(failed, undefended(ctx, rows))
}
