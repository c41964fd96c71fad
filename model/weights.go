package model

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync/atomic"

	"sluice/quant"
)

// A weights file holds a model in one piece: its shape, tokenizer, card and tensors, the same bytes
// for the same model on every machine.
//
//	0       magic, 8 bytes
//	8       version, 4 bytes; length of the header, 4 bytes; length of the data, 8 bytes
//	24      header, JSON; zeros up to a multiple of 64
//	..      data: tensors, each from a multiple of 64 on
//	..      table: CRC-32C of each 64 KiB of the data, over the block's number and its bytes
//	-32     SHA-256 of all before the data, and of the table
//
// So what is not a tensor is compared with its hash when the file is opened, before anything is
// made of it, and a tensor is checked when it is read.
const (
	weightsMagic   = "sluiceMW"
	weightsVersion = 1 // 1: the first

	weightsPrefix     = 24
	weightsAlign      = 64
	weightsBlock      = 64 << 10
	weightsHeaderMax  = 64 << 20
	weightsTowersMax  = 16
	weightsFactorSize = 4 // of a row that is rounded: what its codes are multiplied by
)

// WeightsSuffix ends the names of weights files.
const WeightsSuffix = ".weights"

// Form is how a tensor is stored in a weights file.
type Form string

// The forms. Int8 has a scale a row, the 4-bit forms one every 32, 64, 128 or 256 values.
const (
	AsFloat32 Form = "f32"
	AsFloat16 Form = "f16"
	AsInt8    Form = "int8"
	AsInt4    Form = "int4"
	AsFP4     Form = "fp4"
)

// roundedForms are those with a code a row.
var roundedForms = map[Form]quant.Format{AsInt8: quant.Int8, AsInt4: quant.Int4, AsFP4: quant.FP4}

// weightsHeader describes a weights file.
type weightsHeader struct {
	Name      string          `json:"name"`
	Card      string          `json:"card"`
	Origin    string          `json:"origin,omitempty"` // where the weights were taken from
	Tokenizer *tokenizerSpec  `json:"tokenizer"`
	Towers    []weightsTower  `json:"towers"`
	Tensors   []weightsTensor `json:"tensors"`
}

// weightsTower is one encoder of a file. A tensor that it has alone stands under its name and a
// slash; what it does not have so, it shares: a table of tokens costs its room once.
type weightsTower struct {
	Name   string `json:"name"`
	ID     string `json:"id"` // of the weights before they were rounded
	Config Config `json:"config"`
}

// weightsTensor says where a tensor lies, and how.
type weightsTensor struct {
	Name  string  `json:"name"`
	Shape []int64 `json:"shape"`
	Form  Form    `json:"form"`
	Every int     `json:"every,omitempty"` // values that share a scale; 0: a row
	At    int64   `json:"at"`              // from the beginning of the data
}

// spec is the code of a row of a rounded tensor.
func (t *weightsTensor) spec() quant.Spec {
	return quant.Spec{Dim: int(t.Shape[len(t.Shape)-1]), Format: roundedForms[t.Form], Scale: quant.Half, Every: t.Every, Fit: quant.Given}
}

// bytes is the size of a tensor. It fails for shapes and forms that cannot be.
func (t *weightsTensor) bytes() (int64, error) {
	count, ok := elements(t.Shape)
	switch {
	case !ok || len(t.Shape) == 0:
		return 0, fmt.Errorf("the shape %v", t.Shape)
	case t.Form == AsFloat32 && t.Every == 0:
		return 4 * count, nil
	case t.Form == AsFloat16 && t.Every == 0:
		return 2 * count, nil
	case roundedForms[t.Form] == 0 || len(t.Shape) != 2 || t.Shape[1] > quant.DimMax:
		return 0, fmt.Errorf("the form %q of %v", t.Form, t.Shape)
	}
	spec := t.spec()
	if err := spec.Validate(); err != nil {
		return 0, err
	}
	return t.Shape[0] * int64(weightsFactorSize+spec.Bytes()), nil
}

// Weights is an open weights file.
type Weights struct {
	file      string
	header    weightsHeader
	tokenizer *tokenizer
	data      *checkedBlocks
	index     map[string]*weightsTensor
}

