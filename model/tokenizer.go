package model

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenizerSpec is all that decides the ids of a text. It is what a model's own file keeps.
type tokenizerSpec struct {
	Kind          string          `json:"kind"`
	Normalization normalization   `json:"normalization"`
	Vocabulary    []string        `json:"vocabulary"`        // the piece of each id; "" where there is none
	Prefix        string          `json:"prefix,omitempty"`  // of pieces that continue a word
	Longest       int             `json:"longest,omitempty"` // characters of a word
	Unknown       int32           `json:"unknown"`           // the id of a word that cannot be cut; -1: every word can
	Merges        []string        `json:"merges,omitempty"`  // two pieces with a space between them, the first to be merged first
	Compose       bool            `json:"compose,omitempty"` // to NFC, before pairs are merged
	Space         bool            `json:"space,omitempty"`   // a text is cut as if a space stood before it
	Added         []addedToken    `json:"added,omitempty"`   // found in a text before it is cut
	Single        []templatePiece `json:"single"`            // what a text is put into
	Pair          []templatePiece `json:"pair"`              // what two are put into
}

// The kinds of tokenizers.
const (
	kindWordPiece = "wordpiece"
	kindBytePairs = "bytepairs"
)

// addedToken is a string that is one token wherever it stands.
type addedToken struct {
	Content    string `json:"content"`
	ID         int32  `json:"id"`
	Word       bool   `json:"single_word,omitempty"` // only between characters that are of no word
	Left       bool   `json:"lstrip,omitempty"`      // takes the white space before it
	Right      bool   `json:"rstrip,omitempty"`      // and behind it
	Normalized bool   `json:"normalized,omitempty"`  // is found after the text was normalised
}

// templatePiece is a mark, or one of the texts.
type templatePiece struct {
	ID   int32 `json:"id,omitempty"`
	Text int   `json:"text,omitempty"` // 1: the first, 2: the second
	Type int32 `json:"type,omitempty"`
}

// pieces cuts a text without added tokens.
type pieces interface {
	// append appends ids until there are at least max of them, or the text ends.
	append(ids []int32, text string, max int) []int32
}

// tokenizer is a spec, ready to be used.
type tokenizer struct {
	spec        tokenizerSpec
	pieces      pieces
	begins      [256]bool // bytes that an added token begins with
	added       []addedToken
	singleMarks int
	pairMarks   int
}

// vocabularyBytesMax bounds the pieces of a vocabulary all together; those of 100 languages have
// 2 MB.
const vocabularyBytesMax = 4 << 20

// newTokenizer checks a spec, which came from a file, and makes the tables for it.
func newTokenizer(file string, spec tokenizerSpec) (*tokenizer, error) {
	if err := spec.check(file); err != nil {
		return nil, err
	}
	t := &tokenizer{spec: spec, singleMarks: marksIn(spec.Single), pairMarks: marksIn(spec.Pair)}
	for _, a := range spec.Added {
		t.added = append(t.added, a)
		t.begins[a.Content[0]] = true
	}
	slices.SortStableFunc(t.added, func(a, b addedToken) int { return cmp.Compare(len(b.Content), len(a.Content)) })
	switch spec.Kind {
	case kindWordPiece:
		t.pieces = &wordPiece{normalization: spec.Normalization, table: spec.Normalization.ascii(),
			pieces: newTrie(spec.Vocabulary, spec.Prefix), unknown: spec.Unknown, longest: spec.Longest}
	case kindBytePairs:
		b, err := newBytePairs(file, &spec)
		if err != nil {
			return nil, err
		}
		t.pieces = b
	default:
		return nil, unsupported(file, "tokenizers of the kind %q do not run here", spec.Kind)
	}
	return t, nil
}

func (s *tokenizerSpec) check(file string) error {
	total := 0
	for _, p := range s.Vocabulary {
		total += len(p)
	}
	if len(s.Vocabulary) == 0 || total > vocabularyBytesMax {
		return damaged(file, "a vocabulary of %d pieces and %d bytes", len(s.Vocabulary), total)
	}
	if s.Kind == kindWordPiece && (!s.has(s.Unknown) || s.Longest < 1 || s.Longest > wordMax) {
		return damaged(file, "the unknown token is %d, and words have up to %d characters", s.Unknown, s.Longest)
	}
	for _, a := range s.Added {
		if a.Content == "" || len(a.Content) > nameBytesMax || !s.has(a.ID) {
			return damaged(file, "the added token %q with the id %d", a.Content, a.ID)
		}
		if a.Normalized && (s.Kind == kindWordPiece || !composed(a.Content)) {
			return unsupported(file, "the added token %q is looked for in the normalised text", a.Content)
		}
	}
	for i, template := range [][]templatePiece{s.Single, s.Pair} {
		texts := 0
		for _, p := range template {
			if p.Text < 0 || p.Text > 2 || p.Text == 0 && !s.has(p.ID) || p.Type < 0 || p.Type > 63 {
				return damaged(file, "what texts are put into holds %+v", p)
			}
			texts += p.Text
		}
		if want := []int{1, 3}[i]; texts != want || len(template) > 16 {
			return damaged(file, "what texts are put into has %d places", len(template))
		}
	}
	return nil
}

