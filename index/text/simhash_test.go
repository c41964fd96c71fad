package text

import (
	"crypto/sha256"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// votesOneByOne is the definition that votes is a fast form of.
func votesOneByOne(hashes []uint64) (code uint64) {
	for bit := range 64 {
		count := 0
		for _, h := range hashes {
			count += int(h >> bit & 1)
		}
		if 2*count > len(hashes) && count > len(hashes)/2 {
			code |= 1 << bit
		}
	}
	return code
}

func TestVotesAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.SliceOfN(rapid.Uint64(), 0, 300).Draw(t, "hashes")
		var v votes
		for _, h := range hashes {
			v.add(h)
		}
		if got, want := v.majority(), votesOneByOne(hashes); got != want {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

func distance(a, b string) int { return bits.OnesCount64(SimHash([]byte(a)) ^ SimHash([]byte(b))) }

// prose returns n random words of a vocabulary.
func prose(rng *rand.Rand, n int) []string {
	words := make([]string, n)
	for i := range words {
		words[i] = string(rune('a'+rng.IntN(26))) + string(rune('a'+rng.IntN(26))) + string(rune('a'+rng.IntN(26)))
	}
	return words
}

func TestNearTextsHaveNearCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	near, far := 0, 0
	for range 100 {
		words := prose(rng, 170)
		before := strings.Join(words, " ")
		words[rng.IntN(len(words))] = "changed"
		near += distance(before, strings.Join(words, " "))
		far += distance(before, strings.Join(prose(rng, 170), " "))
	}
	if near > 100*8 || far < 100*26 {
		t.Fatalf("one word of 170 changes %.1f bits, another text %.1f", float64(near)/100, float64(far)/100)
	}
	if d := distance("Take the Lock, then\n\treturn -- it", "take the lock then (return) it"); d != 0 {
		t.Errorf("case and punctuation change %d bits", d)
	}
}

func TestShortTextsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for _, s := range []string{"", "a", "b", "a b", "b a", "a b c", "+", "-", "++", " ", "\x00", "\x00\x00"} {
		code := SimHash([]byte(s))
		if other, ok := seen[code]; ok {
			t.Errorf("%q and %q have one code", s, other)
		}
		seen[code] = s
	}
}

// Codes and ids are stored: they may not change without a new Builder.
func TestStoredCodesStay(t *testing.T) {
	if got := SimHash([]byte("How is a torn write noticed? By its checksum, when it is next read.")); got != 0x960884446c489339 {
		t.Errorf("simhash %#x", got)
	}
	id := PassageID("src", "fs/buffer.c", sha256.Sum256([]byte("text")), 1)
	if got := FormatID(id); got != "dn4dfmvk44d622tf" {
		t.Errorf("id %s", got)
	}
}

func TestIDsAreWrittenAndRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := [10]byte(rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "id"))
		if got, err := ParseID(FormatID(id)); err != nil || got != id {
			t.Fatalf("%v, %v", got, err)
		}
	})
	for _, bad := range []string{"", "a", strings.Repeat("a", 15), strings.Repeat("a", 17), strings.Repeat("A", 16), "0123456789abcdef", strings.Repeat("é", 8)} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q was taken for an id", bad)
		}
	}
}

func TestIDDependsOnEverything(t *testing.T) {
	hash := sha256.Sum256(nil)
	seen := map[[10]byte]string{}
	for name, id := range map[string][10]byte{
		"base":      PassageID("ab", "c", hash, 0),
		"label":     PassageID("xb", "c", hash, 0),
		"moved cut": PassageID("a", "bc", hash, 0),
		"text":      PassageID("ab", "c", sha256.Sum256([]byte{1}), 0),
		"nth":       PassageID("ab", "c", hash, 1),
	} {
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have one id", name, other)
		}
		seen[id] = name
	}
}

func BenchmarkSimHash(b *testing.B) {
	text := []byte(strings.Join(prose(rand.New(rand.NewPCG(1, uint64(time.Now().Unix()))), 260), " "))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		SimHash(text)
	}
}