// ReadWeights opens a weights file of the given size and checks all of it but the tensors, which
// are checked as they are read.
func ReadWeights(file string, r io.ReaderAt, size int64) (*Weights, error) {
	return openWeights(file, r, size, nil)
}

// InPlace opens a weights file that lies in memory. Its tensors are read where they are, and each
// block is checked when it is first read.
func InPlace(file string, b []byte) (*Weights, error) {
	return openWeights(file, bytes.NewReader(b), int64(len(b)), b)
}

func openWeights(file string, r io.ReaderAt, size int64, memory []byte) (*Weights, error) {
	w := &Weights{file: file, index: map[string]*weightsTensor{}}
	header, err := w.readPrefix(r, size)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(header))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w.header); err != nil || dec.InputOffset() != int64(len(header)) {
		return nil, damaged(w.file, "its header is not read (%v)", err)
	}
	if err := w.checkTensors(); err != nil {
		return nil, err
	}
	if w.header.Tokenizer == nil || len(w.header.Towers) == 0 || len(w.header.Towers) > weightsTowersMax {
		return nil, damaged(file, "it has no tokenizer, or %d towers", len(w.header.Towers))
	}
	if memory != nil {
		w.data.memory, w.data.checked = memory[w.data.start:][:w.data.size], make([]atomic.Bool, len(w.data.table)/4)
	}
	w.tokenizer, err = newTokenizer(file, *w.header.Tokenizer)
	return w, err
}

// readPrefix reads where everything lies, and the header and the table of checksums, whose hash
// must be right.
func (w *Weights) readPrefix(r io.ReaderAt, size int64) (header []byte, err error) {
	var prefix [weightsPrefix]byte
	if err := readFull(r, prefix[:], 0); err != nil {
		return nil, damaged(w.file, "its first bytes cannot be read (%v)", err)
	}
	if string(prefix[:8]) != weightsMagic {
		return nil, damaged(w.file, "it does not begin as a weights file")
	}
	if v := binary.LittleEndian.Uint32(prefix[8:]); v != weightsVersion {
		return nil, unsupported(w.file, "it is of version %d of the format, or damaged; this program reads %d", v, weightsVersion)
	}
	length, data := int64(binary.LittleEndian.Uint32(prefix[12:])), int64(binary.LittleEndian.Uint64(prefix[16:]))
	start := aligned(weightsPrefix + length)
	if length > weightsHeaderMax || data < 0 || data > size || size != start+data+tableBytes(data)+sha256.Size {
		return nil, damaged(w.file, "it has %d bytes, which a header of %d and data of %d do not make", size, length, data)
	}
	head, tail := make([]byte, start), make([]byte, tableBytes(data)+sha256.Size)
	if err := errors.Join(readFull(r, head, 0), readFull(r, tail, start+data)); err != nil {
		return nil, damaged(w.file, "its header or its checksums cannot be read (%v)", err)
	}
	table, want := tail[:tableBytes(data)], tail[tableBytes(data):]
	sum := sha256.New()
	sum.Write(head)
	sum.Write(table)
	if !bytes.Equal(sum.Sum(nil), want) {
		return nil, damaged(w.file, "its header and checksums do not have the hash that it ends with")
	}
	w.data = &checkedBlocks{file: w.file, r: r, start: start, size: data, table: table}
	return head[weightsPrefix : weightsPrefix+length], nil
}

// tableBytes is the size of the table of checksums.
func tableBytes(data int64) int64 { return (data + weightsBlock - 1) / weightsBlock * 4 }

// checkTensors sees to it that the tensors cover the data, each where the one before it ends.
func (w *Weights) checkTensors() error {
	at := int64(0)
	for i := range w.header.Tensors {
		t := &w.header.Tensors[i]
		size, err := t.bytes()
		if err != nil {
			return damaged(w.file, "tensor %q cannot be (%v)", t.Name, err)
		}
		if _, twice := w.index[t.Name]; twice || t.Name == "" || len(t.Name) > nameBytesMax || i >= tensorsMax {
			return damaged(w.file, "tensor %q stands there twice, or is one too many", t.Name)
		}
		if t.At != at || size > w.data.size-at {
			return damaged(w.file, "tensor %q of %d bytes cannot lie at %d", t.Name, size, t.At)
		}
		w.index[t.Name] = t
		at = aligned(at + size)
	}
	if at != w.data.size {
		return damaged(w.file, "its tensors end at %d of %d bytes", at, w.data.size)
	}
	return nil
}

