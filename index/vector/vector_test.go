package vector

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/internal/vfs"
	"sluice/quant/kernel"
)

var testSpace = arm.Space{ID: [16]byte{1, 2, 3}, Dim: 100} // no multiple of a record's dimension

// unit draws a vector of length 1.
func unit(r *rand.Rand, dim int) []float32 {
	x := make([]float32, dim)
	var sum float64
	for i := range x {
		x[i] = float32(r.NormFloat64())
		sum += float64(x[i]) * float64(x[i])
	}
	for i := range x {
		x[i] /= float32(math.Sqrt(sum))
	}
	return x
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// written writes vectors, nil for an unread passage, and opens the file.
func written(t *testing.T, space arm.Space, vectors [][]float32) *Reader {
	t.Helper()
	return opened(t, func(w *blockfile.Writer) error {
		c, err := NewCoder(space.Dim)
		if err != nil {
			t.Fatal(err)
		}
		row := make([]byte, RowBytes(space.Dim))
		return Write(w, space, len(vectors), func(i uint32) (Level, []byte, error) {
			if vectors[i] == nil {
				return Unread, nil, nil
			}
			return Shallow, row, c.Row(row, vectors[i])
		})
	})
}

func opened(t *testing.T, write func(*blockfile.Writer) error) *Reader {
	t.Helper()
	files := vfs.Mem()
	w := blockfile.NewWriter(files, "", blockfile.KindVectors, blockfile.ID{1}, blockfile.BlockBytesRandom)
	if err := write(w); err != nil {
		t.Fatal(err)
	}
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	f, err := blockfile.Open(files, "", ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	r, err := Arm{}.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r.(*Reader)
}

func part(r *Reader, segment uint32) arm.Part {
	return arm.Part{Reader: r, Segment: segment, Stored: r.Passages()}
}

// near scores all passages by their 4-bit codes.
func near(t *testing.T, q []float32, r *Reader) []float32 {
	t.Helper()
	n, err := NewNear(q, testSpace)
	if err != nil {
		t.Fatal(err)
	}
	passages, out := make([]uint32, r.Passages()), make([]float32, r.Passages())
	for i := range passages {
		passages[i] = uint32(i)
	}
	if err := n.Score(part(r, 0), passages, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCodesTellTheVectors: 4-bit scores are nearly those of the vectors themselves, and one-bit
// ones order well enough to gather by.
func TestCodesTellTheVectors(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	q := unit(r, testSpace.Dim)
	var vectors [][]float32
	for i := range 1000 { // of every similarity
		x, share := unit(r, testSpace.Dim), float32(i)/1000
		var sum float64
		for d := range x {
			x[d] = share*q[d] + (1-share)*x[d]
			sum += float64(x[d]) * float64(x[d])
		}
		for d := range x {
			x[d] /= float32(math.Sqrt(sum))
		}
		vectors = append(vectors, x)
	}
	file := written(t, testSpace, vectors)
	for i, got := range near(t, q, file) {
		if want := dot(q, vectors[i]); math.Abs(float64(got)-want) > .04 {
			t.Fatalf("passage %d: %.3f, the vectors say %.3f", i, got, want)
		}
	}
	hits := best(t, q, 100, part(file, 0))
	right := 0
	for _, h := range hits {
		if h.Passage >= 850 { // the best 150 by construction, nearly
			right++
		}
		if want := dot(q, vectors[h.Passage]); math.Abs(float64(h.Score)/Unit-want) > .25 {
			t.Errorf("passage %d: one bit says %.2f, the vectors %.2f", h.Passage, float64(h.Score)/Unit, want)
		}
	}
	if len(hits) != 100 || right < 90 {
		t.Errorf("%d hits, %d of them near", len(hits), right)
	}
}

func best(t *testing.T, q []float32, k int, parts ...arm.Part) []arm.Scored {
	t.Helper()
	s, err := Arm{}.NewScorer(&arm.Question{Vector: q, Space: testSpace}, parts)
	if err != nil || s == nil {
		t.Fatalf("%v, %v", s, err)
	}
	search := s.Search(k, func(at arm.Place) (arm.PassageID, error) {
		return arm.PassageID{byte(at.Segment), byte(at.Passage >> 8), byte(at.Passage)}, nil
	})
	for _, p := range parts {
		if _, err := search.Scan(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	hits, err := search.Best(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(hits, func(a, b arm.Scored) int { return int(b.Score) - int(a.Score) })
	for i, h := range hits { // scoring finds what the search does
		var out [1]uint32
		at := slices.IndexFunc(parts, func(p arm.Part) bool { return p.Segment == h.Segment })
		if err := s.Score(parts[at], []uint32{h.Passage}, out[:]); err != nil || out[0] != h.Score {
			t.Fatalf("hit %d: the search says %d, scoring %d (%v)", i, h.Score, out[0], err)
		}
	}
	return hits
}

// TestOnlyWhatIsReadAndAllowedIsFound: nothing deleted, filtered out, unread or of another space.
func TestOnlyWhatIsReadAndAllowedIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	q := unit(r, testSpace.Dim)
	var vectors [][]float32
	for i := range 300 {
		vectors = append(vectors, unit(r, testSpace.Dim))
		if i%3 == 0 {
			vectors[i] = nil
		}
	}
	file := written(t, testSpace, vectors)
	if file.Covered() != 200 || file.Passages() != 300 {
		t.Fatalf("%d of %d covered", file.Covered(), file.Passages())
	}
	p := part(file, 7)
	p.Deleted, p.Allowed = make(arm.Bits, 5), make(arm.Bits, 5)
	want := 0
	for i := range 300 {
		if i%5 == 1 {
			p.Deleted[i/64] |= 1 << (i % 64)
		}
		if i%2 == 0 {
			p.Allowed[i/64] |= 1 << (i % 64)
		}
		if i%3 != 0 && i%5 != 1 && i%2 == 0 {
			want++
		}
	}
	hits := best(t, q, 300, p)
	if len(hits) != want {
		t.Errorf("%d hits, want %d", len(hits), want)
	}
	for _, h := range hits {
		if i := h.Passage; i%3 == 0 || i%5 == 1 || i%2 != 0 {
			t.Errorf("passage %d was found", i)
		}
	}
	for i, s := range near(t, q, file) {
		if unread := i%3 == 0; unread != (s != s) {
			t.Errorf("passage %d scores %v", i, s)
		}
	}
	other := written(t, arm.Space{ID: [16]byte{9}, Dim: testSpace.Dim}, vectors)
	if s, err := (Arm{}).NewScorer(&arm.Question{Vector: q, Space: testSpace}, []arm.Part{part(other, 0)}); s != nil || err != nil {
		t.Errorf("vectors of other weights are compared: %v, %v", s, err)
	}
}

// TestSegmentsChangeNothing: one file or three, the same passages with the same scores.
func TestSegmentsChangeNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	q := unit(r, testSpace.Dim)
	var vectors [][]float32
	for range 500 {
		vectors = append(vectors, unit(r, testSpace.Dim))
	}
	one := best(t, q, 50, part(written(t, testSpace, vectors), 0))
	var three []arm.Scored
	cuts := []int{0, 100, 163, 500}
	var parts []arm.Part
	for i := range 3 {
		parts = append(parts, part(written(t, testSpace, vectors[cuts[i]:cuts[i+1]]), uint32(i)))
	}
	three = best(t, q, 50, parts...)
	for i := range one {
		h := three[i]
		if at := uint32(cuts[h.Segment]) + h.Passage; at != one[i].Passage || h.Score != one[i].Score {
			t.Fatalf("place %d: passage %d with %d, and %d with %d in one file", i, at, h.Score, one[i].Passage, one[i].Score)
		}
	}
	merged := opened(t, func(w *blockfile.Writer) error {
		parts[1].Deleted = arm.Bits{1 << 5}
		unread := arm.Part{Stored: 4, Segment: 3}
		return Arm{}.Merge(w, append(parts, unread))
	})
	if merged.Passages() != 503 || merged.Covered() != 499 {
		t.Fatalf("%d of %d covered after a merge", merged.Covered(), merged.Passages())
	}
	want := opened(t, func(w *blockfile.Writer) error {
		c, _ := NewCoder(testSpace.Dim)
		row := make([]byte, RowBytes(testSpace.Dim))
		left := append(slices.Delete(slices.Clone(vectors), 105, 106), nil, nil, nil, nil)
		return Write(w, testSpace, len(left), func(i uint32) (Level, []byte, error) {
			if left[i] == nil {
				return Unread, nil, nil
			}
			return Shallow, row, c.Row(row, left[i])
		})
	})
	for name, get := range map[string]func(*Reader) ([]byte, error){
		"levels": (*Reader).Levels, "codes": func(r *Reader) ([]byte, error) { return r.codes.All() },
		"records": func(r *Reader) ([]byte, error) { return r.near.All() },
	} {
		a, err := get(merged)
		b, err2 := get(want)
		if err := errors.Join(err, err2); err != nil || !slices.Equal(a, b) {
			t.Errorf("%s: a merge writes other bytes than what was written at once (%v)", name, err)
		}
	}
}

// TestABadHeadIsRefused: sizes that do not fit each other are damage.
func TestABadHeadIsRefused(t *testing.T) {
	for name, head := range map[string][4]uint32{
		"another format":       {2, 100, 3, 2},
		"no dimension":         {1, 0, 3, 2},
		"too many dimensions":  {1, DimMax + 1, 3, 2},
		"more passages":        {1, 100, 65, 2},
		"more covered":         {1, 100, 3, 4},
		"too many for any sum": {1, 100, math.MaxUint32, 2},
	} {
		files := vfs.Mem()
		w := blockfile.NewWriter(files, "", blockfile.KindVectors, blockfile.ID{1}, blockfile.BlockBytesRandom)
		w.Section(sectionLevels)
		w.Bytes([]byte{1, 0, 1})
		w.Section(sectionAbout)
		for _, v := range head {
			w.U32(v)
		}
		w.Bytes(make([]byte, 16))
		w.Section(sectionCodes)
		w.Section(sectionNear)
		ref, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		f, err := blockfile.Open(files, "", ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Arm{}).Open(f); !errors.Is(err, blockfile.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		_ = f.Close()
	}
}

// TestWrongScoresAreNoticed: a score that is not what the kernel computed, and one that the kernel
// computed wrongly where the reference looks, have the question asked again.
func TestWrongScoresAreNoticed(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	q := unit(r, testSpace.Dim)
	var vectors [][]float32
	for range 64 {
		vectors = append(vectors, unit(r, testSpace.Dim))
	}
	file := written(t, testSpace, vectors)
	p := part(file, 0)
	made, err := Arm{}.NewScorer(&arm.Question{Vector: q, Space: testSpace}, []arm.Part{p})
	if err != nil {
		t.Fatal(err)
	}
	s := made.Search(10, nil).(*search)
	codes, err := file.codes.All()
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]int32, 64)
	sum, err := s.bits.Scan(scores, codes)
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for !kernel.Sampled(s.seed, uint32(looked)) {
		looked++
	}
	if err := s.checked(p, codes, scores, sum, looked); err != nil {
		t.Fatalf("right scores: %v", err)
	}
	again := new(arm.AgainError)
	scores[7] += 8
	if err := s.checked(p, codes, scores, sum, looked+1); !errors.As(err, &again) {
		t.Errorf("a score that changed after it was computed: %v", err)
	}
	if err := s.checked(p, codes, scores, sum+8, looked); !errors.As(err, &again) {
		t.Errorf("a score that was computed wrongly: %v", err)
	}
	p.Unchecked = true
	if err := s.checked(p, codes, scores, sum, looked); err != nil {
		t.Errorf("unchecked: %v", err)
	}
}
