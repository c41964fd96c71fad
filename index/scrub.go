package index

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/clock"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// A scrub reads everything that the newest generation names, slowly and from time to time, so that
// damage is met while there is something to mend it from. One process at a time does it. Where it
// is stands in the store, and the next process goes on from there.

const (
	scrubFile  = "scrub"
	scrubLock  = locksDir + "/scrub"
	scrubMagic = "SLUICESC"

	// scrubSaved is how much of a scrub a kill may undo.
	scrubSaved = time.Minute
	// scrubFoundMax is how much of what a scrub found is kept word for word.
	scrubFoundMax = 100

	// ScrubRate is how many bytes a second a scrub reads unless it is told otherwise.
	ScrubRate = 8 << 20
	// ScrubEvery is how long after the last one a scrub begins unless it is told otherwise.
	ScrubEvery = 7 * 24 * time.Hour
)

// ScrubOptions tells how a scrub runs. The zero value is usable.
type ScrubOptions struct {
	Clock clock.Waiter
	Rate  int64         // bytes a second
	Every time.Duration // from the beginning of one pass to that of the next
}

func (o ScrubOptions) withDefaults() ScrubOptions {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Rate <= 0 {
		o.Rate = ScrubRate
	}
	if o.Every <= 0 {
		o.Every = ScrubEvery
	}
	return o
}

// Scrubbed is the record of the scrubs of a store.
type Scrubbed struct {
	Began    time.Time  `json:"began"`    // the last full pass
	Finished time.Time  `json:"finished"` // zero: there was none
	Found    []BadBlock `json:"found,omitempty"`
	FoundN   int        `json:"found_n,omitempty"`
	Pass     *ScrubPass `json:"pass,omitempty"` // that is under way
}

// ScrubPass is a pass that has not ended.
type ScrubPass struct {
	Began  time.Time  `json:"began"`
	File   string     `json:"file"`  // that it has come to, in the order of names
	Chunk  int64      `json:"chunk"` // of it, the next one
	Bytes  int64      `json:"bytes"` // read so far
	Found  []BadBlock `json:"found,omitempty"`
	FoundN int        `json:"found_n,omitempty"`
}

// due tells whether a pass is to begin. A clock that was set back does not stop scrubs for long.
func (r *Scrubbed) due(now time.Time, every time.Duration) bool {
	age := now.Sub(r.Began)
	return r.Began.IsZero() || age < 0 || age >= every
}

// Scrub goes on with a pass, or begins one if it is due, and returns when the pass is complete. Its
// result tells whether there was anything to do. That another process scrubs is vfs.ErrLocked. What
// it finds is recorded and entered in the store's ledger; an error is for a scrub that could not go
// on.
func (s *Store) Scrub(ctx context.Context, o ScrubOptions) (worked bool, err error) {
	o = o.withDefaults()
	lock, err := s.lockExclusive(vfs.WithPurpose(ctx, "scrub"), scrubLock, 0)
	if err != nil {
		return false, err
	}
	defer lock.Close()
	rec, err := s.Scrubbed()
	if err != nil && !errors.Is(err, ErrCorrupt) { // a damaged record begins anew: what it said is not believed
		return false, err
	}
	if rec.Pass == nil && !rec.due(o.Clock.Now(), o.Every) {
		return false, nil
	}
	sc := &scrub{store: s, o: o, rec: rec, saved: o.Clock.Now()}
	if rec.Pass == nil {
		sc.rec.Pass = &ScrubPass{Began: o.Clock.Now().UTC()}
		sc.manifests()
	}
	err = sc.pass(ctx)
	return true, errors.Join(err, s.saveScrub(sc.rec))
}

// scrub is one run.
type scrub struct {
	store *Store
	o     ScrubOptions
	rec   Scrubbed
	saved time.Time
}

// found records a finding.
func (sc *scrub) found(b BadBlock) {
	p := sc.rec.Pass
	if p.FoundN++; len(p.Found) < scrubFoundMax {
		p.Found = append(p.Found, b)
	}
	sc.store.ledger.bad(b)
}

// manifests reads the slots and the copies of the manifest.
func (sc *scrub) manifests() {
	m, _, err := readManifest(sc.store.fs)
	if err != nil {
		sc.found(BadBlock{File: "manifest", Block: -1, Kind: "manifest", What: err.Error()})
		return
	}
	c := &checking{store: sc.store}
	c.generations(m)
	for _, b := range c.rep.Bad {
		sc.found(b)
	}
}

