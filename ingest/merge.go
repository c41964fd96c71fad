package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/sync/errgroup"

	"sluice/index"
	"sluice/index/arm"
	"sluice/index/blockfile"
	"sluice/index/text"
)

const (
	// mergeFan is how many segments of one tier become one of the next. With tiers that are
	// mergeFan apart in size, a document's text is rewritten at most once a tier: a store of 64 GiB
	// writes each byte four times at most.
	mergeFan = 8
	// mergeTierBits: the lowest tier ends at 2^mergeTierBits bytes.
	mergeTierBits = 20
	// mergeBytesMax keeps offsets in a segment within 32 bits.
	mergeBytesMax = 2 << 30
	// wearMax is how much of a source's files may be there for nothing, in percent of what a fresh
	// store would take: removed passages, and the tombstones that say so. Beyond it the segments
	// that are worn most are rewritten, one after the other. Then a store stays close to a
	// fresh one, and no sync rewrites all of it.
	wearMax = 7
	// wearAlone is the share of removed passages, in percent, from which a segment is rewritten
	// whatever the others carry.
	wearAlone = 30
	// absorbBytesMax is how large a rewritten segment may grow by taking in smaller ones.
	absorbBytesMax = 512 << 20
	// smallMerge is how much is merged while somebody waits.
	smallMerge = 8 << 20
	// passagesMax is how many passages one segment holds at most: passage numbers have 24 bits.
	passagesMax = 1 << 24
)

// tier is the size class of a segment: 0 up to 2^mergeTierBits bytes, then a step each factor of
// mergeFan.
func tier(bytes int64) int {
	return max(0, (bits.Len64(uint64(max(bytes, 1)-1)>>mergeTierBits)+2)/3)
}

