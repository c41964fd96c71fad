package model

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strings"

	"sluice/quant"
)

// Layout says how the tensors of a weights file are stored. The zero value keeps every bit.
type Layout struct {
	Products Form // of the matrices that rows are multiplied by; "": AsFloat32
	Words    Form // of the table of tokens; "": AsFloat32
	Rest     Form // of norms, biases and positions; "": AsFloat32
	Every    int  // values that share a scale in the 4-bit forms; 0: 64
}

// form is how one tensor is stored. What was rounded before stays as it is.
func (l Layout) form(t Tower, name string, shape []int) (form Form, every int, err error) {
	before, err := roundedIn(t.Tensors, name)
	if before != nil || err != nil {
		for f, format := range roundedForms {
			if before != nil && format == before.Format {
				form = f
			}
		}
		if before != nil && before.Block < shape[1] {
			every = before.Block
		}
		return form, every, err
	}
	switch {
	case len(shape) != 2 || !strings.HasSuffix(name, ".weight"):
	case name == wordTables[t.Config.Family]:
		form = l.Words
	case !strings.HasPrefix(name, "embeddings."):
		form = l.Products
	}
	form = cmp.Or(form, l.Rest)
	if form == AsInt4 || form == AsFP4 {
		every = cmp.Or(l.Every, blockDefault)
	}
	return cmp.Or(form, AsFloat32), every, nil
}

// roundedIn is a tensor as it is rounded already; nil: it is not.
func roundedIn(t Tensors, name string) (*Rounded, error) {
	if some, ok := t.(RoundedTensors); ok {
		return some.Rounded(name)
	}
	return nil, nil
}

// WriteWeights writes a model to a weights file.
func WriteWeights(w io.Writer, f *Files, l Layout) error {
	return WriteTowers(w, l, Tower{"", f})
}

// Tower is a model and its name in a file of several. All have one tokenizer.
type Tower struct {
	Name string
	*Files
}

// WriteTowers writes several models to one file. Tensors that are equal in all of them are stored
// once.
func WriteTowers(w io.Writer, l Layout, towers ...Tower) error {
	first := towers[0]
	tok, ok := first.Tokenizer.(*tokenizer)
	if !ok {
		return fmt.Errorf("model %s has a tokenizer of its own, which is not stored", first.Files.Name)
	}
	h := weightsHeader{Name: first.Files.Name, Card: first.Card, Origin: first.Origin, Tokenizer: &tok.spec}
	plan := weightsPlan{header: &h}
	for i, t := range towers {
		if other, ok := t.Tokenizer.(*tokenizer); !ok || other.digest() != tok.digest() {
			return fmt.Errorf("the towers %q and %q do not have one tokenizer", first.Name, t.Name)
		}
		if strings.Contains(t.Name, "/") || i > 0 && t.Name == "" {
			return fmt.Errorf("%q is no name for a tower", t.Name)
		}
		h.Towers = append(h.Towers, weightsTower{t.Name, t.ID, t.Config})
		if err := plan.add(l, towers[:i], t); err != nil {
			return err
		}
	}
	return plan.write(w)
}

// weightsPlan is a header that is being made, and where each of its tensors is read.
type weightsPlan struct {
	header  *weightsHeader
	sources []Tensors
	data    int64 // bytes
}

// add enters the tensors of a tower that those before it do not have.
func (p *weightsPlan) add(l Layout, before []Tower, t Tower) error {
	for _, name := range slices.Sorted(slices.Values(t.Tensors.Names())) {
		shape := t.Tensors.Shape(name)
		if s, ok := t.Tensors.(*stored); ok && s.entries[name].number == others {
			continue
		}
		form, every, err := l.form(t, name, shape)
		if err != nil {
			return err
		}
		full := name
		if len(before) > 0 {
			same, err := sameTensor(before[0], t, name)
			if err != nil {
				return err
			}
			if same {
				continue
			}
			full = t.Name + "/" + name
		}
		one := weightsTensor{Name: full, Shape: make([]int64, len(shape)), Form: form, Every: every, At: p.data}
		for i, n := range shape {
			one.Shape[i] = int64(n)
		}
		if len(shape) == 0 {
			one.Shape = []int64{1}
		}
		size, err := one.bytes()
		if err != nil {
			return fmt.Errorf("tensor %q is not stored: %w", name, err)
		}
		p.header.Tensors, p.sources = append(p.header.Tensors, one), append(p.sources, t.Tensors)
		p.data = aligned(p.data + size)
	}
	return nil
}

// sameTensor tells whether two towers have the same values under a name.
func sameTensor(a, b Tower, name string) (bool, error) {
	if a.Tensors.Shape(name) == nil || fmt.Sprint(a.Tensors.Shape(name)) != fmt.Sprint(b.Tensors.Shape(name)) {
		return false, nil
	}
	x, _, err := digestOf(a.Tensors, name, nil)
	if err != nil {
		return false, err
	}
	y, _, err := digestOf(b.Tensors, name, nil)
	return x == y, err
}

