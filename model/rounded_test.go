package model

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// counting tells which tensors were read as float32.
type counting struct {
	Tensors
	read []string
}

func (c *counting) Float32(name string, dst []float32) error {
	c.read = append(c.read, name)
	return c.Tensors.Float32(name, dst)
}

func (c *counting) Rounded(name string) (*Rounded, error) {
	return c.Tensors.(RoundedTensors).Rounded(name)
}

// hidden hides that tensors are rounded.
type hidden struct{ Tensors }

// TestRoundedWeightsAreTakenAsTheyAre: what a file holds rounded goes to the kernels without being
// float32 in between, and gives what its values give.
func TestRoundedWeightsAreTakenAsTheyAre(t *testing.T) {
	tok, _ := readHard(t)
	for _, c := range everyKind() {
		c.Vocabulary = tok.Vocabulary()
		for p, form := range map[Precision]Form{Int8: AsInt8, Int4: AsInt4, FP4: AsFP4} {
			whole := formulaFiles(c)
			whole.Tokenizer, whole.Name = tok, "test"
			if err := whole.identify(t.Context()); err != nil {
				t.Fatal(err)
			}
			f, err := readBack(t, weightsOf(t, Layout{Products: form, Words: form}, Tower{"", whole})).Tower("")
			if err != nil {
				t.Fatal(err)
			}
			plain := *f
			plain.Tensors = hidden{f.Tensors}
			seen := &counting{Tensors: f.Tensors}
			f.Tensors = seen
			taken, err := New(f, Options{Precision: p})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range seen.read {
				if shape := f.Tensors.Shape(name); len(shape) == 2 && shape[0] > 2 && !strings.Contains(name, "position") {
					t.Errorf("%s %s: %s was made float32", c.Family, p, name)
				}
			}
			exact, err := New(&plain, Options{})
			if err != nil {
				t.Fatal(err)
			}
			texts := someTexts(c, 5)
			got, want := encodeBatch(t, taken, texts), encodeBatch(t, exact, texts)
			for i := range texts {
				if cos := cosine(got[i], want[i]); !(cos > .99) {
					t.Errorf("%s %s %s: text %d has a cosine of %.4f to the same weights in float32", c.Family, c.Head, p, i, cos)
				}
			}
		}
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// lopsided is a model some of whose norms have a few large gains, as trained ones have.
type lopsided struct{ formula }

func (l lopsided) Float32(name string, dst []float32) error {
	if err := l.formula.Float32(name, dst); err != nil {
		return err
	}
	if strings.Contains(strings.ToLower(name), "norm") && strings.HasSuffix(name, ".weight") {
		dst[3], dst[17] = 25, 40
	}
	return nil
}

// TestRoundHelps: weights that were rounded by what texts make of them leave less of an error than
// weights that were rounded by themselves, at 8 bits where some inputs are always large, at 4 bits
// everywhere.
func TestRoundHelps(t *testing.T) {
	c := small()
	c.Pooling = Mean
	f := formulaFiles(c)
	f.Tensors = lopsided{formulaFor(c)}
	texts := someTexts(c, 12)
	exact, err := New(f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := encodeBatch(t, exact, texts)
	for _, p := range []Precision{Int8, Int4, FP4} {
		fitted, err := Round(t.Context(), f, RoundOptions{Products: Form(p), Texts: CalibrationTexts()[:40]})
		if err != nil {
			t.Fatal(err)
		}
		off := map[*Files]float64{}
		for _, files := range []*Files{f, fitted} {
			e, err := New(files, Options{Precision: p})
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range encodeBatch(t, e, texts) {
				off[files] += 1 - cosine(v, want[i])
			}
		}
		if off[fitted] > .75*off[f] {
			t.Errorf("%s: %.5f away when fitted to texts, %.5f without", p, off[fitted]/12, off[f]/12)
		}
	}
}

// TestFactor: R is upper triangular and R·Rᵀ is what was factored.
func TestFactor(t *testing.T) {
	const k = 7
	a, h := make([]float64, k*k), make([]float64, k*k)
	for i := range a {
		a[i] = math.Sin(float64(i*i + 1))
	}
	for i := range k {
		for j := range k {
			for m := range k {
				h[i*k+j] += a[i*k+m] * a[j*k+m]
			}
		}
		h[i*k+i] += .1
	}
	r := slices.Clone(h)
	if err := factor(r, k); err != nil {
		t.Fatal(err)
	}
	for i := range k {
		for j := i; j < k; j++ {
			sum := 0.0
			for m := j; m < k; m++ {
				sum += r[i*k+m] * r[j*k+m]
			}
			if math.Abs(sum-h[i*k+j]) > 1e-9 {
				t.Errorf("R·Rᵀ at %d, %d is %g, want %g", i, j, sum, h[i*k+j])
			}
		}
	}
	if err := factor(make([]float64, k*k), k); err == nil {
		t.Error("a matrix of zeros was factored")
	}
}

// TestFeedbackOfInputsThatGoAlone: where no two inputs go together there is nothing to give on, and
// each weight is the level nearest to it.
func TestFeedbackOfInputsThatGoAlone(t *testing.T) {
	const k = 64
	squares := make([]float32, k*k)
	w := make([]float32, 3*k)
	for i := range k {
		squares[i*k+i] = float32(1 + i%5)
	}
	for i := range w {
		w[i] = float32(math.Sin(float64(i)))
	}
	f, err := newFeedback(squares, k)
	if err != nil {
		t.Fatal(err)
	}
	for format, l := range levelsOf {
		values, steps := f.round(w, 3, format, 32)
		for i, v := range values {
			step := steps[i/32]
			for other := -12; other <= 12; other++ {
				if l.nearest(float32(other)) != int8(other) {
					continue // no level
				}
				if near, o := math.Abs(float64(w[i]-float32(v)*step)), math.Abs(float64(w[i]-float32(other)*step)); o < near-1e-6 {
					t.Fatalf("%v: %g is level %d of step %g, %d is nearer", format, w[i], v, step, other)
				}
			}
		}
	}
}
