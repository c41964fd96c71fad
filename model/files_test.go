package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"sluice/internal/vfs"
)

// smallFiles is a BERT of two layers with the tokenizer of the hard lines.
func smallFiles(t testing.TB) *Files {
	t.Helper()
	tok, _ := readHard(t)
	c := Config{Family: BERT, Layers: 2, Width: 32, Heads: 2, Inner: 64, Vocabulary: tok.Vocabulary(), Positions: 16, Types: 2,
		Epsilon: 1e-12, Activation: "gelu", Head: Embedding, Pooling: CLS, Normalize: true, QueryPrefix: "query: "}
	f := &Files{Name: "small", Config: c, Tensors: formulaFor(c), Tokenizer: tok, Card: "# small\n"}
	if err := f.identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func valuesOf(t testing.TB, from Tensors, name string) []float32 {
	t.Helper()
	n, _ := elements(from.Shape(name))
	values := make([]float32, n)
	if err := from.Float32(name, values); err != nil {
		t.Fatal(err)
	}
	return values
}

// safetensorsOf writes tensors as safetensors, under a prefix.
func safetensorsOf(t testing.TB, from Tensors, prefix, dtype string) []byte {
	header, data := map[string]any{"__metadata__": map[string]string{"format": "pt"}}, []byte(nil)
	for _, name := range slices.Sorted(slices.Values(from.Names())) {
		begin := len(data)
		for _, v := range valuesOf(t, from, name) {
			switch dtype {
			case "F32":
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			case "BF16":
				data = binary.LittleEndian.AppendUint16(data, uint16(math.Float32bits(v)>>16))
			}
		}
		header[prefix+name] = map[string]any{"dtype": dtype, "shape": from.Shape(name), "data_offsets": []int{begin, len(data)}}
	}
	text, _ := json.Marshal(header)
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, data)
}

// message is a protobuf message that is being written.
type message []byte

func (m message) varint(field int, v uint64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3), v)
}

func (m message) bytes(field int, b []byte) message {
	m = binary.AppendUvarint(m, uint64(field)<<3|wireBytes)
	return append(binary.AppendUvarint(m, uint64(len(b))), b...)
}

func (m message) node(op, name string, inputs []string, output string, attributes ...message) message {
	var n message
	for _, in := range inputs {
		n = n.bytes(nodeInput, []byte(in))
	}
	n = n.bytes(nodeOutput, []byte(output)).bytes(nodeName, []byte(name)).bytes(nodeOp, []byte(op))
	for _, a := range attributes {
		n = n.bytes(nodeAttribute, a)
	}
	return m.bytes(graphNode, n)
}

func constantOf(v int64) message {
	value := message(nil).varint(tensorDims, 1).varint(tensorType, 7).bytes(tensorRaw, binary.LittleEndian.AppendUint64(nil, uint64(v)))
	return message(nil).bytes(attributeName, []byte("value")).bytes(attributeTensor, value)
}

// onnxOf writes tensors as PyTorch exports them: the weights of products turned round, under names
// that say nothing, and biases that are equal stored once.
func onnxOf(t testing.TB, from Tensors, c Config) []byte {
	graph, tensors, first := message(nil), message(nil), map[string]string{}
	for i, name := range slices.Sorted(slices.Values(from.Names())) {
		shape, values := slices.Clone(from.Shape(name)), valuesOf(t, from, name)
		stored := name
		if layer, ok := strings.CutSuffix(name, ".weight"); ok && len(shape) == 2 && !strings.HasPrefix(name, "embeddings.") {
			stored = fmt.Sprintf("onnx::MatMul_%d", i)
			values, shape = turned(values, shape[0], shape[1]), []int{shape[1], shape[0]}
			graph = graph.node("MatMul", "/x/MatMul", []string{"x", stored}, layer+"/out")
			graph = graph.node("Add", "", []string{layer + ".bias", layer + "/out"}, layer+"/sum")
		}
		raw := new(bytes.Buffer)
		_ = binary.Write(raw, binary.LittleEndian, values)
		if other := first[raw.String()]; other != "" {
			graph = graph.node("Identity", "", []string{other}, stored)
			continue
		}
		first[raw.String()] = stored
		var tensor message
		for _, n := range shape {
			tensor = tensor.varint(tensorDims, uint64(n))
		}
		tensors = tensors.bytes(graphInitializer, tensor.varint(tensorType, 1).bytes(tensorName, []byte(stored)).bytes(tensorRaw, raw.Bytes()))
	}
	graph = graph.node("Constant", "", nil, "heads", constantOf(int64(c.Heads)))
	graph = graph.node("Constant", "", nil, "width", constantOf(int64(c.Width/c.Heads)))
	graph = graph.node("Concat", "", []string{"b", "l", "heads", "width"}, "shape").node("Erf", "", []string{"x"}, "y")
	return message(nil).varint(1, 7).bytes(2, []byte("pytorch")).bytes(modelGraph, append(graph, tensors...))
}

func turned(values []float32, rows, columns int) []float32 {
	out := make([]float32, len(values))
	for i := range rows {
		for j := range columns {
			out[j*rows+i] = values[i*columns+j]
		}
	}
	return out
}

func configOf(c Config) string {
	return fmt.Sprintf(`{"model_type":"bert","architectures":["BertModel"],"hidden_size":%d,"num_hidden_layers":%d,"num_attention_heads":%d,
		"intermediate_size":%d,"vocab_size":%d,"max_position_embeddings":%d,"type_vocab_size":%d,"layer_norm_eps":1e-12,"hidden_act":"gelu"}`,
		c.Width, c.Layers, c.Heads, c.Inner, c.Vocabulary, c.Positions, c.Types)
}

const clsPooling = `{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}`

