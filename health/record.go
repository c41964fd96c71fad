package health

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// Kind says what became of an error, or that none was seen.
type Kind byte

// The kinds of record.
const (
	Corrected   Kind = 'c' // the hardware or the system mended it
	Uncorrected Kind = 'u' // what it hit is lost or was wrong
	Unclear     Kind = 'e' // noticed; whether it was mended is not told
	Watched     Kind = 'w' // the counters were followed from From to To: what has no record did not err
	Dropped     Kind = 'd' // so many older records were dropped to keep the log small
)

// Class is what kind of thing a device is.
type Class string

// The classes.
const (
	Memory  Class = "memory"
	CPU     Class = "cpu"
	Disk    Class = "disk"
	Bus     Class = "bus"
	Store   Class = "store" // a file of the store: what its own checksums found
	Machine Class = "machine"
)

var classes = []Class{Memory, CPU, Disk, Bus, Store, Machine}

// Record is one entry of a log. Errors are counted between two looks at a counter, so a record has
// two times; they are equal where the moment is known. Device and What are short names without
// spaces: never a text or a path of a document.
type Record struct {
	Seq      uint64 // counts the records of one machine
	Kind     Kind
	From, To time.Time // whole seconds
	Count    int64
	Class    Class
	Device   string
	What     string // the counter, or the file and block
}

const (
	nameBytesMax  = 64
	countMax      = 1 << 40
	lineBytesMax  = 320
	timeMin       = 946684800  // 2000-01-01
	timeMax       = 7258118400 // 2200-01-01
	headerWord    = "sluice-health"
	formatVersion = 1 // 1: lines of text, each with its CRC-32C over the machine's id and the line
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// lineSum is the checksum of a line. The machine's id is in it: a line of another machine's log is
// none of this one's.
func lineSum(machine, line string) string {
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum([]byte(machine), castagnoli), castagnoli, []byte(line)))
}

// line writes a record as it is stored.
func (r Record) line(machine string) string {
	text := fmt.Sprintf("%d %c %d %d %d %s %s %s", r.Seq, r.Kind, r.From.Unix(), r.To.Unix(), r.Count, r.Class, plainName(r.Device), plainName(r.What))
	return text + " " + lineSum(machine, text) + "\n"
}

// header is the first line of a log.
func header(machine, name string) string {
	text := fmt.Sprintf("%s %d %s %s", headerWord, formatVersion, machine, plainName(name))
	return text + " " + lineSum(machine, text) + "\n"
}

// plainName makes a text one field of a line: what is no letter, digit or plain sign becomes "_".
func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x80 && (isAlnum(byte(r)) || strings.ContainsRune("._:#/+()-", r)) {
			return r
		}
		return '_'
	}, s)
	if len(s) > nameBytesMax {
		s = s[:nameBytesMax]
	}
	if s == "" {
		return "-"
	}
	return s
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

var errLine = errors.New("no record")

// parseLine reads a line without its checksum.
func parseLine(text string) (r Record, err error) {
	f := strings.Split(text, " ")
	if len(f) != 8 || len(f[1]) != 1 {
		return r, errLine
	}
	var n [4]int64
	for i, at := range []int{0, 2, 3, 4} {
		if n[i], err = strconv.ParseInt(f[at], 10, 64); err != nil {
			return r, errLine
		}
	}
	r = Record{Seq: uint64(n[0]), Kind: Kind(f[1][0]), From: time.Unix(n[1], 0).UTC(), To: time.Unix(n[2], 0).UTC(), Count: n[3], Class: Class(f[5]), Device: f[6], What: f[7]}
	if n[0] < 1 || n[1] < timeMin || n[2] < n[1] || n[2] > timeMax || n[3] < 0 || n[3] > countMax || !r.known() {
		return r, errLine
	}
	return r, nil
}

// known tells whether the words of a record are such as are written.
func (r Record) known() bool {
	class := false
	for _, c := range classes {
		class = class || c == r.Class
	}
	return class && strings.IndexByte("cuewd", byte(r.Kind)) >= 0 && plainName(r.Device) == r.Device && plainName(r.What) == r.What
}

// isError tells records of errors from those about the log.
func (r Record) isError() bool {
	return r.Kind == Corrected || r.Kind == Uncorrected || r.Kind == Unclear
}
