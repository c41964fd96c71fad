package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/quant"
)

func asFileError(err error, to **FileError) bool { return errors.As(err, to) }

func weightsOf(t testing.TB, l Layout, towers ...Tower) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTowers(&b, l, towers...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readBack(t testing.TB, b []byte) *Weights {
	t.Helper()
	w, err := ReadWeights("test.weights", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestRoundedWeights: what is read back lies as near to the weights as the form allows, and is what
// is handed out as integers.
func TestRoundedWeights(t *testing.T) {
	want := smallFiles(t)
	for _, c := range []struct {
		form  Form
		every int
		near  float64 // length of the error of a row, as a share of the row's
	}{{AsFloat16, 0, .0005}, {AsInt8, 0, .007}, {AsInt4, 32, .11}, {AsInt4, 64, .11}, {AsFP4, 32, .13}, {AsFP4, 128, .13}} {
		b := weightsOf(t, Layout{Products: c.form, Words: c.form, Every: c.every}, Tower{"", want})
		if !bytes.Equal(b, weightsOf(t, Layout{Products: c.form, Words: c.form, Every: c.every}, Tower{"", want})) {
			t.Errorf("%s: the same model gives other bytes", c.form)
		}
		f, err := readBack(t, b).Tower("")
		if err != nil {
			t.Fatal(err)
		}
		if f.ID != want.ID {
			t.Errorf("%s: the ID is no longer that of the weights", c.form)
		}
		for _, name := range want.Tensors.Names() {
			exact, got := valuesOf(t, want.Tensors, name), valuesOf(t, f.Tensors, name)
			form, _, err := Layout{Products: c.form, Words: c.form}.form(Tower{"", want}, name, want.Tensors.Shape(name))
			if err != nil {
				t.Fatal(err)
			}
			near := c.near
			if form == AsFloat32 {
				near = 0
			}
			compareRows(t, name, exact, got, want.Tensors.Shape(name), near)
			compareLevels(t, f.Tensors, name, got, roundedForms[form])
		}
		if _, err := New(f, Options{}); err != nil {
			t.Errorf("%s: %v", c.form, err)
		}
	}
}

// TestRoundedOnce: what is rounded already is written as it is, whatever the layout asks for, and
// read back as the same integers with steps that only the precision of a scale changes.
func TestRoundedOnce(t *testing.T) {
	for _, form := range []Form{AsInt8, AsInt4, AsFP4} {
		whole := smallFiles(t)
		rounded, err := Round(t.Context(), whole, RoundOptions{Products: form, Words: form, Texts: CalibrationTexts()[:4]})
		if err != nil {
			t.Fatal(err)
		}
		f, err := readBack(t, weightsOf(t, Layout{Products: AsFloat16, Rest: AsFloat16}, Tower{"", rounded})).Tower("")
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, name := range rounded.Tensors.Names() {
			want, err := roundedIn(rounded.Tensors, name)
			if err != nil || want == nil {
				continue
			}
			found++
			got, err := roundedIn(f.Tensors, name)
			if err != nil || got == nil {
				t.Fatalf("%s: %s is read back as %v, %v", form, name, got, err)
			}
			if !slices.Equal(got.Levels, want.Levels) || got.Block != want.Block {
				t.Errorf("%s: %s has other levels", form, name)
			}
			for i, step := range want.Steps {
				if off := math.Abs(float64(got.Steps[i]/step - 1)); step != 0 && !(off < 1e-3) {
					t.Fatalf("%s: step %d of %s is %g, was %g", form, i, name, got.Steps[i], step)
				}
			}
		}
		if found == 0 || f.ID != whole.ID {
			t.Errorf("%s: %d tensors are rounded, and the ID is %s", form, found, f.ID)
		}
	}
}

func compareRows(t *testing.T, name string, exact, got []float32, shape []int, near float64) {
	t.Helper()
	width := shape[len(shape)-1]
	for i := 0; i < len(exact); i += width {
		var length, off float64
		for j := i; j < i+width; j++ {
			length += float64(exact[j]) * float64(exact[j])
			off += float64(exact[j]-got[j]) * float64(exact[j]-got[j])
		}
		if off > near*near*length {
			t.Fatalf("row %d of %s is off by %.4f of its length", i/width, name, math.Sqrt(off/length))
		}
	}
}

func compareLevels(t *testing.T, from Tensors, name string, values []float32, format quant.Format) {
	t.Helper()
	r, err := from.(RoundedTensors).Rounded(name)
	if err != nil || (r == nil) != (format == 0) {
		t.Fatalf("%s: rounded: %v, %v", name, r != nil, err)
	}
	if r == nil {
		return
	}
	width := from.Shape(name)[1]
	for i, level := range r.Levels {
		blocks := (width + r.Block - 1) / r.Block
		step := r.Steps[i/width*blocks+i%width/r.Block]
		if v := float32(level) * step; math.Abs(float64(v-values[i])) > 1e-6*math.Abs(float64(v)) || r.Format != format {
			t.Fatalf("%s[%d]: level %d times %g is not %g", name, i, level, step, values[i])
		}
	}
}

// TestTowers: two encoders in one file, of which one has fewer layers, share the table of tokens.
func TestTowers(t *testing.T) {
	deep := smallFiles(t)
	shallow := *deep
	shallow.Config.Layers = 1
	other := formulaFor(shallow.Config)
	shallow.Tensors = changed{other, "encoder.layer.0.output.dense.weight"}
	if err := shallow.identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	layout := Layout{Products: AsInt4, Words: AsInt4}
	both := weightsOf(t, layout, Tower{"deep", deep}, Tower{"shallow", &shallow})
	alone := weightsOf(t, layout, Tower{"deep", deep})
	if more := len(both) - len(alone); more > 8<<10 {
		t.Errorf("the second tower costs %d bytes more, and its own tensor has 2,048 weights", more)
	}
	w := readBack(t, both)
	if !slices.Equal(w.Towers(), []string{"deep", "shallow"}) || w.Check() != nil {
		t.Errorf("it has the towers %q, check: %v", w.Towers(), w.Check())
	}
	for _, want := range []Tower{{"deep", deep}, {"shallow", &shallow}} {
		f, err := w.Tower(want.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Config != want.Config || f.ID != want.ID {
			t.Errorf("tower %s is %+v", want.Name, f.Config)
		}
		name := "encoder.layer.0.output.dense.weight"
		compareRows(t, want.Name+" "+name, valuesOf(t, want.Tensors, name), valuesOf(t, f.Tensors, name), f.Tensors.Shape(name), .11)
	}
	if _, err := w.Tower("middle"); err == nil {
		t.Error("there is a tower that nobody wrote")
	}
}

// changed are tensors one of which has other values.
type changed struct {
	formula
	name string
}

func (c changed) Float32(name string, dst []float32) error {
	err := c.formula.Float32(name, dst)
	if name == c.name {
		for i := range dst {
			dst[i] = -dst[i] + .01
		}
	}
	return err
}

// readAll opens a weights file and reads all of it. A typed error is what it may fail with.
func readAll(b []byte) error {
	w, err := ReadWeights("test.weights", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for _, tower := range w.Towers() {
		f, err := w.Tower(tower)
		if err != nil {
			return err
		}
		if err := readTensors(f.Tensors); err != nil {
			return err
		}
	}
	return w.Check()
}

func checkAll(b []byte) error {
	w, err := ReadWeights("test.weights", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	return w.Check()
}

func readTensors(from Tensors) error {
	for _, name := range from.Names() {
		if _, _, err := digestOf(from, name, nil); err != nil && !errors.Is(err, ErrUnsupported) {
			return err
		}
	}
	return nil
}

// TestWeightsDamaged: a file with any bit of its header, or one of 10,000 of the rest, flipped, or
// cut short anywhere, is refused with a typed error.
func TestWeightsDamaged(t *testing.T) {
	b := weightsOf(t, Layout{Products: AsInt4, Words: AsInt8}, Tower{"", tinyFiles(t)})
	if err := readAll(b); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, at int, b []byte) {
		t.Helper()
		read := readAll
		if at%8 > 0 {
			read = checkAll // reads the blocks as they lie: it takes less time
		}
		var typed *FileError
		if err := read(b); !errors.As(err, &typed) {
			t.Fatalf("%s at %d of %d bytes: %v", what, at, len(b), err)
		}
	}
	rng := rand.New(rand.NewPCG(3, 5))
	header := 8 * int(aligned(weightsPrefix+int64(binary.LittleEndian.Uint32(b[12:]))))
	for n := range header + 10_000 {
		i := n
		if n >= header {
			i = header + rng.IntN(8*len(b)-header)
		}
		b[i/8] ^= 1 << (i % 8)
		refused("a bit flipped", i, b)
		b[i/8] ^= 1 << (i % 8)
	}
	for i := 0; i < len(b); i += 1 + i/header*64 {
		refused("cut", i, b[:i])
	}
	refused("a byte too many", len(b), append(slices.Clone(b), 0))
}

// TestWeightsBoundMemory: what a header asks for is compared with the size of the file before it is
// made room for.
func TestWeightsBoundMemory(t *testing.T) {
	for what, b := range hostileHeaders(t) {
		refusedInBounds(t, what, b, readAll)
	}
}

// TestInPlace: a file that lies in memory gives the vectors of one that is read, its words are not
// made float32, and a flipped bit is found by whoever first reads its block.
func TestInPlace(t *testing.T) {
	whole := smallFiles(t)
	b := weightsOf(t, Layout{Products: AsInt4, Words: AsInt4, Rest: AsFloat16, Every: 32}, Tower{"", whole})
	vectors := func(w *Weights) ([][]float32, error) {
		f, err := w.Tower("")
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(f, Options{Precision: Int4})
		if err != nil {
			return nil, err
		}
		return e.Encode(t.Context(), []string{"the first text", "and another one"}, Query)
	}
	want, err := vectors(readBack(t, b))
	if err != nil {
		t.Fatal(err)
	}
	w, err := InPlace("test", b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := vectors(w)
	if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("in place: %v; the vectors are equal: %t", err, err == nil)
	}
	for _, name := range []string{"embeddings.word_embeddings.weight", "encoder.layer.1.output.dense.weight", "embeddings.LayerNorm.weight"} {
		bad := slices.Clone(b)
		w, err := InPlace("test", bad)
		if err != nil {
			t.Fatal(err)
		}
		bad[w.data.start+w.index[name].At] ^= 1
		if _, err := vectors(w); !errors.Is(err, ErrDamaged) {
			t.Errorf("a bit of %s is flipped: %v", name, err)
		}
	}
}