func tokenizerJSON(t testing.TB) string {
	_, hard := readHard(t)
	return string(hard.Tokenizer)
}

// put writes files into a file system in memory.
func put(t testing.TB, files map[string]string) vfs.FS {
	t.Helper()
	fsys := vfs.Mem()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			if err := fsys.MkdirAll(name[:i]); err != nil {
				t.Fatal(err)
			}
		}
		f, err := fsys.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return fsys
}

// TestOpen: a model is the same one, tensors, shape, tokenizer and name of its weights, in every
// form that it is published in.
func TestOpen(t *testing.T) {
	want := smallFiles(t)
	ours := new(bytes.Buffer)
	if err := WriteWeights(ours, want, Layout{}); err != nil {
		t.Fatal(err)
	}
	safe, onnx, config, tok := string(safetensorsOf(t, want.Tensors, "", "F32")), string(onnxOf(t, want.Tensors, want.Config)), configOf(want.Config), tokenizerJSON(t)
	prompts := `{"prompts":{"query":"query: ","document":""}}`
	for name, c := range map[string]struct {
		path  string
		files map[string]string
	}{
		"safetensors": {"small", map[string]string{"small/config.json": config, "small/tokenizer.json": tok, "small/model.safetensors": safe,
			"small/1_Pooling/config.json": clsPooling, "small/config_sentence_transformers.json": prompts, "small/README.md": want.Card}},
		"with a head's prefix": {"small", map[string]string{"small/config.json": config, "small/tokenizer.json": tok,
			"small/model.safetensors":     string(safetensorsOf(t, want.Tensors, "bert.", "F32")),
			"small/1_Pooling/config.json": clsPooling, "small/config_sentence_transformers.json": prompts}},
		"ONNX in a folder": {"small", map[string]string{"small/config.json": config, "small/tokenizer.json": tok, "small/onnx/model.onnx": onnx,
			"small/1_Pooling/config.json": clsPooling, "small/config_sentence_transformers.json": prompts}},
		"ONNX of that folder": {"small/onnx/model.onnx", map[string]string{"small/config.json": config, "small/tokenizer.json": tok, "small/onnx/model.onnx": onnx,
			"small/1_Pooling/config.json": clsPooling, "small/config_sentence_transformers.json": prompts}},
		"ONNX beside its tokenizer": {"small.onnx", map[string]string{"small.onnx": onnx, "small-tokenizer.json": tok,
			"small-1_Pooling/config.json": clsPooling, "small-config_sentence_transformers.json": prompts}},
		"ours": {"small.weights", map[string]string{"small.weights": ours.String()}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(t.Context(), put(t, c.files), c.path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if f.ID != want.ID || f.Name != "small" || f.Config != want.Config {
				t.Errorf("got %s %s %+v, want %s %s %+v", f.ID, f.Name, f.Config, want.ID, want.Name, want.Config)
			}
			for _, n := range want.Tensors.Names() {
				if !slices.Equal(valuesOf(t, f.Tensors, n), valuesOf(t, want.Tensors, n)) {
					t.Errorf("tensor %q has other values", n)
				}
			}
			if a, b := f.Tokenizer.Encode(nil, "Häßliche tokens", 99), want.Tokenizer.Encode(nil, "Häßliche tokens", 99); !slices.Equal(a, b) {
				t.Errorf("its ids are %v, not %v", a, b)
			}
		})
	}
}

// TestOpenRefuses: what is missing, or of another kind, is said in words.
func TestOpenRefuses(t *testing.T) {
	want := smallFiles(t)
	good := func() map[string]string {
		return map[string]string{"config.json": configOf(want.Config), "tokenizer.json": tokenizerJSON(t),
			"model.safetensors": string(safetensorsOf(t, want.Tensors, "", "F32")), "1_Pooling/config.json": clsPooling}
	}
	set := func(name, text string) map[string]string { m := good(); m[name] = text; return m }
	without := func(name string) map[string]string { m := good(); delete(m, name); return m }
	bin := without("model.safetensors")
	bin["pytorch_model.bin"] = "x"
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no weights":          {without("model.safetensors"), "model.safetensors"},
		"pickled weights":     {bin, "pytorch_model.bin is not read"},
		"no config":           {without("config.json"), "no config.json"},
		"no tokenizer":        {without("tokenizer.json"), "vocab.txt"},
		"another family":      {set("config.json", `{"model_type":"t5"}`), "t5"},
		"a relative position": {set("config.json", strings.Replace(configOf(want.Config), "{", `{"position_embedding_type":"relative_key",`, 1)), "relative_key"},
		"no heads":            {set("config.json", strings.Replace(configOf(want.Config), `"num_attention_heads":2`, `"num_attention_heads":0`, 1)), "heads"},
		"an activation":       {set("config.json", strings.Replace(configOf(want.Config), `"gelu"`, `"snake"`, 1)), "snake"},
		"another vocabulary":  {set("config.json", strings.Replace(configOf(want.Config), `"vocab_size":`, `"vocab_size":1`, 1)), "table of tokens"},
		"a pooling":           {set("1_Pooling/config.json", `{"pooling_mode_max_tokens":true}`), "pooled"},
		"a module":            {set("modules.json", `[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"2_CNN","type":"sentence_transformers.models.CNN"}]`), "CNN"},
		"a tokenizer":         {set("tokenizer.json", strings.Replace(tokenizerJSON(t), `"type": "WordPiece", "unk_token"`, `"type": "Unigram", "unk_token"`, 1)), "Unigram"},
		"no JSON":             {set("config.json", "{"), "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(t.Context(), put(t, c.files), "")
			if err == nil {
				f.Close()
				t.Fatal("it was taken")
			}
			var typed *FileError
			if !asFileError(err, &typed) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not speak of %q", err, c.says)
			}
		})
	}
}
