package parity

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"sluice/index/blockfile"
	"sluice/internal/defence"
)

// Patch is what a damaged file lacks of the one that was written.
type Patch struct {
	text   blockfile.Ref
	l      layout
	shards map[int64][]byte // by number
}

// LostError says that more of a file is damaged than its parity brings back.
type LostError struct {
	Text         blockfile.Ref
	Bad, BadMost int64 // shards that are damaged, those of the parity file among them; of the worst group
	Spares       int64 // how many of a group come back
}

// Error implements error.
func (e *LostError) Error() string {
	return fmt.Sprintf("%d blocks of %s and of its parity are damaged, %d of one group where %d come back", e.Bad, e.Text.Name(), e.BadMost, e.Spares)
}

// Unwrap marks the error as corruption.
func (e *LostError) Unwrap() error { return blockfile.ErrCorrupt }

// Mend finds out what of a text file is damaged and computes it from the rest and from its parity
// file. It reads both, and changes neither; either may be damaged anywhere. When too much is, the
// error is a *LostError. It takes the memory of what is damaged, and about 3 x columnBytesMax.
func Mend(ctx context.Context, text blockfile.Ref, file, parity io.ReaderAt) (*Patch, error) {
	return layoutOf(text.Size).mend(ctx, text, file, parity)
}

func (l layout) mend(ctx context.Context, text blockfile.Ref, file, parity io.ReaderAt) (*Patch, error) {
	p := &Patch{text: text, l: l, shards: map[int64][]byte{}}
	bad, err := p.l.damaged(ctx, text, file, parity)
	if err != nil || len(bad) == 0 {
		return p, err
	}
	lost := &LostError{Text: text, Bad: int64(len(bad)), Spares: p.l.spares}
	worn := map[int64]bool{} // groups that lack a shard of the text
	losses := make([]int64, p.l.groups)
	for n := range bad {
		group := p.l.groupOf(n)
		losses[group]++
		lost.BadMost = max(lost.BadMost, losses[group])
		if n < p.l.data {
			worn[group] = true
		}
	}
	for _, group := range slices.Sorted(maps.Keys(worn)) {
		if losses[group] > p.l.spares {
			return nil, lost
		}
		if err := p.reconstruct(ctx, group, bad, file, parity); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// groupOf is the group that a shard belongs to.
func (l layout) groupOf(n int64) int64 {
	if n >= l.data {
		n -= l.data
	}
	return n % l.groups
}

// damaged lists the shards, of the file and of its parity, that neither table of checksums knows.
func (l layout) damaged(ctx context.Context, text blockfile.Ref, file, parity io.ReaderAt) (map[int64]bool, error) {
	sumsAt, shardsAt, againAt, _ := l.offsets()
	sums, again := readSome(parity, sumsAt, (l.data+l.parity())*sumBytes), readSome(parity, againAt, (l.data+l.parity())*sumBytes)
	bad := map[int64]bool{}
	note := func(n int64, shard []byte, err error) error {
		sum := sumOf(text.ID, n, shard)
		known := sum == binary.LittleEndian.Uint32(sums[n*sumBytes:]) || sum == binary.LittleEndian.Uint32(again[n*sumBytes:])
		if (err != nil || !known) && defence.Stands(defence.ParitySum) {
			bad[n] = true
		}
		return ctx.Err()
	}
	if err := l.each(file, note); err != nil {
		return nil, err
	}
	spares := layout{size: l.parity() * l.shard, shard: l.shard}
	err := spares.each(shifted{parity, shardsAt}, func(n int64, shard []byte, err error) error { return note(l.data+n, shard, err) })
	return bad, err
}

// readSome reads n bytes; what cannot be read is zeros, which no checksum fits.
func readSome(r io.ReaderAt, off, n int64) []byte {
	b := make([]byte, n)
	for at := int64(0); at < n; at += readBytes {
		part := b[at:min(n, at+readBytes)]
		got, _ := r.ReadAt(part, off+at)
		clear(part[got:])
	}
	return b
}

// shifted reads a file from an offset on.
type shifted struct {
	r   io.ReaderAt
	off int64
}

func (s shifted) ReadAt(b []byte, off int64) (int, error) { return s.r.ReadAt(b, s.off+off) }

// reconstruct computes the damaged shards of one group, a column of all its shards at a time.
func (p *Patch) reconstruct(ctx context.Context, group int64, bad map[int64]bool, file, parity io.ReaderAt) error {
	l := p.l
	code, err := l.coder()
	if err != nil {
		return err
	}
	_, shardsAt, _, _ := l.offsets()
	w := l.column()
	buf := make([]byte, (l.width+l.spares)*w)
	shards := make([][]byte, l.width+l.spares)
	for off := int64(0); off < l.shard; off += w {
		if err := ctx.Err(); err != nil {
			return err
		}
		for k := range int64(len(shards)) {
			shards[k] = buf[k*w:][:w]
			n, ok := l.number(group, k)
			switch {
			case ok && bad[n]:
				shards[k] = shards[k][:0] // the code's word for one that is not there
			case k < l.width:
				err = l.readColumn(shards[k], file, group, k, off)
			default:
				_, err = parity.ReadAt(shards[k], shardsAt+(n-l.data)*l.shard+off)
			}
			if err != nil { // it was readable a moment ago
				return &blockfile.CorruptError{File: p.text.Name(), Block: -1, Kind: p.text.Kind, What: err.Error(), Err: err}
			}
		}
		if err := code.ReconstructData(shards); err != nil {
			return fmt.Errorf("reconstruct %s: %w", p.text.Name(), err)
		}
		for k := range l.width {
			if n, ok := l.number(group, k); ok && bad[n] {
				p.shards[n] = append(p.shards[n], shards[k]...)
			}
		}
	}
	return nil
}

// Damaged is how many shards of the text were damaged.
func (p *Patch) Damaged() int { return len(p.shards) }

// Apply writes the whole file as it was written: what of the damaged one is right, and what the
// patch puts in the place of the rest. Anything else than the bytes that the manifest names is an
// error, after they were written: the caller throws them away.
func (p *Patch) Apply(ctx context.Context, to io.Writer, file io.ReaderAt) error {
	whole := sha256.New()
	err := p.l.each(file, func(n int64, shard []byte, _ error) error {
		if mended, ok := p.shards[n]; ok {
			shard = mended
		}
		shard = shard[:min(p.l.shard, p.l.size-n*p.l.shard)]
		whole.Write(shard)
		if _, err := to.Write(shard); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err == nil && blockfile.Hash(whole.Sum(nil)) != p.text.Hash && defence.Stands(defence.MendHash) {
		err = &blockfile.CorruptError{File: p.text.Name(), Block: -1, Kind: p.text.Kind, What: "what its parity gives is not what was written"}
	}
	return err
}
