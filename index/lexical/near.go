package lexical

import (
	"bytes"
	"context"
	"unicode/utf8"
)

// Near is a term that is spelt nearly as a word, in one segment.
type Near struct {
	Term  []byte
	Stem  bool // it is the key of a list of stems, which may be no word itself
	Edits int
	DF    int
	List  List
}

// nearKeysMax bounds how many keys of a segment are compared: about 50 ms.
const nearKeysMax = 1 << 20

// Near gives visit the terms that become the word by at most so many edits: a letter more, less or
// another, or two neighbours swapped (Damerau, A technique for computer detection and correction of
// spelling errors, CACM 1964). The term's bytes are overwritten after visit returns.
//
// Keys are sorted, so those with one beginning share the rows of the edit distance that it made,
// and where a beginning is too far from the word, all keys with it are passed over.
func (r *Reader) Near(ctx context.Context, word []byte, edits int, visit func(n *Near) error) error {
	for _, prefix := range [][]byte{ExactKey(nil, nil), StemKey(nil, nil)} {
		w := nearWalk{r: r, prefix: prefix, edits: edits, visit: visit, distance: newDistance(word)}
		if err := w.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// nearWalk is one way through the keys that begin with prefix.
type nearWalk struct {
	r        *Reader
	prefix   []byte
	edits    int
	visit    func(n *Near) error
	distance *distance
	last     []byte // the term before
	dead     []byte // no key that begins so can be near
	seen     int
}

func (w *nearWalk) run(ctx context.Context) error {
	b, err := w.r.search(w.prefix, false)
	if err != nil {
		return err
	}
	for b = max(0, b-1); b < w.r.blocks && w.seen < nearKeysMax; {
		if err := ctx.Err(); err != nil {
			return err
		}
		beyond, err := w.block(b)
		if err != nil || beyond {
			return err
		}
		if b, err = w.after(b); err != nil {
			return err
		}
	}
	return nil
}

// after is the block to look at next. Those that hold nothing but dead keys are passed over.
func (w *nearWalk) after(b int) (int, error) {
	if b++; b == w.r.blocks || len(w.dead) == 0 {
		return b, nil
	}
	first, err := w.r.first(b)
	if err != nil || !bytes.HasPrefix(first, w.dead) {
		return b, err
	}
	past := bytes.Clone(w.dead)
	past[len(past)-1]++ // it is the last byte of a letter, which is never 0xFF
	next, err := w.r.search(past, false)
	return max(b, next-1), err
}

// block looks at the keys of one block; beyond says that they are past the prefix.
func (w *nearWalk) block(b int) (beyond bool, err error) {
	var c dictCursor
	if err := c.open(w.r, b); err != nil {
		return false, err
	}
	for c.next() {
		if !bytes.HasPrefix(c.key, w.prefix) {
			if bytes.Compare(c.key, w.prefix) > 0 {
				return true, nil
			}
			continue
		}
		if len(w.dead) > 0 && bytes.HasPrefix(c.key, w.dead) {
			continue
		}
		w.seen++
		if err := w.look(&c); err != nil {
			return false, err
		}
	}
	return false, c.err
}

// look compares the term of the cursor's key.
func (w *nearWalk) look(c *dictCursor) error {
	term := c.key[len(w.prefix):]
	if len(term) == 0 || term[0] < ' ' { // of a language, or the name of a document
		return nil
	}
	edits, deadAt := w.distance.of(term, sharedPrefix(w.last, term), w.edits)
	w.last = append(w.last[:0], term...)
	w.dead = w.dead[:0]
	if deadAt > 0 {
		w.dead = append(w.dead, c.key[:len(w.prefix)+deadAt]...)
		w.last = w.last[:deadAt]
	}
	if edits > w.edits {
		return nil
	}
	l, err := c.list()
	if err != nil {
		return err
	}
	return w.visit(&Near{Term: term, Stem: w.prefix[0] == TagStem, Edits: edits, DF: l.DF(), List: l})
}

// distance computes edit distances to one word, from terms that come in order: the rows of what two
// of them begin with alike are made once.
type distance struct {
	word  []rune
	runes []rune  // of the term before,
	ends  []int   // and where each ends in it
	rows  [][]int // rows[i]: from the first i of them
}

func newDistance(word []byte) *distance {
	d := &distance{word: []rune(string(word))}
	first := make([]int, len(d.word)+1)
	for j := range first {
		first[j] = j
	}
	d.rows = [][]int{first}
	return d
}

// of is the distance of a term that shares its first bytes with the one before. deadAt is how many
// of its bytes suffice to tell that it is more than most; 0: it is not.
func (d *distance) of(term []byte, shared, most int) (edits, deadAt int) {
	n := len(d.ends)
	for n > 0 && d.ends[n-1] > shared {
		n--
	}
	at := 0
	if n > 0 {
		at = d.ends[n-1]
	}
	d.runes, d.ends = d.runes[:n], d.ends[:n]
	for at < len(term) {
		r, size := utf8.DecodeRune(term[at:])
		at += size
		d.runes, d.ends = append(d.runes, r), append(d.ends, at)
		if least := d.row(len(d.runes)); least > most {
			return most + 1, at
		}
	}
	return d.rows[len(d.runes)][len(d.word)], 0
}

// row makes the row of the first i letters and returns the least of it.
func (d *distance) row(i int) (least int) {
	if i == len(d.rows) {
		d.rows = append(d.rows, make([]int, len(d.word)+1))
	}
	row, above := d.rows[i], d.rows[i-1]
	row[0], least = i, i
	r := d.runes[i-1]
	for j := 1; j < len(row); j++ {
		change := above[j-1]
		if d.word[j-1] != r {
			change++
		}
		row[j] = min(change, above[j]+1, row[j-1]+1)
		if i > 1 && j > 1 && d.word[j-1] == d.runes[i-2] && d.word[j-2] == r {
			row[j] = min(row[j], d.rows[i-2][j-2]+1)
		}
		least = min(least, row[j])
	}
	return least
}

// Edits is how many edits make one of two words of the other, as Near counts them.
func Edits(a, b string) int {
	edits, _ := newDistance([]byte(a)).of([]byte(b), 0, len(a)+len(b))
	return edits
}
