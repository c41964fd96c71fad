package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/corpus"
	"sluice/corpus/chunk"
	"sluice/corpus/secret"
	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/internal/limits"
)

// textBuilder is the version of everything that decides a text file's bytes; it is part of the
// file's id.
const textBuilder = 4

// builder turns documents into one segment. It is used by one goroutine.
type builder struct {
	src       corpus.Source
	dir       string // where the files are prepared
	ingest    *Ingest
	id        blockfile.ID
	whole     bool              // a passage is a whole document
	forgotten map[[10]byte]bool // passages that their owner told the store to forget
	known     map[string]*known // what the store holds of the source, by path; read only

	text     *text.Writer
	arms     []arm.Builder
	passages []chunk.Passage // reused
	buf      []byte          // reused
	out      built
}

// built is the outcome of one batch.
type built struct {
	entry    *index.Entry // nil when no document was taken
	taken    []takenDoc   // documents in the segment
	same     []string     // paths whose content turned out to be what is stored
	leftOut  []*corpus.LeftOutError
	gone     []string // listed by the walk, but gone when they were opened
	failures []corpus.Failure
	bytes    int64
	passages int64
	badMarks int64
	seen     []index.Sight // of the documents that were at rest when they were read
}

// takenDoc is a document that went into the segment.
type takenDoc struct {
	path    string
	hash    [32]byte
	secrets uint16
	guess   string // the encoding that it was taken to be in; "": it says so itself
}

// build reads the items and writes their segment's files into b.dir. A document that cannot be read
// costs only itself; an error means that the store could not be written.
func (b *builder) build(ctx context.Context, items []corpus.Item) (*built, error) {
	label := b.src.Info().Label
	var size int64
	for _, item := range items {
		size += item.Size
	}
	if err := b.ingest.store.CheckSpace(size); err != nil {
		return nil, err
	}
	for _, item := range items {
		if err := ctx.Err(); err != nil {
			b.abort()
			return nil, err
		}
		began, version := b.ingest.opts.Clock.Now(), index.Failed
		doc, err := b.read(ctx, item)
		switch left := (*corpus.LeftOutError)(nil); {
		case errors.As(err, &left):
			b.out.leftOut, version = append(b.out.leftOut, left), index.LeftOut(left.Reason)
		case errors.Is(err, corpus.ErrGone):
			b.out.gone = append(b.out.gone, item.Path)
			continue
		case err != nil:
			b.out.failures = append(b.out.failures, corpus.FailureOf(item.Path, err))
		default:
			hash := doc.Version()
			item, version = doc.Item, index.Version(hash)
			if err := b.add(label, doc, hash); err != nil {
				b.abort()
				return nil, fmt.Errorf("store %s: %w", item.Path, err)
			}
		}
		b.see(ctx, item, version, began)
	}
	return b.finish(label)
}

// see notes what was seen of a document that was read. If it was not at rest then, its stamp proves
// nothing and is 0.
func (b *builder) see(ctx context.Context, item corpus.Item, version uint64, began time.Time) {
	var stamp corpus.Stamp
	if item.AtRest(began) {
		stamp, _ = corpus.StampOf(ctx, b.src, item) // none proves nothing
	}
	b.out.seen = append(b.out.seen, index.Sight{Path: corpus.Digest([]byte(item.Path)), Stamp: stamp, Version: version})
}

// batchID is the id of the text file that the items become: the same listing, rules and builder
// give the same id and, as long as the documents say the same, the same bytes.
func batchID(label string, whole bool, items []corpus.Item) blockfile.ID {
	h := sha256.New()
	for _, it := range items {
		fmt.Fprintf(h, "%q %d %d\n", it.Path, it.Size, text.Nanos(it.ModTime))
	}
	return blockfile.MakeID(blockfile.KindText, textBuilder, fmt.Appendf(nil, "whole=%t", whole), []byte(label), h.Sum(nil))
}

// read returns the document's text. Its buffer is reused by the next document.
func (b *builder) read(ctx context.Context, item corpus.Item) (x corpus.Extract, err error) {
	x, err = corpus.Read(ctx, b.src, item.Path, b.buf)
	b.buf = x.Body
	b.out.badMarks += int64(x.BadMarks)
	return x, err
}

// add puts one document into the segment, unless the store already holds just this content.
func (b *builder) add(label string, x corpus.Extract, hash [sha256.Size]byte) error {
	body := x.Body
	if k := b.known[x.Path]; k != nil && k.hash == hash {
		b.out.same = append(b.out.same, x.Path)
		return nil
	}
	b.open(label)
	doc := describe(x.Item, body, hash)
	doc.Secrets = uint16(min(len(x.Secrets), 1<<16-1))
	b.out.taken = append(b.out.taken, takenDoc{x.Path, hash, doc.Secrets, x.Guess})
	b.out.bytes += int64(len(body))
	return b.document(label, doc, x)
}

