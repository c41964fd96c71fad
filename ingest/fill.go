package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/index"
	"sluice/index/blockfile"
	"sluice/index/text"
	"sluice/index/vector"
)

// Passages are searchable by words as soon as they are committed. A model reads them beside the
// questions, and what it has read is committed every now and then: what a kill costs is the time
// since.

const (
	fillBatch = 64               // passages that the model reads at once
	fillKeep  = 30 * time.Second // how long what was read is held in memory only
	// fillCost is how many times as long as the commit before the model reads until the next: a
	// commit writes the vectors of a whole segment.
	fillCost = 20
)

// FillOptions tells how a model reads what the store holds.
type FillOptions struct {
	Encoder  index.Encoder
	Level    index.Level             // how deeply; default: the encoder's first
	Labels   []string                // sources; default: all
	Most     int64                   // a run that would read more passages is not begun; 0: all are read
	Readings *index.Readings         // what was read for questions, as deeply as the encoder can: it goes first, and is not read again
	Progress func(done, total int64) // passages that are read that deeply; may be nil
	Rest     func(ctx context.Context) error
	Commit   func(ctx context.Context, commit func() error) error // runs a commit when no sync of this process is under way; nil: at once
}

// FillReport tells what a fill did.
type FillReport struct {
	Passages int64 // read
	Bytes    int64 // of what the model read of them
	Done     int64 // passages that are read that deeply now
	Total    int64
	Failed   int64 // passages that could not be read, or that the model makes no vector of
	Failure  error // the first
}

// ErrNotFilled is a segment that others changed again and again while it was read.
var ErrNotFilled = errors.New("the sources change faster than the model reads: what was read is kept, and the next run goes on")

// Fill lets the model read every passage that it has not read that deeply yet, the newest segments
// first. Where the context ends it, what was read until then is kept.
func (in *Ingest) Fill(ctx context.Context, o FillOptions) (*FillReport, error) {
	levels := o.Encoder.Levels()
	if o.Level == index.Unread {
		o.Level = levels[0]
	}
	if !slices.Contains(levels, o.Level) {
		return nil, fmt.Errorf("BUG: the model does not read at level %d", o.Level)
	}
	coder, err := vector.NewCoder(o.Encoder.Space().Dim)
	if err != nil {
		return nil, err
	}
	f := &filling{Ingest: in, o: o, coder: coder, report: &FillReport{}, failed: map[unvectored]bool{}}
	for tries := 0; ; {
		next, err := f.next(ctx)
		if err == nil && next == nil { // what the last commit replaced, or a crash left, goes too
			err = f.commit(ctx, func() error { return f.store.Settle(ctx) })
		}
		if err != nil || next == nil || o.Most > 0 && f.report.Total-f.report.Done > o.Most {
			return f.report, err
		}
		kept, err := f.segment(ctx, *next)
		if err != nil {
			return f.report, err
		}
		if tries++; kept {
			tries = 0
		}
		if tries == fillTries {
			return f.report, ErrNotFilled
		}
	}
}

// fillTries is how often in a row what was read may come too late.
const fillTries = 5

// filling is one run of a fill.
type filling struct {
	*Ingest
	o      FillOptions
	coder  *vector.Coder
	report *FillReport
	failed map[unvectored]bool // what this run does not try again
	took   time.Duration       // of the last commit
}

// unvectored is a passage that the model makes no vector of, whatever the generation is.
type unvectored struct {
	text    blockfile.Hash
	passage uint32
}

// fail notes a passage that cannot be read.
func (f *filling) fail(seg *index.Segment, p uint32, err error) {
	f.failed[unvectored{seg.Entry().Text.Hash, p}] = true
	f.report.Failed++
	f.report.Failure = cmp.Or(f.report.Failure, err)
}