func aligned(n int64) int64 { return (n + weightsAlign - 1) &^ (weightsAlign - 1) }

// Towers are the encoders of the file.
func (w *Weights) Towers() (names []string) {
	for _, t := range w.header.Towers {
		names = append(names, t.Name)
	}
	return names
}

// Tower is the model of one of the towers.
func (w *Weights) Tower(name string) (*Files, error) {
	i := slices.IndexFunc(w.header.Towers, func(t weightsTower) bool { return t.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s has the towers %q, and none is called %q", w.file, w.Towers(), name)
	}
	t := w.header.Towers[i]
	f := &Files{ID: t.ID, Name: cmp.Or(t.Name, w.header.Name), Config: t.Config, Tokenizer: w.tokenizer, Card: w.header.Card,
		Origin: w.header.Origin, Tensors: w.tower(t.Name)}
	if b, err := hex.DecodeString(t.ID); err != nil || len(b) != idBytes {
		return nil, damaged(w.file, "the tower %q has the ID %q", t.Name, t.ID)
	}
	if err := f.Config.check(); err != nil {
		return nil, damaged(w.file, "%v", err)
	}
	return f, fitsTable(w.file, f)
}

// Check reads all tensors and says what is damaged.
func (w *Weights) Check() error {
	buf := make([]byte, min(readBytes, w.data.size))
	for at := int64(0); at < w.data.size; at += readBytes {
		if _, err := w.data.ReadAt(buf[:min(readBytes, w.data.size-at)], at); err != nil {
			return err
		}
	}
	return nil
}

// checkedBlocks reads data whose blocks have checksums.
type checkedBlocks struct {
	file  string
	r     io.ReaderAt
	start int64 // of the data in the file
	size  int64
	table []byte

	memory  []byte        // the data, where it lies in memory; nil: it is read
	checked []atomic.Bool // blocks of it
}

// view gives bytes of the data: where they are, or read into buf.
func (b *checkedBlocks) view(buf []byte, at int64) ([]byte, error) {
	if b.memory == nil {
		_, err := b.ReadAt(buf, at)
		return buf, err
	}
	end := at + int64(len(buf))
	if at < 0 || end > b.size {
		return nil, io.EOF
	}
	for number := at / weightsBlock; number*weightsBlock < end; number++ {
		if b.checked[number].Load() {
			continue
		}
		block := b.memory[number*weightsBlock : min((number+1)*weightsBlock, b.size)]
		if blockSum(number, block) != binary.LittleEndian.Uint32(b.table[4*number:]) {
			return nil, b.damagedBlock(number)
		}
		b.checked[number].Store(true)
	}
	return b.memory[at:end], nil
}

func (b *checkedBlocks) damagedBlock(number int64) error {
	return damaged(b.file, "block %d of its tensors does not have its checksum", number)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func blockSum(number int64, block []byte) uint32 {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(number))
	return crc32.Update(crc32.Checksum(n[:], castagnoli), castagnoli, block)
}

// ReadAt implements io.ReaderAt.
func (b *checkedBlocks) ReadAt(p []byte, at int64) (n int, err error) {
	var block []byte
	for n < len(p) {
		number, within := (at+int64(n))/weightsBlock, (at+int64(n))%weightsBlock
		size := min(weightsBlock, b.size-number*weightsBlock)
		if size <= within {
			return n, io.EOF
		}
		into := p[n:]
		whole := within == 0 && int64(len(into)) >= size
		if whole {
			into = into[:size]
		} else {
			if block == nil {
				block = make([]byte, weightsBlock)
			}
			into = block[:size]
		}
		if err := readFull(b.r, into, b.start+number*weightsBlock); err != nil {
			return n, damaged(b.file, "block %d cannot be read (%v)", number, err)
		}
		if blockSum(number, into) != binary.LittleEndian.Uint32(b.table[4*number:]) {
			return n, b.damagedBlock(number)
		}
		if whole {
			n += len(into)
		} else {
			n += copy(p[n:], into[within:])
		}
	}
	return n, nil
}
