package health

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sluice/internal/defence"
)

// Journal is a log as it was read. It may be another machine's, and is not trusted.
type Journal struct {
	Machine string // 32 hexadecimal digits, chosen at random
	Name    string // what its owner calls the machine; "-" when nothing
	Records []Record
	Bad     int   // lines that are not what was written
	Missing int64 // records that are not there, going by their numbers
	Dropped int64 // records that were left away to keep the log small

	valid int64 // bytes up to the end of the last whole line
}

// journalBytesMax is the longest log that is read; one's own is kept shorter.
const journalBytesMax = 2 * logBytesMax

// ErrNoLog says that a file is no log of errors.
var ErrNoLog = errors.New("this is no log of `sluice health`: export one with --export")

// ReadJournal reads a log. What is damaged is left out and counted; a line that was written in part
// is what a power cut leaves, and is no damage.
func ReadJournal(r io.Reader) (*Journal, error) {
	b, err := io.ReadAll(io.LimitReader(r, journalBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(b) > journalBytesMax {
		return nil, fmt.Errorf("the log is longer than %d MiB, which no machine writes: %w", journalBytesMax>>20, ErrNoLog)
	}
	line, rest, ok := cutLine(b)
	if !ok {
		return nil, ErrNoLog
	}
	j, err := parseHeader(line)
	if err != nil {
		return nil, err
	}
	j.valid = int64(len(line)) + 1
	for {
		if line, rest, ok = cutLine(rest); !ok {
			break
		}
		j.valid += int64(len(line)) + 1
		j.add(line)
	}
	j.count()
	return j, nil
}

// cutLine takes the first line that is whole.
func cutLine(b []byte) (line, rest []byte, ok bool) { return bytes.Cut(b, []byte("\n")) }

// checked takes the checksum off a line and compares it.
func checked(machine string, line []byte) (string, bool) {
	if len(line) > lineBytesMax {
		return "", false
	}
	text := string(line)
	i := strings.LastIndexByte(text, ' ')
	if i < 0 {
		return "", false
	}
	return text[:i], text[i+1:] == lineSum(machine, text[:i]) || !defence.Stands(defence.EventSum)
}

func parseHeader(line []byte) (*Journal, error) {
	f := strings.Split(string(line[:min(len(line), lineBytesMax)]), " ")
	if len(f) != 5 || f[0] != headerWord || len(f[2]) != idBytes*2 || plainName(f[2]) != f[2] || plainName(f[3]) != f[3] {
		return nil, ErrNoLog
	}
	if _, ok := checked(f[2], line); !ok {
		return nil, fmt.Errorf("the first line is damaged: %w", ErrNoLog)
	}
	if v, err := strconv.Atoi(f[1]); err != nil || v != formatVersion {
		return nil, fmt.Errorf("the log has format %s and this program reads %d: update sluice", f[1], formatVersion)
	}
	return &Journal{Machine: f[2], Name: f[3]}, nil
}

// add takes a line in, or counts it as bad.
func (j *Journal) add(line []byte) {
	text, ok := checked(j.Machine, line)
	if !ok {
		j.Bad++
		return
	}
	r, err := parseLine(text)
	if err != nil || len(j.Records) > 0 && r.Seq <= j.Records[len(j.Records)-1].Seq {
		j.Bad++
		return
	}
	j.Records = append(j.Records, r)
}

// count tells what the numbers of the records say is missing.
func (j *Journal) count() {
	next := uint64(1)
	for _, r := range j.Records {
		if r.Kind == Dropped {
			j.Dropped += r.Count
			next = r.Seq
		}
		j.Missing += int64(r.Seq - next)
		next = r.Seq + 1
	}
}

// last is the number of the newest record.
func (j *Journal) last() uint64 {
	if len(j.Records) == 0 {
		return 0
	}
	return j.Records[len(j.Records)-1].Seq
}

// Merge puts logs of one machine together: an older export and a newer one hold the same records.
// Two records of one number that differ are both kept out of it but the first, and counted as bad.
func Merge(journals []*Journal) (merged []*Journal) {
	byID := map[string]*Journal{}
	for _, j := range journals {
		have := byID[j.Machine]
		if have == nil {
			byID[j.Machine] = j
			merged = append(merged, j)
			continue
		}
		*have = *join(have, j)
	}
	return merged
}

func join(a, b *Journal) *Journal {
	out := &Journal{Machine: a.Machine, Name: a.Name, Bad: a.Bad + b.Bad}
	i, k := 0, 0
	for i < len(a.Records) || k < len(b.Records) {
		switch {
		case k == len(b.Records) || i < len(a.Records) && a.Records[i].Seq < b.Records[k].Seq:
			out.Records = append(out.Records, a.Records[i])
			i++
		case i == len(a.Records) || b.Records[k].Seq < a.Records[i].Seq:
			out.Records = append(out.Records, b.Records[k])
			k++
		default:
			if a.Records[i] != b.Records[k] {
				out.Bad++
			}
			out.Records = append(out.Records, a.Records[i])
			i, k = i+1, k+1
		}
	}
	out.count()
	return out
}
