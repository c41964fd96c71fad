// Package feedback keeps what users said of answers: a log that is only appended to, a line each,
// with its checksum. Nothing is learnt from it yet.
package feedback

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strconv"
	"time"

	"sluice/internal/clock"
	"sluice/internal/vfs"
)

// Where a store keeps its log.
const (
	logDir  = "feedback"
	logName = logDir + "/log"
	logLock = logDir + "/lock"
)

const (
	logBytesMax  = 64 << 20
	lineBytesMax = 64 << 10
	lockWait     = 5 * time.Second
)

// Event is what somebody said of one answer. Passages are named by their ids, and their texts are
// not kept: what is forgotten must not stay here.
type Event struct {
	Time     time.Time `json:"time"`
	Query    string    `json:"query"`
	Verdict  string    `json:"verdict,omitempty"`  // of the whole: good or bad
	Useful   []string  `json:"useful,omitempty"`   // ids of passages
	Useless  []string  `json:"useless,omitempty"`  // ids of passages
	Expected string    `json:"expected,omitempty"` // what should have been found: an id or a path
	Note     string    `json:"note,omitempty"`
	By       string    `json:"by,omitempty"` // the token's name
}

// Log is the log of a store's folder. It is safe for concurrent use, also by several processes.
type Log struct {
	files vfs.FS
	clock clock.Clock
}

// Open returns the log of a store's folder. Nothing is made before something is said.
func Open(files vfs.FS, c clock.Clock) *Log { return &Log{files, c} }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// line is an event as the log has it: CRC-32C of the JSON, a space, the JSON.
func line(e Event) ([]byte, error) {
	b, err := json.Marshal(e)
	if err == nil && len(b) > lineBytesMax {
		err = fmt.Errorf("it has %d bytes, and at most %d are kept", len(b), lineBytesMax)
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b, castagnoli), b), err
}

// Append adds an event, and returns when it is on the disk.
func (l *Log) Append(ctx context.Context, e Event) error {
	e.Time = l.clock.Now().UTC()
	add, err := line(e)
	if err != nil {
		return err
	}
	if err := l.files.MkdirAll(logDir); err != nil {
		return err
	}
	lock, err := l.files.Lock(logLock, vfs.Exclusive, lockWait, ctx)
	if err == nil {
		defer lock.Close()
	} else if !errors.Is(err, vfs.ErrNoLocks) {
		return err
	}
	f, err := l.files.OpenRW(logName)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size > logBytesMax {
		return fmt.Errorf("the log of feedback is full: %s in the store's folder may be put aside", logName)
	}
	if torn, err := endsTorn(f, size); err != nil {
		return err
	} else if torn {
		add = append([]byte("\n"), add...) // what was cut off stays a line of its own
	}
	if _, err := f.WriteAt(add, size); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return l.files.SyncDir(logDir)
}

// endsTorn tells whether the last line has no end: a power cut can leave that.
func endsTorn(f vfs.File, size int64) (bool, error) {
	if size == 0 {
		return false, nil
	}
	var last [1]byte
	_, err := f.ReadAt(last[:], size-1)
	return last[0] != '\n', err
}

// All reads the events, and counts the lines that are not what was written.
func (l *Log) All() (all []Event, bad int, err error) {
	f, err := l.files.Open(logName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, logBytesMax+2*lineBytesMax))
	for one := range bytes.Lines(b) {
		sum, text, _ := bytes.Cut(bytes.TrimSuffix(one, []byte("\n")), []byte(" "))
		want, perr := strconv.ParseUint(string(sum), 16, 32)
		var e Event
		if perr != nil || uint64(crc32.Checksum(text, castagnoli)) != want || json.Unmarshal(text, &e) != nil {
			bad++
			continue
		}
		all = append(all, e)
	}
	return all, bad, err
}