// mergeSource merges until no tier of the source holds mergeFan segments and what is gone takes
// little room. The source's lock is held, and readers go on with the generation that they have.
// Groups of more than bytesMax are left to another time.
func (in *Ingest) mergeSource(ctx context.Context, label, dir string, bytesMax int64) error {
	for {
		sn, err := in.store.Snapshot(ctx)
		if err != nil {
			return err
		}
		groups := slices.DeleteFunc(mergeable(sn, label), func(g []int) bool { return sizeOf(sn, [][]int{g}) > bytesMax })
		if len(groups) == 0 || in.store.CheckSpace(sizeOf(sn, groups)) != nil {
			// A merge is for speed: on a full disk it waits until there is room.
			return sn.Close()
		}
		err = in.mergeAll(ctx, sn, dir, groups)
		if cerr := sn.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
}

// mergeAll writes the merged segments side by side and commits them one by one.
func (in *Ingest) mergeAll(ctx context.Context, sn *index.Snapshot, dir string, groups [][]int) error {
	entries := make([]*index.Entry, len(groups))
	jobs, jctx := errgroup.WithContext(ctx)
	jobs.SetLimit(in.opts.Jobs)
	for i, group := range groups {
		jobs.Go(func() (err error) {
			entries[i], err = in.mergeFiles(jctx, sn, dir, group)
			return err
		})
	}
	if err := jobs.Wait(); err != nil {
		return err
	}
	for i, group := range groups {
		if err := in.commitMerge(ctx, sn, dir, group, entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// mergeable picks the groups to merge next: the segments that are worn most, and of each full tier
// as many times mergeFan segments as it holds.
func mergeable(sn *index.Snapshot, label string) (groups [][]int) {
	taken := map[int]bool{}
	for _, ord := range wornOut(sn, label) {
		if !taken[ord] {
			groups = append(groups, absorb(sn, ord, taken))
		}
	}
	tiers := map[int][]int{}
	for ord, seg := range sn.Segments() {
		if seg.Label() == label && !taken[ord] {
			t := tier(seg.Entry().Bytes)
			tiers[t] = append(tiers[t], ord)
		}
	}
	for t := range 64 {
		for rest := tiers[t]; len(rest) >= mergeFan && fits(sn, rest[:mergeFan]); rest = rest[mergeFan:] {
			groups = append(groups, rest[:mergeFan])
		}
	}
	return groups
}

// absorb makes a group of a segment that must be rewritten and of the smaller ones of its source:
// to write them with it costs little, and a question asks fewer segments.
func absorb(sn *index.Snapshot, worn int, taken map[int]bool) []int {
	seg := sn.Segments()[worn]
	group, bytes := []int{worn}, seg.Entry().Bytes
	taken[worn] = true
	for ord, other := range sn.Segments() {
		e := other.Entry()
		if taken[ord] || e.Label != seg.Label() || e.Bytes > seg.Entry().Bytes/2 || bytes+e.Bytes > absorbBytesMax {
			continue
		}
		if grown := append(slices.Clone(group), ord); fits(sn, grown) {
			group, bytes = grown, bytes+e.Bytes
			taken[ord] = true
		}
	}
	slices.Sort(group)
	return group
}

// wornOut picks the segments to rewrite so that a source carries little that is gone: the worst
// first.
func wornOut(sn *index.Snapshot, label string) (worn []int) {
	var fresh, wear int64
	var all []int
	for ord, seg := range sn.Segments() {
		if seg.Label() == label {
			w := wearOf(seg)
			all = append(all, ord)
			fresh, wear = fresh+seg.Entry().Size()-w, wear+w
		}
	}
	share := func(ord int) float64 {
		seg := sn.Segments()[ord]
		return float64(goneOf(seg)) / float64(max(seg.Passages(), 1))
	}
	slices.SortFunc(all, func(a, b int) int { return cmp.Or(cmp.Compare(share(b), share(a)), cmp.Compare(a, b)) })
	for _, ord := range all {
		w := wearOf(sn.Segments()[ord])
		if w == 0 || wear*100 <= fresh*wearMax && share(ord)*100 <= wearAlone {
			break
		}
		wear -= w
		worn = append(worn, ord)
	}
	return worn
}

func goneOf(seg *index.Segment) int64 { return int64(seg.Passages()) - seg.Live() }

// wearOf is how many bytes of a segment's files a fresh one would not have, about.
func wearOf(seg *index.Segment) int64 {
	e := seg.Entry()
	if e.Tombstones == nil {
		return 0
	}
	stored := e.Size() - e.Tombstones.Size
	if e.Spare != nil { // what a copy costs is the price of safety, as parity is
		stored -= e.Spare.Size
	}
	return e.Tombstones.Size + stored*goneOf(seg)/int64(max(seg.Passages(), 1))
}

// fits tells whether the group can be one segment.
func fits(sn *index.Snapshot, group []int) bool {
	var bytes, passages int64
	for _, ord := range group {
		e := sn.Segments()[ord].Entry()
		bytes, passages = bytes+e.Bytes, passages+e.Passages
	}
	return bytes <= mergeBytesMax && passages <= passagesMax
}

// sizeOf is how much disk the groups take.
func sizeOf(sn *index.Snapshot, groups [][]int) (n int64) {
	for _, group := range groups {
		for _, ord := range group {
			n += sn.Segments()[ord].Entry().Size()
		}
	}
	return n
}

// Merge rewrites each source into as few segments as their size limit allows, without what is gone.
func (in *Ingest) Merge(ctx context.Context) error {
	if err := in.goOn(ctx); err != nil {
		return err
	}
	sources, err := in.store.Sources(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		err := in.inSource(ctx, src.Label, func(dir string, sn *index.Snapshot) error {
			return in.mergeWhole(ctx, src.Label, dir, sn)
		})
		if err != nil {
			return fmt.Errorf("merge source %q: %w", src.Label, err)
		}
	}
	return in.store.Settle(ctx)
}

func (in *Ingest) mergeWhole(ctx context.Context, label, dir string, sn *index.Snapshot) error {
	var group []int
	for ord, seg := range sn.Segments() {
		if seg.Label() != label {
			continue
		}
		if !fits(sn, append(group, ord)) {
			if err := in.mergeUseful(ctx, sn, dir, group); err != nil {
				return err
			}
			group = nil
		}
		group = append(group, ord)
	}
	return in.mergeUseful(ctx, sn, dir, group)
}

// mergeUseful merges unless there is nothing to gain.
func (in *Ingest) mergeUseful(ctx context.Context, sn *index.Snapshot, dir string, group []int) error {
	if len(group) == 0 || len(group) == 1 && goneOf(sn.Segments()[group[0]]) == 0 {
		return nil
	}
	return in.merge(ctx, sn, dir, group)
}

// rewrite merges each of the segments with these text files with itself, so that the bytes of what
// is gone from them leave the disk.
func (in *Ingest) rewrite(ctx context.Context, label, dir string, texts map[blockfile.Hash]bool) error {
	sn, err := in.store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	for ord, seg := range sn.Segments() {
		documents, passages := seg.Gone()
		if seg.Label() != label || !texts[seg.Entry().Text.Hash] || documents.IsEmpty() && passages.IsEmpty() {
			continue
		}
		if err := in.merge(ctx, sn, dir, []int{ord}); err != nil {
			return err
		}
	}
	return nil
}

// merge writes the live part of the group as one segment and puts it in the group's place.
func (in *Ingest) merge(ctx context.Context, sn *index.Snapshot, dir string, group []int) error {
	return in.mergeAll(ctx, sn, dir, [][]int{group})
}

// commitMerge puts a merged segment in the place of its group.
func (in *Ingest) commitMerge(ctx context.Context, sn *index.Snapshot, dir string, group []int, entry *index.Entry) error {
	return in.store.Commit(ctx, dir, func(m *index.Manifest) error {
		at := len(m.Segments)
		for _, ord := range group {
			old := sn.Segments()[ord].Entry()
			i := m.Find(old.Text)
			if i < 0 || !m.Same(old) {
				return fmt.Errorf("merge %s: %w", old.Name(), index.ErrSourceChanged)
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
func (in *Ingest) mergeFiles(ctx context.Context, sn *index.Snapshot, dir string, group []int) (*index.Entry, error) {
	entry := &index.Entry{Label: sn.Segments()[group[0]].Label(), Derived: map[blockfile.Kind]blockfile.Ref{}}
	w := text.NewWriter(in.store.NewWriter(dir, blockfile.KindText, mergedID(sn, group), text.FileBlockBytes), entry.Label)
	for _, ord := range group {
		seg := sn.Segments()[ord]
		if err := copyTo(ctx, seg, w, entry); err != nil {
			w.Abort()
			return nil, fmt.Errorf("merge %s: %w", seg.Name(), err)
		}
	}
	ref, err := w.Finish()
	if err != nil {
		return nil, err
	}
	entry.Text = ref
	for i, a := range in.store.Arms() {
		if a.Facts().Later {
			err = in.mergeLater(sn, dir, group, i, entry)
		} else {
			entry.Derived[a.Facts().Kind], err = in.mergeArm(ctx, sn, dir, group, i, ref)
		}
		if err != nil {
			return nil, fmt.Errorf("merge %s files: %w", a.Facts().Kind, err)
		}
	}
	if entry.Derived[blockfile.KindParity], err = in.store.WriteParity(dir, ref); err != nil {
		return nil, fmt.Errorf("write the parity: %w", err)
	}
	return entry, nil
}

// mergedID is the id of the text file that the group becomes.
func mergedID(sn *index.Snapshot, group []int) blockfile.ID {
	var ids [][]byte
	for _, ord := range group {
		e := sn.Segments()[ord].Entry()
		ids = append(ids, e.Text.Hash[:])
		if e.Tombstones != nil {
			ids = append(ids, e.Tombstones.Hash[:])
		}
	}
	return blockfile.MakeID(blockfile.KindText, textBuilder, []byte("merge"), ids...)
}

// mergeLater merges the files of an arm that need not have one. Where none has, or one turns out
// damaged, the merged segment has none: it is made beside the questions, as it was before.
func (in *Ingest) mergeLater(sn *index.Snapshot, dir string, group []int, arms int, entry *index.Entry) error {
	a := in.store.Arms()[arms]
	var parts []arm.Part
	any := false
	for _, ord := range group {
		p := sn.Segments()[ord].AnyPart(arms)
		parts, any = append(parts, p), any || p.Reader != nil
	}
	if !any {
		return nil
	}
	ref, err := in.writeDerived(dir, a, entry.Text, func(w *blockfile.Writer) error {
		return sn.ReadSeveral(func() error { return a.Merge(w, parts) })
	})
	switch {
	case errors.Is(err, index.ErrCorrupt):
		return nil
	case err == nil:
		entry.Derived[a.Facts().Kind] = ref
	}
	return err
}

// mergeArm merges the files of one arm, or builds the merged one from its text where a part has
// none or is damaged.
func (in *Ingest) mergeArm(ctx context.Context, sn *index.Snapshot, dir string, group []int, arms int, ref blockfile.Ref) (blockfile.Ref, error) {
	a := in.store.Arms()[arms]
	var parts []arm.Part
	for _, ord := range group {
		if p, ok := sn.Segments()[ord].Part(arms); ok {
			parts = append(parts, p)
		}
	}
	if len(parts) == len(group) {
		out, err := in.writeDerived(dir, a, ref, func(w *blockfile.Writer) error {
			return sn.ReadSeveral(func() error { return a.Merge(w, parts) })
		})
		if !errors.Is(err, index.ErrCorrupt) {
			return out, err
		}
	}
	return in.derivePending(ctx, dir, a, ref)
}

// copyTo appends the segment's live documents and passages to w and counts them in entry.
func copyTo(ctx context.Context, seg *index.Segment, w *text.Writer, entry *index.Entry) error {
	documents, passages := seg.Gone()
	return seg.Read(func(t *text.Reader) error {
		next := uint32(0) // the next document to begin
		begin := func(upTo uint32) error {
			for ; next < upTo; next++ {
				if documents.Contains(next) {
					continue
				}
				if _, err := copyDocument(t, next, w, entry); err != nil {
					return err
				}
			}
			return nil
		}
		err := t.Each(func(i uint32, p text.Passage, context, symbol string, body []byte) error {
			if passages.Contains(i) {
				return nil
			}
			if err := cmp.Or(ctx.Err(), begin(p.Doc+1)); err != nil {
				return err
			}
			entry.Passages++
			return w.AddPassage(p, context, symbol, body)
		})
		return cmp.Or(err, begin(uint32(t.Documents())))
	})
}

// copyDocument appends the head of a document to w and counts it in entry.
func copyDocument(t *text.Reader, n uint32, w *text.Writer, entry *index.Entry) (text.Document, error) {
	d, err := t.Document(n)
	if err != nil {
		return d, err
	}
	marks, err := t.Marks(n)
	if err != nil {
		return d, err
	}
	if err := w.AddDocument(d, marks); err != nil {
		return d, err
	}
	entry.Documents++
	entry.Bytes += int64(d.Bytes)
	return d, nil
}
