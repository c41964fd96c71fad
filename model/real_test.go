package model

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sluice/internal/vfs"
)

// openReal opens a model of the folder that SLUICE_REFERENCE names: recipes/encoder tells how to
// fill it, and has reference.py write what the reference runtime makes of real texts.
func openReal(t testing.TB, name string) *Files {
	t.Helper()
	f, err := Open(context.Background(), vfs.Linked(referenceFolder(t)), name+".onnx")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no %s.onnx: recipes/encoder/README.md says where it is", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// realText is a text of the reference with its vector.
type realText struct {
	Role   string
	Text   string
	IDs    []int32
	Values []float32
}

func realTexts(t testing.TB, name string) []realText {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(referenceFolder(t), name+".reference.json"))
	if err != nil {
		t.Skipf("no reference of %s (%v): run recipes/encoder/reference.py", name, err)
	}
	var r struct{ Texts []realText }
	if err := json.Unmarshal(b, &r); err != nil || len(r.Texts) < 100 {
		t.Fatalf("%d texts: %v", len(r.Texts), err)
	}
	return r.Texts
}

var realModels = []string{"all-minilm-l6-v2", "bge-small-en-v1.5", "e5-small-v2"}

// TestRealWeights: the models that people have give what the reference runtime gives, each value
// within 1e-4; at low precision the cosine of 95 texts of 100 is no less than what is promised.
func TestRealWeights(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes for minutes")
	}
	for _, name := range realModels {
		t.Run(name, func(t *testing.T) {
			f, texts := openReal(t, name), realTexts(t, name)
			for p, least := range map[Precision]float64{Float32: .999999, Int8: .998, Int4: .96, FP4: .95} {
				files := f
				if form := Form(p); roundedForms[form] != 0 {
					var err error
					if files, err = Round(t.Context(), f, RoundOptions{Products: form}); err != nil {
						t.Fatal(err)
					}
				}
				e, err := New(files, Options{Precision: p})
				if err != nil {
					t.Fatal(err)
				}
				cosines, off := compareReal(t, e, texts)
				slices.Sort(cosines)
				at5 := cosines[len(cosines)/20]
				t.Logf("%s: cosine at the 5th percentile %.5f, lowest %.5f; largest difference of a value %.2g", p, at5, cosines[0], off)
				if at5 < least {
					t.Errorf("%s: cosine at the 5th percentile %.5f, must be %.4f", p, at5, least)
				}
				if p == Float32 && off > 1e-4 {
					t.Errorf("a value is off by %g", off)
				}
			}
		})
	}
}

// compareReal gives the cosine of every text to its reference, and the largest difference of a
// value.
func compareReal(t *testing.T, e *Encoder, texts []realText) (cosines []float64, off float64) {
	t.Helper()
	for _, role := range []Role{Query, Passage} {
		var some []string
		var want [][]float32
		for _, x := range texts {
			if (x.Role == "query") == (role == Query) {
				some, want = append(some, x.Text), append(want, x.Values)
			}
		}
		got, err := e.Encode(context.Background(), some, role)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			product := 0.0
			for k, v := range got[i] {
				product += float64(v) * float64(want[i][k])
				off = max(off, math.Abs(float64(v-want[i][k])))
			}
			cosines = append(cosines, product)
		}
	}
	return cosines, off
}
