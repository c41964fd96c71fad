package health

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// sitting is a machine whose counters and clock a test turns.
type sitting struct {
	t     *testing.T
	sys   fstest.MapFS
	proc  fstest.MapFS
	clock *clock.Fake
	files vfs.FS
	log   *Log
	seen  int
}

const dimm = "devices/system/edac/mc/mc0/dimm0/dimm_ce_count"

func sit(t *testing.T) *sitting {
	s := &sitting{t: t, clock: &clock.Fake{T: noon}, files: vfs.Mem()}
	s.sys = tree(map[string]string{dimm: "0", "devices/system/edac/mc/mc0/dimm0/dimm_ue_count": "0", "fs/ext4/sda1/errors_count": "0"})
	s.proc = tree(map[string]string{"cpuinfo": "flags", "interrupts": "NMI: 0"})
	s.boot("one", noon.Add(-time.Hour))
	s.log = OpenLog(s.files, s.clock)
	return s
}

func (s *sitting) set(name, value string) { s.sys[name].Data = []byte(value) }

func (s *sitting) boot(id string, at time.Time) {
	s.proc["sys/kernel/random/boot_id"] = &fstest.MapFile{Data: []byte(id)}
	s.proc["stat"] = &fstest.MapFile{Data: []byte("btime " + itoa(at.Unix()))}
}

func itoa(n int64) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append(b, byte('0'+n%10))
	}
	slices.Reverse(b)
	return string(b)
}

// look samples after a while and returns what was recorded.
func (s *sitting) look(after time.Duration, closing bool) []Record {
	s.t.Helper()
	s.clock.T = s.clock.T.Add(after)
	if _, err := s.log.Sample(s.t.Context(), System{Sys: s.sys, Proc: s.proc}, closing); err != nil {
		s.t.Fatal(err)
	}
	j, err := s.log.Journal()
	if err != nil {
		return nil
	}
	added := j.Records[s.seen:]
	s.seen = len(j.Records)
	return added
}

// only wants one record of errors, between two times after noon.
func only(t *testing.T, records []Record, count int64, from, to time.Duration) {
	t.Helper()
	records = slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return !r.isError() })
	if len(records) != 1 || records[0].Count != count || !records[0].From.Equal(noon.Add(from)) || !records[0].To.Equal(noon.Add(to)) {
		t.Errorf("%+v, want %d between noon%+v and noon%+v", records, count, from, to)
	}
}

// covered adds up what the records say was watched.
func covered(records []Record) (sum time.Duration) {
	for _, r := range records {
		if r.Kind == Watched {
			sum += r.To.Sub(r.From)
		}
	}
	return sum
}

func TestDifferencesAreRecorded(t *testing.T) {
	s := sit(t)
	if r := s.look(0, false); len(r) != 1 || covered(r) != time.Hour {
		t.Errorf("the first look: %+v", r) // nothing erred since the machine started
	}
	if r := s.look(Window, false); len(r) != 0 {
		t.Errorf("nothing happened: %+v", r)
	}
	s.set(dimm, "3")
	r := s.look(Window, false)
	only(t, r, 3, Window, 2*Window)
	if covered(r) != 2*Window {
		t.Errorf("watched %v", covered(r))
	}
	if r := s.look(Window, true); len(r) != 1 || covered(r) != Window {
		t.Errorf("at the end: %+v", r)
	}
	if r := s.look(time.Hour, false); len(r) != 1 || covered(r) != time.Hour {
		t.Errorf("after an hour: %+v", r)
	}
}

// TestARestart: counters begin again at 0, those on the disk do not, and the time when the machine
// was off was not watched.
func TestARestart(t *testing.T) {
	s := sit(t)
	s.set(dimm, "5")
	s.set("fs/ext4/sda1/errors_count", "0")
	s.look(0, true)
	s.boot("two", noon.Add(3*time.Hour))
	s.set(dimm, "2")
	r := s.look(4*time.Hour, true)
	only(t, r, 2, 3*time.Hour, 4*time.Hour)
	if covered(r) != time.Hour {
		t.Errorf("watched %v, want the hour since the start", covered(r))
	}
	s.boot("three", noon.Add(5*time.Hour))
	s.set(dimm, "0")
	s.set("fs/ext4/sda1/errors_count", "1")
	only(t, s.look(2*time.Hour, true), 1, 4*time.Hour, 6*time.Hour)
}

// TestACounterThatIsReset counts what it says now, and nothing twice.
func TestACounterThatIsReset(t *testing.T) {
	s := sit(t)
	s.set(dimm, "9")
	s.look(0, true)
	s.set(dimm, "1")
	only(t, s.look(Window, true), 1, 0, Window)
}

// TestAClockThatIsTurnedBack: nothing is said of time that was not.
func TestAClockThatIsTurnedBack(t *testing.T) {
	s := sit(t)
	s.look(0, true)
	s.set(dimm, "1")
	r := s.look(-30*time.Minute, true)
	only(t, r, 1, -30*time.Minute, -30*time.Minute)
	if covered(r) != 0 {
		t.Errorf("watched %v", covered(r))
	}
	if r := s.look(Window, true); covered(r) != Window {
		t.Errorf("afterwards: %+v", r)
	}
}

// TestFileSystemsTellWhen: ext4 keeps the times of its first and last error.
func TestFileSystemsTellWhen(t *testing.T) {
	s := sit(t)
	s.look(0, true)
	s.set("fs/ext4/sda1/errors_count", "1")
	s.sys["fs/ext4/sda1/last_error_time"] = &fstest.MapFile{Data: []byte(itoa(noon.Add(7 * time.Minute).Unix()))}
	only(t, s.look(5*time.Hour, true), 1, 7*time.Minute, 7*time.Minute)
}

// TestADamagedStateIsNone: no error is lost.
func TestADamagedStateIsNone(t *testing.T) {
	s := sit(t)
	s.set(dimm, "4")
	s.look(0, true)
	b := testkit.ReadFile(t, s.files, countersNow)
	for i := range b {
		c := slices.Clone(b)
		c[i] ^= 4
		if _, err := decodeState(string(c)); err == nil {
			t.Errorf("byte %d of the state may change", i)
		}
	}
	b[10] ^= 4
	testkit.Overwrite(t, s.files, countersNow, b)
	only(t, s.look(Window, true), 4, -time.Hour, Window)
}

// TestWhatNobodyWatchesHasNoHistory: where there are no counters, the log does not say that nothing
// happened.
func TestWhatNobodyWatchesHasNoHistory(t *testing.T) {
	s := sit(t)
	clear(s.sys)
	if r := s.look(time.Hour, true); len(r) != 0 {
		t.Errorf("%+v", r)
	}
	if entries, _ := s.files.List(""); len(entries) != 0 {
		t.Errorf("%v", entries)
	}
}
