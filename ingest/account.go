package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sluice/corpus"
	"sluice/corpus/secret"
	"sluice/index"
	"sluice/internal/limits"
)

// account adds a batch's outcome to the report.
func (y *syncer) account(out *built) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, d := range out.taken {
		y.secretsIn(d.secrets, 1)
		if k := y.known[d.path]; k != nil {
			y.secretsIn(k.secrets, -1)
			y.report.Changed++
		} else {
			y.report.Added++
		}
		y.guess(d)
	}
	for _, path := range out.gone {
		y.gone[path] = true
	}
	for _, l := range out.leftOut {
		y.gone[l.Path] = true // a text that became binary is no longer a document
	}
	y.leftOut = append(y.leftOut, out.leftOut...)
	y.failures = append(y.failures, out.failures...)
	y.report.Same += int64(len(out.same))
	y.reread += int64(len(out.same))
	y.report.Bytes += out.bytes
	y.report.Passages += out.passages
	y.report.BadMarks += out.badMarks
	y.progress.Indexed += int64(len(out.taken) + len(out.same))
	y.progress.BytesDone += out.bytes
	y.progress.Passages += out.passages
}

// secretsIn counts a document with so many secrets in, or out again.
func (y *syncer) secretsIn(n uint16, by int64) {
	if n > 0 {
		y.report.Secrets += by * int64(n)
		y.report.SecretDocuments += by
	}
}

// guessedMax bounds how many documents are named whose encoding was guessed.
const guessedMax = 10_000

// guess notes of a document that was read which encoding it was taken to be in.
func (y *syncer) guess(d takenDoc) {
	delete(y.guessed, d.path)
	if d.guess != "" && len(y.guessed) < guessedMax {
		y.guessed[d.path] = d.guess
	}
}

// guessesKept are the notes of documents that are still there.
func (y *syncer) guessesKept(pruned bool) map[string]string {
	for path := range y.guessed {
		if k := y.known[path]; pruned && k != nil && !k.listed || y.gone[path] {
			delete(y.guessed, path)
		}
	}
	return y.guessed
}

// finish removes what the walk no longer listed and writes down what the sync saw.
func (y *syncer) finish(ctx context.Context, walk *corpus.Report) error {
	lost := y.lost(ctx, walk.FailureN > 0)
	var half error
	if y.halfGone(lost) {
		half, lost = ErrHalfGone, nil
	}
	for _, k := range lost {
		if err := y.removal.document(k.segment, k.doc); err != nil {
			return err
		}
		y.secretsIn(k.secrets, -1)
	}
	if walk.FailureN == 0 && half == nil { // it costs nothing but time that some are kept, or are not
		_ = y.ingest.store.KeepSeen(y.seen, func(s index.Sight) bool { return y.listed[s.Path] }, false)
	}
	y.rules = half == nil && !y.unread(lost)
	y.report.Removed = int64(len(lost))
	y.report.Report = y.merged(walk)
	if half == nil && y.nothingNew() {
		return nil
	}
	err := y.ingest.commit(ctx, y.dir, y.removal, func(m *index.Manifest) error {
		if half == nil && walk.FailureN == 0 { // all that they held was read again, or is gone from the source
			y.dropLost(m)
		}
		return y.ingest.store.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) { return y.noted(all, half) })
	})
	return errors.Join(half, err)
}

// markLost gives up the segments that could not be opened, with the first batch that holds
// documents of theirs. A file that is whole again later, because it was the reading of it that
// failed, must not bring the documents back a second time.
func (y *syncer) markLost(m *index.Manifest) {
	for _, e := range y.base.Lost() {
		if i := m.Find(e.Text); i >= 0 && e.Label == y.label && !y.placed[e.Text.Hash] && m.Segments[i].Lost == "" {
			m.Segments[i].Lost = e.Lost
		}
	}
}

// dropLost takes the segments whose files are damaged or missing out of a generation.
func (y *syncer) dropLost(m *index.Manifest) {
	for _, e := range y.base.Lost() {
		if i := m.Find(e.Text); i >= 0 && e.Label == y.label && !y.placed[e.Text.Hash] {
			m.Segments = slices.Delete(m.Segments, i, i+1)
		}
	}
}

