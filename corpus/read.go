package corpus

import (
	"context"
	"crypto/sha256"
	"fmt"
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
	r, item, err := src.Open(ctx, path)
	if err != nil {
		return Extract{Body: buf}, err
	}
	defer r.Close()
	item.Path = path
	x := Extract{Item: item}
	if x.Body, err = readInto(buf[:0], r, limits.DocumentBytesMax); err != nil {
		return x, err
	}
	x.Marks, x.BadMarks = MarksOf(r, len(x.Body))
	x.Guess = GuessOf(r)
	if item.AsIs || !defence.Stands(defence.SecretCut) {
		return x, nil
	}
	return x, x.cut()
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

// readInto appends all of r to buf; more than limit bytes are an error.
func readInto(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, max(64<<10, cap(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			return buf, fmt.Errorf("larger than %d bytes of text", limit)
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}