// next finds the newest segment that is not read yet, and counts.
func (f *filling) next(ctx context.Context) (next *index.Entry, err error) {
	sn, err := f.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	f.report.Done, f.report.Total = 0, 0
	for _, seg := range sn.Segments() {
		if len(f.o.Labels) > 0 && !slices.Contains(f.o.Labels, seg.Label()) {
			continue
		}
		missing, err := f.missing(seg)
		if err != nil {
			return nil, err
		}
		f.report.Total += seg.Live()
		f.report.Done += seg.Live() - int64(len(missing))
		if len(missing) > 0 {
			e := seg.Entry()
			next = &e
		}
	}
	f.report.Done -= int64(len(f.failed))
	f.tell(0)
	return next, nil
}

func (f *filling) tell(more int64) {
	if f.o.Progress != nil {
		f.o.Progress(f.report.Done+more, f.report.Total)
	}
}

// segmentOf is the segment of a text in a snapshot; nil when it has become part of another one.
func segmentOf(sn *index.Snapshot, text blockfile.Ref) *index.Segment {
	i := slices.IndexFunc(sn.Segments(), func(s *index.Segment) bool { return s.Entry().Text == text })
	if i < 0 {
		return nil
	}
	return sn.Segments()[i]
}

// missing lists the live passages that are not read deeply enough and can be.
func (f *filling) missing(seg *index.Segment) (list []uint32, err error) {
	err = seg.Read(func(*text.Reader) error {
		var levels []byte
		if r := seg.Vectors(f.o.Encoder.Space()); r != nil {
			if levels, err = r.Levels(); err != nil {
				return err
			}
		}
		_, gone := seg.Gone()
		for i := range uint32(seg.Passages()) {
			if (levels == nil || index.Level(levels[i]) < f.o.Level) && !gone.Contains(i) && !f.failed[unvectored{seg.Entry().Text.Hash, i}] {
				list = append(list, i)
			}
		}
		return nil
	})
	if errors.Is(err, index.ErrCorrupt) {
		return nil, nil // a sync looks after it
	}
	return list, err
}

// askedFirst puts those first that were read for a question.
func (f *filling) askedFirst(seg *index.Segment, missing []uint32) ([]uint32, error) {
	if f.o.Readings.Len() == 0 {
		return missing, nil
	}
	var first, rest []uint32
	err := seg.Read(func(t *text.Reader) error {
		for _, p := range missing {
			rec, err := t.Record(p)
			if err != nil {
				return err
			}
			if f.o.Readings.Get(rec.ID()) != nil {
				first = append(first, p)
			} else {
				rest = append(rest, p)
			}
		}
		return nil
	})
	return append(first, rest...), err
}

// segment lets the model read of one segment as much as is committed at once. kept is false when it
// came too late: the segment has become part of another one.
func (f *filling) segment(ctx context.Context, e index.Entry) (kept bool, err error) {
	rows, err := f.read(ctx, e)
	if len(rows) == 0 {
		return err == nil, err
	}
	short, stop := context.WithTimeout(context.WithoutCancel(ctx), fillKeepWait) // what was read is worth keeping
	defer stop()
	kerr := f.commit(short, func() (err error) {
		kept, err = f.keep(short, e, rows)
		return err
	})
	return kept, errors.Join(err, kerr)
}

// commit runs a commit when it is in nobody's way.
func (f *filling) commit(ctx context.Context, commit func() error) error {
	if f.o.Commit == nil {
		return commit()
	}
	return f.o.Commit(ctx, commit)
}

// fillKeepWait is how long a commit may wait for a sync of the source.
const fillKeepWait = time.Minute

// read encodes passages until it is time to commit.
func (f *filling) read(ctx context.Context, e index.Entry) (map[uint32]readOnce, error) {
	sn, err := f.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	rows := map[uint32]readOnce{}
	seg := segmentOf(sn, e.Text)
	if seg == nil {
		return rows, nil
	}
	missing, err := f.missing(seg)
	if err == nil {
		missing, err = f.askedFirst(seg, missing)
	}
	if err != nil {
		return nil, err
	}
	began := f.opts.Clock.Now()
	for batch := range slices.Chunk(missing, fillBatch) {
		if err := f.batch(ctx, seg, batch, rows); err != nil {
			return rows, err
		}
		f.tell(int64(len(rows)))
		if f.opts.Clock.Now().Sub(began) > max(fillKeep, fillCost*f.took) {
			break
		}
	}
	return rows, nil
}