func (s *tokenizerSpec) has(id int32) bool { return id >= 0 && int(id) < len(s.Vocabulary) }

// composed tells whether a string stands in a composed text (NFC) where it stands in the text
// before.
func composed(text string) bool {
	for _, c := range []byte(text) {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func marksIn(template []templatePiece) (n int) {
	for _, p := range template {
		if p.Text == 0 {
			n++
		}
	}
	return n
}

// digest stands for all that decides the ids of a text.
func (t *tokenizer) digest() [32]byte {
	b, err := json.Marshal(t.spec)
	if err != nil {
		panic("BUG: a tokenizer is not written as JSON: " + err.Error())
	}
	return sha256.Sum256(b)
}

// Vocabulary implements Tokenizer.
func (t *tokenizer) Vocabulary() int { return len(t.spec.Vocabulary) }

// strangeShare is the share of the pieces with letters of a text that may be unknown, or single
// letters that are none of ASCII: code has many of those. In a language that a vocabulary has no
// words of, a text falls apart into such.
const strangeShare = .4

// strangeBytes is how much of a text is looked at.
const strangeBytes = 2_000

// hanWords is how many ideographs a vocabulary has at least that was made for texts in them: there
// each is a word. One that was made for other languages has a few hundred.
const hanWords = 2_000

func (t *tokenizer) ideographs() (n int) {
	for _, piece := range t.spec.Vocabulary {
		if letter, size := utf8.DecodeRuneInString(piece); size == len(piece) && unicode.Is(unicode.Han, letter) {
			n++
		}
	}
	return n
}

// knows tells whether the vocabulary has words of the language of a text.
func (t *tokenizer) knows(text string) bool {
	if t.spec.Kind != kindWordPiece || !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return true // bytes are known in every language
	}
	words := t.ideographs() >= hanWords
	strange, all := 0, 0
	for _, id := range t.pieces.append(nil, text[:min(len(text), strangeBytes)], strangeBytes) {
		piece := strings.TrimPrefix(t.spec.Vocabulary[id], t.spec.Prefix)
		letter, size := utf8.DecodeRuneInString(piece)
		switch {
		case words && unicode.Is(unicode.Han, letter):
			all++
		case id == t.spec.Unknown, size == len(piece) && letter >= utf8.RuneSelf && unicode.IsLetter(letter):
			strange, all = strange+1, all+1
		case strings.ContainsFunc(piece, unicode.IsLetter):
			all++
		}
	}
	return float64(strange) <= strangeShare*float64(all)
}

// Encode implements Tokenizer.
func (t *tokenizer) Encode(ids []int32, text string, max int) []int32 {
	room := max - t.singleMarks
	for _, p := range t.spec.Single {
		if p.Text > 0 {
			ids = t.text(ids, text, room)
		} else if max > 0 {
			ids = append(ids, p.ID)
			max--
		}
	}
	return ids
}

// Pair implements Tokenizer.
func (t *tokenizer) Pair(ids, types []int32, first, second string, max int) (outIDs, outTypes []int32) {
	room := max - t.pairMarks
	for _, p := range t.spec.Pair {
		before := len(ids)
		switch {
		case p.Text == 1:
			ids = t.text(ids, first, room)
			room -= len(ids) - before
		case p.Text == 2:
			ids = t.text(ids, second, room)
		case max > 0:
			ids = append(ids, p.ID)
			max--
		}
		for range len(ids) - before {
			types = append(types, p.Type)
		}
	}
	return ids, types
}

// text appends at most room ids of a text: those of added tokens, and of what stands between them.
func (t *tokenizer) text(ids []int32, text string, room int) []int32 {
	if room <= 0 {
		return ids
	}
	end := len(ids) + room
	from := 0
	for i := 0; i < len(text) && len(ids) < end; {
		if !t.begins[text[i]] {
			i++
			continue
		}
		a := t.addedAt(text[i:])
		if a == nil {
			i++
			continue
		}
		start, stop := i, i+len(a.Content)
		i = stop
		if a.Word && (start > 0 && endsWord(text[:start]) || stop < len(text) && beginsWord(text[stop:])) {
			continue
		}
		if a.Left {
			start = max(from, len(strings.TrimRightFunc(text[:start], unicode.IsSpace)))
		}
		if a.Right {
			stop = len(text) - len(strings.TrimLeftFunc(text[stop:], unicode.IsSpace))
			i = max(i, stop)
		}
		ids = append(t.pieces.append(ids, text[from:start], end), a.ID)
		from = stop
	}
	if len(ids) < end && from < len(text) {
		ids = t.pieces.append(ids, text[from:], end)
	}
	return ids[:min(len(ids), end)]
}

// addedAt is the longest added token at the beginning of a text.
func (t *tokenizer) addedAt(text string) *addedToken {
	for i := range t.added {
		if strings.HasPrefix(text, t.added[i].Content) {
			return &t.added[i]
		}
	}
	return nil
}

func endsWord(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return inWord(r)
}

func beginsWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return inWord(r)
}

// inWord is \w of a regular expression.
func inWord(r rune) bool {
	return r == '_' || unicode.In(r, unicode.Letter, unicode.Mark, unicode.Nd, unicode.Pc, unicode.Nl, unicode.Other_Alphabetic) || r == 0x200c || r == 0x200d
}
