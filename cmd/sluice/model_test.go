package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// tinyModel writes a model with random weights into a folder: a few words, one layer.
//
//	model FOLDER
func tinyModel(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	const width, inner, positions = 64, 128, 64
	words := strings.Fields("[PAD] [UNK] [CLS] [SEP] [MASK] a the of is in harbor boat anchor kettle tea spoon walrus whistles . ,")
	config := fmt.Sprintf(`{"model_type": "bert", "hidden_act": "gelu", "hidden_size": %d, "num_attention_heads": 2, "num_hidden_layers": 1,
		"intermediate_size": %d, "vocab_size": %d, "max_position_embeddings": %d, "type_vocab_size": 2, "layer_norm_eps": 1e-12}`, width, inner, len(words), positions)
	shapes := []struct {
		name  string
		shape []int
	}{
		{"embeddings.word_embeddings.weight", []int{len(words), width}},
		{"embeddings.position_embeddings.weight", []int{positions, width}},
		{"embeddings.token_type_embeddings.weight", []int{2, width}},
		{"embeddings.LayerNorm.weight", []int{width}}, {"embeddings.LayerNorm.bias", []int{width}},
	}
	for _, part := range []struct {
		name    string
		out, in int
	}{
		{"attention.self.query", width, width},
		{"attention.self.key", width, width},
		{"attention.self.value", width, width},
		{"attention.output.dense", width, width},
		{"intermediate.dense", inner, width},
		{"output.dense", width, inner},
		{"attention.output.LayerNorm", width, 0},
		{"output.LayerNorm", width, 0},
	} {
		name, shape := "encoder.layer.0."+part.name, []int{part.out, part.in}
		if part.in == 0 {
			shape = shape[:1]
		}
		shapes = append(shapes, struct {
			name  string
			shape []int
		}{name + ".weight", shape}, struct {
			name  string
			shape []int
		}{name + ".bias", []int{part.out}})
	}
	header, data := map[string]any{}, []byte{}
	random := rand.New(rand.NewPCG(7, 7))
	for _, s := range shapes {
		n, from := 1, len(data)
		for _, d := range s.shape {
			n *= d
		}
		for range n {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(random.NormFloat64()/8)))
		}
		header[s.name] = map[string]any{"dtype": "F32", "shape": s.shape, "data_offsets": []int{from, len(data)}}
	}
	head, err := json.Marshal(header)
	ts.Check(err)
	ts.Check(os.MkdirAll(dir, 0o755))
	for name, b := range map[string][]byte{
		"config.json": []byte(config), "vocab.txt": []byte(strings.Join(words, "\n") + "\n"),
		"model.safetensors": append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head...), data...),
	} {
		ts.Check(os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
}