// pass reads file after file in the order of their names, as the newest generation lists them when
// each begins: no generation is held, so what is forgotten meanwhile can go.
func (sc *scrub) pass(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, _, err := readManifest(sc.store.fs)
		if err != nil {
			return err
		}
		r, ok := sc.next(m)
		if !ok {
			break
		}
		if err := sc.file(ctx, r, m.hides()[r.Name()]); err != nil {
			return err
		}
	}
	p := sc.rec.Pass
	sc.rec = Scrubbed{Began: p.Began, Finished: sc.o.Clock.Now().UTC(), Found: p.Found, FoundN: p.FoundN}
	return nil
}

// next is the file to go on with.
func (sc *scrub) next(m *Manifest) (blockfile.Ref, bool) {
	refs, _ := filesOf([]*Manifest{m})
	slices.SortFunc(refs, func(a, b blockfile.Ref) int { return strings.Compare(a.Name(), b.Name()) })
	at, same := slices.BinarySearchFunc(refs, sc.rec.Pass.File, func(r blockfile.Ref, name string) int { return strings.Compare(r.Name(), name) })
	if same && sc.rec.Pass.Chunk < 0 { // it is done
		at++
	}
	if at == len(refs) {
		return blockfile.Ref{}, false
	}
	if name := refs[at].Name(); name != sc.rec.Pass.File {
		sc.rec.Pass.File, sc.rec.Pass.Chunk = name, 0
	}
	return refs[at], true
}

// file reads the rest of a file at the rate that is allowed.
func (sc *scrub) file(ctx context.Context, r blockfile.Ref, hides int64) error {
	p := sc.rec.Pass
	f, err := blockfile.Open(sc.store.fs, filesDir, r)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) || sc.store.stillNamed(r) {
			sc.found(BadBlock{File: r.Name(), Block: -1, Kind: r.Kind.String(), What: what(err), HidesDocuments: hides})
		}
		p.Chunk = -1
		return nil
	}
	defer f.Close()
	var saving error
	bad, err := f.VerifyChunks(ctx, func(c blockfile.Chunk) bool {
		if c.Number < p.Chunk || saving != nil {
			return false
		}
		if saving = sc.save(); saving != nil {
			return false
		}
		if sc.o.Clock.Wait(ctx, time.Duration(float64(c.Bytes)/float64(sc.o.Rate)*float64(time.Second))) != nil {
			return false
		}
		p.Chunk, p.Bytes = c.Number+1, p.Bytes+c.Bytes
		return true
	})
	for _, b := range bad {
		sc.found(BadBlock{File: r.Name(), Block: b.Block, Kind: r.Kind.String(), What: b.What, HidesDocuments: hides, Once: b.Once})
	}
	if err := errors.Join(err, saving); err != nil {
		return err
	}
	p.Chunk = -1
	return nil
}

// save records where the pass is, from time to time.
func (sc *scrub) save() error {
	if now := sc.o.Clock.Now(); now.Sub(sc.saved) >= scrubSaved || now.Before(sc.saved) {
		sc.saved = now
		return sc.store.saveScrub(sc.rec)
	}
	return nil
}

// saveScrub writes the record in the place of the one before.
func (s *Store) saveScrub(r Scrubbed) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	b = append([]byte(scrubMagic), b...)
	sum := sha256.Sum256(b)
	if err := replaceFile(s.fs, scrubFile, append(b, sum[:]...)); err != nil {
		return fmt.Errorf("record of the scrub: %w", err)
	}
	return nil
}

// Scrubbed reads the record of the scrubs. Damage to it is an error beside an empty record; a store
// that never was scrubbed has one too.
func (s *Store) Scrubbed() (r Scrubbed, err error) {
	b, err := readSmall(s.fs, scrubFile)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	end := len(b) - sha256.Size
	if end < len(scrubMagic) || string(b[:len(scrubMagic)]) != scrubMagic {
		return r, errBadScrub
	}
	sum := sha256.Sum256(b[:end])
	if !bytes.Equal(sum[:], b[end:]) && defence.Stands(defence.ScrubSum) {
		return r, errBadScrub
	}
	if json.Unmarshal(b[len(scrubMagic):end], &r) != nil {
		return Scrubbed{}, errBadScrub
	}
	return r, nil
}

// errBadScrub says that the record of the scrubs is not what was written.
var errBadScrub = fmt.Errorf("the file %s, which records the scrubs, is damaged: %w", scrubFile, blockfile.ErrCorrupt)
