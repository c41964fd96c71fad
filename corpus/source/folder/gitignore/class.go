package gitignore

// class compiles the bracket expression whose first byte behind the bracket is at i, and returns
// where it ends. It follows git's wildmatch.c step by step: what is malformed there never matches
// here.
func (g *glob) class(p string, i int) int {
	c := classReader{p: p, i: i}
	if negated := c.peek() == '!' || c.peek() == '^'; negated {
		c.i++
		c.negated = true
	}
	for first := true; first || c.peek() != ']'; first = false {
		if !c.item() {
			g.broken = true
			return len(p)
		}
	}
	set := c.set
	if c.negated {
		for k := range set {
			set[k] = ^set[k]
		}
	}
	set['/'>>6] &^= 1 << ('/' & 63) // no bracket expression takes a slash
	g.ops = append(g.ops, op{kind: opSet, set: &set})
	return c.i + 1
}

// classReader reads a bracket expression item by item.
type classReader struct {
	p       string
	i       int
	prev    byte // begin of a range, 0 when the next item cannot end one
	negated bool
	set     [4]uint64
}

// peek returns the byte that is n behind the present one, and 0 at the end: no pattern holds a 0.
func (c *classReader) peek(n ...int) byte {
	at := c.i
	if len(n) > 0 {
		at += n[0]
	}
	if at >= len(c.p) {
		return 0
	}
	return c.p[at]
}

func (c *classReader) take(b byte) { c.set[b>>6] |= 1 << (b & 63) }

// item reads one item and tells whether it was well formed.
func (c *classReader) item() bool {
	switch b := c.peek(); {
	case b == 0:
		return false
	case b == '\\':
		c.i++
		return c.literal()
	case b == '-' && c.prev != 0 && c.peek(1) != 0 && c.peek(1) != ']':
		return c.rangeEnd()
	case b == '[' && c.peek(1) == ':':
		return c.named()
	}
	return c.literal()
}

// literal takes the present byte.
func (c *classReader) literal() bool {
	b := c.peek()
	if b == 0 {
		return false
	}
	c.take(b)
	c.prev = b
	c.i++
	return true
}

// rangeEnd takes the bytes from prev to the one behind the hyphen.
func (c *classReader) rangeEnd() bool {
	c.i++
	if c.peek() == '\\' {
		c.i++
	}
	end := c.peek()
	if end == 0 {
		return false
	}
	for b := int(c.prev); b <= int(end); b++ {
		c.take(byte(b))
	}
	c.prev = 0
	c.i++
	return true
}

// named takes a class such as [:alpha:].
func (c *classReader) named() bool {
	begin := c.i + 2
	end := begin
	for end < len(c.p) && c.p[end] != ']' {
		end++
	}
	if end == len(c.p) {
		return false
	}
	if end-begin < 1 || c.p[end-1] != ':' {
		return c.literal() // no ":]": the bracket stands for itself
	}
	in, ok := classes[c.p[begin:end-1]]
	if !ok {
		return false
	}
	for b := range 256 {
		if in(byte(b)) {
			c.take(byte(b))
		}
	}
	c.prev = 0
	c.i = end + 1
	return true
}

// classes are git's, which know ASCII only; its white space is blank, tab, line feed and carriage
// return.
var classes = map[string]func(byte) bool{
	"alnum":  func(b byte) bool { return isAlpha(b) || isDigit(b) },
	"alpha":  isAlpha,
	"blank":  func(b byte) bool { return b == ' ' || b == '\t' },
	"cntrl":  func(b byte) bool { return b < 0x20 || b == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  func(b byte) bool { return b >= 'a' && b <= 'z' },
	"print":  func(b byte) bool { return b == ' ' || isGraph(b) },
	"punct":  func(b byte) bool { return isGraph(b) && !isAlpha(b) && !isDigit(b) },
	"space":  func(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' },
	"upper":  func(b byte) bool { return b >= 'A' && b <= 'Z' },
	"xdigit": func(b byte) bool { return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'f' },
}

func isAlpha(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }
func isGraph(b byte) bool { return b > 0x20 && b < 0x7f }
