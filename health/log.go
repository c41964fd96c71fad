package health

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"sluice/internal/clock"
	"sluice/internal/vfs"
)

// Where a store keeps its log.
const (
	logDir      = "health"
	logName     = logDir + "/log"
	logNew      = logDir + "/log.new"
	logDamaged  = logDir + "/log.damaged"
	logLock     = logDir + "/lock"
	countersNow = logDir + "/counters"
	countersNew = logDir + "/counters.new"
)

const (
	idBytes     = 16
	logBytesMax = 8 << 20 // about ten years of a machine that errs a hundred times a day
	lockWait    = 200 * time.Millisecond
	pendingMax  = 1000
	// sameWithin is how long one damaged block counts once, however often it is met.
	sameWithin = 24 * time.Hour
)

// Log is the log of a store's folder. Its methods are safe for concurrent use, also by several
// processes.
type Log struct {
	files vfs.FS
	clock clock.Clock
	most  int64 // bytes of the log; beyond it the older half goes

	mu      sync.Mutex
	journal *Journal
	size    int64                // of the log when it was read
	seen    map[string]time.Time // the store's findings in it, with their newest times
	pending []Record
	lost    int64
}

// OpenLog returns the log of a store's folder. Nothing is made before something is recorded.
func OpenLog(files vfs.FS, c clock.Clock) *Log {
	return &Log{files: files, clock: c, most: logBytesMax}
}

// ErrEmpty says that nothing was recorded yet.
var ErrEmpty = errors.New("nothing was recorded yet: this machine counts no errors, and nothing of the store was found damaged")

// Journal reads the log. There is none before the first record: ErrEmpty.
func (l *Log) Journal() (*Journal, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return nil, emptyOr(err)
	}
	j := *l.journal
	return &j, nil
}

// Finding is a part of a file of the store that is not what was written.
type Finding struct {
	File      string
	Block     int64 // -1: the file as a whole
	Corrected bool  // the right bytes were found, or made anew
}

// Damaged records what the store's checksums found. What cannot be recorded now is recorded with
// what comes next: whoever met the damage has an answer to give.
func (l *Log) Damaged(found ...Finding) {
	now := l.clock.Now()
	var records []Record
	for _, f := range found {
		r := Record{Kind: Uncorrected, From: now, To: now, Count: 1, Class: Store, Device: shortFile(f.File), What: fmt.Sprintf("block:%d", f.Block)}
		if f.Corrected {
			r.Kind = Corrected
		}
		records = append(records, r)
	}
	_ = l.Record(context.Background(), records...)
}

// Recent is what a log has since a time.
type Recent struct {
	Store, Machine Counts
	Last           time.Time // zero: there was no error
}

// Recent counts the errors since a time. Of a log that is empty there are none.
func (l *Log) Recent(since time.Time) (r Recent, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return r, err
	}
	for _, rec := range l.journal.Records {
		if !rec.isError() || rec.To.Before(since) {
			continue
		}
		if rec.Class == Store {
			r.Store.add(rec)
		} else {
			r.Machine.add(rec)
		}
		if rec.To.After(r.Last) {
			r.Last = rec.To
		}
	}
	return r, nil
}

func emptyOr(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrEmpty
	}
	return err
}

// shortFile is enough of a file's name to find it by: content hashes are long.
func shortFile(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	hash, kind, ok := strings.Cut(base, ".")
	if !ok {
		return base
	}
	if len(hash) > idBytes {
		hash = hash[:idBytes]
	}
	return hash + "." + kind
}

// Name gives the machine a name of its owner's choice, for reading only.
func (l *Log) Name(ctx context.Context, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked(ctx, func() error {
		if err := l.loadOrMake(); err != nil {
			return err
		}
		l.journal.Name = plainName(name)
		return l.rewrite(l.journal.Records)
	})
}

// Record appends records. Their numbers are given here.
func (l *Log) Record(ctx context.Context, records ...Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if over := len(l.pending) + len(records) - pendingMax; over > 0 {
		l.lost += int64(min(over, len(records)))
		records = records[:len(records)-min(over, len(records))]
	}
	l.pending = append(l.pending, records...)
	return l.locked(ctx, l.flush)
}

// locked runs f while no other process writes. Where the file system has no locks it runs all the
// same: two lines that meet cost those lines, and the checksums show it.
func (l *Log) locked(ctx context.Context, f func() error) error {
	if err := l.files.MkdirAll(logDir); err != nil {
		return err
	}
	lock, err := l.files.Lock(logLock, vfs.Exclusive, lockWait, vfs.WithPurpose(ctx, "recording errors"))
	if errors.Is(err, vfs.ErrLocked) || ctx.Err() != nil {
		return err
	}
	if err == nil {
		defer lock.Close()
	}
	return f()
}

