package index

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/sync/errgroup"

	"sluice/index/blockfile"
	"sluice/index/lexical"
	"sluice/index/text"
)

const (
	// mergeFan is how many segments of one tier become one of the next. With tiers that are mergeFan apart
	// in size, a document's text is rewritten at most once a tier: a store of 64 GiB writes each byte four
	// times at most.
	mergeFan = 8
	// mergeTierBits: the lowest tier ends at 2^mergeTierBits bytes.
	mergeTierBits = 20
	// mergeBytesMax keeps offsets in a segment within 32 bits.
	mergeBytesMax = 2 << 30
	// deadShareMax is the share of dead passages, in percent, from which a segment is rewritten alone.
	deadShareMax = 30
)

// tier is the size class of a segment: 0 up to 2^mergeTierBits bytes, then a step each factor of mergeFan.
func tier(bytes int64) int {
	return max(0, (bits.Len64(uint64(max(bytes, 1)-1)>>mergeTierBits)+2)/3)
}

// mergeSource merges until no tier of the source holds mergeFan segments. The source's lock is held, and
// readers go on with the generation that they have.
func (s *Store) mergeSource(ctx context.Context, label, dir string) error {
	for {
		sn, err := s.Snapshot(ctx)
		if err != nil {
			return err
		}
		groups := sn.mergeable(label)
		if len(groups) == 0 || s.checkSpace(sn.filesOf(groups)) != nil {
			// A merge is for speed: on a full disk it waits until there is room.
			return sn.Close()
		}
		err = s.mergeAll(ctx, sn, dir, groups)
		if cerr := sn.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
}

// mergeAll writes the merged segments side by side and commits them one by one.
func (s *Store) mergeAll(ctx context.Context, sn *Snapshot, dir string, groups [][]int) error {
	entries := make([]*segmentEntry, len(groups))
	jobs, jctx := errgroup.WithContext(ctx)
	jobs.SetLimit(s.opts.Jobs)
	for i, group := range groups {
		jobs.Go(func() (err error) {
			entries[i], err = s.mergeFiles(jctx, sn, dir, group)
			return err
		})
	}
	if err := jobs.Wait(); err != nil {
		return err
	}
	for i, group := range groups {
		if err := s.commitMerge(ctx, sn, dir, group, entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// mergeable picks the groups to merge next: each segment that is mostly dead by itself, and of each full
// tier as many times mergeFan segments as it holds.
func (sn *Snapshot) mergeable(label string) (groups [][]int) {
	tiers := map[int][]int{}
	for ord, seg := range sn.segments {
		if seg.label != label {
			continue
		}
		if dead := int64(seg.dead.passages.GetCardinality()); dead*100 > int64(seg.text.Passages())*deadShareMax {
			groups = append(groups, []int{ord})
			continue
		}
		t := tier(seg.entry.Bytes)
		tiers[t] = append(tiers[t], ord)
	}
	for t := range 64 {
		for rest := tiers[t]; len(rest) >= mergeFan && sn.fits(rest[:mergeFan]); rest = rest[mergeFan:] {
			groups = append(groups, rest[:mergeFan])
		}
	}
	return groups
}

// fits tells whether the group can be one segment.
func (sn *Snapshot) fits(group []int) bool {
	var bytes, passages int64
	for _, ord := range group {
		bytes += sn.segments[ord].entry.Bytes
		passages += sn.segments[ord].entry.Passages
	}
	return bytes <= mergeBytesMax && passages <= lexical.PassagesMax
}

// filesOf is how much disk the groups take.
func (sn *Snapshot) filesOf(groups [][]int) (n int64) {
	for _, group := range groups {
		for _, ord := range group {
			e := sn.segments[ord].entry
			n += e.Text.Size + e.Lexical.Size
		}
	}
	return n
}

// Merge rewrites each source into as few segments as their size limit allows, without dead passages.
func (s *Store) Merge(ctx context.Context) error {
	sources, err := s.Sources(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		err := s.inSource(ctx, src.Label, func(dir string, sn *Snapshot) error { return s.mergeWhole(ctx, src.Label, dir, sn) })
		if err != nil {
			return fmt.Errorf("merge source %q: %w", src.Label, err)
		}
	}
	return nil
}

func (s *Store) mergeWhole(ctx context.Context, label, dir string, sn *Snapshot) error {
	var group []int
	for ord, seg := range sn.segments {
		if seg.label != label {
			continue
		}
		if !sn.fits(append(group, ord)) {
			if err := s.mergeUseful(ctx, sn, dir, group); err != nil {
				return err
			}
			group = nil
		}
		group = append(group, ord)
	}
	return s.mergeUseful(ctx, sn, dir, group)
}

// mergeUseful merges unless there is nothing to gain.
func (s *Store) mergeUseful(ctx context.Context, sn *Snapshot, dir string, group []int) error {
	if len(group) == 0 || len(group) == 1 && sn.segments[group[0]].dead.passages.IsEmpty() {
		return nil
	}
	return s.merge(ctx, sn, dir, group)
}

// rewrite merges each of the segments with these text files with itself, so that the bytes of what is
// dead in them leave the disk.
func (s *Store) rewrite(ctx context.Context, label, dir string, texts map[blockfile.Hash]bool) error {
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	for ord, seg := range sn.segments {
		if seg.label != label || !texts[seg.entry.Text.Hash] {
			continue
		}
		if err := s.merge(ctx, sn, dir, []int{ord}); err != nil {
			return err
		}
	}
	return nil
}

// merge writes the live part of the group as one segment and puts it in the group's place.
func (s *Store) merge(ctx context.Context, sn *Snapshot, dir string, group []int) error {
	return s.mergeAll(ctx, sn, dir, [][]int{group})
}

// commitMerge puts a merged segment in the place of its group.
func (s *Store) commitMerge(ctx context.Context, sn *Snapshot, dir string, group []int, entry *segmentEntry) error {
	return s.commit(ctx, dir, func(m *manifest) error {
		at := len(m.Segments)
		for _, ord := range group {
			i := m.find(sn.segments[ord].entry.Text)
			if i < 0 {
				return fmt.Errorf("merge: %s was removed meanwhile", segmentName(sn.segments[ord].entry))
			}
			m.Segments = slices.Delete(m.Segments, i, i+1)
			at = min(at, i)
		}
		if entry.Documents > 0 {
			m.Segments = slices.Insert(m.Segments, at, *entry)
		}
		return nil
	})
}

// mergeFiles writes the merged segment's files into dir.
func (s *Store) mergeFiles(ctx context.Context, sn *Snapshot, dir string, group []int) (*segmentEntry, error) {
	var ids [][]byte
	for _, ord := range group {
		e := sn.segments[ord].entry
		ids = append(ids, e.Text.Hash[:])
		if e.Dead != nil {
			ids = append(ids, e.Dead.Hash[:])
		}
	}
	label := sn.segments[group[0]].label
	sw := blockfile.NewWriter(s.fs, dir, blockfile.KindText, blockfile.MakeID(blockfile.KindText, textBuilder, []byte("merge"), ids...), blockfile.BlockBytesRandom)
	w := text.NewWriter(sw, label)
	entry := &segmentEntry{Label: label}
	var ins []lexical.MergeInput
	var length uint64
	for _, ord := range group {
		seg := sn.segments[ord]
		if err := seg.copyTo(ctx, w, entry); err != nil {
			w.Abort()
			return nil, fmt.Errorf("merge %s: %w", segmentName(seg.entry), err)
		}
		ins = append(ins, lexical.MergeInput{Reader: seg.lexical, Deleted: seg.deleted})
		length += seg.lexical.TotalLength() - seg.dead.length
	}
	ref, err := w.Finish()
	if err != nil {
		return nil, err
	}
	entry.Text = ref
	entry.Lexical, err = s.writeLexical(dir, ref, func(sw *blockfile.Writer) error { return lexical.Merge(sw, ins, length) })
	return entry, err
}

// copyTo appends the segment's live documents and passages to w and counts them in entry.
func (s *Segment) copyTo(ctx context.Context, w *text.Writer, entry *segmentEntry) error {
	next := uint32(0) // the next document to begin
	begin := func(upTo uint32) error {
		for ; next < upTo; next++ {
			if s.dead.documents.Contains(next) {
				continue
			}
			d, err := s.text.Document(next)
			if err != nil {
				return err
			}
			if err := w.AddDocument(d); err != nil {
				return err
			}
			entry.Documents++
			entry.Bytes += int64(d.Bytes)
		}
		return nil
	}
	err := s.text.Each(func(i uint32, p text.Passage, context, symbol string, body []byte) error {
		if s.dead.passages.Contains(i) {
			return nil
		}
		if err := cmp.Or(ctx.Err(), begin(p.Doc+1)); err != nil {
			return err
		}
		entry.Passages++
		return w.AddPassage(p, context, symbol, body)
	})
	return cmp.Or(err, begin(uint32(s.text.Documents())))
}
