package health

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// state is what was seen when the counters were looked at last.
type state struct {
	taken   time.Time
	covered time.Time // up to where the log says that the counters were followed
	boot    string
	values  map[string]int64
}

// coverEvery is how often the log says that nothing happened.
const coverEvery = time.Hour

// Sample looks at the counters, appends what they have counted since the last look, and returns the
// reading. With close it also enters up to when the counters were followed; without, only once an
// hour.
func (l *Log) Sample(ctx context.Context, system System, close bool) (Reading, error) {
	now := l.clock.Now().UTC().Truncate(time.Second)
	reading := system.Read(now)
	if len(reading.Counters) == 0 {
		return reading, nil // nothing is followed, and the log must not say so
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return reading, l.locked(ctx, func() error {
		before, err := l.readState()
		if err != nil {
			return err
		}
		records, after := difference(before, reading, now, close)
		l.pending = append(l.pending, records...)
		if err := l.flush(); err != nil {
			return err
		}
		return l.replace(countersNew, countersNow, after.encode())
	})
}

// difference turns two looks at the counters into records. before is nil at the first one.
func difference(before *state, reading Reading, now time.Time, close bool) (records []Record, after *state) {
	after = &state{taken: now, covered: now, boot: reading.Boot, values: map[string]int64{}}
	for _, c := range reading.Counters {
		after.values[c.key()] = c.Value
	}
	restarted := before == nil || before.boot != reading.Boot
	from := reading.Since
	if !restarted {
		from = before.taken
	}
	if from.IsZero() || from.After(now) {
		from = now // a clock that was turned back: nothing is said of the time between
	}
	for _, c := range reading.Counters {
		if r, ok := counted(before, c, restarted, from, now); ok {
			records = append(records, r)
		}
	}
	cover := func(a, b time.Time) {
		if a.Before(b) {
			records = append(records, Record{Kind: Watched, From: a, To: b, Class: Machine})
		}
	}
	switch {
	case restarted:
		if before != nil {
			cover(before.covered, before.taken)
		}
		cover(from, now)
	case close || len(records) > 0 || now.Sub(before.covered) >= coverEvery || before.taken.After(now):
		cover(before.covered, now)
	default:
		after.covered = before.covered
	}
	return records, after
}

// counted is what one counter has counted, if anything.
func counted(before *state, c Counter, restarted bool, from, now time.Time) (Record, bool) {
	r := Record{Kind: c.Kind, From: from, To: now, Count: c.Value, Class: c.Class, Device: c.Device, What: c.What}
	var had int64
	known := false
	if before != nil {
		had, known = before.values[c.key()]
	}
	switch {
	case known && (c.Kept || !restarted) && c.Value >= had:
		r.Count -= had
		if c.Kept {
			r.From = before.taken
		}
	case c.Kept && !known:
		r.From = time.Unix(timeMin, 0).UTC() // some time before
	}
	if !c.Last.IsZero() && r.Count > 0 {
		r.From, r.To = later(r.From, c.First), c.Last
		if r.Count == 1 || r.From.After(r.To) {
			r.From = r.To
		}
	}
	r.Count = min(r.Count, countMax)
	if r.From.After(r.To) {
		r.From = r.To
	}
	return r, r.Count > 0
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

const stateWord = "sluice-counters"

// encode writes a state as lines, the last of which is their checksum.
func (s *state) encode() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %d %d %s\n", stateWord, formatVersion, s.taken.Unix(), s.covered.Unix(), plainName(s.boot))
	for key, value := range s.values {
		fmt.Fprintf(&b, "%s %d\n", key, value)
	}
	fmt.Fprintf(&b, "%08x\n", crc32.Checksum([]byte(b.String()), castagnoli))
	return b.String()
}

var errState = errors.New("no state")

func decodeState(text string) (*state, error) {
	i := strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n') + 1
	body := text[:i]
	if strings.TrimSpace(text[i:]) != fmt.Sprintf("%08x", crc32.Checksum([]byte(body), castagnoli)) {
		return nil, errState
	}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	head := strings.Fields(lines[0])
	if len(head) != 5 || head[0] != stateWord || head[1] != strconv.Itoa(formatVersion) {
		return nil, errState
	}
	taken, err := strconv.ParseInt(head[2], 10, 64)
	covered, err2 := strconv.ParseInt(head[3], 10, 64)
	if err != nil || err2 != nil || taken < timeMin || taken > timeMax || covered < timeMin || covered > taken {
		return nil, errState
	}
	s := &state{taken: time.Unix(taken, 0).UTC(), covered: time.Unix(covered, 0).UTC(), boot: strings.TrimPrefix(head[4], "-"), values: map[string]int64{}}
	for _, line := range lines[1:] {
		j := strings.LastIndexByte(line, ' ')
		n, err := strconv.ParseInt(line[j+1:], 10, 64)
		if j < 0 || err != nil {
			return nil, errState
		}
		s.values[line[:j]] = n
	}
	return s, nil
}

// readState reads what was seen last. One that is damaged is none: the counters are then taken as
// at a first look, which can count an error twice and cannot lose one.
func (l *Log) readState() (*state, error) {
	f, err := l.files.Open(countersNow)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, fileBytesMax))
	if err != nil {
		return nil, err
	}
	s, err := decodeState(string(b))
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	return s, nil
}
