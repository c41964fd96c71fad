package lowbits

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// npy is the file that NumPy writes for rows of dim values.
func npy(dim int, values []float32) []byte {
	header := "{'descr': '<f4', 'fortran_order': False, 'shape': (" + itoa(len(values)/dim) + ", " + itoa(dim) + "), }"
	header += strings.Repeat(" ", 117-len(header)) + "\n"
	out := append([]byte(npyMagic), 1, 0, 118, 0)
	out = append(out, header...)
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func itoa(n int) string { return string(appendInt(nil, n)) }

func appendInt(dst []byte, n int) []byte {
	if n >= 10 {
		dst = appendInt(dst, n/10)
	}
	return append(dst, byte('0'+n%10))
}

// uneven are unit vectors that vary most along few directions, as real ones do.
func uneven(seed uint64, count, dim int) *Vectors {
	random := rand.New(rand.NewPCG(seed, 1))
	v := &Vectors{Dim: dim}
	for range count {
		row, square := make([]float32, dim), 0.0
		for i := range row {
			x := random.NormFloat64()*math.Pow(.93, float64(i)) + .05
			row[i] = float32(x)
			square += x * x
		}
		for i := range row {
			row[i] /= float32(math.Sqrt(square))
		}
		v.Values = append(v.Values, row...)
	}
	return v
}

func TestReadNPY(t *testing.T) {
	data := npy(3, []float32{1, 2, 3, -4, 5.5, 6})
	v, err := ReadNPY(bytes.NewReader(data), int64(len(data)))
	if err != nil || v.Dim != 3 || v.Count() != 2 || v.Row(1)[0] != -4 || v.Row(1)[1] != 5.5 {
		t.Fatalf("%+v, %v", v, err)
	}
}

func TestBadNPY(t *testing.T) {
	good := npy(3, []float32{1, 2, 3, 4, 5, 6})
	replace := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	for name, data := range map[string][]byte{
		"empty":          nil,
		"foreign":        []byte("PK\x03\x04 something else"),
		"cut header":     good[:50],
		"cut rows":       good[:len(good)-1],
		"longer":         append(slices.Clone(good), 0),
		"float64":        replace("<f4", "<f8"),
		"big-endian":     replace("<f4", ">f4"),
		"columns first":  replace("False", "True "),
		"one dimension":  replace("(2, 3)", "(6,)  "),
		"no rows":        replace("(2, 3)", "(0, 3)"),
		"no columns":     replace("(2, 3)", "(2, 0)"),
		"many rows":      replace("(2, 3), }                 ", "(4611686018427387905, 3), }"),
		"not a number":   npy(3, []float32{1, 2, float32(math.NaN())}),
		"infinite":       npy(3, []float32{1, float32(math.Inf(-1)), 0}),
		"header of 2^32": append([]byte(npyMagic), 2, 0, 255, 255, 255, 255),
	} {
		if _, err := ReadNPY(bytes.NewReader(data), int64(len(data))); !errors.Is(err, ErrNPY) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadNPY(f *testing.F) {
	f.Add(npy(2, []float32{1, 2, 3, 4}))
	f.Add(npy(1, []float32{1})[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadNPY(bytes.NewReader(data), int64(len(data)))
		if err == nil && len(v.Values)*4 >= len(data) || err != nil && !errors.Is(err, ErrNPY) {
			t.Fatalf("%v of %d bytes", err, len(data))
		}
	})
}

// The best rows, and the share of them that other scores find, against sorting; equal scores among
// them.
func TestRanking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 20), func(i int) float32 { return float32(i) }), 1, 60)
		scores := draw.Draw(t, "scores")
		k := rapid.IntRange(1, len(scores)).Draw(t, "k")
		scratch := make([]float32, len(scores))
		want := make([]int32, len(scores))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return int(scores[b] - scores[a]) })
		if got := best(scores, scratch, k); !slices.Equal(got, want[:k]) {
			t.Fatalf("best %d of %v: %v, want %v", k, scores, got, want[:k])
		}
		sorted := slices.Clone(scores)
		slices.Sort(sorted)
		if got := kth(slices.Clone(scores), k); got != sorted[len(sorted)-k] {
			t.Fatalf("largest %d of %v: %v", k, scores, got)
		}
		ranks := []int{(k + 1) / 2, k}
		if got := overlaps(want[:k], ranks, scores, scratch); got[1] != overlapOf(want[:k], scores) || got[0] != overlapOf(want[:ranks[0]], scores) {
			t.Fatalf("overlap with itself %v", got)
		}
	})
	// Two rows tie for one place: a true neighbour among them counts half.
	if got := overlaps([]int32{0, 1}, []int{2}, []float32{5, 3, 3, 1}, make([]float32, 4))[0]; got != .75 {
		t.Errorf("half of a tie: %v", got)
	}
	if got := overlaps([]int32{0, 1}, []int{2}, []float32{9, 1, 8, 7}, make([]float32, 4))[0]; got != .5 {
		t.Errorf("one of two: %v", got)
	}
}

