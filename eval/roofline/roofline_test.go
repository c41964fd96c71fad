package roofline

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strconv"
	"testing"

	"sluice/quant/kernel"
)

// small is a run that takes seconds: every kernel on every path, on little data.
func small() Options { return Options{Codes: []int{64_000}, Records: 2000, Rounds: 1} }

func TestEveryKernelIsMeasuredOnEveryPath(t *testing.T) {
	if testing.Short() {
		t.Skip("times real work")
	}
	result, err := Run(context.Background(), small())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range result.Rows {
		seen[r.Kernel+" "+r.Path] = true
		if r.Rate <= 0 || r.Limit <= 0 || r.MS <= 0 || r.Unit == "" || r.Size == "" {
			t.Errorf("a row says nothing: %+v", r)
		}
	}
	for k, of := range map[string]kernel.Kernel{
		"onebit_scan": kernel.OnebitScan, "onebit_scan_batch8": kernel.OnebitScan, "static_maxsim": kernel.StaticMaxSim, "dot4": kernel.Dot4,
		"matmul_int8": kernel.MatmulInt8, "matmul_int4": kernel.MatmulInt4, "matmul_f32": kernel.MatmulF32,
		"attention": kernel.Attention, "layer": kernel.Layer, "postings_decode": kernel.PostingsDecode, "postings_topk": kernel.PostingsTopK,
	} {
		for _, p := range kernel.Available() {
			if seen[k+" "+p.String()] != (of.Has(p) && !(p == kernel.Ref && k == "onebit_scan_batch8")) {
				t.Errorf("%s on %v: measured %v", k, p, seen[k+" "+p.String()])
			}
		}
	}
	checkOutputs(t, result)
}

func checkOutputs(t *testing.T, result *Result) {
	var text, list, plot bytes.Buffer
	if err := errors.Join(result.WriteText(&text), result.WriteJSON(&list), result.WriteSVG(&plot)); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(list.Bytes(), &rows); err != nil || len(rows) != len(result.Rows) {
		t.Fatal("the JSON is no list of the rows", err)
	}
	for _, key := range []string{"kernel", "path", "size", "rate", "unit", "limit", "percent_of_limit", "ms"} {
		if _, ok := rows[0][key]; !ok || len(rows[0]) != 8 {
			t.Errorf("a row has %d keys and %q: %v", len(rows[0]), key, ok)
		}
	}
	d := xml.NewDecoder(&plot)
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal("the plot is no XML: ", err)
		}
	}
}

func TestRunStopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := small()
	o.Kernels = []string{"dot4"}
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkKernels prints the roofline; SLUICE_BENCH_CODES sets the number of codes,
// SLUICE_BENCH_KERNEL picks one kernel.
func BenchmarkKernels(b *testing.B) {
	var o Options
	if n, err := strconv.Atoi(os.Getenv("SLUICE_BENCH_CODES")); err == nil {
		o.Codes = []int{n}
	}
	if k := os.Getenv("SLUICE_BENCH_KERNEL"); k != "" {
		o.Kernels = []string{k}
	}
	result, err := Run(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	result.WriteText(os.Stdout)
}
