package text

import "slices"

// eachSlots is how many blocks Each keeps: repeated texts point back.
const eachSlots = 64

// Each calls visit for every passage in order. text is valid during the call. An error from visit
// ends it and is returned.
func (r *Reader) Each(visit func(i uint32, p Passage, context, symbol string, text []byte) error) error {
	e := each{r: r, held: map[uint32][]byte{}, contexts: cursor{g: r.contexts}}
	for i := range r.passages {
		p, err := r.Passage(i)
		if err != nil {
			return err
		}
		ctx, symbol, err := e.context()
		if err != nil {
			return err
		}
		text, err := e.text(i)
		if err != nil {
			return err
		}
		if err := visit(i, p, ctx, symbol, text); err != nil {
			return err
		}
	}
	return nil
}

// each is the state of one Each: the blocks it holds, oldest first.
type each struct {
	r     *Reader
	held  map[uint32][]byte
	order []uint32

	contexts    cursor
	lastContext string // of the passage before: runs of passages share it
}

// context returns the context and the symbol of the next passage.
func (e *each) context() (context, symbol string, err error) {
	s, err := e.contexts.next()
	if err != nil {
		return "", "", e.r.damage(err)
	}
	if string(s[0]) != e.lastContext {
		e.lastContext = string(s[0])
	}
	return e.lastContext, string(s[1]), nil
}

func (e *each) text(i uint32) (text []byte, err error) {
	s, err := e.r.spanOf(i)
	if err != nil {
		return nil, e.r.damage(err)
	}
	if s.from == s.to {
		return nil, nil
	}
	b, ok := e.held[s.block]
	if !ok {
		if b, err = e.r.unpacked(e.room(), s.block); err != nil {
			return nil, err
		}
		e.held[s.block], e.order = b, append(e.order, s.block)
	}
	if s.to > len(b) {
		return nil, e.r.damage(errBeyond)
	}
	return b[s.from:s.to:s.to], nil
}

// room returns the buffer of the block that is dropped for the next one.
func (e *each) room() []byte {
	if len(e.order) < eachSlots {
		return nil
	}
	oldest := e.order[0]
	b := e.held[oldest]
	delete(e.held, oldest)
	e.order = slices.Delete(e.order, 0, 1)
	return b[:0]
}
