package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
)

// Verb is the hidden argument that makes the program a child.
const Verb = "extract-child"

// How a child says with its last breath why it ends.
const (
	exitMemory = 70 + iota
	exitTime
	exitPrepare
)

// watchEvery is how often a child looks at what it needs. Within that time it can take some more
// memory than it may: the limits of the system (lock) are behind it.
const watchEvery = 2 * time.Millisecond

// cpuMax is a variable for tests.
var cpuMax = extract.CPUMax

// Child does jobs until there is nothing more to read: it is what the program is when it was called
// with Verb, and the format for whose sake the child was made, if any. It returns the exit code,
// or ends the process with it at once where exit must.
func Child(args []string, in io.Reader, out io.Writer, exit func(code int)) int {
	if len(args) > 0 {
		if err := formats.Prepare(args[0]); err != nil {
			fmt.Fprint(os.Stderr, err)
			return exitPrepare
		}
	}
	debug.FreeOSMemory() // what only making ready needed
	rest := memory()
	debug.SetMemoryLimit(rest + extract.MemoryBytesMax/2)
	if err := lock(uint64(rest) + dataRoom); err != nil {
		fmt.Fprint(os.Stderr, err)
		return exitPrepare
	}
	w := &watched{rest: rest}
	go w.watch(exit)
	l := newLine(in, out)
	for {
		kind, b, err := l.receive()
		var job extract.Job
		switch {
		case err == io.EOF:
			return 0
		case err != nil || kind != frameJob || json.Unmarshal(b, &job) != nil:
			return exitPrepare
		}
		w.peak.Store(0)
		w.began.Store(max(1, int64(cpuTime())))
		r := &remote{line: l, size: job.Size}
		err = formats.Local{}.Run(context.Background(), job, r, sender{l})
		w.began.Store(0)
		if r.broken != nil {
			return exitPrepare
		}
		end := endingOf(err)
		end.Peak = max(w.peak.Load(), memory()-rest)
		if errors.Join(l.sendJSON(frameEnd, end), l.out.Flush()) != nil {
			return exitPrepare
		}
	}
}

// watched is what a child needs.
type watched struct {
	rest  int64        // what it has when it does nothing
	began atomic.Int64 // CPU time at which the job began, 0: there is none
	peak  atomic.Int64 // memory that the job cost
}

// watch ends the process when it needs too much.
func (w *watched) watch(exit func(code int)) {
	for {
		time.Sleep(watchEvery)
		more := memory() - w.rest
		if more > extract.MemoryBytesMax {
			exit(exitMemory)
		}
		w.peak.Store(max(w.peak.Load(), more))
		if at := w.began.Load(); at > 0 && cpuTime()-time.Duration(at) > cpuMax {
			exit(exitTime)
		}
	}
}

// memory is what the process has of the system.
func memory() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}