// document writes a document and its passages.
func (b *builder) document(label string, doc text.Document, x corpus.Extract) error {
	body := x.Body
	if err := b.text.AddDocument(doc, x.Marks); err != nil {
		return err
	}
	b.split(doc.Type, body)
	lang := uint8(0)
	if !chunk.IsCode(doc.Type) {
		lang = text.LangFlags(index.LanguageOf(body))
	}
	nth, first := map[[32]byte]int{}, b.text.Passages()
	for _, p := range b.passages {
		t := body[p.Start:p.End]
		sum := sha256.Sum256(t)
		id := text.PassageID(label, x.Path, sum, nth[sum])
		nth[sum]++
		if b.forgotten[id] {
			continue
		}
		rec := text.Passage{
			ID: id, Start: uint32(p.Start), Line: uint32(p.Line), Lines: uint16(min(p.Lines, 1<<16-1)), SimHash: text.SimHash(t),
			Flags: flagsOf(p, x.Secrets) | lang,
		}
		if err := b.text.AddPassage(rec, p.Context, p.Symbol, t); err != nil {
			return err
		}
		fields := index.FieldsOf(&doc, &rec, b.text.Passages() == first+1, p.Context, p.Symbol, t)
		for _, a := range b.arms {
			a.Add(fields)
		}
		b.out.passages++
	}
	return nil
}

// flagsOf is what a passage is marked with: that a secret was cut out of it.
func flagsOf(p chunk.Passage, secrets []secret.Span) uint8 {
	i, _ := slices.BinarySearchFunc(secrets, p.Start, func(s secret.Span, at int) int { return cmp.Compare(s.End, at+1) })
	if i < len(secrets) && secrets[i].Start < p.End {
		return text.SecretCut
	}
	return 0
}

// describe makes the stored form of a document's head.
func describe(item corpus.Item, body []byte, hash [32]byte) text.Document {
	d := text.Document{Path: item.Path, Title: item.Title, Type: item.Type, Size: item.Size, Hash: hash, Bytes: uint32(len(body)), Lines: lines(body)}
	if d.Type == "" {
		d.Type = chunk.Detect(item.Path, body[:min(len(body), 4<<10)])
	}
	if d.Title == "" {
		d.Title = chunk.Title(d.Type, item.Path, body)
	}
	d.ModTime, d.Time = text.Nanos(item.ModTime), text.Nanos(item.Time)
	return d
}

// split cuts the document, or takes it whole as far as the store allows.
func (b *builder) split(lang string, body []byte) {
	b.passages = b.passages[:0]
	if !b.whole || len(body) > limits.PassageBytesMax {
		b.passages = chunk.Split(b.passages, lang, body)
		return
	}
	b.passages = append(b.passages, chunk.Passage{End: len(body), Line: 1, Lines: int(lines(body))})
}

// lines counts the lines of a text; one that does not end in a newline has its last line counted
// too.
func lines(body []byte) uint32 {
	n := bytes.Count(body, []byte{'\n'})
	if len(body) > 0 && body[len(body)-1] != '\n' {
		n++
	}
	return uint32(n)
}

// open starts the segment's files with the first document that belongs in them.
func (b *builder) open(label string) {
	if b.text != nil {
		return
	}
	b.text = text.NewWriter(b.ingest.store.NewWriter(b.dir, blockfile.KindText, b.id, text.FileBlockBytes), label)
	for _, a := range b.ingest.store.Built() {
		b.arms = append(b.arms, a.NewBuilder())
	}
}

func (b *builder) abort() {
	if b.text != nil {
		b.text.Abort()
	}
}

// finish completes the files and names them in an entry.
func (b *builder) finish(label string) (*built, error) {
	if b.text == nil {
		return &b.out, nil
	}
	ref, err := b.text.Finish()
	if err != nil {
		return nil, fmt.Errorf("write the text of %s: %w", label, err)
	}
	entry := &index.Entry{
		Label: label, Documents: int64(len(b.out.taken)), Passages: b.out.passages, Bytes: b.out.bytes, Text: ref,
		Derived: map[blockfile.Kind]blockfile.Ref{},
	}
	for i, a := range b.ingest.store.Built() {
		kind := a.Facts().Kind
		if entry.Derived[kind], err = b.ingest.writeDerived(b.dir, a, ref, b.arms[i].WriteTo); err != nil {
			return nil, fmt.Errorf("write the %s file of %s: %w", kind, label, err)
		}
	}
	if entry.Derived[blockfile.KindParity], err = b.ingest.store.WriteParity(b.dir, ref); err != nil {
		return nil, fmt.Errorf("write the parity of %s: %w", label, err)
	}
	b.out.entry = entry
	return &b.out, nil
}
