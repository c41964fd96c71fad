package model

import (
	"fmt"

	"sluice/quant/kernel"
)

// naming is what a family calls its tensors. %d stands for the layer; several names are parts of
// one matrix, one below the other.
type naming struct {
	words, positions, types, embedNorm string
	qkv                                []string
	out, attnNorm                      string
	up                                 []string // what is bent first, where the block is gated
	down, feedNorm                     string
	lastNorm                           string
	gated, normFirst                   bool
}

// namings are those of the files that people publish, without the prefix of the model's class.
var namings = map[Family]naming{
	BERT: {
		words: "embeddings.word_embeddings", positions: "embeddings.position_embeddings",
		types: "embeddings.token_type_embeddings", embedNorm: "embeddings.LayerNorm",
		qkv: []string{"encoder.layer.%d.attention.self.query", "encoder.layer.%d.attention.self.key",
			"encoder.layer.%d.attention.self.value"},
		out: "encoder.layer.%d.attention.output.dense", attnNorm: "encoder.layer.%d.attention.output.LayerNorm",
		up: []string{"encoder.layer.%d.intermediate.dense"}, down: "encoder.layer.%d.output.dense",
		feedNorm: "encoder.layer.%d.output.LayerNorm",
	},
	NomicBERT: {
		words: "embeddings.word_embeddings", types: "embeddings.token_type_embeddings", embedNorm: "emb_ln",
		qkv: []string{"encoder.layers.%d.attn.Wqkv"},
		out: "encoder.layers.%d.attn.out_proj", attnNorm: "encoder.layers.%d.norm1",
		up: []string{"encoder.layers.%d.mlp.fc12", "encoder.layers.%d.mlp.fc11"}, down: "encoder.layers.%d.mlp.fc2",
		feedNorm: "encoder.layers.%d.norm2", gated: true,
	},
	ModernBERT: {
		words: "embeddings.tok_embeddings", embedNorm: "embeddings.norm",
		qkv: []string{"layers.%d.attn.Wqkv"}, out: "layers.%d.attn.Wo", attnNorm: "layers.%d.attn_norm",
		up: []string{"layers.%d.mlp.Wi"}, down: "layers.%d.mlp.Wo", feedNorm: "layers.%d.mlp_norm",
		lastNorm: "final_norm", gated: true, normFirst: true,
	},
}

// at names the tensors of a layer.
func at(layer int, names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf(n, layer)
	}
	return out
}

// Limits of what a configuration may ask for, in elements. They are far above every model that a
// processor runs, and no higher than what the kernels take.
const (
	layersMax     = 256
	widthMax      = 1 << 14
	vocabularyMax = 1 << 21
	positionsMax  = kernel.TokensMax
	anglesMax     = 1 << 24 // positions × width of a head, of which no tensor tells
)

// check refuses a shape that cannot be run.
func (c *Config) check() error {
	switch {
	case namings[c.Family].words == "":
		return fmt.Errorf("the architecture %q is not known", c.Family)
	case c.Layers < 1 || c.Layers > layersMax:
		return fmt.Errorf("%d layers are not between 1 and %d", c.Layers, layersMax)
	case c.Width < 8 || c.Width > widthMax || c.Width%8 != 0:
		return fmt.Errorf("a width of %d is not a multiple of 8 up to %d", c.Width, widthMax)
	case c.Inner < 8 || c.Inner > widthMax || c.Inner%8 != 0:
		return fmt.Errorf("an inner width of %d is not a multiple of 8 up to %d", c.Inner, widthMax)
	case c.Heads < 1 || c.Width%c.Heads != 0 || c.Width/c.Heads%4 != 0:
		return fmt.Errorf("%d heads do not divide a width of %d into multiples of 4", c.Heads, c.Width)
	case c.Vocabulary < 1 || c.Vocabulary > vocabularyMax:
		return fmt.Errorf("a vocabulary of %d is not between 1 and %d", c.Vocabulary, vocabularyMax)
	case c.Positions < 1 || c.Positions > positionsMax:
		return fmt.Errorf("%d positions are not between 1 and %d", c.Positions, positionsMax)
	case c.Types < 0 || c.Types > c.Vocabulary || c.LocalWindow < 0 || c.GlobalEvery < 0:
		return fmt.Errorf("token types %d, local window %d or global layers every %d cannot be", c.Types, c.LocalWindow, c.GlobalEvery)
	case c.Pooling != CLS && c.Pooling != Mean:
		return fmt.Errorf("the pooling %q is not known", c.Pooling)
	case c.Outputs < 0 || c.Outputs > widthMax:
		return fmt.Errorf("%d outputs are not between 0 and %d", c.Outputs, widthMax)
	case !(c.Epsilon > 0 && c.Epsilon < 1):
		return fmt.Errorf("an epsilon of %g is not between 0 and 1", c.Epsilon)
	}
	return c.checkRotary()
}

func (c *Config) checkRotary() error {
	if namings[c.Family].positions != "" {
		return nil // learned
	}
	if !(c.RotaryBase >= 1 && c.RotaryBase <= 1e9) || !(c.RotaryBaseLocal == 0 || c.RotaryBaseLocal >= 1 && c.RotaryBaseLocal <= 1e9) {
		return fmt.Errorf("bases of %g and %g for the angles of positions cannot be", c.RotaryBase, c.RotaryBaseLocal)
	}
	if n := c.Positions * (c.Width / c.Heads); n > anglesMax {
		return fmt.Errorf("%d positions of heads of %d take more than %d angles", c.Positions, c.Width/c.Heads, anglesMax)
	}
	if c.RotaryShare != 1 {
		return fmt.Errorf("positions turn a share of %g of each head; only heads that are turned as a whole are known", c.RotaryShare)
	}
	return nil
}

// global says whether the rows of a layer see the whole text.
func (c *Config) global(layer int) bool {
	return c.LocalWindow == 0 || c.GlobalEvery > 0 && layer%c.GlobalEvery == 0
}
