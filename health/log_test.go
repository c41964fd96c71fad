package health

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/internal/clock"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func errorsOf(n int) (records []Record) {
	for i := range n {
		at := noon.Add(time.Duration(i) * time.Minute)
		records = append(records, Record{Kind: Corrected, From: at, To: at.Add(time.Minute), Count: int64(i + 1), Class: Memory, Device: fmt.Sprintf("mc0/dimm%d", i%4), What: "ce"})
	}
	return records
}

// logged is a log with n records, and its bytes.
func logged(t *testing.T, n int) (vfs.FS, *Log, []byte) {
	t.Helper()
	files := vfs.Mem()
	l := OpenLog(files, &clock.Fake{T: noon})
	if err := l.Record(t.Context(), errorsOf(n)...); err != nil {
		t.Fatal(err)
	}
	return files, l, testkit.ReadFile(t, files, logName)
}

func TestLogKeepsWhatIsRecorded(t *testing.T) {
	files, l, _ := logged(t, 5)
	l.Damaged(Finding{File: "files/0123456789abcdef0123456789abcdef.text", Block: 17})
	other := OpenLog(files, &clock.Fake{T: noon.Add(time.Hour)}) // another process
	other.Damaged(Finding{File: "files/0123456789abcdef0123456789abcdef.text", Block: 17})
	if err := other.Record(t.Context(), Record{Kind: Uncorrected, From: noon, To: noon, Count: 1, Class: Disk, Device: "a b/ü\n", What: ""}); err != nil {
		t.Fatal(err)
	}
	j, err := l.Journal()
	if err != nil {
		t.Fatal(err)
	}
	if len(j.Records) != 7 || j.Bad != 0 || j.Missing != 0 || len(j.Machine) != 32 {
		t.Fatalf("%+v", j)
	}
	want := errorsOf(5)
	for i, r := range j.Records[:5] {
		want[i].Seq = uint64(i + 1)
		if r != want[i] {
			t.Errorf("%+v, want %+v", r, want[i])
		}
	}
	if r := j.Records[5]; r.Device != "0123456789abcdef.text" || r.What != "block:17" || r.Class != Store {
		t.Errorf("%+v", r)
	}
	if r := j.Records[6]; r.Device != "a_b/__" || r.What != "-" {
		t.Errorf("%+v", r)
	}
}

// TestEveryFlippedBitOfTheLogIsSeen: a line that is not what was written is counted as bad and left
// out, and all others are read.
func TestEveryFlippedBitOfTheLogIsSeen(t *testing.T) {
	c := promise.For(t, 27, "log bit")
	_, l, log := logged(t, 20)
	whole, err := l.Journal()
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(log) * 8 {
		b := bytes.Clone(log)
		b[at/8] ^= 1 << (at % 8)
		c.Reached("log bit", 1)
		j, err := ReadJournal(bytes.NewReader(b))
		if err != nil {
			continue
		}
		torn := at/8 == len(log)-1 // a line's end that is gone is a line that was not finished
		if j.Bad == 0 && !torn {
			c.Missed("log bit", "bit %d of the log: nothing was noticed", at)
		}
		for _, r := range j.Records {
			if r.Seq > uint64(len(whole.Records)) || r != whole.Records[r.Seq-1] {
				c.Missed("log bit", "bit %d of the log: %+v is believed", at, r)
			}
		}
	}
}

// TestATornTailIsNoDamage: cut anywhere, the whole lines are read, and the next record follows
// them.
func TestATornTailIsNoDamage(t *testing.T) {
	_, _, log := logged(t, 6)
	head := bytes.IndexByte(log, '\n') + 1
	for n := head; n < len(log); n++ {
		files := vfs.Mem()
		if err := files.MkdirAll(logDir); err != nil {
			t.Fatal(err)
		}
		f, err := files.Create(logName)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(log[:n])
		_ = f.Close()
		l := OpenLog(files, &clock.Fake{T: noon})
		lines := bytes.Count(log[:n], []byte("\n")) - 1
		if err := l.Record(t.Context(), errorsOf(1)...); err != nil {
			t.Fatal(err)
		}
		j, err := OpenLog(files, &clock.Fake{T: noon}).Journal()
		if err != nil || j.Bad != 0 || j.Missing != 0 || len(j.Records) != lines+1 {
			t.Fatalf("cut at %d: %d records of %d, %d bad, %d missing, %v", n, len(j.Records), lines+1, j.Bad, j.Missing, err)
		}
	}
}

func TestMissingAndSwappedLines(t *testing.T) {
	_, _, log := logged(t, 6)
	lines := strings.SplitAfter(string(log), "\n")
	cut := strings.Join(append(lines[:2:2], lines[4:]...), "")
	if j, err := ReadJournal(strings.NewReader(cut)); err != nil || j.Missing != 2 || j.Bad != 0 {
		t.Errorf("two lines cut out: %+v, %v", j, err)
	}
	swapped := lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], "")
	if j, err := ReadJournal(strings.NewReader(swapped)); err != nil || j.Bad != 1 {
		t.Errorf("two lines swapped: %+v, %v", j, err)
	}
	_, _, others := logged(t, 6)
	foreign := lines[0] + strings.SplitAfter(string(others), "\n")[1] + strings.Join(lines[2:], "")
	if j, err := ReadJournal(strings.NewReader(foreign)); err != nil || j.Bad != 1 {
		t.Errorf("a line of another machine: %+v, %v", j, err)
	}
}

