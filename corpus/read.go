package corpus

import (
	"context"
	"crypto/sha256"
	"io"

	"sluice/corpus/secret"
	"sluice/internal/defence"
	"sluice/internal/limits"
)

// Extract is a document as it may be kept: its text without what looks like a credential.
type Extract struct {
	Item
	Body     []byte
	Marks    Marks
	BadMarks int           // marks that the text cannot have
	Guess    string        // the encoding that it was taken to be in; "": it says so itself
	Secrets  []secret.Span // what was cut out of the body, where each byte became secret.Mask
}

// Read reads a document, whatever its connector is. This is the one way from a source into a store,
// and to a comparison with one: what looks like a credential is cut out of text, title and marks
// here, so that no connector can forget to. Every other byte stays where it was. A document that is
// a secret and nothing else is a *LeftOutError. The body reuses buf.
func Read(ctx context.Context, src Source, path string, buf []byte) (Extract, error) {
	limit := unmeasuredBytesMax
	if !defence.Stands(defence.Measured) {
		limit = limits.DocumentBytesMax
	}
	x, size, err := read(ctx, src, path, buf, limit)
	if size > limit && size <= limits.DocumentBytesMax && err == nil {
		x, size, err = read(ctx, src, path, make([]byte, 0, size+1), limits.DocumentBytesMax)
	}
	if size > limits.DocumentBytesMax && err == nil {
		err = &LeftOutError{Path: path, Reason: TooLarge}
	}
	if err != nil || x.AsIs || !defence.Stands(defence.SecretCut) {
		return x, err
	}
	return x, x.cut()
}

// unmeasuredBytesMax is how much of a text is held before it is known how long it is. A longer one
// is read twice, first without being held: one that turns out too large, a stream without an end
// above all, then costs no more memory than this, and one that is taken costs its own length.
const unmeasuredBytesMax = 8 << 20

// read reads a document of at most limit bytes, and of a longer one its size, as far as
// limits.DocumentBytesMax and a byte.
func read(ctx context.Context, src Source, path string, buf []byte, limit int) (x Extract, size int, err error) {
	r, item, err := src.Open(ctx, path)
	if err != nil {
		return Extract{Body: buf}, 0, err
	}
	defer r.Close()
	item.Path = path
	x = Extract{Item: item}
	x.Body, err = readInto(buf[:0], r, limit)
	if size = len(x.Body); err != nil {
		return x, size, err
	}
	if size > limit {
		rest, err := io.Copy(io.Discard, io.LimitReader(r, limits.DocumentBytesMax+1-int64(size)))
		return x, size + int(rest), err
	}
	x.Marks, x.BadMarks = MarksOf(r, len(x.Body))
	x.Guess = GuessOf(r)
	return x, size, nil
}

// Version is what tells the document from the one that a store holds.
func (x Extract) Version() [sha256.Size]byte { return Version(sha256.Sum256(x.Body), x.Marks) }

// cut cuts the secrets out.
func (x *Extract) cut() error {
	x.Secrets = secret.Find(x.Path, x.Body)
	only := len(x.Secrets) > 0 && secret.NothingElse(x.Body, x.Secrets)
	secret.Cut(x.Body, x.Secrets)
	x.Title = withoutSecrets(x.Path, x.Title)
	for i, m := range x.Marks {
		x.Marks[i].Name = withoutSecrets(x.Path, m.Name)
	}
	if only {
		return &LeftOutError{Path: x.Path, Reason: Secret}
	}
	return nil
}

// withoutSecrets is a short text without what looks like a credential in it.
func withoutSecrets(path, s string) string {
	b := []byte(s)
	all := secret.Find(path, b)
	if len(all) == 0 {
		return s
	}
	secret.Cut(b, all)
	return string(b)
}

// readInto appends r to buf, to its end or until it is beyond limit bytes.
func readInto(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, max(64<<10, cap(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF || len(buf) > limit && err == nil {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}
