package lexical

import (
	"fmt"
	"unsafe"

	"sluice/index/arm"
)

// PassagesMax is how many passages one segment holds at most: passage numbers have 24 bits.
const PassagesMax = 1 << 24

// Weights of a passage's fields: how often one occurrence counts. Counting a title three times
// instead of twice is worth .9 % on the labelled sets in the mean, and costs on none.
const (
	bodyWeight   = 1
	TitleWeight  = 3
	symbolWeight = 2
)

// listKind is a kind of list, in the order of their tags' use below.
type listKind = uint32

const (
	stemList listKind = iota
	exactList
	titleList
	pathList
	listKinds
)

const wordBytes = int(unsafe.Sizeof(word{}))

// posting packs what a builder holds of a posting: entry of the vocabulary, kind of list, passage,
// class.
type posting uint64

const (
	postingListShift    = 32
	postingPassageShift = 8
	listKindBits        = 2
)

func makePosting(id uint32, kind listKind, passage uint32, class byte) posting {
	return posting(uint64(id<<listKindBits|kind)<<postingListShift | uint64(passage)<<postingPassageShift | uint64(class))
}

// Builder inverts passages in memory. It is not safe for concurrent use.
type Builder struct {
	scan     scanner
	namer    namer
	vocab    *vocabulary
	postings []posting
	touched  []uint32 // lists of the current passage: entry << listKindBits | kind
	passages uint32
	total    uint64
}

// NewBuilder returns an empty builder.
func NewBuilder() *Builder { return &Builder{vocab: newVocabulary()} }

// Reset empties the builder and keeps its memory for the next passages.
func (b *Builder) Reset() {
	b.vocab.reset()
	b.postings, b.passages, b.total = b.postings[:0], 0, 0
}

// Passages is how many passages were added.
func (b *Builder) Passages() int { return int(b.passages) }

// TotalLength is the sum of the lengths that Add returned.
func (b *Builder) TotalLength() uint64 { return b.total }

// Bytes is the memory that the builder holds, about. WriteTo needs a little more than as much
// again.
func (b *Builder) Bytes() int { return b.vocab.bytes() + 8*cap(b.postings) + 4*cap(b.touched) }

// Add analyses the next passage, gives it the next number, counting from 0, and returns its length
// in terms: stop words and whole identifiers count nothing, title three times, symbol twice, the
// path nothing.
func (b *Builder) Add(f arm.Fields) (length int) {
	if b.passages >= PassagesMax {
		panic(fmt.Sprintf("BUG: more than %d passages in one builder", PassagesMax))
	}
	b.touched = b.touched[:0]
	around := langNumbered(f.Lang)
	length = b.field(f.Body, around, bodyWeight, false)
	length += b.field([]byte(f.Title), around, TitleWeight, true)
	length += b.field([]byte(f.Symbol), nameLang, symbolWeight, true)
	b.path([]byte(f.Path))
	if f.First {
		b.namer.each(f.Path, func(term []byte) { b.count(b.vocab.lookup(term), stemList, 1) })
	}
	class := lengthClassOf(uint32(length))
	if isNoise(&f) {
		class = lengthClassOf(uint32(length) * noiseLength)
	}
	b.flush(class)
	b.passages++
	b.total += uint64(length)
	return length
}

// field counts the words of one field, of a document in a language, and returns its weighted
// length.
func (b *Builder) field(text []byte, around lang, weight uint32, title bool) (length int) {
	b.scan.resetIn(text, around)
	for b.scan.next() {
		tok := &b.scan.tok
		id := b.vocab.lookupToken(tok)
		w := &b.vocab.words[id]
		stem := b.stemOf(tok, id)
		if tok.kind.Beside() {
			b.count(stem, stemList, weight)
			if title {
				b.count(stem, titleList, 1)
			}
			continue
		}
		b.count(stem, stemList, weight)
		if w.stop {
			continue
		}
		if stem != id {
			b.count(id, exactList, weight)
		}
		if title {
			b.count(stem, titleList, 1)
		}
		length += int(weight)
	}
	return length
}

// path lists the words of a path.
func (b *Builder) path(text []byte) {
	b.scan.resetIn(text, nameLang)
	for b.scan.next() {
		tok := &b.scan.tok
		id := b.vocab.lookupToken(tok)
		if tok.kind.Beside() || !b.vocab.words[id].stop {
			b.count(b.stemOf(tok, id), pathList, 1)
		}
	}
}

// stemOf is the entry of a token's stem. Numbers and identifiers have none, even where a word of
// the same letters has one.
func (b *Builder) stemOf(tok *rawToken, id uint32) uint32 {
	if tok.stemmable {
		return b.vocab.words[id].stem
	}
	return id
}

// count adds to how often the current passage has a word.
func (b *Builder) count(id uint32, kind listKind, weight uint32) {
	c := &b.vocab.words[id].counts[kind]
	if c.passage != b.passages+1 {
		*c = count{passage: b.passages + 1}
		b.touched = append(b.touched, id<<listKindBits|kind)
	}
	c.tf += weight
}

// flush makes postings of the counts of the current passage.
func (b *Builder) flush(lengthClass byte) {
	for _, list := range b.touched {
		id, kind := list>>listKindBits, list&(1<<listKindBits-1)
		var class byte
		if kind == stemList || kind == exactList {
			class = classOf(b.vocab.words[id].counts[kind].tf, lengthClass)
		}
		b.postings = append(b.postings, makePosting(id, kind, b.passages, class))
	}
}
