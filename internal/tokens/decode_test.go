package tokens

import (
	"slices"
	"testing"
)

// TestDecodeTurnsBack: the text of a text's tokens is the text, in every vocabulary; what is no
// token is refused.
func TestDecodeTurnsBack(t *testing.T) {
	for _, name := range Names() {
		v, err := Get(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "a", "The lease ends in March.\n\n  1,204 €", "日本語のテキスト 👩‍👩‍👧", "func main() {\n\t\tpanic(1)\n}\n", "<|endoftext|>"} {
			if got, err := v.Decode(v.EncodeString(nil, text)); string(got) != text || err != nil {
				t.Errorf("%s: %q became %q, %v", name, text, got, err)
			}
		}
		last := int32(len(must(map[string]func() (*decoder, error){O200kBase: o200kDecoder, Cl100kBase: cl100kDecoder}[name]()).ends))
		for _, ids := range [][]int32{{-1}, {last}, {1 << 30}, {0, 1, last}} {
			if got, err := v.Decode(ids); err == nil {
				t.Errorf("%s: %v became %q", name, ids, got)
			}
		}
		if got, err := v.Decode([]int32{last - 1}); err != nil || !slices.Equal(v.Encode(nil, got), []int32{last - 1}) {
			t.Errorf("%s: the last token became %q, %v", name, got, err)
		}
	}
}

func must(d *decoder, err error) *decoder {
	if err != nil {
		panic(err)
	}
	return d
}
