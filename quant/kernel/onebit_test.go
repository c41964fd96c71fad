package kernel

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plainScore is the formula of BitQuery, one dimension after the other.
func plainScore(q []int8, code []byte, scale uint16, offset, bias int16) int32 {
	dot := int32(0)
	for d, v := range q {
		if code[d/8]>>(d%8)&1 == 1 {
			dot += int32(v)
		} else {
			dot -= int32(v)
		}
	}
	return dot*int32(scale) + int32(offset)*int32(bias)
}

func TestBitScanIsTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := 32 * rapid.IntRange(1, 32).Draw(t, "dims/32")
		bits := rapid.SampledFrom([]int{4, 8}).Draw(t, "bits")
		n := rapid.IntRange(1, 3).Draw(t, "blocks")
		r := random(rapid.Uint64().Draw(t, "seed"))
		q := make([]int8, dims)
		for d := range q {
			q[d] = int8(r.next()%(1<<bits-1)) - int8(1<<(bits-1)-1)
		}
		bias := int16(r.next())
		blocks := make([]byte, n*BitBlockBytes(dims))
		want, sum := make([]int32, n*BitBlock), int64(0)
		code, back := make([]byte, dims/8), make([]byte, dims/8)
		for i := range want {
			scale, offset := uint16(r.next()%(uint64(BitScaleMax(dims))+1)), int16(r.next())
			block := blocks[i/BitBlock*BitBlockBytes(dims):]
			if err := SetBitCode(block, dims, i%BitBlock, r.bytes(code), scale, offset); err != nil {
				t.Fatal(err)
			}
			if s, o, err := BitCode(block, dims, i%BitBlock, back); err != nil || s != scale || o != offset || string(back) != string(code) {
				t.Fatal("a code does not come back", err)
			}
			want[i] = plainScore(q, code, scale, offset, bias)
			sum += int64(want[i])
		}
		query, err := NewBitQuery(q, bits, bias)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]int32, len(want))
		gotSum, err := query.Scan(got, blocks)
		if err != nil || gotSum != sum {
			t.Fatalf("sum %d, want %d, %v", gotSum, sum, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("code %d: %d, want %d", i, got[i], want[i])
			}
		}
	})
}

// TestBestIsTop compares Best with Top: on codes that lie evenly, and on codes whose sample
// misleads, so that Best must scan twice.
func TestBestIsTop(t *testing.T) {
	const dims, blocks = 32, 8192
	r := random(40)
	q := randomQuery(&r, dims, 8)
	data, code := make([]byte, blocks*BitBlockBytes(dims)), make([]byte, dims/8)
	for _, misleading := range []bool{false, true} {
		for i := range blocks * BitBlock {
			scale := uint16(r.next() % 100)
			if misleading && i/BitBlock%sampleEvery == sampleEvery/2 {
				scale += 5000
			}
			if err := SetBitCode(data[i/BitBlock*BitBlockBytes(dims):], dims, i%BitBlock, r.bytes(code), scale, 0); err != nil {
				t.Fatal(err)
			}
		}
		best, _ := NewTopK(sampleLeast*2, -1<<31)
		top, _ := NewTopK(sampleLeast*2, -1<<31)
		a, err := q.Best(best, 7, data, nil)
		b, _ := q.Top(top, 7, data, nil)
		if err != nil || a != b {
			t.Fatal(a, b, err)
		}
		ids, scores := best.Take()
		wantIDs, wantScores := top.Take()
		if !slices.Equal(ids, wantIDs) || !slices.Equal(scores, wantScores) {
			t.Errorf("misleading sample: %v: Best differs from Top", misleading)
		}
		if twice := !best.seeded; twice != misleading {
			t.Errorf("misleading sample: %v, scanned twice: %v", misleading, twice)
		}
	}
}

func TestBatchIsTop(t *testing.T) {
	const dims, blocks = 64, 100
	r := random(41)
	data, allow := r.bytes(make([]byte, blocks*BitBlockBytes(dims))), make([]uint64, blocks)
	var qs []*BitQuery
	var tops []*TopK
	for i := range 5 {
		qs = append(qs, randomQuery(&r, dims, 4+4*(i%2)))
		top, _ := NewTopK(300, -1<<31)
		tops = append(tops, top)
	}
	for i := range allow {
		allow[i] = r.next()
	}
	sums := make([]int64, len(qs))
	if err := ScanBatch(qs, tops, sums, 3, data, allow); err != nil {
		t.Fatal(err)
	}
	for i, q := range qs {
		top, _ := NewTopK(300, -1<<31)
		sum, err := q.Top(top, 3, data, allow)
		ids, scores := tops[i].Take()
		wantIDs, wantScores := top.Take()
		if err != nil || sum != sums[i] || !slices.Equal(ids, wantIDs) || !slices.Equal(scores, wantScores) {
			t.Errorf("question %d: a batch differs from a scan of its own", i)
		}
		for _, id := range ids {
			if allow[(id-3)/64]>>((id-3)%64)&1 == 0 {
				t.Fatalf("id %d is not allowed", id)
			}
		}
	}
}

// TestTrialKeepsTheWinner lets each way be the fastest one.
func TestTrialKeepsTheWinner(t *testing.T) {
	r := random(43)
	q, p := randomQuery(&r, 64, 8), OnebitScan.Path()
	kept, tried := &wayKept[p][1], &wayTried[p][1]
	defer kept.Store(kept.Load())
	defer tried.Store(tried.Load())
	for i, fast := range scanWays(p) {
		kept.Store(0)
		tried.Store(false)
		if small := q.startTrial(p, trialLeast-1); small.kept != nil || small.way(fast) != fast {
			t.Fatal("a small scan was tried")
		}
		trial := q.startTrial(p, trialLeast)
		if len(scanWays(p)) == 1 {
			if trial.kept != nil {
				t.Error("one way needs no trial")
			}
			return
		}
		for range len(scanWays(p))*trialTurns + 1 {
			if trial.kept != nil && trial.way(scanWay{}) != fast {
				trial.start = trial.start.Add(-time.Second) // as if the piece had taken a second longer
			}
			trial.done()
		}
		if trial.kept != nil || q.wayNow(p) != fast {
			t.Errorf("way %d was the fastest, and %+v is kept", i, q.wayNow(p))
		}
		wide := randomQuery(&r, BitDimsMax, 8)
		tried.Store(false)
		if few := wide.startTrial(p, trialLeast); few.kept != nil || tried.Load() {
			t.Error("a scan was tried whose pieces do not suffice to end the trial")
		}
		tried.Store(true)
		if again := q.startTrial(p, 1<<40); again.kept != nil {
			t.Error("a second scan was tried")
		}
	}
}
