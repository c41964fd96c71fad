package model

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// An ONNX file is a program and the constants that it starts from, its initialisers. Sluice has the
// program itself, so the graph is read only to learn what the constants are: exporters fold the
// transposition of a weight into it and give the result a name such as onnx::MatMul_885.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

// Numbers of the fields that are read.
const (
	modelGraph = 7

	graphNode        = 1
	graphInitializer = 5
	graphSparse      = 15

	nodeInput     = 1
	nodeOutput    = 2
	nodeName      = 3
	nodeOp        = 4
	nodeAttribute = 5

	attributeName   = 1
	attributeFloat  = 2
	attributeInt    = 3
	attributeTensor = 5

	tensorDims     = 1
	tensorType     = 2
	tensorFloats   = 4
	tensorInts     = 7
	tensorName     = 8
	tensorRaw      = 9
	tensorLocation = 14
)

// onnxTypes are the number formats of ONNX (TensorProto.DataType), with the bytes of one number.
var onnxTypes = map[uint64]struct {
	number number
	bytes  int64
}{
	1: {float32s, 4}, 10: {float16s, 2}, 16: {bfloat16s, 2},
	2: {others, 1}, 3: {others, 1}, 4: {others, 2}, 5: {others, 2}, 6: {others, 4}, 7: {others, 8},
	9: {others, 1}, 11: {others, 8}, 12: {others, 4}, 13: {others, 8},
}

const (
	// onnxNodesMax bounds the nodes that are kept; an encoder of 24 layers has about 700 of them.
	onnxNodesMax = 1 << 15
	// onnxInputsMax bounds inputs and outputs of a node; those of an encoder have at most a dozen.
	onnxInputsMax = 64
)

// onnxNode is a step of the program.
type onnxNode struct {
	op, name        string
	inputs, outputs []string
	transposed      bool    // Gemm: the weight is stored as the layer has it (transB)
	epsilon         float32 // LayerNormalization
	constant        onnxConstant
}

// onnxConstant is a single number that the program holds, if it is one.
type onnxConstant struct {
	ok    bool
	float bool
	value float64
}

// onnxGraph is what is read of the program.
type onnxGraph struct {
	wire    *wire
	nodes   []onnxNode
	entries map[string]entry // by the names of the file
}

// readONNX reads the initialisers of a file of the given size, under the names that the layers have
// in the family, and the shape of the model as far as the program tells it.
func readONNX(file string, r io.ReaderAt, size int64) (*stored, *onnxGraph, error) {
	g := &onnxGraph{wire: newWire(file, r, size), entries: map[string]entry{}}
	graphs := 0
	err := g.wire.each(func(f field) error {
		if f.number != modelGraph {
			return nil
		}
		graphs++
		return g.wire.message(f, g.graph)
	})
	if err != nil {
		return nil, nil, err
	}
	if graphs != 1 || len(g.nodes) == 0 {
		return nil, nil, damaged(file, "it holds %d graphs", graphs)
	}
	named, err := g.named()
	if err != nil {
		return nil, nil, err
	}
	return newStored(file, r, named), g, nil
}

func (g *onnxGraph) graph(f field) error {
	switch f.number {
	case graphNode:
		if len(g.nodes) == onnxNodesMax {
			return damaged(g.wire.file, "it has more than %d nodes", onnxNodesMax)
		}
		return g.node(f)
	case graphInitializer:
		return g.initializer(f)
	case graphSparse:
		return unsupported(g.wire.file, "it holds sparse tensors")
	}
	return nil
}

// fused are steps in which weights stand in another form; of such files there is a plain one
// beside.
var fused = []string{"MatMulInteger", "QLinearMatMul", "DynamicQuantizeLinear", "DequantizeLinear", "MatMulNBits", "DynamicQuantizeMatMul",
	"MatMulIntegerToFloat", "Attention", "MultiHeadAttention", "PackedAttention", "EmbedLayerNormalization", "QAttention"}

// told are the steps that tell something of the weights.
var told = []string{"MatMul", "Gemm", "Add", "Identity", "Constant", "Concat", "LayerNormalization", "Erf", "Gelu", "Relu"}

func (g *onnxGraph) node(f field) error {
	var n onnxNode
	err := g.wire.message(f, func(f field) (err error) {
		switch f.number {
		case nodeInput:
			n.inputs, err = g.appendName(n.inputs, f)
		case nodeOutput:
			n.outputs, err = g.appendName(n.outputs, f)
		case nodeName:
			n.name, err = g.wire.text(f)
		case nodeOp:
			n.op, err = g.wire.text(f)
		case nodeAttribute:
			err = g.attribute(f, &n)
		}
		return err
	})
	if err == nil && slices.Contains(fused, n.op) {
		return unsupported(g.wire.file, "it was quantised or fused for one runtime (%s); take the model's plain model.onnx or model.safetensors", n.op)
	}
	if err == nil && slices.Contains(told, n.op) {
		g.nodes = append(g.nodes, n)
	}
	return err
}

