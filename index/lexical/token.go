package lexical

// Kind is what a token is.
type Kind uint8

// Kinds of tokens.
const (
	Word   Kind = iota // a word, or one part of an identifier
	Number             // starts with a digit
	Whole              // what several words make together, beside them and at the place of the first
	Prefix             // part of a number, a hash or a pair, beside it: found by those who ask for no more
	Pair               // two neighbouring CJK characters, or one that stands alone
)

// Beside tells whether tokens of the kind stand beside others that cover the same text.
func (k Kind) Beside() bool { return k == Whole || k == Prefix }

// Token is one term of a text. Its bytes belong to the Analyzer until its next call.
type Token struct {
	Term       []byte // folded exact form: lower case, without diacritics, at most TermBytesMax bytes
	Stem       []byte // of its class; equal to Term where there is nothing to take off
	Start, End int    // bytes in the text, half-open
	Pos        int    // counts words, stop words too; a Whole and a Prefix share that of their first part
	Stop       bool   // a stop word: listed, but never counted in a length
	Kind       Kind
}

// Counts tells whether the token adds to the length of its text.
func (t Token) Counts() bool { return !t.Stop && !t.Kind.Beside() }

// Analyzer cuts texts into tokens. It keeps buffers and a cache of stems, so keep one for many
// texts; it is not safe for concurrent use.
type Analyzer struct {
	scan  scanner
	stems stemmer
	namer namer
	arena []byte
}

// NewAnalyzer returns an analyser with an empty cache.
func NewAnalyzer() *Analyzer { return &Analyzer{} }

// Tokens appends the tokens of text to dst. They hold no references to text; their bytes are
// overwritten by the next call.
func (a *Analyzer) Tokens(dst []Token, text []byte) []Token {
	a.arena = a.arena[:0]
	a.scan.reset(text)
	for a.scan.next() {
		t := &a.scan.tok
		term := a.keep(t.term)
		stem := term
		if t.stemmable {
			stem = a.stems.stem(term)
		}
		dst = append(dst, Token{Term: term, Stem: stem, Start: t.start, End: t.end, Pos: t.pos,
			Stop: t.kind == Word && isStop(term), Kind: t.kind})
	}
	return dst
}

// InLang is the form that a word has in the language of another form: the two are equal where they
// are forms of one word.
func (a *Analyzer) InLang(form string, word []byte) string {
	for l := firstLatin; int(l) < len(languages) && len(word) <= langWordMax; l++ {
		if len(form) > langTagBytes && form[1:langTagBytes] == languages[l].tag {
			return string(a.scan.langs.stem(l, word))
		}
	}
	return ""
}

// arenaChunk is how many bytes of terms are allocated at once.
const arenaChunk = 16 << 10

// keep copies term into the arena. A full chunk is left to the tokens that refer to it.
func (a *Analyzer) keep(term []byte) []byte {
	if len(a.arena)+len(term) > cap(a.arena) {
		a.arena = make([]byte, 0, arenaChunk)
	}
	start := len(a.arena)
	a.arena = append(a.arena, term...)
	return a.arena[start:len(a.arena):len(a.arena)]
}
