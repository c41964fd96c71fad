package model

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
)

// tokenizer reads the tokenizer of a folder: tokenizer.json, or vocab.txt with its options.
func (d *folder) tokenizer() (*tokenizer, error) {
	text, err := d.text("tokenizer.json", tokenizerBytesMax)
	if err != nil {
		return nil, err
	}
	if text != "" {
		return readTokenizer("tokenizer.json", []byte(text))
	}
	if text, err = d.text("vocab.txt", tokenizerBytesMax); err != nil {
		return nil, err
	}
	if text == "" {
		return nil, &FileError{"tokenizer.json", "neither it nor vocab.txt lies beside the weights", ErrNoModel}
	}
	options, err := d.text("tokenizer_config.json", smallBytesMax)
	if err != nil {
		return nil, err
	}
	return readVocabulary("vocab.txt", text, []byte(options))
}

// hfTokenizer is tokenizer.json of Hugging Face's tokenizers.
type hfTokenizer struct {
	Added []struct {
		ID      int32  `json:"id"`
		Content string `json:"content"`
		Word    bool   `json:"single_word"`
		Left    bool   `json:"lstrip"`
		Right   bool   `json:"rstrip"`
		Normal  bool   `json:"normalized"`
	} `json:"added_tokens"`
	Normalizer *struct {
		Type  string `json:"type"`
		Clean bool   `json:"clean_text"`
		CJK   bool   `json:"handle_chinese_chars"`
		Strip *bool  `json:"strip_accents"`
		Lower bool   `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer *struct {
		Type string `json:"type"`
	} `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         struct {
		Type    string           `json:"type"`
		Unknown string           `json:"unk_token"`
		Prefix  string           `json:"continuing_subword_prefix"`
		Longest int              `json:"max_input_chars_per_word"`
		Vocab   map[string]int32 `json:"vocab"`
	} `json:"model"`
}

// readTokenizer reads tokenizer.json.
func readTokenizer(file string, text []byte) (*tokenizer, error) {
	var hf hfTokenizer
	if err := json.Unmarshal(text, &hf); err != nil {
		return nil, damaged(file, "it is not read as JSON of a tokenizer (%v)", err)
	}
	if hf.Model.Type == "BPE" {
		return readBytePairs(file, text, &hf)
	}
	if hf.Model.Type != "WordPiece" && hf.Model.Type != "" {
		return nil, unsupported(file, "tokenizers of the kind %s do not run here; WordPiece and BPE do", hf.Model.Type)
	}
	if hf.Normalizer == nil || hf.Normalizer.Type != "BertNormalizer" || hf.PreTokenizer == nil || hf.PreTokenizer.Type != "BertPreTokenizer" {
		return nil, unsupported(file, "of WordPiece only BERT's runs here")
	}
	n := hf.Normalizer
	spec := tokenizerSpec{Kind: kindWordPiece, Prefix: cmp.Or(hf.Model.Prefix, "##"), Longest: cmp.Or(hf.Model.Longest, 100),
		Normalization: normalization{Clean: n.Clean, CJK: n.CJK, Lower: n.Lower, Strip: n.Lower}}
	if n.Strip != nil {
		spec.Normalization.Strip = *n.Strip
	}
	for _, a := range hf.Added {
		spec.Added = append(spec.Added, addedToken{a.Content, a.ID, a.Word, a.Left, a.Right, a.Normal})
	}
	var err error
	if spec.Vocabulary, err = vocabularyOf(file, hf.Model.Vocab, spec.Added); err != nil {
		return nil, err
	}
	if spec.Unknown = spec.id(cmp.Or(hf.Model.Unknown, "[UNK]")); spec.Unknown < 0 {
		return nil, damaged(file, "its unknown token %q is not in its vocabulary", hf.Model.Unknown)
	}
	if err := spec.template(file, hf.PostProcessor); err != nil {
		return nil, err
	}
	return newTokenizer(file, spec)
}

// vocabularyOf lists the pieces by their ids.
func vocabularyOf(file string, ids map[string]int32, added []addedToken) ([]string, error) {
	last := int32(-1)
	for _, id := range ids {
		last = max(last, id)
	}
	for _, a := range added {
		last = max(last, a.ID)
	}
	if int(last) > 2*(len(ids)+len(added))+1024 {
		return nil, damaged(file, "its %d pieces have ids up to %d", len(ids), last)
	}
	list := make([]string, last+1)
	enter := func(piece string, id int32) error {
		if id < 0 || list[id] != "" && list[id] != piece {
			return damaged(file, "the pieces %q and %q have the id %d", piece, list[max(id, 0)], id)
		}
		list[id] = piece
		return nil
	}
	for piece, id := range ids {
		if err := enter(piece, id); err != nil {
			return nil, err
		}
	}
	for _, a := range added {
		if err := enter(a.Content, a.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// id is the id of a piece; -1 where there is none.
func (s *tokenizerSpec) id(piece string) int32 { return int32(slices.Index(s.Vocabulary, piece)) }

// hfTemplate is a post-processor of tokenizer.json.
type hfTemplate struct {
	Type    string            `json:"type"`
	Single  []json.RawMessage `json:"single"`
	Pair    []json.RawMessage `json:"pair"`
	Special map[string]struct {
		IDs []int32 `json:"ids"`
	} `json:"special_tokens"`
	Sep        []json.RawMessage `json:"sep"`
	CLS        []json.RawMessage `json:"cls"`
	Processors []json.RawMessage `json:"processors"`
}

// template reads what a text is put into.
func (s *tokenizerSpec) template(file string, text json.RawMessage) error {
	var in hfTemplate
	if len(text) == 0 || json.Unmarshal(text, &in) != nil {
		return unsupported(file, "it does not say what a text is put into (post_processor)")
	}
	switch in.Type {
	case "TemplateProcessing":
		var err error
		if s.Single, err = in.pieces(file, in.Single); err == nil {
			s.Pair, err = in.pieces(file, in.Pair)
		}
		return err
	case "BertProcessing":
		first, sep, err := in.marks()
		if err != nil {
			return damaged(file, "its marks are not read (%v)", err)
		}
		s.bertTemplate(first, sep)
		return nil
	}
	return unsupported(file, "texts are put into %q, which does not run here", in.Type)
}

// bertTemplate is [CLS] A [SEP], and [CLS] A [SEP] B [SEP].
func (s *tokenizerSpec) bertTemplate(first, sep int32) {
	s.Single = []templatePiece{{ID: first}, {Text: 1}, {ID: sep}}
	s.Pair = append(slices.Clone(s.Single), templatePiece{Text: 2, Type: 1}, templatePiece{ID: sep, Type: 1})
}

// marks reads ["[CLS]", 101] and the like.
func (t *hfTemplate) marks() (first, sep int32, err error) {
	for _, one := range []struct {
		list []json.RawMessage
		id   *int32
	}{{t.CLS, &first}, {t.Sep, &sep}} {
		if len(one.list) != 2 {
			return 0, 0, fs.ErrInvalid
		}
		if err := json.Unmarshal(one.list[1], one.id); err != nil {
			return 0, 0, err
		}
	}
	return first, sep, nil
}

func (t *hfTemplate) pieces(file string, list []json.RawMessage) (out []templatePiece, err error) {
	for _, raw := range list {
		var p struct {
			Special *struct {
				ID   string `json:"id"`
				Type int32  `json:"type_id"`
			} `json:"SpecialToken"`
			Sequence *struct {
				ID   string `json:"id"`
				Type int32  `json:"type_id"`
			} `json:"Sequence"`
		}
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, damaged(file, "what a text is put into is not read (%v)", err)
		}
		switch {
		case p.Special != nil:
			for _, id := range t.Special[p.Special.ID].IDs {
				out = append(out, templatePiece{ID: id, Type: p.Special.Type})
			}
		case p.Sequence != nil && p.Sequence.ID == "A":
			out = append(out, templatePiece{Text: 1, Type: p.Sequence.Type})
		case p.Sequence != nil && p.Sequence.ID == "B":
			out = append(out, templatePiece{Text: 2, Type: p.Sequence.Type})
		default:
			return nil, damaged(file, "a text is put into %s", raw)
		}
	}
	return out, nil
}

// readVocabulary reads vocab.txt, one piece a line, and the options of tokenizer_config.json.
func readVocabulary(file, text string, options []byte) (*tokenizer, error) {
	config := struct {
		Lower *bool `json:"do_lower_case"`
		CJK   *bool `json:"tokenize_chinese_chars"`
		Strip *bool `json:"strip_accents"`
	}{}
	if len(options) > 0 {
		if err := json.Unmarshal(options, &config); err != nil {
			return nil, damaged("tokenizer_config.json", "it is not read as JSON (%v)", err)
		}
	}
	isSet := func(b *bool, otherwise bool) bool { return b == nil && otherwise || b != nil && *b }
	lower := isSet(config.Lower, true)
	spec := tokenizerSpec{Kind: kindWordPiece, Prefix: "##", Longest: 100,
		Normalization: normalization{Clean: true, CJK: isSet(config.CJK, true), Strip: isSet(config.Strip, lower), Lower: lower},
		Vocabulary:    strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	for i, line := range spec.Vocabulary {
		spec.Vocabulary[i] = strings.TrimSuffix(line, "\r")
	}
	for _, name := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
		id := spec.id(name)
		if id < 0 {
			return nil, damaged(file, "its vocabulary has no %s", name)
		}
		spec.Added = append(spec.Added, addedToken{Content: name, ID: id})
	}
	spec.Unknown = spec.id("[UNK]")
	spec.bertTemplate(spec.id("[CLS]"), spec.id("[SEP]"))
	return newTokenizer(file, spec)
}