func (g *onnxGraph) appendName(list []string, f field) ([]string, error) {
	if len(list) == onnxInputsMax {
		return nil, damaged(g.wire.file, "a node has more than %d inputs", onnxInputsMax)
	}
	name, err := g.wire.text(f)
	return append(list, name), err
}

func (g *onnxGraph) attribute(f field, n *onnxNode) error {
	var name string
	var value field
	err := g.wire.message(f, func(f field) (err error) {
		switch f.number {
		case attributeName:
			name, err = g.wire.text(f)
		case attributeFloat, attributeInt, attributeTensor:
			value = f
		}
		return err
	})
	switch {
	case err != nil || value.number == 0:
		return err
	case name == "transB":
		n.transposed = value.value != 0
	case name == "epsilon":
		n.epsilon = asFloat32(value.value)
	case name == "value" && value.number == attributeTensor:
		return g.constant(value, &n.constant)
	}
	return nil
}

// tensor is a TensorProto as it was read; its numbers stay in the file.
type onnxTensor struct {
	name    string
	dims    []int64
	kind    uint64
	at, end int64 // of the numbers
	outside bool  // they lie in another file
	ints    []int64
}

func (g *onnxGraph) tensor(f field) (t onnxTensor, err error) {
	pieces := 0
	err = g.wire.message(f, func(f field) (err error) {
		switch f.number {
		case tensorDims:
			t.dims, err = g.wire.numbers(t.dims, f, rankMax)
		case tensorType:
			t.kind = f.value
		case tensorName:
			t.name, err = g.wire.text(f)
		case tensorFloats, tensorRaw:
			t.at, t.end = f.at, f.end
			pieces++
		case tensorInts:
			if f.end-f.at <= rankMax {
				t.ints, err = g.wire.numbers(t.ints, f, rankMax)
			}
		case tensorLocation:
			t.outside = f.value != 0
		}
		return err
	})
	if err == nil && pieces > 1 {
		err = unsupported(g.wire.file, "tensor %q is stored in %d pieces", t.name, pieces)
	}
	return t, err
}

func (g *onnxGraph) initializer(f field) error {
	t, err := g.tensor(f)
	if err != nil {
		return err
	}
	count, ok := elements(t.dims)
	kind := onnxTypes[t.kind]
	_, twice := g.entries[t.name]
	switch {
	case t.name == "" || twice || len(g.entries) == tensorsMax:
		return damaged(g.wire.file, "tensor %q stands there twice, or is one too many", t.name)
	case kind.number == 0 || kind.number == others:
		return nil // integers of the program: shapes, places
	case t.outside:
		return unsupported(g.wire.file, "its weights lie in another file; take model.safetensors")
	case !ok || t.end-t.at != count*kind.bytes:
		return damaged(g.wire.file, "tensor %q of the shape %v cannot have %d bytes", t.name, t.dims, t.end-t.at)
	}
	g.entries[t.name] = entry{number: kind.number, shape: asInts(t.dims), at: t.at}
	return nil
}

// constant reads a tensor of one number.
func (g *onnxGraph) constant(f field, c *onnxConstant) error {
	t, err := g.tensor(f)
	if err != nil {
		return err
	}
	if count, ok := elements(t.dims); !ok || count != 1 {
		return nil
	}
	switch {
	case len(t.ints) == 1:
		*c = onnxConstant{ok: true, value: float64(t.ints[0])}
	case t.kind == 7 && t.end-t.at == 8, t.kind == 1 && t.end-t.at == 4:
		var b [8]byte
		if err := readFull(g.wire.r, b[:t.end-t.at], t.at); err != nil {
			return damaged(g.wire.file, "byte %d cannot be read (%v)", t.at, err)
		}
		*c = onnxConstant{ok: true, value: float64(int64(little(b[:])))}
		if t.kind == 1 {
			*c = onnxConstant{ok: true, float: true, value: float64(asFloat32(little(b[:])))}
		}
	}
	return nil
}

// named gives every tensor the name and the orientation that it has in the family.
func (g *onnxGraph) named() (map[string]entry, error) {
	g.addAliases()
	all, renamed, biases := map[string]entry{}, map[string]bool{}, g.biases()
	for _, n := range g.nodes {
		name, e, ok := g.weight(n, biases)
		if !ok {
			continue
		}
		if _, twice := all[name]; twice {
			return nil, damaged(g.wire.file, "two weights are called %q", name)
		}
		all[name], renamed[n.inputs[1]] = e, true
	}
	for name, e := range g.entries {
		short := withoutPrefix(name)
		if _, taken := all[short]; !taken && !renamed[name] {
			all[short] = e
		}
	}
	return all, nil
}

