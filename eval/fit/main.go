// Command fit fits judge's weights on labelled sets and says what they are worth on a set that they
// were not fitted on.
//
//	go run ./eval/fit --data DIR > cascade/judge/weights.json
//
// It is deterministic: coordinate ascent over a fixed grid, from the same start.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", filepath.Join("..", "shared", "eval"), "folder that holds the labelled sets")
	sets := flag.String("sets", "cranfield,cisi,cacm,npl,time,musique-100,cosqa-a,locomo-a", "their names, with commas")
	flag.Parse()
	if err := run(*data, *sets); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

func run(data, names string) error {
	all, err := load(context.Background(), data, names)
	if err != nil {
		return err
	}
	figures, mean := leaveOneOut(all)
	head, tail := fit(all)
	out := map[string]any{
		"fitted":      "go run ./eval/fit; sets " + names + "; coordinate ascent; the figures are leave-one-set-out",
		"figures":     map[string]any{"sets": figures, "mean": mean},
		"head":        named(head),
		"tail":        named(tail),
		"probability": calibrate(all, head, tail),
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	return enc.Encode(out)
}