// overlapOf is overlaps at one depth, by sorting.
func overlapOf(truth []int32, scores []float32) float64 {
	sorted := slices.Clone(scores)
	slices.Sort(sorted)
	cut := sorted[len(sorted)-len(truth)]
	above, ties, found := 0, 0, 0.0
	for _, score := range scores {
		if score > cut {
			above++
		} else if score == cut {
			ties++
		}
	}
	for _, row := range truth {
		if scores[row] > cut {
			found++
		} else if scores[row] == cut {
			found += float64(len(truth)-above) / float64(ties)
		}
	}
	return found / float64(len(truth))
}

// A sample's bound loses none of the best, whatever the order and the ties.
func TestLeaders(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, distinct := range []int{3, 100, 1 << 30} {
		scores := make([]float32, 20000)
		for i := range scores {
			scores[i] = float32(random.IntN(distinct))
		}
		truth := best(scores, make([]float32, len(scores)), 4000)
		for range 3 {
			ranks := []int{1, 10, 300, 4000}
			got := overlaps(truth, ranks, scores, make([]float32, len(scores)))
			for i, k := range ranks {
				if want := overlapOf(truth[:k], scores); math.Abs(got[i]-want) > 1e-12 {
					t.Errorf("%d distinct scores, depth %d: %v, want %v", distinct, k, got[i], want)
				}
			}
			for i := range scores { // the scores of another code, and at last all high where the sample does not look
				scores[i] += float32(random.IntN(distinct)) / 2
				if i%sampleEvery != 0 {
					scores[i] += float32(distinct)
				}
			}
		}
	}
}

// The products are the same through any path.
func TestProducts(t *testing.T) {
	v := uneven(3, 40, 21)
	got := make([]float32, 30)
	dots(got, v.Row(0), v.Rows(10, 40))
	for i, score := range got {
		if want := product64(v.Row(0), v.Row(10+i)); math.Abs(float64(score)-want) > 1e-6 {
			t.Errorf("row %d: %v, want %v", i, score, want)
		}
	}
	questions := uneven(4, 5, 24)
	p, err := newProduct(questions.Values, 24)
	if err != nil {
		t.Fatal(err)
	}
	rows, scores := uneven(5, 7, 24), make([][]float32, 5)
	for q := range scores {
		scores[q] = make([]float32, 9)
	}
	if err := p.fill(scores, 2, rows.Values, p.room()); err != nil {
		t.Fatal(err)
	}
	for q := range scores {
		for i := range 7 {
			if want := product64(questions.Row(q), rows.Row(i)); math.Abs(float64(scores[q][2+i])-want) > 1e-6 {
				t.Errorf("question %d, row %d: %v, want %v", q, i, scores[q][2+i], want)
			}
		}
	}
}

// The grid holds what is asked of it: bits × scale × rotation, and the published codes.
func TestGridIsComplete(t *testing.T) {
	have := map[string]bool{}
	for _, c := range Grid() {
		have[c.Name()] = true
	}
	for _, rotation := range []bool{false, true} {
		for _, every := range []int{32, 64, 128, 256, 0} {
			for format, bits := range map[string][]float64{"1bit": {1}, "int": {2, 4, 8}, "fp": {4}} {
				for _, b := range bits {
					if !have[Candidate{Format: format, Bits: b, Every: every, Rotation: rotation}.Name()] {
						t.Errorf("no %s of %g bits, a scale every %d, rotation %v", format, b, every, rotation)
					}
				}
			}
		}
	}
	for _, format := range []string{"rabitq", "turboquant", "principal"} {
		for _, bits := range []float64{1, 2, 4} {
			if !have[Candidate{Format: format, Bits: bits, Rotation: true}.Name()] {
				t.Errorf("no %s of %g bits", format, bits)
			}
		}
	}
}

// What every measurement must show, on any vectors: more bits find more, and the order of sizes is
// right.
func TestMeasure(t *testing.T) {
	v := uneven(1, 1500, 64)
	told := 0
	rows, err := Measure(context.Background(), v, Options{Questions: 30, Gather: 140, Progress: func(done, all int, _ Row) { told = done }})
	if err != nil || told != len(Grid()) || len(rows) != told {
		t.Fatalf("%d rows, %d told, %v", len(rows), told, err)
	}
	at := map[string]Row{}
	for _, r := range rows {
		at[Candidate{Format: r.Format, Bits: r.Bits, Every: r.ScaleEvery, Rotation: r.Rotation}.Name()] = r
		if least := .15 * min(r.Bits, 1); r.Recall10 <= least || r.Recall10 > 1 || r.Recall100 <= .15 || r.RecallGather <= r.Recall10*.9 || r.Bytes < int(8*r.Bits) || !(r.Error > 0) {
			t.Errorf("%+v", r)
		}
	}
	for _, pair := range [][2]string{{"int 8 rotated", "int 4 rotated"}, {"int 4 rotated", "int 2 rotated"}, {"int 2 rotated", "1bit 1 rotated"},
		{"rabitq 4 rotated", "rabitq 2 rotated"}, {"principal 1 rotated", "rabitq 1 rotated"}, {"principal 2 rotated", "turboquant 2 rotated"}} {
		if more, fewer := at[pair[0]], at[pair[1]]; more.Recall10 < fewer.Recall10 {
			t.Errorf("%s finds %.3f, %s %.3f", pair[0], more.Recall10, pair[1], fewer.Recall10)
		}
	}
	if float, rounded := at["principal 2 rotated"], at["principal8 2 rotated"]; float.Recall10 == rounded.Recall10 && float.Recall100 == rounded.Recall100 || math.Abs(float.Recall10-rounded.Recall10) > .1 {
		t.Errorf("the rounded question finds %+v, the whole one %+v", rounded, float)
	}
	if r := at["int 8 rotated"]; r.Recall10 < .97 || r.Error > .02 || r.Bytes != 66 {
		t.Errorf("8 bits: %+v", r)
	}
}

