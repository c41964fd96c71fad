package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// sealed is a weights file with a header that no writer made, and right checksums: only the checks
// of the header itself can refuse it.
func sealed(header string, data []byte) []byte { return sealedAs(header, data, uint64(len(data))) }

// sealedAs is sealed for a file that says something else of its data.
func sealedAs(header string, data []byte, size uint64) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(weightsMagic), weightsVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	b = append(binary.LittleEndian.AppendUint64(b, size), header...)
	b = append(b, make([]byte, aligned(int64(len(b)))-int64(len(b)))...)
	table := []byte(nil)
	for i := 0; i < len(data); i += weightsBlock {
		table = binary.LittleEndian.AppendUint32(table, blockSum(int64(i/weightsBlock), data[i:min(i+weightsBlock, len(data))]))
	}
	sum := sha256.Sum256(slices.Concat(b, table))
	return slices.Concat(b, data, table, sum[:])
}

// hostileHeaders are files that are whole and ask for what cannot be.
func hostileHeaders(t testing.TB) map[string][]byte {
	whole := readBack(t, weightsOf(t, Layout{}, Tower{"", smallFiles(t)}))
	data := make([]byte, whole.data.size)
	if _, err := whole.data.ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	with := func(f func(h *weightsHeader)) []byte {
		h := whole.header
		h.Tensors, h.Towers = slices.Clone(h.Tensors), slices.Clone(h.Towers)
		spec := *h.Tokenizer
		h.Tokenizer = &spec
		f(&h)
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		return sealed(string(text), data)
	}
	if err := readAll(with(func(*weightsHeader) {})); err != nil {
		t.Fatal("a header that is not changed is refused: ", err)
	}
	tensor := func(f func(t *weightsTensor)) []byte { return with(func(h *weightsHeader) { f(&h.Tensors[1]) }) }
	config := func(f func(c *Config)) []byte { return with(func(h *weightsHeader) { f(&h.Towers[0].Config) }) }
	spec := func(f func(s *tokenizerSpec)) []byte { return with(func(h *weightsHeader) { f(h.Tokenizer) }) }
	poison := func(bits uint32) []byte {
		kept := data
		defer func() { data = kept }()
		data = slices.Clone(data)
		binary.LittleEndian.PutUint32(data[whole.header.Tensors[2].At:], bits)
		return with(func(*weightsHeader) {})
	}
	return map[string][]byte{
		"a product that overflows":    tensor(func(t *weightsTensor) { t.Shape = []int64{1 << 32, 1 << 32} }),
		"a product that wraps to 32":  tensor(func(t *weightsTensor) { t.Shape = []int64{math.MaxInt64/2 + 17, 2} }),
		"a negative side":             tensor(func(t *weightsTensor) { t.Shape = []int64{-1, -32} }),
		"no side":                     tensor(func(t *weightsTensor) { t.Shape = []int64{0} }),
		"many sides":                  tensor(func(t *weightsTensor) { t.Shape = []int64{1, 1, 1, 1, 1, 1, 1, 1, 32} }),
		"a large tensor":              tensor(func(t *weightsTensor) { t.Shape = []int64{1 << 30, 4} }),
		"a form":                      tensor(func(t *weightsTensor) { t.Form = "f8" }),
		"a block of seven":            tensor(func(t *weightsTensor) { t.Form, t.Every = AsInt4, 7 }),
		"an overlap":                  tensor(func(t *weightsTensor) { t.At = 0 }),
		"a hole":                      tensor(func(t *weightsTensor) { t.At += weightsAlign }),
		"a place before the data":     tensor(func(t *weightsTensor) { t.At = -64 }),
		"a place behind the data":     tensor(func(t *weightsTensor) { t.At = math.MaxInt64 - 63 }),
		"a name twice":                with(func(h *weightsHeader) { h.Tensors[1].Name = h.Tensors[0].Name }),
		"a tensor less":               with(func(h *weightsHeader) { h.Tensors = h.Tensors[:len(h.Tensors)-1] }),
		"more data than there is":     sealedAs("{}", data, uint64(len(data)+weightsAlign)),
		"data without an end":         sealedAs("{}", data, math.MaxInt64),
		"negative data":               sealedAs("{}", data, math.MaxUint64-63),
		"no towers":                   with(func(h *weightsHeader) { h.Towers = nil }),
		"no tokenizer":                with(func(h *weightsHeader) { h.Tokenizer = nil }),
		"many layers":                 config(func(c *Config) { c.Layers = 1 << 40 }),
		"no heads":                    config(func(c *Config) { c.Heads = 0 }),
		"a large table":               config(func(c *Config) { c.Vocabulary = 1 << 40 }),
		"a table that is not that":    config(func(c *Config) { c.Vocabulary-- }),
		"an ID":                       with(func(h *weightsHeader) { h.Towers[0].ID = "../../x" }),
		"long words":                  spec(func(s *tokenizerSpec) { s.Longest = 1 << 40 }),
		"an unknown token beyond all": spec(func(s *tokenizerSpec) { s.Unknown = 1 << 30 }),
		"a mark beyond all":           spec(func(s *tokenizerSpec) { s.Single = []templatePiece{{ID: -5}, {Text: 1}} }),
		"no place for a text":         spec(func(s *tokenizerSpec) { s.Single = nil }),
		"an added token of nothing":   spec(func(s *tokenizerSpec) { s.Added = append(slices.Clone(s.Added), addedToken{}) }),
		"a kind of tokenizer":         spec(func(s *tokenizerSpec) { s.Kind = "guess" }),
		"NaN":                         poison(0x7fc00000),
		"infinity":                    poison(0x7f800000),
		"a signalling NaN":            poison(0xff800001),
		"no JSON":                     sealed("{", data),
		"an unknown field":            sealed(`{"data":0,"evil":1}`, nil),
		"deep JSON":                   sealed(strings.Repeat("[", 100_000), nil),
	}
}