// TestALogThatCannotBeReadIsKept: a new one begins, and the bytes stay for a person to look at.
func TestALogThatCannotBeReadIsKept(t *testing.T) {
	files, _, log := logged(t, 3)
	log[3] ^= 1
	testkit.Overwrite(t, files, logName, log)
	l := OpenLog(files, &clock.Fake{T: noon})
	if _, err := l.Journal(); !errors.Is(err, ErrNoLog) {
		t.Fatal(err)
	}
	if err := l.Record(t.Context(), errorsOf(1)...); err != nil {
		t.Fatal(err)
	}
	if j, err := l.Journal(); err != nil || len(j.Records) != 1 {
		t.Errorf("%+v, %v", j, err)
	}
	if !bytes.Equal(testkit.ReadFile(t, files, logDamaged), log) {
		t.Error("the damaged log is not as it was")
	}
}

// TestTheLogStaysSmall: beyond its cap the older half goes, and is counted.
func TestTheLogStaysSmall(t *testing.T) {
	files := vfs.Mem()
	l := OpenLog(files, &clock.Fake{T: noon})
	l.most = 64 << 10
	recorded := int64(0)
	for range 60 {
		if err := l.Record(t.Context(), errorsOf(100)...); err != nil {
			t.Fatal(err)
		}
		recorded += 100
	}
	j, err := OpenLog(files, &clock.Fake{T: noon}).Journal()
	if err != nil || j.Bad != 0 || j.Missing != 0 || j.Dropped == 0 {
		t.Fatalf("%d bad, %d missing, %d dropped, %v", j.Bad, j.Missing, j.Dropped, err)
	}
	kept := int64(0)
	for _, r := range j.Records {
		if r.isError() {
			kept++
		}
	}
	if kept+j.Dropped != recorded {
		t.Errorf("%d kept and %d dropped of %d", kept, j.Dropped, recorded)
	}
	if e, err := files.Stat(logName); err != nil || e.Size > l.most {
		t.Errorf("%d bytes, %v", e.Size, err)
	}
}

// TestManyWriters: what several record at once is all there.
func TestManyWriters(t *testing.T) {
	files := vfs.OS(t.TempDir())
	var wg sync.WaitGroup
	const writers, each = 4, 25
	for w := range writers {
		wg.Go(func() {
			l := OpenLog(files, clock.System{})
			for i := range each {
				err := l.Record(t.Context(), Record{Kind: Corrected, From: noon, To: noon, Count: 1, Class: Bus, Device: fmt.Sprint(w), What: fmt.Sprint(i)})
				for errors.Is(err, vfs.ErrLocked) {
					err = l.Record(t.Context()) // what is pending
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	j, err := OpenLog(files, clock.System{}).Journal()
	if err != nil || j.Bad+int(j.Missing) != 0 || len(j.Records) != writers*each {
		t.Errorf("%d of %d records, %d bad, %d missing, %v", len(j.Records), writers*each, j.Bad, j.Missing, err)
	}
}

func TestNameAndMerge(t *testing.T) {
	files, l, old := logged(t, 4)
	if err := l.Name(t.Context(), "the attic"); err != nil {
		t.Fatal(err)
	}
	if err := l.Record(t.Context(), errorsOf(2)...); err != nil {
		t.Fatal(err)
	}
	older, err := ReadJournal(bytes.NewReader(old))
	if err != nil {
		t.Fatal(err)
	}
	newer, err := OpenLog(files, &clock.Fake{T: noon}).Journal()
	if err != nil || newer.Name != "the_attic" {
		t.Fatalf("%+v, %v", newer, err)
	}
	_, other, _ := logged(t, 1)
	foreign, err := other.Journal()
	if err != nil {
		t.Fatal(err)
	}
	merged := Merge([]*Journal{older, foreign, newer})
	if len(merged) != 2 || len(merged[0].Records) != 6 || merged[0].Bad+int(merged[0].Missing) != 0 {
		t.Errorf("%d logs; the first has %d records, %d bad", len(merged), len(merged[0].Records), merged[0].Bad)
	}
}

// TestNothingIsMadeByReading: a store without a log stays so until something is recorded.
func TestNothingIsMadeByReading(t *testing.T) {
	files := vfs.Mem()
	if _, err := OpenLog(files, clock.System{}).Journal(); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if entries, err := files.List(""); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

// FuzzJournal: a stranger's log costs neither memory nor the process, and what is believed of it is
// what a machine could have written.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(header(strings.Repeat("ab", idBytes), "x")))
	files := vfs.Mem()
	l := OpenLog(files, &clock.Fake{T: noon})
	if err := l.Record(f.Context(), errorsOf(3)...); err != nil {
		f.Fatal(err)
	}
	f.Add(testkit.ReadFile(f, files, logName))
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := ReadJournal(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, r := range j.Records {
			line := r.line(j.Machine)
			if back, err := parseLine(line[:strings.LastIndexByte(line, ' ')]); err != nil || back != r {
				t.Errorf("%+v is believed and cannot be written", r)
			}
		}
		Look(Merge([]*Journal{j, j}), Options{Now: noon})
	})
}
