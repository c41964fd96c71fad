package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// hfConfig is config.json of a Hugging Face folder, as far as an encoder needs it. The families
// name the same things in several ways.
type hfConfig struct {
	ModelType     string   `json:"model_type"`
	Architectures []string `json:"architectures"`
	NameOrPath    string   `json:"_name_or_path"`

	HiddenSize       int     `json:"hidden_size"`
	Layers           int     `json:"num_hidden_layers"`
	Heads            int     `json:"num_attention_heads"`
	IntermediateSize int     `json:"intermediate_size"`
	VocabSize        int     `json:"vocab_size"`
	Positions        int     `json:"max_position_embeddings"`
	Types            int     `json:"type_vocab_size"`
	HiddenAct        string  `json:"hidden_act"`
	LayerNormEps     float64 `json:"layer_norm_eps"`
	PositionKind     string  `json:"position_embedding_type"`

	// Nomic BERT
	NEmbd           int     `json:"n_embd"`
	NLayer          int     `json:"n_layer"`
	NHead           int     `json:"n_head"`
	NInner          int     `json:"n_inner"`
	NPositions      int     `json:"n_positions"`
	Activation      string  `json:"activation_function"`
	NormEpsilon     float64 `json:"layer_norm_epsilon"`
	RotaryBase      float64 `json:"rotary_emb_base"`
	RotaryFraction  float64 `json:"rotary_emb_fraction"`
	RotaryInterleft bool    `json:"rotary_emb_interleaved"`
	Prenorm         bool    `json:"prenorm"`
	MaxTrained      int     `json:"max_trained_positions"`

	// ModernBERT
	HiddenActivation  string  `json:"hidden_activation"`
	NormEps           float64 `json:"norm_eps"`
	GlobalRope        float64 `json:"global_rope_theta"`
	LocalRope         float64 `json:"local_rope_theta"`
	LocalAttention    int     `json:"local_attention"`
	GlobalEvery       int     `json:"global_attn_every_n_layers"`
	ClassifierPooling string  `json:"classifier_pooling"`
}

// readConfig makes the shape of a model of config.json.
func readConfig(file string, text []byte) (c Config, hf hfConfig, err error) {
	if err := json.Unmarshal(text, &hf); err != nil {
		return c, hf, damaged(file, "it is not read as JSON of a model (%v)", err)
	}
	switch hf.ModelType {
	case "bert":
		c, err = hf.bert(file)
	case "nomic_bert":
		c, err = hf.nomic(file)
	case "modernbert":
		c, err = hf.modern(file)
	default:
		return c, hf, unsupported(file, "models of the kind %q do not run here; bert, nomic_bert and modernbert do", hf.ModelType)
	}
	if err != nil {
		return c, hf, err
	}
	c.Head = Embedding
	for _, a := range hf.Architectures {
		switch {
		case strings.HasSuffix(a, "ForSequenceClassification"):
			c.Head = Cross
		case strings.Contains(a, "ColBERT"):
			c.Head = Late
		}
	}
	return c, hf, nil
}

func (hf *hfConfig) bert(file string) (Config, error) {
	if hf.PositionKind != "" && hf.PositionKind != "absolute" {
		return Config{}, unsupported(file, "positions of the kind %q do not run here", hf.PositionKind)
	}
	act, err := namedActivation(file, hf.HiddenAct)
	return Config{Family: BERT, Layers: hf.Layers, Width: hf.HiddenSize, Heads: hf.Heads, Inner: hf.IntermediateSize,
		Vocabulary: hf.VocabSize, Positions: hf.Positions, Types: hf.Types, Epsilon: float32(cmp.Or(hf.LayerNormEps, 1e-12)), Activation: act}, err
}

func (hf *hfConfig) nomic(file string) (Config, error) {
	if hf.Prenorm || hf.RotaryInterleft || hf.RotaryFraction <= 0 {
		return Config{}, unsupported(file, "only Nomic BERT with norms after its blocks and rotary positions in halves runs here")
	}
	act, err := namedActivation(file, hf.Activation)
	return Config{Family: NomicBERT, Layers: hf.NLayer, Width: hf.NEmbd, Heads: hf.NHead, Inner: hf.NInner,
		Vocabulary: hf.VocabSize, Positions: cmp.Or(hf.MaxTrained, hf.NPositions), Types: hf.Types,
		Epsilon: float32(cmp.Or(hf.NormEpsilon, 1e-12)), Activation: act,
		RotaryBase: float32(cmp.Or(hf.RotaryBase, 10000)), RotaryShare: float32(hf.RotaryFraction)}, err
}

func (hf *hfConfig) modern(file string) (Config, error) {
	act, err := namedActivation(file, hf.HiddenActivation)
	global := cmp.Or(hf.GlobalRope, 160000)
	return Config{Family: ModernBERT, Layers: hf.Layers, Width: hf.HiddenSize, Heads: hf.Heads, Inner: hf.IntermediateSize,
		Vocabulary: hf.VocabSize, Positions: hf.Positions, Epsilon: float32(cmp.Or(hf.NormEps, 1e-5)), Activation: act,
		RotaryBase: float32(global), RotaryBaseLocal: float32(cmp.Or(hf.LocalRope, global)), RotaryShare: 1,
		LocalWindow: cmp.Or(hf.LocalAttention, 128), GlobalEvery: cmp.Or(hf.GlobalEvery, 3)}, err
}