// readSafe opens safetensors and reads all of it.
func readSafe(b []byte) error {
	s, err := readSafetensors("model.safetensors", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	return readTensors(s)
}

func readOnnx(b []byte) error {
	s, g, err := readONNX("model.onnx", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	if _, err := g.config(s); err != nil && !errors.Is(err, ErrUnsupported) {
		return err
	}
	return readTensors(s)
}

// refusedInBounds reads what must be refused with a typed error, without room for what it claims.
func refusedInBounds(t *testing.T, what string, b []byte, read func([]byte) error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := read(b)
	runtime.ReadMemStats(&after)
	var typed *FileError
	if !errors.As(err, &typed) {
		t.Errorf("%s: %v", what, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > uint64(64*len(b)+4<<20) {
		t.Errorf("%s: %d bytes were allocated for a file of %d", what, took, len(b))
	}
}

func TestHostileSafetensors(t *testing.T) {
	one := func(header string) []byte {
		return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), []byte(header), make([]byte, 64))
	}
	tensor := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"dtype":%q,"shape":%s,"data_offsets":%s}`, dtype, shape, offsets)
	}
	if err := readSafe(one(`{"a":` + tensor("F32", "[16]", "[0,64]") + `}  `)); err != nil {
		t.Fatal(err)
	}
	for what, header := range map[string]string{
		"an overflow":           `{"a":` + tensor("F32", "[4294967296,4294967300]", "[0,64]") + `}`,
		"a wrap":                `{"a":` + tensor("F32", "[4611686018427387908,4]", "[0,64]") + `}`,
		"a negative side":       `{"a":` + tensor("F32", "[-4,-4]", "[0,64]") + `}`,
		"no side":               `{"a":` + tensor("F32", "[0]", "[0,0]") + `,"b":` + tensor("F32", "[16]", "[0,64]") + `}`,
		"an overlap":            `{"a":` + tensor("F32", "[16]", "[0,64]") + `,"b":` + tensor("F32", "[8]", "[32,64]") + `}`,
		"a hole":                `{"a":` + tensor("F32", "[4]", "[0,16]") + `,"b":` + tensor("F32", "[8]", "[32,64]") + `}`,
		"bytes of nobody":       `{"a":` + tensor("F32", "[8]", "[0,32]") + `}`,
		"before the data":       `{"a":` + tensor("F32", "[32]", "[-64,64]") + `}`,
		"behind the data":       `{"a":` + tensor("F32", "[32]", "[0,128]") + `}`,
		"turned offsets":        `{"a":` + tensor("F32", "[16]", "[64,0]") + `}`,
		"three offsets":         `{"a":` + tensor("F32", "[16]", "[0,64,64]") + `}`,
		"a dtype":               `{"a":` + tensor("F31", "[16]", "[0,64]") + `}`,
		"a name twice":          `{"a":` + tensor("F32", "[8]", "[0,32]") + `,"a":` + tensor("F32", "[8]", "[32,64]") + `}`,
		"a name with a prefix":  `{"a":` + tensor("F32", "[8]", "[0,32]") + `,"bert.a":` + tensor("F32", "[8]", "[32,64]") + `}`,
		"fractions":             `{"a":` + tensor("F32", "[16.5]", "[0,64]") + `}`,
		"something behind it":   `{"a":` + tensor("F32", "[16]", "[0,64]") + `}{}`,
		"a list":                `[]`,
		"an open object":        `{"a":` + tensor("F32", "[16]", "[0,64]"),
		"many sides":            `{"a":` + tensor("F32", "["+strings.Repeat("1,", 1<<16)+"16]", "[0,64]") + `}`,
		"metadata of no text":   `{"__metadata__":{"a":1},"a":` + tensor("F32", "[16]", "[0,64]") + `}`,
		"deep metadata":         `{"__metadata__":` + strings.Repeat("[", 1<<16) + `}`,
		"a name without an end": `{"` + strings.Repeat("n", 1000) + `":` + tensor("F32", "[16]", "[0,64]") + `}`,
	} {
		refusedInBounds(t, what, one(header), readSafe)
	}
	for what, length := range map[string]uint64{"no header": 0, "a long header": 1 << 40, "a header of all bits": math.MaxUint64, "a header of the sign": 1 << 63} {
		b := one(`{"a":` + tensor("F32", "[16]", "[0,64]") + `}`)
		binary.LittleEndian.PutUint64(b, length)
		refusedInBounds(t, what, b, readSafe)
	}
	for what, bits := range map[string]uint32{"NaN": 0x7fc00000, "infinity": 0xff800000} {
		b := one(`{"a":` + tensor("F32", "[16]", "[0,64]") + `}`)
		binary.LittleEndian.PutUint32(b[len(b)-4:], bits)
		refusedInBounds(t, what, b, readSafe)
	}
}

// tinyTensors are those of an encoder of one layer that knows 32 tokens.
func tinyTensors(t testing.TB) Tensors { return tinyFiles(t).Tensors }

func tinyFiles(t testing.TB) *Files {
	t.Helper()
	words := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
	for c := 'a'; len(words) < 32; c++ {
		words = append(words, string(c))
	}
	tok, err := readVocabulary("vocab.txt", strings.Join(words, "\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := *smallFiles(t)
	f.Config.Vocabulary, f.Config.Layers, f.Tokenizer = len(words), 1, tok
	f.Tensors = formulaFor(f.Config)
	if err := f.identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &f
}

// TestSafetensorsDamaged: no flip of a bit and no cut makes more than an error, or other values of
// a tensor; a header that was cut is always refused.
func TestSafetensorsDamaged(t *testing.T) {
	b := safetensorsOf(t, tinyTensors(t), "", "BF16")
	start := 8 + int(binary.LittleEndian.Uint64(b))
	damageEverywhere(t, b, start, readSafe)
	for i := 0; i < start; i++ {
		if readSafe(b[:i]) == nil {
			t.Fatalf("a file that was cut at byte %d of its header of %d was taken", i, start)
		}
	}
}

// damageEverywhere flips bits one by one, most of them in the first bytes. What comes of it is
// fine, a typed error, or a tensor with another name or values; never more memory than the file has
// room for, and no panic.
func damageEverywhere(t *testing.T, b []byte, header int, read func([]byte) error) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 4000 {
		i := rng.IntN(header * 8)
		if n%4 == 0 {
			i = rng.IntN(len(b) * 8)
		}
		b[i/8] ^= 1 << (i % 8)
		err := read(b)
		var typed *FileError
		if err != nil && !errors.As(err, &typed) {
			t.Fatalf("bit %d flipped: %v", i, err)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

func TestONNXDamaged(t *testing.T) {
	b := onnxOf(t, tinyTensors(t), tinyFiles(t).Config)
	if err := readOnnx(b); err != nil {
		t.Fatal(err)
	}
	damageEverywhere(t, b, 2000, readOnnx)
	for i := 0; i < len(b); i += 1 + i/50 {
		if readOnnx(b[:i]) == nil {
			t.Fatalf("a file that was cut at byte %d of %d was taken", i, len(b))
		}
	}
}

func TestHostileONNX(t *testing.T) {
	tensor := func(kind uint64, size int, dims ...uint64) message {
		var m message
		for _, d := range dims {
			m = m.varint(tensorDims, d)
		}
		return m.varint(tensorType, kind).bytes(tensorName, []byte("a")).bytes(tensorRaw, make([]byte, size))
	}
	model := func(parts ...message) []byte {
		graph := message(nil).node("Add", "", []string{"x"}, "y")
		for _, p := range parts {
			graph = graph.bytes(graphInitializer, p)
		}
		return message(nil).bytes(modelGraph, graph)
	}
	if err := readOnnx(model(tensor(1, 64, 4, 4))); err != nil {
		t.Fatal(err)
	}
	many := message(nil)
	for range onnxNodesMax + 1 {
		many = many.node("Add", "", nil, "")
	}
	for what, b := range map[string][]byte{
		"an overflow":       model(tensor(1, 64, 1<<32, 1<<32)),
		"a wrap":            model(tensor(1, 64, 1<<62+4, 4)),
		"a negative side":   model(tensor(1, 64, 1<<64-4, 1<<64-4)),
		"many sides":        model(tensor(1, 64, 1, 1, 1, 1, 1, 1, 1, 1, 16)),
		"too few bytes":     model(tensor(1, 60, 4, 4)),
		"too many bytes":    model(tensor(10, 64, 4, 4)),
		"a name twice":      model(tensor(1, 64, 4, 4), tensor(1, 64, 4, 4)),
		"two pieces":        model(tensor(1, 64, 4, 4).bytes(tensorFloats, make([]byte, 64))),
		"weights elsewhere": model(tensor(1, 0, 4, 4).varint(tensorLocation, 1)),
		"no graph":          message(nil).varint(1, 7),
		"two graphs":        append(model(tensor(1, 64, 4, 4)), model()...),
		"many nodes":        message(nil).bytes(modelGraph, many),
		"a long number":     append(message{8}, bytes.Repeat([]byte{0xff}, 11)...),
		"an unknown type":   {modelGraph<<3 | 3},
		"field zero":        {0, 0},
		"quantised":         message(nil).bytes(modelGraph, message(nil).node("MatMulInteger", "", nil, "y")),
		"sparse":            message(nil).bytes(modelGraph, message(nil).bytes(graphSparse, nil)),
		"a graph of a word": message(nil).varint(modelGraph, 5),
	} {
		refusedInBounds(t, what, b, readOnnx)
	}
}

func TestHostileTokenizers(t *testing.T) {
	good := tokenizerJSON(t)
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the tokenizer has no %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for what, text := range map[string]string{
		"an id beyond all":      swap(`"[PAD]": 0`, `"[PAD]": 2000000000`),
		"a negative id":         swap(`"[PAD]": 0`, `"[PAD]": -1`),
		"an id twice":           swap(`"[PAD]": 0`, `"[PAD]": 1`),
		"no unknown":            swap(`"unk_token": "[UNK]"`, `"unk_token": "[NONE]"`),
		"words without an end":  swap(`"max_input_chars_per_word": 100`, `"max_input_chars_per_word": 1000000000`),
		"another normaliser":    swap(`"BertNormalizer"`, `"Lowercase"`),
		"a mark beyond all":     swap(`"ids": [`, `"ids": [2000000000, `),
		"no template":           swap(`"post_processor"`, `"post"`),
		"no JSON":               good[:len(good)/2],
		"ids of fractions":      swap(`"[PAD]": 0`, `"[PAD]": 0.5`),
		"a normalized addition": swap(`"normalized": false`, `"normalized": true`),
	} {
		refusedInBounds(t, what, []byte(text), func(b []byte) error { _, err := readTokenizer("tokenizer.json", b); return err })
	}
}

func FuzzSafetensors(f *testing.F) {
	f.Add(safetensorsOf(f, tinyTensors(f), "", "BF16"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, b []byte) { mustBeTyped(t, readSafe(b)) })
}

func FuzzONNX(f *testing.F) {
	f.Add(onnxOf(f, tinyTensors(f), tinyFiles(f).Config))
	f.Fuzz(func(t *testing.T, b []byte) { mustBeTyped(t, readOnnx(b)) })
}

func FuzzTokenizer(f *testing.F) {
	f.Add(`{"model":{"type":"WordPiece","unk_token":"a","vocab":{"a":0}},"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},
		"post_processor":{"type":"BertProcessing","sep":["a",0],"cls":["a",0]}}`, "abc")
	f.Fuzz(func(t *testing.T, config, text string) {
		tok, err := readTokenizer("tokenizer.json", []byte(config))
		if mustBeTyped(t, err); err != nil {
			return
		}
		for _, id := range tok.Encode(nil, text, 100) {
			if id < 0 || int(id) >= tok.Vocabulary() {
				t.Errorf("id %d of %d", id, tok.Vocabulary())
			}
		}
	})
}

// FuzzWeights tries headers with right checksums, which say more than flipped bits.
func FuzzWeights(f *testing.F) {
	whole := readBack(f, weightsOf(f, Layout{Products: AsInt4}, Tower{"", tinyFiles(f)}))
	header, err := json.Marshal(whole.header)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(header), make([]byte, 1<<10))
	f.Fuzz(func(t *testing.T, header string, data []byte) { mustBeTyped(t, readAll(sealed(header, data))) })
}

func mustBeTyped(t *testing.T, err error) {
	t.Helper()
	var typed *FileError
	if err != nil && !errors.As(err, &typed) {
		t.Errorf("an error without a type: %v", err)
	}
}
