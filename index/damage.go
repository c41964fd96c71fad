package index

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/clock"
)

// Whatever reads the store, a question, a sync, a check or a scrub, enters the damage that it meets
// in one ledger. From there it comes into the log of the machine's health, and to whatever mends
// it: in this process or, by a note in the store, in the next one.

// Damage is a part of a file of the store that was not what was written.
type Damage struct {
	File      string // its name in its folder
	Block     int64  // -1: the file as a whole
	What      string
	Corrected bool // a second look found the right bytes
}

const (
	// damagedDir holds the notes: a file for each damaged one, of the same name, that says what was
	// wrong with it.
	damagedDir = "damaged"
	// damageAgain is how long one part of a file counts once, however often it is met.
	damageAgain = 24 * time.Hour
	// damagesMax is how many parts are told apart. On a disk that fails everywhere more would say
	// nothing else.
	damagesMax = 4096
)

// ledger is what a process has met of damage.
type ledger struct {
	mu   sync.Mutex
	told map[Damage]time.Time // without What
	hurt map[string]Damage    // the first that was not corrected, by the file's name
	tell func(Damage)
}

func newLedger() *ledger {
	return &ledger{told: map[Damage]time.Time{}, hurt: map[string]Damage{}}
}

// enter enters what was met and tells of what is new.
func (l *ledger) enter(d Damage) {
	d.File = d.File[strings.LastIndexByte(d.File, '/')+1:]
	l.mu.Lock()
	if _, known := l.hurt[d.File]; !d.Corrected && !known && len(l.hurt) < damagesMax {
		l.hurt[d.File] = d
	}
	now := clock.System{}.Now()
	key := Damage{File: d.File, Block: d.Block, Corrected: d.Corrected}
	at, known := l.told[key]
	if known && now.Sub(at) < damageAgain || !known && len(l.told) == damagesMax {
		l.mu.Unlock()
		return
	}
	l.told[key] = now
	tell := l.tell
	l.mu.Unlock()
	if tell != nil {
		tell(d)
	}
}

// error enters an error that says that stored bytes are damaged. A file that is not there may only
// have been retired; see Store.absent.
func (l *ledger) error(err error) {
	if bad := new(blockfile.CorruptError); errors.As(err, &bad) && !errors.Is(err, fs.ErrNotExist) {
		l.enter(Damage{File: bad.File, Block: bad.Block, What: bad.What})
	}
}

// healed takes a file out that is as it was written. What was told of it is remembered: a disk that
// damages what is mended must not keep a process busy.
func (l *ledger) healed(file string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.hurt, file)
}

// bad enters what reading everything found.
func (l *ledger) bad(b BadBlock) {
	l.enter(Damage{File: manifestFile(b.File), Block: b.Block, What: b.What, Corrected: b.Once})
}

// named enters what is damaged of the manifest.
func (l *ledger) named(all []Degraded) {
	for _, d := range all {
		l.enter(Damage{File: manifestFile(d.What[strings.LastIndexByte(d.What, ' ')+1:]), Block: -1, What: d.Why})
	}
}

// manifestFile is how the ledger calls a slot, or the copy of a generation by its path or number.
func manifestFile(name string) string {
	if number := strings.TrimPrefix(name, generationsDir+"/"); number != "" && strings.Trim(number, "0123456789") == "" {
		return copyPrefix + number
	}
	return name
}

const copyPrefix = "generation-"

// OfManifest tells whether a damaged file is a slot, a copy of a generation or a table of sources:
// RepairManifest puts them right.
func (d Damage) OfManifest() bool {
	return strings.HasPrefix(d.File, "manifest") || strings.HasPrefix(d.File, copyPrefix) || strings.HasSuffix(d.File, "."+blockfile.KindSources.String())
}

// absent enters the files of a generation that are not there.
func (s *Store) absent(m *Manifest) {
	m.files(func(r blockfile.Ref) {
		if _, err := s.fs.Stat(filesDir + "/" + r.Name()); errors.Is(err, fs.ErrNotExist) {
			s.ledger.enter(Damage{File: r.Name(), Block: -1, What: whyMissing})
		}
	})
}

// OnDamage has tell called of each part of a file that turns out damaged, once a day each, from any
// goroutine and while locks are held: it must not use the store.
func (s *Store) OnDamage(tell func(Damage)) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.tell = tell
}

// Ails tells whether a file was met damaged by this process and was not mended since.
func (s *Store) Ails(file string) bool {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	_, hurt := s.ledger.hurt[file]
	return hurt
}

// Ailing lists the files that were met damaged and not mended since: by this process, and by those
// before it that left a note. A note may be outdated, so each file is looked at before it is
// mended.
func (s *Store) Ailing() ([]Damage, error) {
	s.ledger.mu.Lock()
	all := maps.Clone(s.ledger.hurt)
	s.ledger.mu.Unlock()
	notes, err := s.list(damagedDir)
	for _, n := range notes {
		if _, known := all[n.Name]; !known {
			all[n.Name] = Damage{File: n.Name, Block: -1, What: s.note(n.Name)}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Damage) int { return strings.Compare(a.File, b.File) }), err
}

// note reads what a note says.
func (s *Store) note(name string) string {
	b, err := readSmall(s.fs, damagedDir+"/"+name)
	if err != nil || len(b) == 0 { // its name says the most of it
		return whyChecksum
	}
	return string(b)
}

// HandOn leaves a note of each file that this process met damaged and that was not mended.
func (s *Store) HandOn() error {
	s.ledger.mu.Lock()
	hurt := maps.Clone(s.ledger.hurt)
	s.ledger.mu.Unlock()
	if len(hurt) == 0 {
		return nil
	}
	n, err := readNewest(s.fs)
	if err != nil {
		return err // a store without any generation is for repair
	}
	worn := len(n.named)+len(s.worn(n.m, n.hash)) > 0
	files := map[string]blockfile.Ref{}
	n.m.files(func(r blockfile.Ref) { files[r.Name()] = r })
	if err := s.fs.MkdirAll(damagedDir); err != nil {
		return err
	}
	for _, d := range hurt {
		ref, named := files[d.File]
		if named && s.mended(ref, d) || !named && !(d.OfManifest() && worn) {
			s.Healed(d.File)
			continue
		}
		name := damagedDir + "/" + d.File
		if _, serr := s.fs.Stat(name); serr != nil {
			err = errors.Join(err, writeFile(s.fs, name, []byte(d.What)))
		}
	}
	return err
}

// mended tells whether a part of a file that was damaged is as it was written: whoever met it may
// have had the file open from before it was mended. Nothing else of the file is read.
func (s *Store) mended(ref blockfile.Ref, d Damage) bool {
	f, err := blockfile.Open(s.fs, filesDir, ref)
	if err != nil {
		return false
	}
	defer f.Close()
	from, block := int64(0), d.Block*int64(f.BlockBytes())
	bad, err := f.VerifyChunks(context.Background(), func(c blockfile.Chunk) bool {
		at := from
		from += c.Bytes
		return block >= at && block < from
	})
	return err == nil && len(bad) == 0
}

// Healed says that a file is as it was written, or that nothing names it any more.
func (s *Store) Healed(file string) {
	s.ledger.healed(file)
	_ = s.fs.Remove(damagedDir + "/" + file) // mostly there is none
}
