package lexical

import (
	"bytes"
	"fmt"

	"sluice/index/arm"
	"sluice/index/blockfile"
)

// MergeInput is a segment that goes into a merge. Its surviving passages keep their order and
// follow those of the input before.
type MergeInput struct {
	Reader  *Reader
	Deleted arm.Bits // passages that are gone; nil: none
}

// Merge writes the surviving passages of all inputs as one segment. totalLength is the sum of their
// lengths in terms. What it writes is byte for byte what a Builder would have written for them.
func Merge(w *blockfile.Writer, inputs []MergeInput, totalLength uint64) error {
	if err := merge(w, inputs, totalLength); err != nil {
		return err
	}
	return w.Err()
}

func merge(out sink, inputs []MergeInput, totalLength uint64) error {
	sources := make([]*mergeSource, 0, len(inputs))
	passages := uint32(0)
	for _, in := range inputs {
		s, n, err := newMergeSource(in, passages)
		if err != nil {
			return err
		}
		if uint64(passages)+uint64(n) > PassagesMax {
			return fmt.Errorf("lexical: a merge of more than %d passages", PassagesMax)
		}
		passages += n
		sources = append(sources, s)
	}
	w := newDictWriter(out, passages)
	if err := mergeLists(w, sources); err != nil {
		return err
	}
	w.finish(passages, totalLength)
	return nil
}

// mergeLists walks all dictionaries at once.
func mergeLists(w *dictWriter, sources []*mergeSource) error {
	var passages []uint32
	var classes []byte
	var key []byte
	for {
		first := leastKey(sources)
		if first == nil {
			return nil
		}
		key = append(key[:0], first.keys.key...)
		passages, classes = passages[:0], classes[:0]
		for _, s := range sources {
			if s.done || !bytes.Equal(s.keys.key, key) {
				continue
			}
			var err error
			if passages, classes, err = s.take(passages, classes); err != nil {
				return err
			}
		}
		if len(passages) == 0 {
			continue
		}
		if !hasClasses(key) {
			w.add(key, passages, nil)
			continue
		}
		w.add(key, passages, classes)
	}
}

// leastKey is the source with the least key; nil when all are at their end.
func leastKey(sources []*mergeSource) (least *mergeSource) {
	for _, s := range sources {
		if !s.done && (least == nil || bytes.Compare(s.keys.key, least.keys.key) < 0) {
			least = s
		}
	}
	return least
}

// mergeSource walks the dictionary of one input.
type mergeSource struct {
	reader *Reader
	block  int
	keys   dictCursor
	last   []byte // the key before, to see that they ascend
	done   bool
	first  uint32   // number of its first surviving passage
	remap  []uint32 // passage -> number after the merge, gone where it is deleted; nil: first + passage
	cursor cursor
}

const gone = ^uint32(0)

// newMergeSource starts on an input; n is how many passages survive.
func newMergeSource(in MergeInput, first uint32) (s *mergeSource, n uint32, err error) {
	s = &mergeSource{reader: in.Reader, first: first}
	n = in.Reader.passages
	if in.Deleted != nil {
		if len(in.Deleted) < (int(n)+63)/64 {
			return nil, 0, fmt.Errorf("lexical: bitmap of %d words for %d passages", len(in.Deleted), n)
		}
		s.remap, n = remap(in.Deleted, n, first)
	}
	return s, n, s.next()
}

// remap numbers the passages that survive.
func remap(deleted arm.Bits, passages, first uint32) (to []uint32, n uint32) {
	to = make([]uint32, passages)
	for p := range to {
		if deleted[p/64]>>(p%64)&1 != 0 {
			to[p] = gone
			continue
		}
		to[p] = first + n
		n++
	}
	return to, n
}

// next goes to the next key.
func (s *mergeSource) next() error {
	s.last = append(s.last[:0], s.keys.key...)
	for !s.keys.next() {
		if s.keys.err != nil {
			return s.keys.err
		}
		if s.block == s.reader.blocks {
			s.done = true
			return nil
		}
		if err := s.keys.open(s.reader, s.block); err != nil {
			return err
		}
		s.block++
	}
	if bytes.Compare(s.keys.key, s.last) <= 0 {
		return s.keys.fail("keys do not ascend")
	}
	return nil
}

// take appends the surviving passages of the current key and goes to the next.
func (s *mergeSource) take(passages []uint32, classes []byte) ([]uint32, []byte, error) {
	l, err := s.keys.list()
	if err != nil {
		return passages, classes, err
	}
	if err := s.cursor.open(l, scanAhead); err != nil {
		return passages, classes, err
	}
	for {
		ok, err := s.cursor.load()
		if err != nil {
			return passages, classes, err
		}
		if !ok {
			return passages, classes, s.next()
		}
		for i, p := range s.cursor.passages[:s.cursor.n] {
			to := s.first + p
			if s.remap != nil {
				if to = s.remap[p]; to == gone {
					continue
				}
			}
			passages = append(passages, to)
			classes = append(classes, s.cursor.class(i))
		}
	}
}
