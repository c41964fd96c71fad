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

// measure runs the jobs in turn, rounds times, each for at least a few milliseconds, so that a busy
// neighbour or a change of clock speed meets all of them alike. What fits a cache is measured warm:
// each turn begins with a call that does not count, because the other jobs have had the cache
// since.
func measure(ctx context.Context, rounds int, jobs ...*job) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	repeats, warm := make([]int, len(jobs)), make([]bool, len(jobs))
	for i, j := range jobs {
		var took time.Duration
		repeats[i], took = calibrate(j)
		warm[i] = took < warmLonger
	}
	for range rounds {
		for i, j := range jobs {
			if err := ctx.Err(); err != nil {
				return err
			}
			if warm[i] {
				j.run()
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

const (
	turnLeast  = 2 * time.Millisecond  // how long one measurement lasts at least
	warmLonger = 15 * time.Millisecond // a call that takes longer leaves nothing in the cache for the next
)

// calibrate warms a job up and says how often it must run to fill turnLeast, and how long that
// took.
func calibrate(j *job) (repeats int, took time.Duration) {
	j.run()
	for n := 1; ; n *= 2 {
		start := threadTime()
		for range n {
			j.run()
		}
		if took = threadTime() - start; took >= turnLeast || n >= 1<<20 {
			return n, took
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
