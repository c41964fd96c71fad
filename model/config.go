package model

// Family is an architecture: which layers there are and what their tensors are called.
type Family string

// The families.
const (
	BERT       Family = "bert"       // Devlin et al. 2018: absolute positions, norms after each block
	NomicBERT  Family = "nomic_bert" // rotary positions, gated feed-forward, norms after each block
	ModernBERT Family = "modernbert" // Warner et al. 2024: rotary, gated, norms before, local attention
)

// Pooling is how the rows of a text become one vector.
type Pooling string

// The poolings.
const (
	CLS  Pooling = "cls"  // the first row
	Mean Pooling = "mean" // the mean of all rows
)

// Head is what stands on the encoder.
type Head string

// The heads.
const (
	Embedding Head = "embedding" // one vector a text
	Late      Head = "late"      // one vector a token, projected (ColBERT)
	Cross     Head = "cross"     // one number for a question and a passage read together
)

// Config is the shape of a model. What has no meaning in its family is zero.
type Config struct {
	Family     Family
	Layers     int
	Width      int // of a row
	Heads      int // of attention; Width/Heads is the width of each
	Inner      int // width between the two products of a feed-forward block
	Vocabulary int
	Positions  int // the longest text, in tokens
	Types      int // of tokens: question and passage
	Epsilon    float32
	Activation string // "gelu", "gelu_tanh", "relu", "silu"; what it gates where the family gates

	RotaryBase      float32 // base of the angles; 0: positions are learned
	RotaryBaseLocal float32 // of the layers with local attention
	RotaryShare     float32 // of each head's width that is turned
	LocalWindow     int     // tokens that a row of a local layer sees; 0: all layers see all
	GlobalEvery     int     // each so many-th layer is global, the first being one

	Head      Head
	Outputs   int // of the head's projection; 0: the width
	Pooling   Pooling
	Normalize bool // vectors have length 1

	QueryPrefix   string // as the model's card says
	PassagePrefix string
}