// batch encodes a few passages and adds their rows. One that cannot be read costs itself only.
func (f *filling) batch(ctx context.Context, seg *index.Segment, batch []uint32, rows map[uint32]readOnce) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var unread []uint32
	var texts []string
	for _, p := range batch {
		body, known, err := f.passage(seg, p)
		switch {
		case errors.Is(err, index.ErrCorrupt):
			f.fail(seg, p, err)
		case err != nil:
			return err
		case known != nil:
			f.row(rows, seg, p, slices.Max(f.o.Encoder.Levels()), known)
		default:
			unread, texts = append(unread, p), append(texts, body)
		}
	}
	if len(unread) == 0 {
		return nil
	}
	vectors, err := f.o.Encoder.Passages(ctx, f.o.Level, texts)
	if err != nil {
		return err
	}
	for i, p := range unread {
		f.row(rows, seg, p, f.o.Level, vectors[i])
		f.report.Passages++
		f.report.Bytes += int64(len(texts[i]))
	}
	if f.o.Rest != nil {
		return f.o.Rest(ctx)
	}
	return nil
}

// passage reads what a model reads of a passage, or the vector that it made for a question.
func (f *filling) passage(seg *index.Segment, p uint32) (body string, known []float32, err error) {
	err = seg.Read(func(t *text.Reader) error {
		rec, err := t.Record(p)
		if err != nil {
			return err
		}
		if known = f.o.Readings.Get(rec.ID()); known != nil {
			return nil
		}
		fields, err := fieldsAt(t, p)
		body = index.PassageText(fields.Title, "", fields.Body)
		return err
	})
	return body, known, err
}

// readOnce is what becomes of one passage.
type readOnce struct {
	level index.Level
	row   []byte
}

// row adds the row of one passage.
func (f *filling) row(rows map[uint32]readOnce, seg *index.Segment, p uint32, level index.Level, v []float32) {
	row := make([]byte, vector.RowBytes(f.o.Encoder.Space().Dim))
	if err := f.coder.Row(row, v); err != nil {
		f.fail(seg, p, fmt.Errorf("the vector of passage %d of %s: %w", p, seg.Name(), err))
		return
	}
	rows[p] = readOnce{level, row}
}

// keep writes the segment's file with what it had and what was read, and commits it.
func (f *filling) keep(ctx context.Context, e index.Entry, rows map[uint32]readOnce) (kept bool, err error) {
	err = f.inSource(ctx, e.Label, func(dir string, sn *index.Snapshot) error {
		seg := segmentOf(sn, e.Text)
		if seg == nil {
			return nil
		}
		began := f.opts.Clock.Now()
		defer func() { f.took = f.opts.Clock.Now().Sub(began) }()
		ref, err := f.writeVectors(dir, seg, rows)
		if err != nil {
			return err
		}
		return f.store.Commit(ctx, dir, func(m *index.Manifest) error {
			if i := m.Find(e.Text); i >= 0 {
				m.Segments[i].Derived[blockfile.KindVectors], kept = ref, true
			}
			return nil
		})
	})
	return kept, err
}

// writeVectors writes the file of a segment: new rows, else those that it had.
func (f *filling) writeVectors(dir string, seg *index.Segment, rows map[uint32]readOnce) (ref blockfile.Ref, err error) {
	space := f.o.Encoder.Space()
	old := seg.Vectors(space)
	row := make([]byte, vector.RowBytes(space.Dim))
	err = seg.Read(func(*text.Reader) error {
		ref, err = f.writeDerived(dir, vector.Arm{}, seg.Entry().Text, func(w *blockfile.Writer) error {
			return vector.Write(w, space, seg.Passages(), func(i uint32) (index.Level, []byte, error) {
				if new, ok := rows[i]; ok {
					return new.level, new.row, nil
				}
				if old == nil {
					return index.Unread, nil, nil
				}
				level, err := old.Row(i, row)
				return level, row, err
			})
		})
		return err
	})
	return ref, err
}