// activationNames maps the names that are used in config.json to ours.
var activationNames = map[string]string{
	"": "gelu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "gelu_fast": "gelu_tanh",
	"relu": "relu", "silu": "silu", "swish": "silu", "swiglu": "silu", "geglu": "gelu",
}

func namedActivation(file, name string) (string, error) {
	act, ok := activationNames[name]
	if !ok {
		return "", unsupported(file, "the activation %q does not run here", name)
	}
	return act, nil
}

// pooling reads 1_Pooling/config.json of sentence-transformers.
func pooling(file string, text []byte) (Pooling, error) {
	var p struct {
		CLS     bool   `json:"pooling_mode_cls_token"`
		Mean    bool   `json:"pooling_mode_mean_tokens"`
		Max     bool   `json:"pooling_mode_max_tokens"`
		Sqrt    bool   `json:"pooling_mode_mean_sqrt_len_tokens"`
		Weight  bool   `json:"pooling_mode_weightedmean_tokens"`
		Last    bool   `json:"pooling_mode_lasttoken"`
		Mode    string `json:"pooling_mode"`
		Include *bool  `json:"include_prompt"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return "", damaged(file, "it is not read as JSON (%v)", err)
	}
	switch {
	case p.Include != nil && !*p.Include, p.Max, p.Sqrt, p.Weight, p.Last, p.CLS && p.Mean:
		return "", unsupported(file, "only the first row or the mean of all rows is pooled here")
	case p.CLS, p.Mode == "cls":
		return CLS, nil
	case p.Mean, p.Mode == "mean":
		return Mean, nil
	}
	return "", unsupported(file, "only the first row or the mean of all rows is pooled here")
}

// modules reads modules.json of sentence-transformers: what follows the encoder.
func modules(file string, text []byte) (normalize bool, poolingFolder string, err error) {
	var all []struct {
		Path string `json:"path"`
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return false, "", damaged(file, "it is not read as JSON (%v)", err)
	}
	for _, m := range all {
		switch m.Type[strings.LastIndexByte(m.Type, '.')+1:] {
		case "Transformer":
			if m.Path != "" {
				return false, "", unsupported(file, "its encoder lies in the folder %q: name that one", m.Path)
			}
		case "Pooling":
			poolingFolder = m.Path
		case "Normalize":
			normalize = true
		default:
			return false, "", unsupported(file, "a module of the type %q does not run here", m.Type)
		}
	}
	return normalize, poolingFolder, nil
}

// known is what the cards of well-known models say and their files do not.
type known struct {
	names          []string // parts of the model's name, lower case; all of them
	pooling        Pooling
	query, passage string
}

const bgeQuery = "Represent this sentence for searching relevant passages: "

// cards are looked through in order.
var cards = []known{
	{[]string{"bge", "m3"}, CLS, "", ""},
	{[]string{"bge", "-en"}, CLS, bgeQuery, ""},
	{[]string{"bge", "-zh"}, CLS, "为这个句子生成表示以用于检索相关文章：", ""},
	{[]string{"arctic-embed"}, CLS, bgeQuery, ""},
	{[]string{"mxbai-embed"}, CLS, bgeQuery, ""},
	{[]string{"e5-"}, Mean, "query: ", "passage: "},
	{[]string{"nomic-embed-text"}, Mean, "search_query: ", "search_document: "},
	{[]string{"modernbert-embed"}, Mean, "search_query: ", "search_document: "},
	{[]string{"gte-modernbert"}, CLS, "", ""},
	{[]string{"gte-"}, Mean, "", ""},
	{[]string{"minilm"}, Mean, "", ""},
}

// cardOf is what is known of a model that goes by one of the names.
func cardOf(names ...string) (known, bool) {
	for _, name := range names {
		name = strings.ToLower(name)
		for _, k := range cards {
			if !slices.ContainsFunc(k.names, func(part string) bool { return !strings.Contains(name, part) }) {
				return k, true
			}
		}
	}
	return known{}, false
}

// prompts reads config_sentence_transformers.json: what is put before a question and a passage.
func prompts(text []byte) (query, passage string, ok bool) {
	var p struct {
		Prompts map[string]string `json:"prompts"`
	}
	if json.Unmarshal(text, &p) != nil {
		return "", "", false
	}
	for _, name := range []string{"document", "passage", "search_document"} {
		passage = cmp.Or(passage, p.Prompts[name])
	}
	for _, name := range []string{"query", "search_query"} {
		query = cmp.Or(query, p.Prompts[name])
	}
	return query, passage, query != "" || passage != ""
}

// Prefixes are what the card of a well-known model says to put before a question and a passage.
func Prefixes(name string) (query, passage string) {
	k, _ := cardOf(name)
	return k.query, k.passage
}