func TestMeasureRefuses(t *testing.T) {
	v := uneven(1, 50, 16)
	if _, err := Measure(context.Background(), v, Options{Questions: 45}); err == nil {
		t.Error("five vectors to rank: no error")
	}
	if _, err := Measure(context.Background(), v, Options{Questions: 51}); err == nil {
		t.Error("more questions than rows: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, v, Options{Questions: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, _, err := Compare(context.Background(), v, 1, Options{Questions: 10}); err == nil {
		t.Error("an interval over one seed: no error")
	}
}

func TestCompare(t *testing.T) {
	duels, rows, err := Compare(context.Background(), uneven(2, 800, 64), 2, Options{Questions: 20})
	if err != nil || len(rows) != 2*12 || len(duels) != 3*2*2 {
		t.Fatalf("%d rows, %d duels, %v", len(rows), len(duels), err)
	}
	for _, d := range duels {
		if d.Bits == 1 && d.Ours == "principal" && d.Mean <= d.TheirMean {
			t.Errorf("%+v", d)
		}
		if d.OurBytes > d.TheirBytes {
			t.Errorf("not at equal bytes: %+v", d)
		}
	}
}

// The interval of four differences, worked out by hand: mean .02, deviation .0081650, t(3) = 3.182.
func TestDuelInterval(t *testing.T) {
	rows := func(values ...float64) (out []Row) {
		for _, v := range values {
			out = append(out, Row{Recall10: v})
		}
		return out
	}
	d := duel(rows(.51, .52, .53, .52), rows(.50, .50, .50, .50), rows(.1, .1, .1, .9), 10)
	half := 3.182 * .0081650 / 2
	if math.Abs(d.Low-(.02-half)) > 1e-6 || math.Abs(d.High-(.02+half)) > 1e-6 || d.TheirMean != .5 {
		t.Errorf("%+v, want %g to %g", d, .02-half, .02+half)
	}
}

// The contract's names, and nothing but a list.
func TestJSONNames(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, []Row{{Format: "int", Bits: 4, ScaleEvery: 64, Rotation: true, Bytes: 200, Error: .1, Recall10: .9, Recall100: .8, Recall1000: .7}}); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	want := map[string]any{"format": "int", "bits": 4., "scale_every": 64., "rotation": true, "bytes": 200., "error": .1, "recall@10": .9, "recall@100": .8, "recall@1000": .7}
	for name, value := range want {
		if list[0][name] != value {
			t.Errorf("%s is %v, want %v", name, list[0][name], value)
		}
	}
	out.Reset()
	if err := WriteJSON[Row](&out, nil); err != nil || strings.TrimSpace(out.String()) != "[]" {
		t.Errorf("no rows: %q, %v", out.String(), err)
	}
}

func TestTablesAndPlot(t *testing.T) {
	rows := []Row{{Format: "int", Bits: 4, Bytes: 200, Recall10: .9}, {Format: "rabitq", Bits: 1, Rotation: true, Bytes: 52, Recall10: .7}}
	var out bytes.Buffer
	if err := WriteSVG(&out, `recall & "bytes" <set>`, rows); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "<circle"); n != 2 || strings.Count(out.String(), "dasharray") != 2 {
		t.Errorf("%d points, want 2, one of a published code: %s", n, out.String())
	}
	out.Reset()
	if err := WriteText(&out, rows); err != nil || strings.Count(out.String(), "\n") != 3 || !strings.Contains(out.String(), "vector") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestNamed(t *testing.T) {
	list, err := Named([]string{"principal 2 rotated", "int 4 /64"})
	if err != nil || len(list) != 2 || list[0].Format != "principal" || list[1].Every != 64 || list[1].Rotation {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := Named([]string{"int 3"}); err == nil || !strings.Contains(err.Error(), "int 4 /64 rotated") {
		t.Errorf("an unknown name: %v", err)
	}
}
