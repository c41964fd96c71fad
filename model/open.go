package model

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"

	"sluice/internal/vfs"
)

// smallBytesMax bounds the texts beside the weights: configurations and cards.
const smallBytesMax = 4 << 20

// tokenizerBytesMax bounds a vocabulary with its merges; that of ModernBERT has 3.6 MB.
const tokenizerBytesMax = 64 << 20

// Open reads the model at a path below fsys: a folder as Hugging Face publishes them, an ONNX file
// beside its tokenizer, or a file of Sluice's own. Weights stay in their file, which is open until
// Close.
func Open(ctx context.Context, fsys vfs.FS, name string) (*Files, error) {
	at, err := fsys.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	d := &folder{fsys: fsys, dir: name}
	weights, base := "", name
	if !at.Dir {
		d.dir, weights = path.Split(name)
		d.dir = strings.TrimSuffix(d.dir, "/")
		if path.Base(d.dir) == "onnx" && d.missing("tokenizer.json") { // what describes the model lies above
			d.dir, weights = strings.TrimSuffix(strings.TrimSuffix(d.dir, "onnx"), "/"), "onnx/"+weights
		}
		base = strings.TrimSuffix(path.Base(weights), path.Ext(weights))
		if base == "model" {
			base = d.dir
		}
	}
	f, err := d.open(weights)
	if err != nil {
		return nil, err
	}
	f.Name = cmp.Or(f.Name, path.Base(base))
	if f.ID == "" { // a file of ours knows it
		if err := f.identify(ctx); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

// Close closes the file of the weights.
func (f *Files) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// folder is where the files of a model lie side by side.
type folder struct {
	fsys   vfs.FS
	dir    string
	prefix string // of all names, where several models share a folder: bge-small-
}

// text reads one of the small files; "" when it is not there.
func (d *folder) text(name string, max int64) (string, error) {
	f, err := d.fsys.Open(path.Join(d.dir, d.prefix+name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(b)) > max {
		err = damaged(name, "it is larger than %d bytes", max)
	}
	return string(b), err
}

// weightsFiles are where the weights of a folder may lie.
var weightsFiles = []string{"model.safetensors", "model.onnx", "onnx/model.onnx"}

// open reads the model whose weights lie in one file of the folder; "" looks for them.
func (d *folder) open(weights string) (*Files, error) {
	for _, name := range weightsFiles {
		if weights != "" {
			break
		}
		if e, err := d.fsys.Stat(path.Join(d.dir, name)); err == nil && !e.Dir {
			weights = name
		}
	}
	if weights == "" {
		return nil, d.noWeights()
	}
	file, err := d.fsys.Open(path.Join(d.dir, weights))
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	f, err := d.read(weights, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.file = file
	return f, nil
}

func (d *folder) noWeights() error {
	what := "there is no model.safetensors and no model.onnx in it"
	for _, other := range []string{"pytorch_model.bin", "model.safetensors.index.json", "tf_model.h5"} {
		if _, err := d.fsys.Stat(path.Join(d.dir, other)); err == nil {
			what += "; its " + other + " is not read"
		}
	}
	return &FileError{path.Base(cmp.Or(d.dir, "the folder")), what, ErrNoModel}
}

func (d *folder) read(weights string, file vfs.File) (*Files, error) {
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	if path.Ext(weights) == WeightsSuffix {
		w, err := ReadWeights(weights, file, size)
		if err != nil {
			return nil, err
		}
		return w.Tower(w.Towers()[0])
	}
	f := &Files{}
	var graph *onnxGraph
	switch path.Ext(weights) {
	case ".safetensors":
		f.Tensors, err = readSafetensors(weights, file, size)
	case ".onnx":
		if d.prefix = strings.TrimSuffix(path.Base(weights), ".onnx") + "-"; d.missing("tokenizer.json") {
			d.prefix = ""
		}
		f.Tensors, graph, err = readONNX(weights, file, size)
	default:
		err = &FileError{weights, "weights are read from .safetensors, .onnx and " + WeightsSuffix, ErrUnsupported}
	}
	if err != nil {
		return nil, err
	}
	return f, d.describe(f, weights, graph)
}

func (d *folder) missing(name string) bool {
	_, err := d.fsys.Stat(path.Join(d.dir, d.prefix+name))
	return err != nil
}

// describe reads what stands beside the weights.
func (d *folder) describe(f *Files, weights string, graph *onnxGraph) (err error) {
	text, err := d.text("config.json", smallBytesMax)
	if err != nil {
		return err
	}
	var hf hfConfig
	switch {
	case text != "":
		f.Config, hf, err = readConfig("config.json", []byte(text))
	case graph != nil:
		if f.Config, err = graph.config(f.Tensors); err == nil {
			f.Config.Head = Embedding
		}
	default:
		err = &FileError{weights, "there is no config.json beside it", ErrNoModel}
	}
	if err != nil {
		return err
	}
	if f.Card, err = d.text("README.md", smallBytesMax); err != nil {
		return err
	}
	if err := d.sentence(f, path.Base(weights), hf.NameOrPath); err != nil {
		return err
	}
	if err := headOf(weights, f, Pooling(hf.ClassifierPooling)); err != nil {
		return err
	}
	if err := f.Config.check(); err != nil {
		return damaged(weights, "%v", err)
	}
	if f.Tokenizer, err = d.tokenizer(); err != nil {
		return err
	}
	return fitsTable(weights, f)
}

// sentence reads how the rows of a text become one vector, and what is put before a text.
func (d *folder) sentence(f *Files, names ...string) error {
	c := &f.Config
	card, isKnown := cardOf(append([]string{path.Base(d.dir), cardName(f.Card)}, names...)...)
	c.Pooling, c.Normalize, c.QueryPrefix, c.PassagePrefix = Mean, true, card.query, card.passage
	if isKnown {
		c.Pooling = card.pooling
	}
	text, err := d.text("modules.json", smallBytesMax)
	if err != nil {
		return err
	}
	poolingFolder := "1_Pooling"
	if text != "" {
		if c.Normalize, poolingFolder, err = modules("modules.json", []byte(text)); err != nil {
			return err
		}
	}
	if text, err = d.text(path.Join(poolingFolder, "config.json"), smallBytesMax); err != nil {
		return err
	}
	if text != "" {
		if c.Pooling, err = pooling(poolingFolder+"/config.json", []byte(text)); err != nil {
			return err
		}
	}
	if text, err = d.text("config_sentence_transformers.json", smallBytesMax); err != nil {
		return err
	}
	if query, passage, ok := prompts([]byte(text)); ok {
		c.QueryPrefix, c.PassagePrefix = query, passage
	}
	return nil
}

// cardName is the title of a card: the name in its front matter, or its first heading.
func cardName(card string) string {
	for line := range strings.Lines(card) {
		if name, ok := strings.CutPrefix(strings.TrimLeft(line, " -"), "name: "); ok {
			return strings.TrimSpace(name)
		}
		if name, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// headOf settles the head by the tensors that there are for one. classified is what its
// configuration says of the rows that a head for pairs reads.
func headOf(weights string, f *Files, classified Pooling) error {
	c := &f.Config
	projection := f.Tensors.Shape("linear.weight")
	classifier := f.Tensors.Shape("classifier.weight")
	switch {
	case c.Head == Embedding && len(projection) == 2 && projection[1] == c.Width && classifier == nil:
		c.Head = Late
		fallthrough
	case c.Head == Late:
		if len(projection) != 2 || projection[1] != c.Width {
			return damaged(weights, "it has no projection of a width of %d for its tokens (linear.weight)", c.Width)
		}
		c.Outputs, c.Normalize = projection[0], true
	case c.Head == Cross:
		if len(classifier) != 2 || classifier[0] != 1 || classifier[1] != c.Width {
			return unsupported(weights, "a head of the shape %v is none that gives one number for a question and a passage", classifier)
		}
		c.Outputs, c.Pooling, c.Normalize, c.QueryPrefix, c.PassagePrefix = 1, CLS, false, "", ""
		if c.Family == ModernBERT {
			c.Pooling = cmp.Or(classified, CLS)
		}
	}
	return nil
}

// wordTables are the names of the table of tokens in the families.
var wordTables = map[Family]string{
	BERT: "embeddings.word_embeddings.weight", NomicBERT: "embeddings.word_embeddings.weight", ModernBERT: "embeddings.tok_embeddings.weight",
}

// fitsTable refuses a model whose tokenizer makes ids that its table does not have.
func fitsTable(weights string, f *Files) error {
	c := f.Config
	table := f.Tensors.Shape(wordTables[c.Family])
	if len(table) != 2 || table[0] != c.Vocabulary || table[1] != c.Width {
		return damaged(weights, "its table of tokens has the shape %v, where its configuration has %d tokens of a width of %d", table, c.Vocabulary, c.Width)
	}
	if n := f.Tokenizer.Vocabulary(); n > c.Vocabulary {
		return damaged(weights, "its tokenizer knows %d tokens and its table %d", n, c.Vocabulary)
	}
	return nil
}

// identify names the model by all that decides a vector: its shape, its tokenizer, and the values
// of its tensors, however they are stored. It reads all of them, so numbers that are not finite are
// found here.
func (f *Files) identify(ctx context.Context) error {
	config, err := json.Marshal(f.Config)
	if err != nil {
		return err
	}
	whole := sha256.New()
	fmt.Fprintf(whole, "%s\n%s\n", config, f.Tokenizer.(*tokenizer).digest())
	var values []float32
	for _, name := range slices.Sorted(slices.Values(f.Tensors.Names())) {
		if err := ctx.Err(); err != nil {
			return err
		}
		digest, next, err := digestOf(f.Tensors, name, values)
		if errors.Is(err, ErrUnsupported) {
			continue // places and the like, which no layer reads
		}
		if err != nil {
			return err
		}
		values = next
		fmt.Fprintf(whole, "%s %v %x\n", name, f.Tensors.Shape(name), digest)
	}
	f.ID = hex.EncodeToString(whole.Sum(nil)[:idBytes])
	return nil
}

// idBytes is how much of its hash names a model.
const idBytes = 16

// digestOf hashes the values of a tensor, reading them into a slice that is used again.
func digestOf(t Tensors, name string, values []float32) (digest [32]byte, used []float32, err error) {
	count, _ := elements(t.Shape(name))
	if int64(cap(values)) < count {
		values = make([]float32, count)
	}
	values = values[:count]
	if err := t.Float32(name, values); err != nil {
		return digest, values, err
	}
	h := sha256.New()
	var buf [4096]byte
	for i := 0; i < len(values); i += len(buf) / 4 {
		part := values[i:min(len(values), i+len(buf)/4)]
		for j, v := range part {
			binary.LittleEndian.PutUint32(buf[4*j:], math.Float32bits(v))
		}
		h.Write(buf[:4*len(part)])
	}
	h.Sum(digest[:0])
	return digest, values, nil
}
