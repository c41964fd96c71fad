package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/internal/promise"
)

// codeFlips is how many flips each kind of code takes.
const codeFlips = 20000

// bitRun is a run of one-bit blocks with a question.
func bitRun(t testing.TB, dims, blocks int) ([]byte, *BitQuery) {
	t.Helper()
	r := rand.New(rand.NewPCG(4, uint64(dims)))
	run := make([]byte, blocks*BitBlockBytes(dims))
	for i := range run {
		run[i] = byte(r.Uint32())
	}
	for b := range blocks {
		for i := range BitBlock { // scales that no sum can wrap with, also after a flip of one bit
			at := b*BitBlockBytes(dims) + dims*8 + i*bitFactorBytes
			run[at], run[at+1] = byte(r.Uint32()), byte(r.IntN(4))
		}
	}
	values := make([]int8, dims)
	for d := range values {
		values[d] = int8(r.IntN(255) - 127)
		if r.IntN(9) == 0 {
			values[d] = 0
		}
	}
	q, err := NewBitQuery(values, 8, 77)
	if err != nil {
		t.Fatal(err)
	}
	return run, q
}

// TestFlipsInCodes flips bits of codes in memory. Every flip that changes a score must be seen by
// the sums, and none that changes nothing. Two flips at once may cancel: how many do is told, not
// promised.
func TestFlipsInCodes(t *testing.T) {
	c := promise.For(t, 10, "one-bit code")
	const dims, blocks = 128, 4
	run, q := bitRun(t, dims, blocks)
	sums, err := SumBits(run, dims)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	scan := func() ([]int32, int64) {
		scores := make([]int32, blocks*BitBlock)
		sum, err := q.Scan(scores, run)
		if err != nil {
			t.Fatal(err)
		}
		return scores, sum
	}
	clean, sum := scan()
	if !sums.Holds(q, sum) {
		t.Fatal("a false alarm of a clean run")
	}
	flip := func() (undo func()) {
		at, bit := r.IntN(len(run)), byte(1)<<r.IntN(8)
		for at%BitBlockBytes(dims) >= dims*8 && at%2 == 1 && at%4 == 1 && bit > 1<<3 { // a scale beyond BitScaleMax
			bit >>= 4
		}
		run[at] ^= bit
		return func() { run[at] ^= bit }
	}
	for n := range codeFlips {
		undo := flip()
		got, sum := scan()
		changed, seen := !slices.Equal(got, clean), !sums.Holds(q, sum)
		if changed {
			c.Reached("one-bit code", 1)
		}
		if changed != seen {
			c.Missed("one-bit code", "flip %d: a score changed: %t, seen: %t", n, changed, seen)
		}
		undo()
	}
	missed := 0
	for range codeFlips {
		first, second := flip(), flip()
		if got, sum := scan(); !slices.Equal(got, clean) && sums.Holds(q, sum) {
			missed++
		}
		second()
		first()
	}
	t.Logf("two flips of one-bit codes at once: %d of %d not seen", missed, codeFlips)
}

// TestFlipsInInt8 is the same for int8 vectors.
func TestFlipsInInt8(t *testing.T) {
	c := promise.For(t, 10, "int8 vector")
	const dims = 64
	r := rand.New(rand.NewPCG(6, 6))
	rows, q := make([]int8, Int8SumRows*dims), make([]int8, dims)
	for i := range rows {
		rows[i] = int8(r.Uint32())
	}
	for i := range q {
		q[i] = int8(r.IntN(255) - 127)
	}
	q[7] = 0
	sums, clean, got := SumInt8(rows, dims), make([]int32, Int8SumRows), make([]int32, Int8SumRows)
	if !HoldsInt8(sums, q, ScoreInt8(clean, rows, q)) {
		t.Fatal("a false alarm of clean rows")
	}
	for n := range codeFlips {
		at, bit := r.IntN(len(rows)), r.IntN(8)
		rows[at] = int8(uint8(rows[at]) ^ 1<<bit)
		seen := !HoldsInt8(sums, q, ScoreInt8(got, rows, q))
		changed := !slices.Equal(got, clean)
		if changed {
			c.Reached("int8 vector", 1)
		}
		if changed != seen {
			c.Missed("int8 vector", "flip %d: a score changed: %t, seen: %t", n, changed, seen)
		}
		rows[at] = int8(uint8(rows[at]) ^ 1<<bit)
	}
}

// BenchmarkBitSums shows what holding a run against its sums adds to scanning it.
func BenchmarkBitSums(b *testing.B) {
	const dims = 256
	run, q := bitRun(b, dims, BitSumBlocks)
	sums, err := SumBits(run, dims)
	if err != nil {
		b.Fatal(err)
	}
	scores := make([]int32, BitSumBlocks*BitBlock)
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			_, _ = q.Scan(scores, run)
		}
	})
	sum, _ := q.Scan(scores, run)
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if !sums.Holds(q, sum) {
				b.Fatal("a false alarm")
			}
		}
	})
}
