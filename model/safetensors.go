package model

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// A safetensors file is the length of a header in 8 bytes, the header in JSON, and the numbers:
//
//	{"name": {"dtype": "F32", "shape": [384, 384], "data_offsets": [0, 589824]}, ...}
//
// Offsets count from the end of the header. The tensors cover the rest of the file without holes.

// safetensorsHeaderMax bounds the header; that of a large encoder has 100 KB.
const safetensorsHeaderMax = 4 << 20

// dtypes are the number formats of safetensors, with the bytes of one number.
var dtypes = map[string]struct {
	number number
	bytes  int64
}{
	"F32": {float32s, 4}, "F16": {float16s, 2}, "BF16": {bfloat16s, 2}, "F64": {others, 8},
	"I64": {others, 8}, "I32": {others, 4}, "I16": {others, 2}, "I8": {others, 1},
	"U64": {others, 8}, "U32": {others, 4}, "U16": {others, 2}, "U8": {others, 1}, "BOOL": {others, 1},
}

// stretch is where a tensor lies, to see whether all together cover the file.
type stretch struct {
	name     string
	from, to int64
}

// readSafetensors reads the header of a file of the given size and checks all of it.
func readSafetensors(file string, r io.ReaderAt, size int64) (*stored, error) {
	header, err := safetensorsHeader(file, r, size)
	if err != nil {
		return nil, err
	}
	entries, stretches := map[string]entry{}, []stretch(nil)
	data := 8 + int64(len(header))
	err = eachMember(header, func(name string, dec *json.Decoder) error {
		if name == "__metadata__" {
			return dec.Decode(new(map[string]string))
		}
		e, s, err := safetensorsEntry(file, name, dec, data, size)
		if err != nil {
			return err
		}
		short := withoutPrefix(name)
		if _, twice := entries[short]; twice || len(entries) == tensorsMax {
			return damaged(file, "tensor %q stands there twice, or is one too many", short)
		}
		entries[short], stretches = e, append(stretches, s)
		return nil
	})
	if err != nil {
		return nil, asDamaged(file, "its header does not hold together", err)
	}
	return newStored(file, r, entries), covered(file, stretches, size-data)
}

func safetensorsHeader(file string, r io.ReaderAt, size int64) ([]byte, error) {
	var length [8]byte
	if err := readFull(r, length[:], 0); err != nil {
		return nil, damaged(file, "its first bytes cannot be read (%v)", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n < 2 || n > safetensorsHeaderMax || int64(n) > size-8 {
		return nil, damaged(file, "its header cannot have %d bytes", n)
	}
	header := make([]byte, n)
	if err := readFull(r, header, 8); err != nil {
		return nil, damaged(file, "its header cannot be read (%v)", err)
	}
	if header[0] != '{' || !utf8.Valid(header) {
		return nil, damaged(file, "its header is no JSON object")
	}
	return header, nil
}

// eachMember calls f for each member of a JSON object, so that a name that stands there twice is
// seen. f takes the value from the decoder.
func eachMember(object []byte, f func(name string, dec *json.Decoder) error) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if err := f(name.(string), dec); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if rest := object[dec.InputOffset():]; len(bytes.TrimSpace(rest)) > 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func safetensorsEntry(file, name string, dec *json.Decoder, data, size int64) (e entry, s stretch, err error) {
	var in struct {
		DType   string  `json:"dtype"`
		Shape   []int64 `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
	}
	if err := dec.Decode(&in); err != nil {
		return e, s, err
	}
	count, ok := elements(in.Shape)
	kind := dtypes[in.DType]
	switch {
	case name == "" || len(name) > nameBytesMax:
		return e, s, damaged(file, "a tensor has a name of %d bytes", len(name))
	case !ok:
		return e, s, damaged(file, "tensor %q cannot have the shape %v", name, in.Shape)
	case kind.number == 0:
		return e, s, damaged(file, "tensor %q has numbers of the unknown kind %q", name, in.DType)
	case len(in.Offsets) != 2 || in.Offsets[0] < 0 || in.Offsets[1] > size-data || in.Offsets[1]-in.Offsets[0] != count*kind.bytes:
		return e, s, damaged(file, "tensor %q of %d numbers cannot lie at %v", name, count, in.Offsets)
	}
	e = entry{number: kind.number, shape: asInts(in.Shape), at: data + in.Offsets[0]}
	return e, stretch{name, in.Offsets[0], in.Offsets[1]}, nil
}

// covered complains of tensors that overlap, and of bytes that belong to none.
func covered(file string, all []stretch, size int64) error {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	at := int64(0)
	for _, s := range all {
		if s.from != at {
			return damaged(file, "tensor %q begins at %d, where the one before it ends at %d", s.name, s.from, at)
		}
		at = s.to
	}
	if at != size {
		return damaged(file, "its tensors end at %d of %d bytes", at, size)
	}
	return nil
}

// prefixes stand before the names of an encoder's tensors where a head was put on it.
var prefixes = []string{"0.auto_model.", "auto_model.", "bert.", "model."}

// withoutPrefix is the name that a tensor has in an encoder without a head.
func withoutPrefix(name string) string {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(name, p); ok {
			name = rest
		}
	}
	return modernName(name)
}

// modernName replaces the names that norms had when they were converted from TensorFlow.
func modernName(name string) string {
	if base, ok := strings.CutSuffix(name, ".LayerNorm.gamma"); ok {
		return base + ".LayerNorm.weight"
	}
	if base, ok := strings.CutSuffix(name, ".LayerNorm.beta"); ok {
		return base + ".LayerNorm.bias"
	}
	return name
}
