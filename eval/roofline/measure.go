package roofline

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// job is one thing to time: work units are done by each call of run.
type job struct {
	run   func()
	work  float64
	times []time.Duration
}

// measure runs the jobs in turn, rounds times, each for at least a few milliseconds, so that a busy neighbour or a
// change of clock speed meets all of them alike.
func measure(ctx context.Context, rounds int, jobs ...*job) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	repeats := make([]int, len(jobs))
	for i, j := range jobs {
		repeats[i] = calibrate(j)
	}
	for range rounds {
		for i, j := range jobs {
			if err := ctx.Err(); err != nil {
				return err
			}
			start := threadTime()
			for range repeats[i] {
				j.run()
			}
			j.times = append(j.times, (threadTime()-start)/time.Duration(repeats[i]))
		}
	}
	return nil
}

// turnLeast is how long one measurement lasts at least.
const turnLeast = 2 * time.Millisecond

// calibrate warms a job up and says how often it must run to fill turnLeast.
func calibrate(j *job) int {
	j.run()
	for n := 1; ; n *= 2 {
		start := threadTime()
		for range n {
			j.run()
		}
		if threadTime()-start >= turnLeast || n >= 1<<20 {
			return n
		}
	}
}

// median is the middle time of a call.
func (j *job) median() time.Duration {
	t := slices.Sorted(slices.Values(j.times))
	if len(t) == 0 {
		return 0
	}
	return t[len(t)/2]
}

// rate is units of work in a second, at the median.
func (j *job) rate() float64 { return j.work / max(j.median().Seconds(), 1e-12) }