// addAliases enters the other names of initialisers: exporters store equal tensors once.
func (g *onnxGraph) addAliases() {
	for _, n := range g.nodes {
		if n.op != "Identity" || len(n.inputs) != 1 || len(n.outputs) != 1 || len(g.entries) == tensorsMax {
			continue
		}
		if e, ok := g.entries[n.inputs[0]]; ok {
			g.entries[n.outputs[0]] = e
		}
	}
}

// weight is the weight of a product, under the name of its layer.
func (g *onnxGraph) weight(n onnxNode, biases map[string]string) (name string, e entry, ok bool) {
	if n.op != "MatMul" && n.op != "Gemm" || len(n.inputs) < 2 || len(n.outputs) != 1 {
		return "", e, false
	}
	from := n.inputs[1]
	e, ok = g.entries[from]
	if !ok || len(e.shape) != 2 {
		return "", e, false
	}
	if !n.transposed {
		e.shape, e.transposed = []int{e.shape[1], e.shape[0]}, true
	}
	bias := biases[n.outputs[0]]
	if n.op == "Gemm" && len(n.inputs) > 2 {
		bias = n.inputs[2]
	}
	switch layer, named := strings.CutSuffix(bias, ".bias"); {
	case named:
		name = layer + ".weight"
	case strings.HasSuffix(from, ".weight"):
		name = from
	case strings.HasPrefix(n.name, "/"): // /encoder/layer.0/output/dense/MatMul
		path := n.name[1:]
		name = strings.ReplaceAll(path[:max(strings.LastIndexByte(path, '/'), 0)], "/", ".") + ".weight"
	default:
		return "", e, false
	}
	return withoutPrefix(name), e, true
}

// biases maps the result of a step to the initialiser that is added to it.
func (g *onnxGraph) biases() map[string]string {
	all := map[string]string{}
	for _, n := range g.nodes {
		if n.op != "Add" || len(n.inputs) != 2 {
			continue
		}
		for i, name := range n.inputs {
			if _, ok := g.entries[name]; ok {
				all[n.inputs[1-i]] = name
			}
		}
	}
	return all
}

// config is the shape of a model of the family of BERT, as its tensors and its program tell it.
func (g *onnxGraph) config(t Tensors) (c Config, err error) {
	words, positions := t.Shape("embeddings.word_embeddings.weight"), t.Shape("embeddings.position_embeddings.weight")
	types, inner := t.Shape("embeddings.token_type_embeddings.weight"), t.Shape("encoder.layer.0.intermediate.dense.weight")
	if len(words) != 2 || len(positions) != 2 || len(types) != 2 || len(inner) != 2 {
		return c, unsupported(g.wire.file, "its tensors are not those of BERT, and there is no config.json beside it")
	}
	c = Config{Family: BERT, Vocabulary: words[0], Width: words[1], Positions: positions[0], Types: types[0], Inner: inner[0],
		Epsilon: g.epsilon(), Activation: g.activation(), Heads: g.heads(words[1])}
	for t.Shape(layerName(c.Layers, "output.dense.weight")) != nil {
		c.Layers++
	}
	if c.Heads == 0 {
		return c, unsupported(g.wire.file, "its program does not tell how many heads attention has; put its config.json beside it")
	}
	return c, nil
}

// heads finds the shape [.., .., heads, width of a head] that the rows are cut into.
func (g *onnxGraph) heads(width int) int {
	constants := map[string]int{}
	for _, n := range g.nodes {
		if n.op == "Constant" && len(n.outputs) == 1 && n.constant.ok && !n.constant.float {
			constants[n.outputs[0]] = int(n.constant.value)
		}
		if n.op == "Concat" && len(n.inputs) == 4 {
			heads, each := constants[n.inputs[2]], constants[n.inputs[3]]
			if heads > 0 && each > 0 && heads <= width && heads*each == width {
				return heads
			}
		}
	}
	return 0
}

// epsilon is what norms add to the variance.
func (g *onnxGraph) epsilon() float32 {
	constants := map[string]float64{}
	for _, n := range g.nodes {
		switch {
		case n.op == "LayerNormalization" && n.epsilon > 0:
			return n.epsilon
		case n.op == "Constant" && len(n.outputs) == 1 && n.constant.float:
			constants[n.outputs[0]] = n.constant.value
		case n.op == "Add" && len(n.inputs) == 2:
			if e := max(constants[n.inputs[0]], constants[n.inputs[1]]); e > 0 && e < 1e-3 {
				return float32(e)
			}
		}
	}
	return 1e-12
}

func (g *onnxGraph) activation() string {
	for _, n := range g.nodes {
		switch n.op {
		case "Erf", "Gelu":
			return "gelu"
		case "Relu":
			return "relu"
		}
	}
	return "gelu_tanh"
}

func layerName(i int, rest string) string { return fmt.Sprintf("encoder.layer.%d.%s", i, rest) }
