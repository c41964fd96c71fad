package model

import (
	"encoding/json"
	"slices"
	"strings"
)

// hfBytePairs is what tokenizer.json has beside hfTokenizer where pairs of bytes are merged.
type hfBytePairs struct {
	Normalizer *struct {
		Type string `json:"type"`
	} `json:"normalizer"`
	PreTokenizer *struct {
		Type  string `json:"type"`
		Space bool   `json:"add_prefix_space"`
		Cut   *bool  `json:"use_regex"`
	} `json:"pre_tokenizer"`
	Model struct {
		Merges   []json.RawMessage `json:"merges"`
		Prefix   string            `json:"continuing_subword_prefix"`
		Suffix   string            `json:"end_of_word_suffix"`
		Dropout  *float64          `json:"dropout"`
		Fallback bool              `json:"byte_fallback"`
		Whole    bool              `json:"ignore_merges"`
	} `json:"model"`
}

// readBytePairs reads tokenizer.json of a tokenizer that merges pairs of bytes.
func readBytePairs(file string, text []byte, hf *hfTokenizer) (*tokenizer, error) {
	var in hfBytePairs
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, damaged(file, "it is not read as JSON of a tokenizer (%v)", err)
	}
	n, p, m := in.Normalizer, in.PreTokenizer, &in.Model
	switch {
	case n != nil && n.Type != "NFC":
		return nil, unsupported(file, "texts are normalised by %s, which does not run before pairs of bytes", n.Type)
	case p == nil || p.Type != "ByteLevel" || p.Cut != nil && !*p.Cut:
		return nil, unsupported(file, "of tokenizers that merge pairs, only those that cut texts as GPT-2's does run here")
	case m.Prefix != "" || m.Suffix != "" || m.Dropout != nil || m.Fallback || m.Whole:
		return nil, unsupported(file, "pairs of pieces with a prefix or suffix, dropout, byte_fallback or ignore_merges do not run here")
	}
	spec := tokenizerSpec{Kind: kindBytePairs, Compose: n != nil, Space: p.Space, Unknown: -1}
	for _, raw := range m.Merges {
		merge, ok := readMerge(raw)
		if !ok {
			return nil, damaged(file, "it merges %s", raw)
		}
		spec.Merges = append(spec.Merges, merge)
	}
	for _, a := range hf.Added {
		spec.Added = append(spec.Added, addedToken{a.Content, a.ID, a.Word, a.Left, a.Right, a.Normal})
	}
	var err error
	if spec.Vocabulary, err = vocabularyOf(file, hf.Model.Vocab, spec.Added); err != nil {
		return nil, err
	}
	if err := spec.template(file, hf.PostProcessor); err != nil {
		return nil, err
	}
	return newTokenizer(file, spec)
}

// readMerge reads "a b" or ["a", "b"].
func readMerge(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		var two []string
		if json.Unmarshal(raw, &two) != nil || len(two) != 2 {
			return "", false
		}
		text = strings.Join(two, " ")
	}
	return text, strings.Count(text, " ") == 1 && !slices.Contains(strings.Split(text, " "), "")
}