// flush appends what is pending.
func (l *Log) flush() error {
	if err := l.loadOrMake(); err != nil {
		return err
	}
	var add []Record
	var text strings.Builder
	next := l.journal.last() + 1
	for _, r := range l.pending {
		r.From, r.To = r.From.UTC().Truncate(time.Second), r.To.UTC().Truncate(time.Second)
		r.Device, r.What = plainName(r.Device), plainName(r.What)
		if at, known := l.seen[r.same()]; r.Class == Store && known && r.From.Sub(at) < sameWithin {
			continue
		}
		if r.Class == Store {
			l.seen[r.same()] = r.From
		}
		r.Seq = next
		next++
		add = append(add, r)
		text.WriteString(r.line(l.journal.Machine))
	}
	if err := l.put(add, text.String()); err != nil {
		return err
	}
	l.pending = nil
	return nil
}

// put stores records that have their numbers.
func (l *Log) put(add []Record, text string) error {
	if len(add) == 0 {
		return nil
	}
	if l.journal.valid+int64(len(text)) > l.most {
		return l.rewrite(halved(append(l.journal.Records, add...)))
	}
	if err := l.append(text); err != nil {
		return err
	}
	l.journal.Records = append(l.journal.Records, add...)
	return nil
}

// same is what makes two findings of the store one.
func (r Record) same() string { return string(r.Kind) + " " + r.Device + " " + r.What }

// halved drops the older half and says how much that was.
func halved(records []Record) []Record {
	keep := records[len(records)/2:]
	gone := int64(len(records) - len(keep) + 1)
	for _, r := range records[:len(records)/2+1] {
		if r.Kind == Dropped {
			gone += r.Count - 1
		}
	}
	first := keep[0]
	out := []Record{{Seq: first.Seq, Kind: Dropped, From: first.From, To: first.From, Count: gone, Class: Machine, Device: "-", What: "-"}}
	return append(out, keep[1:]...)
}

// append writes behind the last whole line: what a power cut left of another goes.
func (l *Log) append(text string) error {
	f, err := l.files.OpenRW(logName)
	if err != nil {
		return err
	}
	defer f.Close()
	if l.size > l.journal.valid {
		if err := f.Truncate(l.journal.valid); err != nil {
			return err
		}
	}
	if _, err := f.WriteAt([]byte(text), l.journal.valid); err != nil {
		l.journal = nil // what stands there now is not known
		return err
	}
	l.journal.valid += int64(len(text))
	l.size = l.journal.valid
	return f.Sync()
}

// rewrite replaces the log.
func (l *Log) rewrite(records []Record) error {
	var text strings.Builder
	text.WriteString(header(l.journal.Machine, l.journal.Name))
	for _, r := range records {
		text.WriteString(r.line(l.journal.Machine))
	}
	if err := l.replace(logNew, logName, text.String()); err != nil {
		return err
	}
	l.journal = nil
	return l.load()
}

// replace writes a file under another name and gives it its own when it is whole.
func (l *Log) replace(temporary, name, text string) error {
	if err := l.files.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := l.files.Create(temporary)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := l.files.Rename(temporary, name); err != nil {
		return err
	}
	return l.files.SyncDir(logDir)
}

// load reads the log if it is not the one that was read last.
func (l *Log) load() error {
	f, err := l.files.Open(logName)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil || l.journal != nil && size == l.size {
		return err
	}
	j, err := ReadJournal(f)
	if err != nil {
		return fmt.Errorf("%s: %w", logName, err)
	}
	l.journal, l.size, l.seen = j, size, map[string]time.Time{}
	for _, r := range j.Records {
		if r.Class == Store {
			l.seen[r.same()] = r.From
		}
	}
	return nil
}

// loadOrMake is load for a writer: where there is no log, or one that cannot be read, it begins
// one. The bytes that cannot be read are kept for a person to look at.
func (l *Log) loadOrMake() error {
	err := l.load()
	if errors.Is(err, ErrNoLog) {
		if err = l.files.Rename(logName, logDamaged); err == nil {
			err = fs.ErrNotExist
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.journal = &Journal{Machine: newID(), Name: "-"}
	return l.rewrite(nil)
}

// newID is a machine's name among others: it is drawn by lot and says nothing of the machine.
func newID() string {
	id := make([]byte, 0, idBytes)
	for range idBytes / 8 {
		n := rand.Uint64()
		for k := range 8 {
			id = append(id, byte(n>>(8*k)))
		}
	}
	return hex.EncodeToString(id)
}

// Export writes the log as it is, for another machine: ErrEmpty where there is none.
func (l *Log) Export(w io.Writer) error {
	f, err := l.files.Open(logName)
	if err != nil {
		return emptyOr(err)
	}
	defer f.Close()
	_, err = io.Copy(w, io.LimitReader(f, journalBytesMax))
	return err
}
