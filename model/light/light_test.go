package light

import (
	"encoding/hex"
	"strings"
	"testing"

	"sluice/model"
)

// TestLight: the embedded file is whole, and is what the program takes it for.
func TestLight(t *testing.T) {
	w, err := Weights()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	if Bytes > 22<<20 {
		t.Errorf("it has %d bytes", Bytes)
	}
	for name, layers := range map[string]int{Deep: 12, Shallow: 3} {
		f, err := w.Tower(name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Config.Layers != layers || f.Config.Width != Dims || name == Deep && f.ID != ID {
			t.Errorf("%s: %d layers of %d, the ID %s", name, f.Config.Layers, f.Config.Width, f.ID)
		}
		if _, err := hex.DecodeString(f.ID); err != nil {
			t.Error(err)
		}
		for _, said := range []string{"MIT License", "BAAI", "seed", "nDCG"} {
			if !strings.Contains(f.Card, said) {
				t.Errorf("the card does not say %q", said)
			}
		}
	}
}

// TestOneSpace: a passage lies near a question that it answers in other words, by the vectors of
// either tower, nearer than one that does not.
func TestOneSpace(t *testing.T) {
	deep, err := Tower(Deep)
	if err != nil {
		t.Fatal(err)
	}
	shallow, err := Tower(Shallow)
	if err != nil {
		t.Fatal(err)
	}
	passages := []string{
		"My next appointment at the dental practice is on the third of May.",
		"The hull was painted in spring, and the anchor chain is new.",
		"func (s *Store) Evict() removes the entry that was used least recently, when the cache is full.",
	}
	asked := []string{"when do I see the physician for my teeth", "what was done to the boat", "how is the victim chosen when memory runs out"}
	questions, err := deep.Encode(t.Context(), asked, model.Query)
	if err != nil {
		t.Fatal(err)
	}
	for name, tower := range map[string]*model.Encoder{Deep: deep, Shallow: shallow} {
		vectors, err := tower.Encode(t.Context(), passages, model.Passage)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range questions {
			best, at := float32(-1), -1
			for j, v := range vectors {
				sum := float32(0)
				for k := range v {
					sum += q[k] * v[k]
				}
				if sum > best {
					best, at = sum, j
				}
			}
			if at != i {
				t.Errorf("%s: %q is nearest to %q", name, asked[i], passages[at])
			}
		}
	}
}

// TestKnows: texts in languages that the vocabulary has no words of are told from those in English,
// in languages that share its letters, and from code.
func TestKnows(t *testing.T) {
	deep, err := Tower(Deep)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"how is the victim chosen when memory runs out":        true,
		"wann endet der Mietvertrag der Wohnung":               true,
		"func (s *Store) Evict(k int) error { return s.m[k] }": true,
		"x = f(a, b)": true, "What is 4711?": true, "": true, "42": true,
		"когда заканчивается договор аренды": false,
		"租约什么时候到期":              false,
		"賃貸契約はいつ終わりますか":         false,
		"متى ينتهي عقد الإيجار": false,
		"किराये का अनुबंध कब समाप्त होता है": false,
		"πότε λήγει το μισθωτήριο":           false,
		"임대 계약은 언제 끝나나요":                     false,
	} {
		if got := deep.Knows(text); got != want {
			t.Errorf("%q is known: %t", text, got)
		}
	}
}