// write writes the file.
func (p *weightsPlan) write(w io.Writer) error {
	text, err := json.Marshal(p.header)
	if err != nil {
		return err
	}
	out := &weightsWriter{w: w, sum: sha256.New()}
	head := binary.LittleEndian.AppendUint32([]byte(weightsMagic), weightsVersion)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(text)))
	head = append(binary.LittleEndian.AppendUint64(head, uint64(p.data)), text...)
	head = append(head, make([]byte, aligned(int64(len(head)))-int64(len(head)))...)
	out.sum.Write(head)
	if _, err := w.Write(head); err != nil {
		return err
	}
	for i, t := range p.header.Tensors {
		if err := out.tensor(&t, p.sources[i]); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	return out.finish()
}

// halfMax is the largest float16.
const halfMax = 65504

// weightsWriter writes the data and remembers its checksums.
type weightsWriter struct {
	w     io.Writer
	sum   hash.Hash
	block []byte // not full yet
	table []byte
	at    int64
}

func (o *weightsWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), weightsBlock-len(o.block))
		o.block, p = append(o.block, p[:k]...), p[k:]
		if len(o.block) == weightsBlock {
			if err := o.flush(); err != nil {
				return 0, err
			}
		}
	}
	o.at += int64(n)
	return n, nil
}

func (o *weightsWriter) flush() error {
	o.table = binary.LittleEndian.AppendUint32(o.table, blockSum(int64(len(o.table)/4), o.block))
	_, err := o.w.Write(o.block)
	o.block = o.block[:0]
	return err
}

func (o *weightsWriter) finish() error {
	if len(o.block) > 0 {
		if err := o.flush(); err != nil {
			return err
		}
	}
	o.sum.Write(o.table)
	_, err := o.w.Write(o.sum.Sum(o.table))
	return err
}

// tensor writes one tensor and what aligns the next.
func (o *weightsWriter) tensor(t *weightsTensor, from Tensors) error {
	name := t.Name[strings.IndexByte(t.Name, '/')+1:]
	before, err := roundedIn(from, name)
	if err != nil {
		return err
	}
	count, _ := elements(t.Shape)
	values := make([]float32, count)
	if before == nil {
		err = from.Float32(name, values)
	}
	if err != nil {
		return err
	}
	switch {
	case before != nil:
		err = o.levels(t, before)
	case t.Form == AsFloat32:
		err = o.numbers(values, 4, func(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) })
	case t.Form == AsFloat16:
		if top := largest(values); top > halfMax {
			return fmt.Errorf("a weight of %g is too large for 16 bits", top)
		}
		err = o.numbers(values, 2, func(b []byte, v float32) { binary.LittleEndian.PutUint16(b, quant.ToHalf(v)) })
	default:
		err = o.rows(t, values)
	}
	if err == nil {
		_, err = o.Write(make([]byte, aligned(o.at)-o.at))
	}
	return err
}

func (o *weightsWriter) numbers(values []float32, size int, put func([]byte, float32)) error {
	var buf [4096]byte
	for len(values) > 0 {
		n := min(len(values), len(buf)/size)
		for i, v := range values[:n] {
			put(buf[i*size:], v)
		}
		if _, err := o.Write(buf[:n*size]); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// levels writes a matrix that is rounded already.
func (o *weightsWriter) levels(t *weightsTensor, r *Rounded) error {
	codec, err := quant.New(t.spec())
	if err != nil {
		return err
	}
	width := codec.Spec().Dim
	blocks := (width + r.Block - 1) / r.Block
	buf, steps := make([]byte, weightsFactorSize+codec.Bytes()), make([]float32, blocks)
	for i := range int(t.Shape[0]) {
		factor := largest(r.Steps[i*blocks : (i+1)*blocks]) // a magnitude
		for b := range steps {
			if steps[b] = 0; factor > 0 {
				steps[b] = r.Steps[i*blocks+b] / factor
			}
		}
		if err := codec.SetLevels(buf[weightsFactorSize:], r.Levels[i*width:(i+1)*width], steps); err != nil {
			return err
		}
		binary.LittleEndian.PutUint32(buf, math.Float32bits(factor))
		if _, err := o.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

// rows rounds a matrix row by row.
func (o *weightsWriter) rows(t *weightsTensor, values []float32) error {
	codec, err := quant.New(t.spec())
	if err != nil {
		return err
	}
	width := codec.Spec().Dim
	buf, unit := make([]byte, weightsFactorSize+codec.Bytes()), make([]float32, width)
	for ; len(values) > 0; values = values[width:] {
		factor, err := encodeRow(codec, buf[weightsFactorSize:], unit, values[:width])
		if err != nil {
			return err
		}
		if factor > factorMax {
			return fmt.Errorf("a weight of %g cannot be rounded", factor)
		}
		binary.LittleEndian.PutUint32(buf, math.Float32bits(factor))
		if _, err := o.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
