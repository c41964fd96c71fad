package model

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/internal/vfs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// tinyID is what the weights of testdata/tiny are called: stores know their vectors by it, so it
// may never change.
const tinyID = "756a6faf954d7a36f9eb3e9eda34040a"

// TestGoldenModel: testdata/tiny, as Hugging Face publishes models, and testdata/tiny.weights, of
// version 1 of our format, are one model. Its name and its bytes stay what they are.
func TestGoldenModel(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	folder, err := Open(t.Context(), vfs.OS("testdata"), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if folder.ID != tinyID {
		t.Errorf("the model is called %s, not %s", folder.ID, tinyID)
	}
	want, err := os.ReadFile("testdata/tiny.weights")
	if err != nil {
		t.Fatal(err)
	}
	if got := weightsOf(t, goldenLayout, Tower{"", folder}); !bytes.Equal(got, want) {
		t.Error("the same model gives other bytes than testdata/tiny.weights has: that is another version of the format")
	}
	ours, err := Open(t.Context(), vfs.OS("testdata"), "tiny.weights")
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if ours.ID != tinyID || ours.Config != folder.Config || ours.Card != folder.Card {
		t.Errorf("read back it is %s %+v", ours.ID, ours.Config)
	}
}

var goldenLayout = Layout{Products: AsInt4, Words: AsInt8}

func writeGolden(t *testing.T) {
	t.Helper()
	tiny := tinyFiles(t)
	tiny.Config.Width, tiny.Config.Inner, tiny.Config.Positions = 16, 32, 16
	files := map[string]string{
		"config.json": configOf(tiny.Config), "1_Pooling/config.json": clsPooling,
		"vocab.txt":         strings.Join(tiny.Tokenizer.(*tokenizer).spec.Vocabulary, "\n") + "\n",
		"README.md":         "# tiny\n\nAn encoder of one layer that knows the letters, with weights from a formula: for tests.\n",
		"model.safetensors": string(safetensorsOf(t, formulaFor(tiny.Config), "", "F32")),
	}
	for name, text := range files {
		path := filepath.Join("testdata/tiny", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Open(t.Context(), vfs.OS("testdata"), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile("testdata/tiny.weights", weightsOf(t, goldenLayout, Tower{"", f}), 0o644); err != nil {
		t.Fatal(err)
	}
}
