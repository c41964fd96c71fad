package model

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestWordEnd: the first word of a text, as the expression of GPT-2 cuts it.
func TestWordEnd(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", " a b": " a", "  a": " ", "   ": "   ", "\n\n a": "\n\n", " \n": " \n", "\na": "\n", "\u00a0a": "\u00a0", "\u00a0\u3000a": "\u00a0",
		"'s": "'s", "'sup": "'s", "'x": "'", "''s": "''", " 's": " '", "can't": "can", "x2": "x", "2x": "2", " 12": " 12", "²Ⅷ": "²Ⅷ", "--a": "--", "é": "é", "e\u0301": "e",
		" ": " ", "日本x ": "日本x",
	} {
		if got := text[:wordEnd(text)]; got != want {
			t.Errorf("%q begins with %q, not %q", text, got, want)
		}
	}
}

// TestBadPairs: a tokenizer that lacks a byte, or merges what it does not have, is refused, and so
// is one that works otherwise than this one.
func TestBadPairs(t *testing.T) {
	_, hard := readHardLines(t, "testdata/pairs.json")
	change := func(key string, edit func(map[string]any)) []byte {
		var all map[string]any
		if err := json.Unmarshal(hard.Tokenizer, &all); err != nil {
			t.Fatal(err)
		}
		part := all
		if key != "" {
			part = all[key].(map[string]any)
		}
		edit(part)
		b, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		text []byte
		want error
	}{
		"no byte":     {change("model", func(m map[string]any) { delete(m["vocab"].(map[string]any), "Ā") }), ErrDamaged},
		"no piece":    {change("model", func(m map[string]any) { m["merges"] = []any{"q zzz"} }), ErrDamaged},
		"no pair":     {change("model", func(m map[string]any) { m["merges"] = []any{"q"} }), ErrDamaged},
		"three":       {change("model", func(m map[string]any) { m["merges"] = []any{[]string{"a", "b", "c"}} }), ErrDamaged},
		"a number":    {change("model", func(m map[string]any) { m["merges"] = []any{7} }), ErrDamaged},
		"suffix":      {change("model", func(m map[string]any) { m["end_of_word_suffix"] = "</w>" }), ErrUnsupported},
		"whole words": {change("model", func(m map[string]any) { m["ignore_merges"] = true }), ErrUnsupported},
		"lower case":  {change("normalizer", func(m map[string]any) { m["type"] = "Lowercase" }), ErrUnsupported},
		"no cutting":  {change("pre_tokenizer", func(m map[string]any) { m["use_regex"] = false }), ErrUnsupported},
		"other cuts":  {change("pre_tokenizer", func(m map[string]any) { m["type"] = "Split" }), ErrUnsupported},
		"no template": {change("", func(m map[string]any) { m["post_processor"] = nil }), ErrUnsupported},
		"added": {change("", func(m map[string]any) {
			m["added_tokens"] = append(m["added_tokens"].([]any), map[string]any{"id": 1000, "content": "é", "normalized": true})
		}), ErrUnsupported},
	} {
		if _, err := readTokenizer("tokenizer.json", c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
}

// TestPairsEnd: a text is read only as far as there is room for its ids, those of a longer text
// begin with those of a shorter one, and a word without an end is no trouble.
func TestPairsEnd(t *testing.T) {
	tok, _ := readHardLines(t, "testdata/pairs.json")
	long := strings.Repeat("torn writes are noticed ", 100)
	all := tok.Encode(nil, long, noLimit)
	for _, room := range []int{2, 3, 10, 100} {
		got := tok.Encode(nil, long, room)
		if want := append(slices.Clone(all[:room-1]), all[len(all)-1]); !slices.Equal(got, want) {
			t.Errorf("room for %d: %v, not %v", room, got, want)
		}
	}
	if got := tok.Encode(nil, strings.Repeat("na", 1<<16), noLimit); len(got) < 1000 || len(got) > 1<<17 {
		t.Errorf("%d ids", len(got))
	}
}
