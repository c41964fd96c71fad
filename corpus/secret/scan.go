package secret

import (
	"bytes"
	"encoding/binary"
)

// The scan looks for a few hundred words at once: prefixes of tokens, names of keys. Of each it
// knows a window of four bytes, in which two runs of three bytes begin. A text is looked at in
// steps of two bytes, so that one of the two is met wherever the word stands, and a bit for each
// run of three says that there is nothing to see, which is so nearly everywhere. What the bit lets
// through is compared with the words. Case does not count until then. (A machine that moves by how
// far a word may be, as Wu and Manber's, looks at fewer bytes and waits for each of them.)

const (
	windowBytes = 4
	runBytes    = 3
	stepBytes   = windowBytes - runBytes + 1
)

// anchor is a word, and what to do where it stands. at is where in the word its window begins: the
// four letters that are rarest in texts. A word of three letters has its window one byte before it,
// where no letter stands.
type anchor struct {
	word  string
	at    int
	exact bool // in this case only
	rule  rule
}

// rule looks at text[start:end], which is an anchor's word.
type rule func(f *finder, a *anchor, start, end int)

// table is the scan's.
type table struct {
	maybe   filter // of runs
	likely  filter // of windows
	windows map[uint32][]anchor
	short   []anchor // those whose window begins before them
}

// caseless folds the case of letters; what else it makes equal is told apart later.
const caseless = 0x20202020

// filter has a bit for each hash of some bytes.
type filter [1 << 16 / 64]uint64

func (f *filter) set(h uint32)      { f[h/64%1024] |= 1 << (h % 64) }
func (f *filter) has(h uint32) bool { return f[h/64%1024]>>(h%64)&1 != 0 }

func runHash(b uint32) uint32    { return (b | caseless) << 8 * 0x9e3779b1 >> 16 }
func windowHash(b uint32) uint32 { return (b | caseless) * 0x85ebca6b >> 16 }

// newTable makes the table of the anchors.
func newTable(all []anchor) *table {
	t := &table{windows: map[uint32][]anchor{}}
	for _, a := range all {
		if a.at < 0 {
			t.short = append(t.short, a)
			for c := range 256 {
				if !isAlnum[c] && c != '_' {
					t.note(string([]byte{byte(c)}) + a.word)
				}
			}
			continue
		}
		w := a.word[a.at : a.at+windowBytes]
		t.note(w)
		key := binary.LittleEndian.Uint32([]byte(w)) | caseless
		t.windows[key] = append(t.windows[key], a)
	}
	return t
}

// note sets the bits of a window.
func (t *table) note(window string) {
	b := binary.LittleEndian.Uint32([]byte(window))
	t.likely.set(windowHash(b))
	t.maybe.set(runHash(b))
	t.maybe.set(runHash(b >> 8))
}

// scan runs the rules of the anchors that stand in the text.
func (f *finder) scan() {
	t, text := words, f.text
	for k := range t.short { // before the text stands no letter either
		f.try(&t.short[k], -1)
	}
	i := 0
	for ; i+windowBytes <= len(text); i += stepBytes {
		if t.maybe.has(runHash(binary.LittleEndian.Uint32(text[i:]))) {
			f.window(i - 1)
			f.window(i)
		}
	}
	if i > 0 { // the run that the end of the text cuts off
		f.window(i - 1)
	}
}

// window tries the anchors whose window begins there.
func (f *finder) window(at int) {
	if at < 0 || at+windowBytes > len(f.text) {
		return
	}
	b := binary.LittleEndian.Uint32(f.text[at:])
	if !words.likely.has(windowHash(b)) {
		return
	}
	all := words.windows[b|caseless]
	for k := range all {
		f.try(&all[k], at)
	}
	if c := f.text[at]; !isAlnum[c] && c != '_' {
		for k := range words.short {
			f.try(&words.short[k], at)
		}
	}
}

// try runs an anchor's rule if its word stands there; at is where its window would begin.
func (f *finder) try(a *anchor, at int) {
	start := at - a.at
	end := start + len(a.word)
	if start < 0 || end > len(f.text) {
		return
	}
	if got := f.text[start:end]; a.exact && string(got) == a.word || !a.exact && equalFold(got, a.word) {
		a.rule(f, a, start, end)
	}
}

// equalFold compares with a word in lower case.
func equalFold(b []byte, word string) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// set is a set of bytes.
type set [256]bool

func bytesOf(s string) (t set) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

const (
	digits = "0123456789"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower  = "abcdefghijklmnopqrstuvwxyz"
)

var (
	isAlnum  = bytesOf(digits + upper + lower)
	isWord   = bytesOf(digits + upper + lower + "_")
	isURL64  = bytesOf(digits + upper + lower + "_-")
	isBase64 = bytesOf(digits + upper + lower + "+/=")
	isHex    = bytesOf(digits + "abcdefABCDEF")
	isUpper  = bytesOf(digits + upper)
	isDotted = bytesOf(digits + upper + lower + "_-.")
	isPath   = bytesOf(digits + upper + lower + "_-./")
)

// run returns the end of the run of bytes of the set that begins at start.
func (f *finder) run(start int, in *set) int {
	for start < len(f.text) && in[f.text[start]] {
		start++
	}
	return start
}

// line returns the bounds of the line around a position.
func (f *finder) line(at int) (start, end int) {
	start = bytes.LastIndexByte(f.text[max(0, at-lineLook):at], '\n') + 1 + max(0, at-lineLook)
	end = bytes.IndexByte(f.text[at:min(len(f.text), at+lineLook)], '\n')
	if end < 0 {
		return start, min(len(f.text), at+lineLook)
	}
	return start, at + end
}

// lineLook bounds what a rule looks at around a word: a text may be one line of gigabytes.
const lineLook = 4 << 10