// syncedSlack is how old the noted time of the last sync may grow while nothing changes: a folder
// that is asked often need not get a new generation with each question.
const syncedSlack = time.Minute

// nothingNew tells whether the store already says all that this sync found. Documents that were
// read again and found the same count as news, because noting the sync's time spares the next one
// from reading them.
func (y *syncer) nothingNew() bool {
	r := &y.report
	return r.Added+r.Changed+r.Removed+y.reread == 0 && len(y.base.Lost()) == 0 && y.begun.Sub(y.state.Synced) < syncedSlack &&
		r.Report.FailureN == y.state.FailureN && r.Secrets == y.state.Secrets && (!y.rules || y.state.Rules == secret.Version) && maps.EqualFunc(r.Report.LeftOut, y.state.LeftOut, func(a, b *corpus.Count) bool { return *a == *b })
}

// lost lists the documents that the source no longer has, in a stable order. A walk that could not
// read everything proves nothing about what it did not list, so then the source is asked for each.
func (y *syncer) lost(ctx context.Context, ask bool) []*known {
	var lost []*known
	for path, k := range y.known {
		if k.listed && !y.gone[path] {
			continue
		}
		if ask && !y.gone[path] {
			if _, err := y.src.Stat(ctx, path); !errors.Is(err, corpus.ErrGone) {
				continue
			}
		}
		lost = append(lost, k)
	}
	slices.SortFunc(lost, func(a, b *known) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.doc, b.doc))
	})
	return lost
}

// unread tells whether the store keeps documents that could not be read again: other rules than the
// present ones may have said what of them is a secret.
func (y *syncer) unread(lost []*known) bool {
	failed := map[string]bool{}
	for _, f := range y.failures {
		failed[f.Path] = true
	}
	unlisted := 0
	for path, k := range y.known {
		if failed[path] {
			return true
		}
		if !k.listed || y.gone[path] {
			unlisted++
		}
	}
	return unlisted > len(lost)
}

// halfGone tells whether so much is gone that it must be asked for. A document that came back under
// another name was moved, not lost.
func (y *syncer) halfGone(lost []*known) bool {
	if y.opts.Prune {
		return false
	}
	n := 0
	for _, k := range lost {
		if !y.added[k.hash] {
			n++
		}
	}
	return 2*n > len(y.known)
}

// merged is the walk's report with what came to light when documents were opened.
func (y *syncer) merged(walk *corpus.Report) *corpus.Report {
	r := *walk
	for _, l := range y.leftOut {
		if r.LeftOut == nil {
			r.LeftOut = map[corpus.Reason]*corpus.Count{}
		}
		if r.LeftOut[l.Reason] == nil {
			r.LeftOut[l.Reason] = &corpus.Count{}
		}
		r.LeftOut[l.Reason].Add(0)
	}
	r.Failures = append(r.Failures, y.failures...)
	r.FailureN += len(y.failures)
	r.Failures = r.Failures[:min(len(r.Failures), limits.FailuresKept)]
	return &r
}

// noted updates the source's line in the table. A sync that held deletions back is not complete.
func (y *syncer) noted(all []index.SourceState, half error) ([]index.SourceState, error) {
	for i := range all {
		if all[i].Label != y.label {
			continue
		}
		all[i].Started = y.begun
		if half == nil {
			all[i].Synced = y.begun
		}
		if y.rules {
			all[i].Rules = secret.Version
		}
		all[i].Secrets, all[i].SecretDocuments = y.report.Secrets, y.report.SecretDocuments
		all[i].Guessed = y.guessesKept(half == nil)
		all[i].LeftOut = y.report.Report.LeftOut
		all[i].Failures, all[i].FailureN = y.report.Report.Failures, y.report.Report.FailureN
		return all, nil
	}
	return nil, fmt.Errorf("%w: %q was removed while it was synced", index.ErrNoSource, y.label)
}
