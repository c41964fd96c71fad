package corpus

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"sluice/corpus/secret"
)

// Stamp is a digest of all that a source tells of a document without its being read, and of the
// rules under which it would be. Another stamp says that the document may have changed. The same
// one is proof that it has not, if it was taken when the document was at rest (Item.AtRest).
type Stamp uint64

// Sampler is a source that can look into a document here and there. It is asked where the source
// does not tell when anything about a document changed last: size and modification time can be the
// same after a change, by chance or because somebody set them.
type Sampler interface {
	// Sample is a digest of some of the document's bytes.
	Sample(ctx context.Context, path string) (uint64, error)
}

// StampOf takes the stamp of a document that the source listed or opened.
func StampOf(ctx context.Context, src Source, it Item) (Stamp, error) {
	var sample uint64
	if s, ok := src.(Sampler); ok && it.Changed == 0 {
		var err error
		if sample, err = s.Sample(ctx, it.Path); err != nil {
			return 0, err
		}
	}
	how := uint64(secret.Version) // how it is read
	if it.AsIs {
		how = 0
	}
	how |= it.How << 32
	var b [56]byte
	for i, n := range [...]uint64{how, uint64(it.Size), uint64(it.ModTime.Unix()), uint64(it.ModTime.Nanosecond()), uint64(it.Changed), it.FileID, sample} {
		binary.LittleEndian.PutUint64(b[8*i:], n)
	}
	return Stamp(Digest(b[:])), nil
}

// AtRest tells whether a document that is read now had not been changed for a while: a change that
// follows at once could leave the same times behind.
func (it Item) AtRest(now time.Time) bool {
	last := it.ModTime
	if it.Changed != 0 {
		last = time.Unix(0, it.Changed)
	}
	return !last.IsZero() && last.Before(now.Add(-RacyWindow))
}

// Digest is the first eight bytes of a SHA-256.
func Digest(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(sum[:])
}

// Lister is a source that lists its documents faster than Walk does: in no order, and with calls of
// visit from several goroutines at once. What it says is what Walk says.
type Lister interface {
	List(ctx context.Context, visit func(Item) error) (*Report, error)
}

// Stater is a source that can tell without listing anything that all of it is as it was: one whose
// documents lie in a few large files, for example.
type Stater interface {
	// State is a digest of all that decides which documents there are and what they say. Two that
	// are the same say that nothing has changed in between. ok is false while something was changed
	// so short a time ago that a further change might not show.
	State(ctx context.Context) (state uint64, ok bool, err error)
}

// StateOf is the state of a source; ok is false where it does not tell.
func StateOf(ctx context.Context, src Source) (state uint64, ok bool) {
	if s, is := src.(Stater); is {
		state, ok, err := s.State(ctx)
		return state, ok && err == nil
	}
	return 0, false
}

// List lists the documents of a source in no order, with calls of visit from several goroutines at
// once.
func List(ctx context.Context, src Source, visit func(Item) error) (*Report, error) {
	if l, ok := src.(Lister); ok {
		return l.List(ctx, visit)
	}
	return src.Walk(ctx, visit)
}

// ReasonOf is the reason of a document that was left out when it was opened; "" for all that is
// something else.
func ReasonOf(err error) Reason {
	if left := new(*LeftOutError); errors.As(err, left) {
		return (*left).Reason
	}
	return ""
}

// Fetcher is a source whose documents lie elsewhere, where no question may wait for them. Walk,
// Open and Stat speak of what was brought here; whoever asks for a sync has more of it brought.
type Fetcher interface {
	// Fetch brings what is new. One that is ended goes on where it was the next time. What it could
	// not bring is its error, or a failure of the walk that follows; tell, which may be nil, is
	// told how many documents were asked for and how many wait.
	Fetch(ctx context.Context, tell func(done, waiting int64)) error
}

// Fetch has a source bring what is new; one that has nothing to bring is as it should be.
func Fetch(ctx context.Context, src Source, tell func(done, waiting int64)) error {
	if f, ok := src.(Fetcher); ok {
		return f.Fetch(ctx, tell)
	}
	return nil
}
